import { copyFile, mkdir, readlink, realpath, stat, symlink } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { InputError } from '../errors.js'
import { exists, walkTree } from '../runtime/files.js'

const HINT = 'Set include_config: false, or mend the source.'

/** Copies the project's `etc/` into the tree's. What is there already, by the project's wheel, stays. */
export async function copyConfig(checkout: string, tree: string): Promise<void> {
  const from = join(checkout, 'etc')
  if (!(await stat(from).catch(() => undefined))?.isDirectory()) return
  if (!(await realpath(from)).startsWith(`${await realpath(checkout)}/`)) {
    throw new InputError({ message: 'etc of the source is a link that leaves it.', hint: HINT })
  }
  const to = join(tree, 'etc')
  await mkdir(to, { recursive: true })
  for (const { path, kind } of walkTree(from)) {
    const source = join(from, path)
    const target = join(to, path)
    if (kind === 'directory') await mkdir(target, { recursive: true })
    else if (await exists(target)) continue
    else if (kind === 'file') await copyFile(source, target)
    else if (kind === 'symlink') await copyLink(source, path, target)
    else throw new InputError({ message: `etc/${path} of the source is neither file, folder nor link.` })
  }
}

async function copyLink(source: string, path: string, target: string): Promise<void> {
  const link = await readlink(source)
  if (link.startsWith('/') || normalize(join(dirname(path), link)).startsWith('..')) {
    throw new InputError({
      message: `etc/${path} of the source is a link to ${link}, which leaves etc/.`,
      hint: HINT,
    })
  }
  await symlink(link, target)
}
