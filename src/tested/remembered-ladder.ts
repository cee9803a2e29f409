import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Text } from '../runtime/files.js'
import type { ToolCache } from '../runtime/tool-cache.js'
import type { Ladder } from './ladder.js'
import { isSettled, type Miss, type Rung } from './rung.js'

/** A climb from one rung to the next: what it found, and what had nothing on the way. */
interface Step {
  readonly rung: Rung | undefined
  readonly misses: readonly Miss[]
}

/** One ladder for many: each climbs by itself, and what one has asked the others know. */
export interface SharedLadder {
  climber(): Ladder
}

const AN_HOUR_MS = 3600 * 1000

/**
 * Rungs are remembered in the tool cache: for ever where all above them had an answer and nothing better can come, else
 * for an hour; not at all where a server failed.
 */
export function rememberedLadder(identity: readonly unknown[], make: () => Ladder, cache: ToolCache): SharedLadder {
  const steps: Promise<Step>[] = []
  let inner: Ladder | undefined

  /** Climbs the real ladder, which may lack by now what is remembered, or have more. */
  async function climbAbove(last: number): Promise<Step & { readonly isWhole: boolean }> {
    inner ??= make()
    const before = inner.misses.length
    let rung = await inner.climb()
    while (rung !== undefined && rung.rung <= last) rung = await inner.climb()
    const misses = inner.misses.slice(before)
    return { rung, misses: misses.filter((miss) => miss.rung > last), isWhole: !misses.some(({ failed }) => failed) }
  }
  async function recall(before: readonly Step[]): Promise<Step> {
    const way = before.map(({ rung }) => [rung?.rung, rung?.change, rung?.url])
    const version = sha256Text(JSON.stringify([FORMAT, identity, way])).slice(0, 32)
    const key = { name: 'giftwrap-tested', version, arch: 'any' }
    const found = await remembered(await cache.find(key))
    if (found !== undefined && (found.until === undefined || found.until > Date.now())) return found
    await cache.remove(key)
    const last = before.at(-1)
    const { isWhole, ...step } = await climbAbove(last === undefined ? 0 : (last.rung?.rung ?? LOWEST))
    if (isWhole) {
      const isFinal = step.misses.length === 0 && (step.rung === undefined || isSettled(step.rung))
      const text = JSON.stringify({ ...step, until: isFinal ? undefined : Date.now() + AN_HOUR_MS })
      await cache.obtain(key, (folder) => writeFile(join(folder, FILE), text))
    }
    return step
  }
  /** One after the other: each goes on from the one before. */
  function stepAt(index: number): Promise<Step> {
    const known = steps[index]
    if (known !== undefined) return known
    const step = (async () => {
      return recall(await Promise.all(steps.slice(0, index)))
    })()
    steps.push(step)
    return step
  }
  return {
    climber() {
      const misses: Miss[] = []
      let climbed = 0
      return {
        misses,
        async climb() {
          const step = await stepAt(climbed)
          climbed += 1
          misses.push(...step.misses)
          return step.rung
        },
      }
    },
  }
}

/** Another one wherever rungs are read otherwise: what was remembered counts no more. */
const FORMAT = 3
/** Of the rungs of a ladder. */
const LOWEST = 4
const FILE = 'step.json'

/** Our own file, in the user's own cache. */
async function remembered(folder: string | undefined): Promise<(Step & { readonly until?: number }) | undefined> {
  if (folder === undefined) return undefined
  try {
    return JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Step & { readonly until?: number }
  } catch {
    return undefined
  }
}
