import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exists, partialPath, removeAbandoned } from './files.js'

/** One folder of the cache: the same three words as GitHub's tool cache, whose layout this is. */
export interface CacheKey {
  readonly name: string
  readonly version: string
  /** Processor, and distribution where the content depends on it. */
  readonly arch: string
}

export interface ToolCache {
  /** The folder, when it is there and complete. */
  find(key: CacheKey): Promise<string | undefined>
  /** Finds the folder or has `fill` make it; what a killed or failed `fill` left is never found. */
  obtain(key: CacheKey, fill: (folder: string) => Promise<void>): Promise<{ folder: string; cached: boolean }>
  /** Forgets the folder, so that it is made anew. */
  remove(key: CacheKey): Promise<void>
  /** Keeps the `keep` most recently used entries of a name, and those used in the last seconds: others may read them. */
  prune(name: string, keep: number, seconds: number): Promise<void>
}

/** `<root>/<name>/<version>/<arch>/` and the marker `<arch>.complete`, as `@actions/tool-cache` finds them. */
export function toolCache(root: string): ToolCache {
  const folderOf = (key: CacheKey) => join(root, key.name, key.version, key.arch)

  async function find(key: CacheKey): Promise<string | undefined> {
    const folder = folderOf(key)
    if (!(await exists(`${folder}.complete`)) || !(await exists(folder))) return undefined
    const now = new Date()
    await utimes(`${folder}.complete`, now, now).catch(() => undefined)
    return folder
  }

  return {
    find,
    async obtain(key, fill) {
      const found = await find(key)
      if (found !== undefined) return { folder: found, cached: true }
      const folder = folderOf(key)
      await mkdir(dirname(folder), { recursive: true })
      await removeAbandoned(dirname(folder))
      const partial = partialPath(folder)
      try {
        await mkdir(partial)
        await fill(partial)
        await settle(partial, folder)
      } finally {
        await rm(partial, { recursive: true, force: true })
      }
      return { folder, cached: false }
    },
    async remove(key) {
      await removeEntry(folderOf(key))
    },
    async prune(name, keep, seconds) {
      const entries: { folder: string; used: number }[] = []
      // What is gone meanwhile was another run's to remove.
      for (const version of await readdir(join(root, name)).catch(() => [])) {
        for (const file of await readdir(join(root, name, version)).catch(() => [])) {
          if (!file.endsWith('.complete')) continue
          const marker = join(root, name, version, file)
          const used = (await stat(marker).catch(() => undefined))?.mtimeMs
          if (used !== undefined) entries.push({ folder: marker.slice(0, -'.complete'.length), used })
        }
      }
      entries.sort((a, b) => b.used - a.used)
      const before = Date.now() - seconds * 1000
      for (const { folder, used } of entries.slice(keep)) if (used < before) await removeEntry(folder)
    },
  }
}

/** Entries of what is looked up, or depends on nothing else: they are made anew. */
const LOOKUPS: ReadonlySet<string> = new Set(['giftwrap-tested', 'giftwrap-lock'])

/** The same cache, in which nothing that was looked up before is found. */
export function withoutLookups(cache: ToolCache): ToolCache {
  const fresh = new Set<string>()
  const wordsOf = ({ name, version, arch }: CacheKey) => JSON.stringify([name, version, arch])
  const isOld = (key: CacheKey) => LOOKUPS.has(key.name) && !fresh.has(wordsOf(key))
  return {
    ...cache,
    find: async (key) => (isOld(key) ? undefined : cache.find(key)),
    async obtain(key, fill) {
      if (isOld(key)) await cache.remove(key)
      const found = await cache.obtain(key, fill)
      // Made by this very run.
      fresh.add(wordsOf(key))
      return found
    },
  }
}

/** A folder goes in one step, as it came: what has the name of an entry is whole, whoever is killed when. */
async function removeEntry(folder: string): Promise<void> {
  await rm(`${folder}.complete`, { force: true })
  const aside = partialPath(folder)
  await rename(folder, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rm(aside, { recursive: true, force: true })
}

async function settle(partial: string, folder: string): Promise<void> {
  await rename(partial, folder).catch((error: NodeJS.ErrnoException) => {
    // Another run was quicker, or killed before the marker: keys name contents, so its folder is as good as ours.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  await writeFile(`${folder}.complete`, '')
}
