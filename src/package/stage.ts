import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ToolError } from '../errors.js'
import { walkTree } from '../runtime/files.js'
import type { FormattedPackage } from './formatted.js'
import type { Slot } from './scripts/compose.js'

/** Where back-ends find what a package has beside its tree. */
export interface Staged {
  /** A folder that is `/` of the installed system. */
  readonly root: string
  /** A file for each script. */
  readonly scripts: Readonly<Partial<Record<Slot, string>>>
  /** The changelog's text as a file, where the format has a place of its own for it. */
  readonly changelog: string | undefined
}

/** Path of a deb's changelog. */
export function debChangelog(name: string): string {
  return `/usr/share/doc/${name}/changelog.gz`
}

/**
 * Writes entries and scripts below `folder`, all with the package's date and whatever umask with the modes of a package.
 * `whole` puts the tree in its place too, as hard links where the file system can, and a deb's changelog unless its
 * packager writes one.
 */
export function stagePackage(
  found: FormattedPackage,
  folder: string,
  how: { readonly tree: boolean; readonly changelog: boolean },
): Staged {
  const { date } = found
  const root = join(folder, 'root')
  const folders = new Map<string, number>()
  const makeFolder = (path: string, mode: number): void => {
    if (path !== root && !folders.has(dirname(path))) makeFolder(dirname(path), 0o755)
    mkdirSync(path, { recursive: true })
    folders.set(path, mode)
  }
  const write = (path: string, content: string | Buffer): void => {
    makeFolder(dirname(path), 0o755)
    writeFileSync(path, content)
    settle(path, 0o644, date)
  }
  makeFolder(root, 0o755)
  for (const entry of found.entries) {
    const path = join(root, entry.path)
    if (entry.kind === 'file') write(path, entry.text)
    else if (entry.kind === 'directory') makeFolder(path, 0o755)
    else {
      makeFolder(dirname(path), 0o755)
      symlinkSync(entry.target, path)
      lutimesSync(path, date, date)
    }
  }
  if (how.changelog && found.changelog !== undefined) {
    write(join(root, debChangelog(found.name)), gzipSync(found.changelog, { level: 9 }))
  }
  if (how.tree) linkTree(found, root, makeFolder)
  // Last, as each entry changes the time of its folder; the outermost at the end.
  for (const [path, mode] of [...folders].sort(([a], [b]) => (a < b ? 1 : -1))) settle(path, mode, date)
  return { root, ...writeScripts(found, folder) }
}

function linkTree(
  { tree, date }: FormattedPackage,
  root: string,
  makeFolder: (path: string, mode: number) => void,
): void {
  const at = join(root, tree.installPath)
  makeFolder(at, lstatSync(tree.folder).mode & 0o7777)
  for (const { path, kind } of walkTree(tree.folder)) {
    const source = join(tree.folder, path)
    const target = join(at, path)
    const { mode, mtimeMs } = lstatSync(source)
    if (kind === 'directory') makeFolder(target, mode & 0o7777)
    else if (kind === 'symlink') {
      symlinkSync(readlinkSync(source), target)
      lutimesSync(target, date, date)
    } else if (kind === 'file') {
      if (mtimeMs !== date * 1000 || !link(source, target)) {
        copyFileSync(source, target)
        settle(target, mode & 0o7777, date)
      }
    } else throw new ToolError(`${source} is neither file, folder nor link`)
  }
}

/** False where the file system or its protection wants a copy. */
function link(source: string, target: string): boolean {
  try {
    linkSync(source, target)
    return true
  } catch {
    return false
  }
}

function writeScripts(found: FormattedPackage, folder: string): Pick<Staged, 'scripts' | 'changelog'> {
  const scripts = join(folder, 'scripts')
  mkdirSync(scripts, { recursive: true })
  const write = (name: string, text: string): string => {
    const path = join(scripts, name)
    writeFileSync(path, text)
    settle(path, 0o755, found.date)
    return path
  }
  const files = Object.entries(found.scripts).map(([slot, text]) => [slot, write(slot, text)])
  const changelog = found.changelog === undefined ? undefined : write('changelog', found.changelog)
  return { scripts: Object.fromEntries(files), changelog }
}

function settle(path: string, mode: number, date: number): void {
  chmodSync(path, mode)
  lutimesSync(path, date, date)
}
