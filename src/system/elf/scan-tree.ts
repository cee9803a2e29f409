import { basename, dirname, join, normalize } from 'node:path'
import { walkTree } from '../../runtime/files.js'
import { UnreadableElf, withFile } from './bytes.js'
import { type ElfFile, type MACHINES, MACHINES as NUMBERS, readElf } from './read-elf.js'
import { recordedFiles } from './recorded-files.js'

/** A file of the tree and what it says of itself. */
export interface TreeLibrary {
  /** Below the tree. */
  readonly path: string
  /** e.g. `psycopg2 2.9.9`; undefined for a file that no RECORD names. */
  readonly distribution: string | undefined
  readonly elf: ElfFile
}

/** A library that files of the tree need and the tree does not bundle. */
export interface LibraryNeed {
  /** e.g. `libpq.so.5`; a path where the file names one. */
  readonly library: string
  /** e.g. `GLIBC_2.34`, sorted. */
  readonly versions: readonly string[]
  /** What files look for in it, `name@version`, or `name@Base` for what may be of any of their libraries. */
  readonly symbols: ReadonlySet<string>
  readonly neededBy: readonly TreeLibrary[]
  /** Folders of the system that the files want it looked for in first. */
  readonly folders: readonly string[]
}

export interface TreeScan {
  readonly needs: readonly LibraryNeed[]
  /** What was left out and why, in sentences. */
  readonly notes: readonly string[]
  /** Libraries that some distribution of the tree has, by their names: they may be loaded before they are needed. */
  readonly bundled: ReadonlyMap<string, TreeLibrary>
}

/** Where a tree lies now and where it will be installed. */
export interface InstalledTree {
  readonly folder: string
  readonly installPath: string
}

/** Reads every ELF file of a tree and gathers the libraries that have to come from the system. Links are not followed. */
export function scanTree(tree: InstalledTree, architecture: keyof typeof MACHINES): TreeScan {
  const entries = walkTree(tree.folder)
  const recorded = recordedFiles(tree.folder, entries)
  const there = new Set(entries.flatMap(({ path, kind }) => (kind === 'directory' ? [] : [path])))
  const notes: string[] = []
  const libraries: TreeLibrary[] = []
  for (const { path, kind } of entries) {
    if (kind !== 'file') continue
    const distribution = recorded.get(path)
    const of = distribution === undefined ? '' : ` of ${distribution}`
    try {
      const elf = withFile(join(tree.folder, path), readElf)
      if (elf === undefined) continue
      if (elf.bits === 64 && elf.machine === NUMBERS[architecture]) libraries.push({ path, distribution, elf })
      else notes.push(`${path}${of} is for another processor: what it needs is not looked for`)
    } catch (error) {
      if (!(error instanceof UnreadableElf)) throw error
      notes.push(`${path}${of} begins like an ELF file and can't be read as one: ${error.message}`)
    }
  }
  const bundled = new Map(libraries.flatMap((library) => namesOf(library).map((name) => [name, library] as const)))
  return { needs: gather(libraries, there, tree.installPath), notes, bundled }
}

/** What the loader knows a library by: its own name, and that of its file. */
function namesOf({ path, elf }: TreeLibrary): string[] {
  return [...new Set([basename(path), ...(elf.soname === undefined ? [] : [elf.soname])])]
}

interface Gathered {
  readonly versions: Set<string>
  readonly symbols: Set<string>
  readonly neededBy: TreeLibrary[]
  readonly folders: Set<string>
}

function gather(libraries: readonly TreeLibrary[], there: ReadonlySet<string>, installPath: string): LibraryNeed[] {
  const siblings = new Set(
    libraries.flatMap((library) =>
      library.distribution === undefined ? [] : namesOf(library).map((name) => `${library.distribution}\0${name}`),
    ),
  )
  const gathered = new Map<string, Gathered>()
  for (const library of libraries) {
    const { elf, distribution } = library
    const search = searchFolders(library, installPath)
    const inside = (name: string) =>
      search.some((folder) => isIn(there, join(folder, name), installPath)) || siblings.has(`${distribution}\0${name}`)
    for (const name of elf.needed) {
      if (name.includes('/') ? isIn(there, expand(name, library, installPath), installPath) : inside(name)) continue
      const known = gathered.get(name)
      const need = known ?? { versions: new Set(), symbols: new Set(), neededBy: [], folders: new Set() }
      if (known === undefined) gathered.set(name, need)
      need.neededBy.push(library)
      for (const folder of search) if (!isBelow(folder, installPath)) need.folders.add(folder)
      const versions = elf.versions.filter((one) => one.library === name).flatMap((one) => one.versions)
      for (const version of versions) need.versions.add(version)
      for (const { name: symbol, version } of elf.symbols) {
        if (version === undefined) need.symbols.add(`${symbol}@Base`)
        else if (version.library === name) need.symbols.add(`${symbol}@${version.version}`)
      }
    }
  }
  return [...gathered]
    .map(([library, { versions, symbols, neededBy, folders }]) => {
      return { library, versions: [...versions].sort(), symbols, neededBy, folders: [...folders] }
    })
    .sort((a, b) => (a.library < b.library ? -1 : 1))
}

/** Where the loader looks first: absolute folders, as the installed system sees them. */
function searchFolders({ path, elf }: TreeLibrary, installPath: string): string[] {
  const list = elf.runpath.length > 0 ? elf.runpath : elf.rpath
  return list.flatMap((folder) => {
    const expanded = expand(folder, { path }, installPath)
    // Relative ones depend on where a program is started, and these names on the machine: no library is found there.
    return expanded.startsWith('/') && !expanded.includes('$') ? [normalize(expanded)] : []
  })
}

function expand(text: string, { path }: Pick<TreeLibrary, 'path'>, installPath: string): string {
  const origin = dirname(join(installPath, path))
  return text.replaceAll(/\$(?:ORIGIN\b|\{ORIGIN\})/g, () => origin)
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function isIn(there: ReadonlySet<string>, path: string, installPath: string): boolean {
  const clean = normalize(path)
  return isBelow(clean, installPath) && there.has(clean.slice(installPath.length + 1))
}
