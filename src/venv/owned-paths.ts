import { dirname, join, normalize } from 'node:path'
import { readStart } from '../runtime/read-start.js'
import type { Distribution } from './distributions.js'

const MAX_RECORD = 16 * 1024 * 1024
/** Of one distribution; a few install hundreds of scripts. */
const MAX_PATHS = 100

/**
 * The files and folders that are one distribution's alone, relative to the tree, as short as that can be said: its
 * package `six.py` or `alembic/`, its metadata, its commands; below folders that several share what each has of them.
 * Source: https://packaging.python.org/specifications/recording-installed-packages/
 */
export async function readOwnedPaths(
  tree: string,
  distributions: readonly Pick<Distribution, 'name' | 'folder'>[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = new Map<string, readonly string[]>()
  for (const { name, folder } of distributions) {
    const record = await readStart(join(tree, folder, 'RECORD'), MAX_RECORD)
    files.set(name, recordedFiles(record?.toString('utf8') ?? '', dirname(folder)))
  }
  const owners = ownersOf(files)
  const isShared = (path: string) => owners.get(path) === undefined
  return new Map(
    [...files].map(([name, paths]) => {
      const owned = paths.map((path) => topOwned(path, isShared)).filter((path) => path !== undefined)
      return [name, [...new Set(owned)].sort().slice(0, MAX_PATHS)]
    }),
  )
}

/** The paths in a RECORD, relative to the tree; what leads out of it is left out. */
export function recordedFiles(record: string, site: string): string[] {
  const paths = record.split(/\r?\n/).flatMap((line) => {
    const [, quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^",]+)),/.exec(line) ?? []
    const path = quoted?.replaceAll('""', '"') ?? plain
    return path === undefined || path.startsWith('/') ? [] : [normalize(join(site, path))]
  })
  return paths.filter((path) => !path.startsWith('../') && path !== '..' && !path.includes('/__pycache__/'))
}

/** For every file and folder above one its only owner, or undefined. */
function ownersOf(files: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, string | undefined> {
  const owners = new Map<string, string | undefined>()
  for (const [name, paths] of files) {
    for (const file of paths) {
      for (let path = file; path !== '.'; path = dirname(path)) {
        if (owners.has(path) && owners.get(path) !== name) owners.set(path, undefined)
        else owners.set(path, name)
      }
    }
  }
  return owners
}

/** Where a virtualenv's own folders end; one that a single distribution uses is not its own all the same. */
const COMMON = /^(?:bin|lib64|include|share|etc|share\/man|lib(?:\/python3\.\d+(?:\/site-packages)?)?)$/

function topOwned(file: string, isShared: (path: string) => boolean): string | undefined {
  if (isShared(file)) return undefined
  let owned = file
  for (let path = dirname(file); path !== '.' && !isShared(path) && !COMMON.test(path); path = dirname(path))
    owned = `${path}/`
  return owned
}
