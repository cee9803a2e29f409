import { copyFile, lstat, mkdir, readlink, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { walkTree } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'

/** What builds leave in a source: no part of it. */
const MADE = /(?:^|\/)(?:\.git|\.hg|\.eggs|__pycache__|[^/]+\.egg-info|[^/]+\.pyc)(?:\/|$)|^(?:build|dist)(?:\/|$)/

/**
 * Copies a project's source into a folder: of a git checkout the tracked files, of others all but what builds leave
 * there. Links are copied as they are.
 */
export async function keepSource(
  source: { readonly folder: string; readonly kind: 'git' | 'sdist' | 'path' },
  target: string,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const { folder, kind } = source
  const paths = kind === 'git' ? await trackedFiles(folder, ports, log) : files(folder)
  for (const path of paths) {
    const from = join(folder, path)
    const to = join(target, path)
    const status = await lstat(from).catch(() => undefined)
    // A submodule is a folder that git lists.
    if (status === undefined || status.isDirectory()) continue
    await mkdir(dirname(to), { recursive: true })
    if (status.isSymbolicLink()) await symlink(await readlink(from), to)
    else await copyFile(from, to)
  }
}

async function trackedFiles(folder: string, ports: Ports, log: LogFile): Promise<string[]> {
  const { stdout } = await ports.exec.run({ argv: ['git', '-C', folder, 'ls-files', '-z'] }, log)
  return stdout.split('\0').filter((path) => path !== '')
}

function files(folder: string): string[] {
  return walkTree(folder, (path) => MADE.test(path)).flatMap(({ path, kind }) =>
    kind === 'file' || kind === 'symlink' ? [path] : [],
  )
}
