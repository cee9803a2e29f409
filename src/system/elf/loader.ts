import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { anyGlob } from '../../runtime/glob.js'
import { withFile } from './bytes.js'
import { type MACHINES, MACHINES as NUMBERS, readElf } from './read-elf.js'

type Architecture = keyof typeof MACHINES

const TRIPLETS: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
}
const MUSL_NAMES: Readonly<Record<Architecture, string>> = { amd64: 'x86_64', arm64: 'aarch64' }
const MAX_INCLUDES = 16

/** Folders that the loader of this system looks into, in its order. `root` stands for `/`. Source: ld.so(8), ldconfig(8). */
export function libraryFolders(architecture: Architecture, root = '/'): string[] {
  const musl = read(join(root, 'etc', `ld-musl-${MUSL_NAMES[architecture]}.path`))
  const loader = `ld-musl-${MUSL_NAMES[architecture]}.so.1`
  if (musl !== undefined) return musl.split(/[:\n]/).filter((folder) => folder.startsWith('/'))
  if (list(join(root, 'lib')).includes(loader)) return ['/lib', '/usr/local/lib', '/usr/lib']
  const triplet = TRIPLETS[architecture]
  const usual = [`/lib/${triplet}`, `/usr/lib/${triplet}`, '/lib64', '/usr/lib64', '/lib', '/usr/lib']
  return [...new Set([...configured(join(root, 'etc/ld.so.conf'), root, 0), ...usual])]
}

function configured(file: string, root: string, depth: number): string[] {
  const lines = (read(file) ?? '').split('\n').map((line) => line.replace(/#.*/, '').trim())
  return lines.flatMap((line) => {
    const include = /^include\s+(\S.*)$/.exec(line)?.[1]
    if (include === undefined) return line.startsWith('/') ? [normalize(line).replace(/(.)\/$/, '$1')] : []
    if (depth >= MAX_INCLUDES) return []
    return include.split(/\s+/).flatMap((glob) => {
      const path = glob.startsWith('/') ? join(root, glob) : join(dirname(file), glob)
      const picks = anyGlob([path.slice(path.lastIndexOf('/') + 1)])
      return list(dirname(path))
        .filter(picks)
        .sort()
        .flatMap((name) => configured(join(dirname(path), name), root, depth + 1))
    })
  })
}

/** The first file that a loader for this processor would take, as the system names it. */
export function findLibrary(
  library: string,
  folders: readonly string[],
  architecture: Architecture,
  root = '/',
): string | undefined {
  if (library.includes('/')) return isLibrary(join(root, library), architecture) ? library : undefined
  return folders.map((folder) => join(folder, library)).find((path) => isLibrary(join(root, path), architecture))
}

function isLibrary(path: string, architecture: Architecture): boolean {
  try {
    const elf = withFile(path, readElf)
    return elf?.bits === 64 && elf.machine === NUMBERS[architecture]
  } catch {
    // Not there, or nothing that a loader could load.
    return false
  }
}

/**
 * All names that a package manager may know a file by: with and without the links that lead there, and with `/usr` and
 * without, as systems that merged the two have packages which name either.
 */
export function spellings(path: string, root = '/'): string[] {
  const names = [path]
  try {
    const real = realpathSync(join(root, path))
    names.push(root === '/' ? real : real.slice(realpathSync(root).length))
  } catch {
    // A path that leads nowhere has no other name.
  }
  const merged = names.map((name) => (name.startsWith('/usr/') ? name.slice('/usr'.length) : `/usr${name}`))
  return [...new Set([...names, ...merged])]
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
