import { createHash } from 'node:crypto'
import { cp, lstat, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError, type Problem } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import { exists, sha256FileSync, walkTree } from '../runtime/files.js'
import type { PinnedPath } from './pin.js'

/** Identifies a local folder by its files, and its commit where it is a git repository. */
export async function pinPath(path: string, place: Omit<Problem, 'message'>, exec: Exec): Promise<PinnedPath> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isDirectory()) {
    throw new InputError({ ...place, message: `the project's path ${path} is not a folder.` })
  }
  const digest = createHash('sha256')
  for (const { path: name, kind } of walkTree(path)) {
    if (isGit(name)) continue
    const file = join(path, name)
    const content = kind === 'file' ? sha256FileSync(file) : kind === 'symlink' ? await readlink(file) : ''
    digest.update(`${kind} ${(await lstat(file)).mode & 0o111} ${name}\0${content}\0`)
  }
  const commit = await headCommit(path, exec)
  return { kind: 'path', path, digest: digest.digest('hex'), ...(commit === undefined ? {} : { commit }) }
}

/** Copies the folder: builds write into their checkout, which must not be the user's own. */
export async function checkoutPath(pin: PinnedPath, folder: string): Promise<void> {
  const options = { recursive: true, verbatimSymlinks: true, preserveTimestamps: true }
  await cp(pin.path, folder, options).catch((cause: unknown) => {
    // Sockets, files that can't be read, a cache inside the folder.
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ message: `the project's path ${pin.path} can't be copied: ${reason}` }, { cause })
  })
}

/** The commit's date, else the newest time of a file; seconds since 1970. */
export async function pathDate(folder: string): Promise<number> {
  let newest = 0
  for (const { path, kind } of walkTree(folder)) {
    if (kind === 'file' && !isGit(path)) newest = Math.max(newest, (await lstat(join(folder, path))).mtimeMs)
  }
  return Math.floor(newest / 1000)
}

function isGit(path: string): boolean {
  return path === '.git' || path.startsWith('.git/')
}

async function headCommit(path: string, exec: Exec): Promise<string | undefined> {
  if (!(await exists(join(path, '.git')))) return undefined
  return exec.run({ argv: ['git', '-c', `safe.directory=${path}`, '-C', path, 'rev-parse', 'HEAD'] }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}
