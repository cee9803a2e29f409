import { createHash } from 'node:crypto'
import { cp, lstat, readFile, readlink, rm, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { InputError, type Problem } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import { exists, sha256FileSync, walkTree } from '../runtime/files.js'
import { anyGlob } from '../runtime/glob.js'
import type { LogFile } from '../runtime/log-file.js'
import type { PinnedPath } from './pin.js'

/** Identifies a local folder by its files, and its commit where it is a git repository. */
export async function pinPath(
  path: string,
  leftOut: readonly string[],
  place: Omit<Problem, 'message'>,
  exec: Exec,
): Promise<PinnedPath> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isDirectory()) {
    throw new InputError({ ...place, message: `the project's path ${path} is not a folder.` })
  }
  const digest = createHash('sha256')
  // A folder that is there because giftwrap has written into it is no part of the source either.
  const holders = new Set(leftOut.flatMap(foldersOf))
  const skip = anyGlob(leftOut)
  for (const { path: name, kind } of walkTree(path, (entry) => isGit(entry) || skip(entry))) {
    if (kind === 'directory' && holders.has(name)) continue
    const file = join(path, name)
    const content = kind === 'file' ? sha256FileSync(file) : kind === 'symlink' ? await readlink(file) : ''
    digest.update(`${kind} ${(await lstat(file)).mode & 0o111} ${name}\0${content}\0`)
  }
  const commit = await gitWord(path, ['rev-parse', 'HEAD'], exec)
  const described = commit === undefined ? undefined : await gitWord(path, ['describe', '--tags', '--long'], exec)
  return {
    ...{ kind: 'path', path, leftOut, digest: digest.digest('hex') },
    ...(commit === undefined ? {} : { commit }),
    ...(described === undefined ? {} : { described }),
  }
}

/** `a`, `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const words = path.split('/').slice(0, -1)
  return words.map((_, index) => words.slice(0, index + 1).join('/'))
}

/** Copies the folder: builds write into their checkout, which must not be the user's own. */
export async function checkoutPath(pin: PinnedPath, folder: string, exec: Exec, log: LogFile): Promise<void> {
  const skip = anyGlob(pin.leftOut)
  const filter = (file: string) => !skip(relative(pin.path, file))
  await copy(pin.path, folder, pin.path, filter)
  const dotGit = join(folder, '.git')
  if (!(await lstat(dotGit).catch(() => undefined))?.isFile()) return
  // A submodule's repository or a worktree's lies elsewhere, seen from where the folder was.
  const text = await readFile(dotGit, 'utf8')
  const own = resolve(pin.path, text.replace(/^gitdir:/, '').trim())
  const common = await readFile(join(own, 'commondir'), 'utf8').catch(() => undefined)
  await rm(dotGit)
  if (common !== undefined)
    await copy(resolve(own, common.trim()), dotGit, pin.path, (file) => !/\/worktrees$/.test(file))
  await copy(own, dotGit, pin.path, (file) => !/\/(?:commondir|gitdir)$/.test(file))
  // It names the folder that this is a copy of.
  const unset = ['git', 'config', '--file', join(dotGit, 'config'), '--unset-all', 'core.worktree']
  if (common === undefined) await exec.run({ argv: unset }, log).catch(() => undefined)
}

async function copy(from: string, to: string, path: string, filter: (file: string) => boolean): Promise<void> {
  const options = { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter }
  await cp(from, to, options).catch((cause: unknown) => {
    // Sockets, files that can't be read, a cache inside the folder.
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ message: `the project's path ${path} can't be copied: ${reason}` }, { cause })
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

/** What git says of the folder, where it is a repository and has an answer. */
async function gitWord(path: string, words: readonly string[], exec: Exec): Promise<string | undefined> {
  if (!(await exists(join(path, '.git')))) return undefined
  return exec.run({ argv: ['git', '-c', `safe.directory=${path}`, '-C', path, ...words] }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}
