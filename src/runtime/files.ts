import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isOfGoneProcess, PROCESS_MARK, processMark } from './process-mark.js'

/** Hexadecimal SHA-256 of a file's bytes. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The same at once: for the thousands of small files of a tree, where each round trip of a stream shows. */
export function sha256FileSync(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** Hexadecimal SHA-256 of a text in UTF-8. */
export function sha256Text(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Writes a file beside its place and renames it, so that nobody ever reads half of it. */
export async function writeFileAtomic(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const partial = partialPath(path)
  try {
    const file = await open(partial, 'w', 0o644)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}

const PARTIAL = new RegExp(`^\\..+\\.partial-(?<mark>${PROCESS_MARK.source})(\\.[a-z.]+)?$`)

/** A name beside `path` for what is not finished; says which process makes it. */
export function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.partial-${processMark()}`)
}

const ABANDONED_AFTER_MS = 24 * 3600 * 1000

/** Removes what killed runs left unfinished in a folder: their process is gone, or it is a day old. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const mark = PARTIAL.exec(name)?.groups?.mark
    if (mark === undefined) continue
    const path = join(folder, name)
    const age = Date.now() - ((await lstat(path).catch(() => undefined))?.mtimeMs ?? 0)
    if (isOfGoneProcess(mark) || age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true })
  }
}

/** A file, directory or symbolic link below a root, its path relative to it. */
export interface TreeEntry {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
}

/**
 * All entries below `root`, sorted by path; links are not followed, and what `skip` says of is left out with all below
 * it. Synchronous: ten times as fast on a virtualenv.
 */
export function walkTree(root: string, skip: (path: string) => boolean = () => false): TreeEntry[] {
  const entries: TreeEntry[] = []
  const pending = ['']
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (skip(path)) continue
      if (entry.isDirectory()) pending.push(path)
      const kind = entry.isDirectory()
        ? 'directory'
        : entry.isFile()
          ? 'file'
          : entry.isSymbolicLink()
            ? 'symlink'
            : 'other'
      entries.push({ path, kind })
    }
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}
