import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rememberedLadder, type SharedLadder } from '../../src/tested/remembered-ladder.js'
import type { Miss } from '../../src/tested/rung.js'
import { scratch } from '../support/scratch.js'
import { portsWithCache } from '../support/test-ports.js'
import { ladderOf, rung } from './ladder-of.js'

describe('a remembered ladder', () => {
  const climbAll = async (shared: SharedLadder, ladder = shared.climber()) => {
    const numbers: (number | undefined)[] = []
    for (let step = 0; step < 3; step++) numbers.push((await ladder.climb())?.rung)
    return numbers
  }

  it('asks once for what was found, whoever asks again', async () => {
    const { cache } = portsWithCache(scratch())
    const real = ladderOf([rung(1, 'a==1'), rung(4, 'b==2')])
    expect(await climbAll(rememberedLadder(['x'], () => real, cache))).toEqual([1, 4, undefined])
    const again = rememberedLadder(['x'], () => expect.fail('asked again'), cache)
    expect(await climbAll(again)).toEqual([1, 4, undefined])
    const other = ladderOf([])
    expect(await climbAll(rememberedLadder(['y'], () => other, cache))).toEqual([undefined, undefined, undefined])
  })

  it('forgets after an hour what was not found, and at once what could not be asked', async () => {
    const folder = scratch()
    const { cache } = portsWithCache(folder)
    const missing = (failed: boolean) => () => {
      const misses: Miss[] = []
      return {
        misses,
        climb: async () => {
          misses.push({ rung: 1, why: 'none', failed })
          return undefined
        },
      }
    }
    const first = rememberedLadder(['x'], missing(false), cache).climber()
    await first.climb()
    expect(first.misses).toHaveLength(1)
    const known = rememberedLadder(['x'], () => expect.fail('asked again'), cache).climber()
    await known.climb()
    expect(known.misses).toEqual(first.misses)
    const [file = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.json'),
    )
    const entry = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { until: number }
    expect(entry.until - Date.now()).toBeGreaterThan(3_000_000)
    writeFileSync(join(folder, file), JSON.stringify({ ...entry, until: 1 }))
    const real = ladderOf([rung(2, 'a==1')])
    expect(
      (
        await rememberedLadder(['x'], () => real, cache)
          .climber()
          .climb()
      )?.rung,
    ).toBe(2)

    for (const _ of [1, 2]) {
      let climbs = 0
      const failing = missing(true)()
      const climb = async () => {
        climbs += 1
        return failing.climb()
      }
      await rememberedLadder(['z'], () => ({ ...failing, climb }), cache)
        .climber()
        .climb()
      expect(climbs).toBe(1)
    }
  })

  it('is climbed once for many, each at its own pace', async () => {
    const { cache } = portsWithCache(scratch())
    const real = ladderOf([rung(1, 'a==1'), rung(4, 'b==2')])
    const shared = rememberedLadder(['x'], () => real, cache)
    const all = await Promise.all([climbAll(shared), climbAll(shared), shared.climber().climb()])
    expect(all).toMatchObject([[1, 4, undefined], [1, 4, undefined], { rung: 1 }])
    expect(real.climbs()).toBe(3)
  })

  it('asks again for what was below a rung that is another one now', async () => {
    const folder = scratch()
    const { cache } = portsWithCache(folder)
    await climbAll(rememberedLadder(['x'], () => ladderOf([rung(3, 'a==3'), rung(4, 'b==4')]), cache))
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, file)
      if (!file.endsWith('.json') || !readFileSync(path, 'utf8').includes('"rung":3')) continue
      writeFileSync(path, JSON.stringify({ misses: [], until: 1 }))
    }
    const better = ladderOf([rung(1, 'a==1'), rung(3, 'a==3'), rung(4, 'b==4')])
    expect(await climbAll(rememberedLadder(['x'], () => better, cache))).toEqual([1, 3, 4])
  })
})
