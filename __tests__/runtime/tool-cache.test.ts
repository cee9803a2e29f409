import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { find as findAsTheRunner } from '@actions/tool-cache'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { partialPath } from '../../src/runtime/files.js'
import { type CacheKey, toolCache } from '../../src/runtime/tool-cache.js'
import { scratch } from '../support/scratch.js'

const KEY: CacheKey = { name: 'giftwrap-thing', version: '1.2.3', arch: 'x64' }
const NAMES = ['one', 'two', 'three']

/** Fills a folder with three files that say who wrote them. */
async function fill(folder: string, by = 'me'): Promise<void> {
  for (const name of NAMES) writeFileSync(join(folder, name), by)
}

const never = async () => {
  throw new Error('asked to fill a folder that is there')
}
const filesBelow = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8', withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [entry.name] : [],
  )

describe('a folder of the cache', () => {
  it('is made once', async () => {
    const root = scratch()
    const made = await toolCache(root).obtain(KEY, fill)
    expect(made).toEqual({ folder: join(root, 'giftwrap-thing', '1.2.3', 'x64'), cached: false })
    expect(readdirSync(made.folder).sort()).toEqual([...NAMES].sort())
    expect(await toolCache(root).obtain(KEY, never)).toEqual({ ...made, cached: true })
    expect(await toolCache(root).find(KEY)).toBe(made.folder)
  })

  it("is found by GitHub's tool cache", async () => {
    const root = scratch()
    const { folder } = await toolCache(root).obtain(KEY, fill)
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('RUNNER_TOOL_CACHE', root)
    expect(findAsTheRunner(KEY.name, KEY.version, KEY.arch)).toBe(folder)
    expect(findAsTheRunner(KEY.name, '1.2.4', KEY.arch)).toBe('')
  })

  it('of another version or processor is another one', async () => {
    const cache = toolCache(scratch())
    await cache.obtain(KEY, fill)
    expect(await cache.find({ ...KEY, version: '1.2.4' })).toBeUndefined()
    expect(await cache.find({ ...KEY, arch: 'arm64' })).toBeUndefined()
    expect((await cache.obtain({ ...KEY, arch: 'arm64' }, fill)).cached).toBe(false)
  })

  it('whose making fails leaves nothing', async () => {
    const root = scratch()
    const cache = toolCache(root)
    const half = async (folder: string) => {
      await fill(folder)
      throw new Error('no network')
    }
    await expect(cache.obtain(KEY, half)).rejects.toThrow('no network')
    expect(await cache.find(KEY)).toBeUndefined()
    expect(readdirSync(join(root, KEY.name, KEY.version))).toEqual([])
    expect((await cache.obtain(KEY, fill)).cached).toBe(false)
  })

  it('without its marker is of a run that was killed in between: it is whole, and gets its marker', async () => {
    const cache = toolCache(scratch())
    const { folder } = await cache.obtain(KEY, (partial) => fill(partial, 'killed'))
    rmSync(`${folder}.complete`)
    expect(await cache.find(KEY)).toBeUndefined()
    expect((await cache.obtain(KEY, fill)).cached).toBe(false)
    expect(readdirSync(dirname(folder)).sort()).toEqual(['x64', 'x64.complete'])
    expect(NAMES.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(NAMES.map(() => 'killed'))
  })

  it('that is gone though its marker is there is made anew', async () => {
    const cache = toolCache(scratch())
    const { folder } = await cache.obtain(KEY, fill)
    rmSync(folder, { recursive: true })
    expect((await cache.obtain(KEY, fill)).cached).toBe(false)
    expect(existsSync(join(folder, 'two'))).toBe(true)
  })

  it('takes the place of what killed runs left beside it', async () => {
    const root = scratch()
    const partial = partialPath(join(root, KEY.name, KEY.version, KEY.arch))
    const dead = join(dirname(partial), basename(partial).replace(`-${process.pid}-`, `-${spawnSync('true').pid}-`))
    mkdirSync(dead, { recursive: true })
    await toolCache(root).obtain(KEY, fill)
    expect(readdirSync(dirname(dead)).sort()).toEqual(['x64', 'x64.complete'])
  })

  it('is one and whole when two runs make it together', async () => {
    const root = scratch()
    const started: (() => void)[] = []
    // Each fill waits until both have begun.
    const together = (by: string) => async (folder: string) => {
      await new Promise<void>((resolve) => {
        started.push(resolve)
        if (started.length === 2) for (const go of started) go()
      })
      await fill(folder, by)
    }
    const made = await Promise.all(['a', 'b'].map((by) => toolCache(root).obtain(KEY, together(by))))
    const [first, second] = made
    expect(first?.folder).toBe(second?.folder)
    const folder = first?.folder ?? ''
    expect(new Set(NAMES.map((name) => readFileSync(join(folder, name), 'utf8'))).size).toBe(1)
    expect(readdirSync(dirname(folder)).sort()).toEqual(['x64', 'x64.complete'])
  })

  it('is whole whenever somebody has got it, however many make it at once', async () => {
    for (let round = 0; round < 10; round++) {
      const root = scratch()
      const runs = Array.from({ length: 16 }, async (_, index) => {
        const { folder } = await toolCache(root).obtain(KEY, (partial) => fill(partial, String(index)))
        return readdirSync(folder).length
      })
      expect(await Promise.all(runs)).toEqual(runs.map(() => NAMES.length))
      expect(readdirSync(join(root, KEY.name, KEY.version)).sort()).toEqual(['x64', 'x64.complete'])
    }
  })

  it('can be forgotten', async () => {
    const root = scratch()
    const cache = toolCache(root)
    await cache.obtain(KEY, fill)
    await cache.remove(KEY)
    expect(await cache.find(KEY)).toBeUndefined()
    expect(filesBelow(root)).toEqual([])
    await cache.remove(KEY)
  })
})

describe('pruning', () => {
  it('keeps what was used last', async () => {
    const root = scratch()
    const cache = toolCache(root)
    const keyOf = (version: string): CacheKey => ({ ...KEY, version })
    for (const [index, version] of ['oldest', 'old', 'new', 'found'].entries()) {
      const { folder } = await cache.obtain(keyOf(version), fill)
      utimesSync(`${folder}.complete`, 1000 + index, 1000 + index)
    }
    await cache.obtain({ ...KEY, name: 'giftwrap-other' }, fill)
    await cache.find(keyOf('oldest'))
    await cache.prune(KEY.name, 2, 60)
    const kept = ['oldest', 'old', 'new', 'found'].map(async (version) => (await cache.find(keyOf(version))) && version)
    expect((await Promise.all(kept)).filter(Boolean)).toEqual(['oldest', 'found'])
    expect(await cache.find({ ...KEY, name: 'giftwrap-other' })).toBeDefined()
  })

  it('keeps what was used in the last seconds: somebody may read it', async () => {
    const cache = toolCache(scratch())
    const versions = ['a', 'b', 'c']
    for (const version of versions) await cache.obtain({ ...KEY, version }, fill)
    await cache.prune(KEY.name, 1, 60)
    for (const version of versions) expect(await cache.find({ ...KEY, version })).toBeDefined()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await cache.prune(KEY.name, 1, 0)
    const left = await Promise.all(versions.map((version) => cache.find({ ...KEY, version })))
    expect(left.filter(Boolean)).toHaveLength(1)
  })

  it('goes on when an entry is gone, or is no entry, by the time it is looked at', async () => {
    const root = scratch()
    const cache = toolCache(root)
    await cache.obtain(KEY, fill)
    symlinkSync('nowhere', join(root, KEY.name, KEY.version, 'gone.complete'))
    writeFileSync(join(root, KEY.name, 'file'), '')
    await cache.prune(KEY.name, 0, 60)
    expect(await cache.find(KEY)).toBeDefined()
  })

  it('goes on when others remove the same at once', async () => {
    for (let round = 0; round < 5; round++) {
      const root = scratch()
      const cache = toolCache(root)
      for (let n = 0; n < 20; n++) {
        const { folder } = await cache.obtain({ ...KEY, version: `v${n}` }, fill)
        utimesSync(`${folder}.complete`, 1000 + n, 1000 + n)
      }
      await Promise.all(Array.from({ length: 8 }, () => toolCache(root).prune(KEY.name, 3, 60)))
      const left = await Promise.all(Array.from({ length: 20 }, (_, n) => cache.find({ ...KEY, version: `v${n}` })))
      expect(left.map((folder, n) => (folder === undefined ? -1 : n)).filter((n) => n >= 0)).toEqual([17, 18, 19])
    }
  })

  it('is content with fewer, and with none', async () => {
    const cache = toolCache(scratch())
    await cache.prune(KEY.name, 2, 0)
    await cache.obtain(KEY, fill)
    await cache.prune(KEY.name, 2, 0)
    expect(await cache.find(KEY)).toBeDefined()
  })
})
