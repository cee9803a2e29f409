import { closeSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs'
import { join, posix } from 'node:path'
import { ToolError } from '../errors.js'
import { type TreeEntry, walkTree } from '../runtime/files.js'
import { nameSearch } from './name-search.js'
import { checkShebang } from './shebang.js'

/** What a tree is compared with. */
export interface LeakRules {
  /** Where the tree is installed. */
  readonly installPath: string
  /** The distribution's interpreter, the only thing outside that a link may lead to. */
  readonly interpreter: string
  /** Names of folders of the run that made the tree; see `ownNames`. */
  readonly names: readonly string[]
}

/** Something in a tree that must not be packaged. */
export interface Leak {
  /** Relative to the tree. */
  readonly path: string
  /** The rest of a sentence that begins with the path. */
  readonly what: string
}

const MAX_TOLD = 20
/** Files are read in pieces of this size, in bytes: one buffer for all of them. */
const PIECE = 1 << 20
/** More than a first line can have, and the second one of a trampoline. */
const HEAD = 4096

/** Fails with all that `scanTree` finds. */
export function refuseLeaks(project: string, tree: string, rules: LeakRules): void {
  const leaks = scanTree(tree, rules)
  if (leaks.length === 0) return
  const shown = leaks.slice(0, MAX_TOLD).map(({ path, what }) => `${path} ${what}`)
  if (leaks.length > MAX_TOLD) shown.push(`… and ${leaks.length - MAX_TOLD} more`)
  throw new ToolError(`${project}: its virtualenv can't be packaged as it is:\n  ${shown.join('\n  ')}`)
}

/**
 * Looks for what belongs to the machine that made a tree, or that no package should bring: one pass over all bytes, in
 * little memory. Sorted by path.
 */
export function scanTree(tree: string, rules: LeakRules): Leak[] {
  const leaks: Leak[] = []
  const buffer = Buffer.allocUnsafe(PIECE)
  const linked = new Map<string, { readonly path: string; readonly links: number; seen: number }>()
  // With a umask that lets everybody write, everything is so, and is put right later.
  const mayAllWrite = isWorldWritable(lstatSync(tree))
  for (const entry of walkTree(tree)) {
    const file = join(tree, entry.path)
    const status = lstatSync(file)
    const add = (what: string) => leaks.push({ path: entry.path, what })
    for (const name of rules.names) if (entry.path.includes(name)) add(`has ${name} in its name`)
    if (entry.kind === 'other') add(`is ${kindOf(status)}`)
    if (entry.kind !== 'symlink' && isWorldWritable(status) && !mayAllWrite) add('can be written by everybody')
    if (entry.kind === 'symlink') for (const what of checkLink(entry, readlinkSync(file), rules)) add(what)
    if (entry.kind !== 'file') continue
    if ((status.mode & 0o6000) !== 0) add(`has the mode ${(status.mode & 0o7777).toString(8)}: setuid or setgid`)
    if (status.nlink > 1) {
      const key = `${status.dev}:${status.ino}`
      const first = linked.get(key)
      if (first === undefined) linked.set(key, { path: entry.path, links: status.nlink, seen: 1 })
      else first.seen += 1
    }
    for (const what of scanFile(file, entry.path, rules, buffer)) add(what)
  }
  for (const { path, links, seen } of linked.values()) {
    if (seen < links) leaks.push({ path, what: 'is a hard link to a file outside of the tree' })
  }
  return leaks.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function scanFile(file: string, path: string, rules: LeakRules, buffer: Buffer): string[] {
  const search = nameSearch(rules.names)
  let shebang: string | undefined
  const descriptor = openSync(file, 'r')
  try {
    let isFirst = true
    for (let size = fill(descriptor, buffer); size > 0; size = fill(descriptor, buffer)) {
      const piece = buffer.subarray(0, size)
      if (isFirst && path.startsWith('bin/')) {
        shebang = checkShebang(piece.subarray(0, HEAD).toString('latin1'), rules.installPath)
      }
      isFirst = false
      search.feed(piece)
    }
  } finally {
    closeSync(descriptor)
  }
  return [...search.found().map((name) => `has ${name} in it`), ...(shebang === undefined ? [] : [shebang])]
}

function fill(descriptor: number, buffer: Buffer): number {
  return readSync(descriptor, buffer, 0, buffer.length, null)
}

function checkLink({ path }: TreeEntry, target: string, { installPath, interpreter, names }: LeakRules): string[] {
  const found = names.filter((name) => target.includes(name)).map((name) => `is a link with ${name} in it`)
  const reached = posix.resolve(posix.dirname(posix.join(installPath, path)), target)
  const isInside = reached === installPath || reached.startsWith(`${installPath}/`)
  if (isInside || (reached === interpreter && target.startsWith('/'))) return found
  return [...found, `is a link to ${target}, out of ${installPath}`]
}

function isWorldWritable({ mode }: Stats): boolean {
  return (mode & 0o002) !== 0
}

function kindOf(status: Stats): string {
  if (status.isSocket()) return 'a socket'
  return status.isFIFO() ? 'a pipe' : 'a device'
}
