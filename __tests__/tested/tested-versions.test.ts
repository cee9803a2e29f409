import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Constraint } from '../../src/tested/constraints.js'
import type { Ladder } from '../../src/tested/ladder.js'
import type { Miss, Rung } from '../../src/tested/rung.js'
import { climbWhileNeeded, constraintsOf, rememberedLadder } from '../../src/tested/tested-versions.js'
import { scratch } from '../support/scratch.js'
import { portsWithCache } from '../support/test-ports.js'

const constraint = (text: string): Constraint => {
  const [name = '', specifier = ''] = text.split(/(?===)/)
  return { name, specifier }
}
const rung = (number: Rung['rung'], ...constraints: string[]): Rung => ({
  ...{ rung: number, what: `rung ${number}` },
  constraints: constraints.map(constraint),
})

/** A ladder of these rungs, and how often it was climbed. */
function ladderOf(rungs: readonly Rung[], misses: readonly Miss[] = []): Ladder & { climbs(): number } {
  let climbs = 0
  return { misses, climb: async () => rungs[climbs++], climbs: () => climbs }
}

/** Resolves to these names whatever the constraints are, and keeps those. */
function resolver(...names: string[]) {
  const calls: string[][] = []
  const resolve = async (constraints: readonly Constraint[]) => {
    calls.push(constraints.map(({ name, specifier }) => name + specifier))
    return { lock: calls.length, names }
  }
  return { calls, resolve }
}

describe('climbing', () => {
  it('stops at the first rung where that names all packages', async () => {
    const ladder = ladderOf([rung(1, 'a==1', 'b==1'), rung(2, 'a==2')])
    const { calls, resolve } = resolver('a', 'B')
    const { lock, record } = await climbWhileNeeded([], ladder, resolve)
    expect({ lock, calls, climbs: ladder.climbs() }).toEqual({ lock: 1, calls: [['a==1', 'b==1']], climbs: 1 })
    expect(record).toMatchObject({ packages: { a: 1, b: 1 }, rungs: [{ rung: 1, what: 'rung 1' }], overruled: [] })
  })

  it('gives each package the version of the first rung that names it, and resolves again only for such', async () => {
    const ladder = ladderOf([rung(1, 'a==1'), rung(2, 'a==2', 'x==2'), rung(3, 'a==3', 'b==3'), rung(4, 'b==4')])
    const { calls, resolve } = resolver('a', 'b')
    const { record } = await climbWhileNeeded([], ladder, resolve)
    expect(calls).toEqual([['a==1'], ['a==1', 'x==2', 'b==3']])
    expect(record.packages).toEqual({ a: 1, b: 3 })
    expect(ladder.climbs()).toBe(3)
  })

  it("ends below the last rung, with the manifest's constraints before all others", async () => {
    const ladder = ladderOf([rung(1, 'a==1', 'b==1')], [{ rung: 2, why: 'gone', failed: false }])
    const { calls, resolve } = resolver('a', 'b', 'c')
    const { record } = await climbWhileNeeded([constraint('a==9')], ladder, resolve)
    expect(calls).toEqual([['b==1']])
    expect(record).toMatchObject({
      packages: { a: 5, b: 1, c: 6 },
      misses: [{ rung: 2, why: 'gone', failed: false }],
      overruled: [{ name: 'a', tested: '==1', manifest: '==9' }],
    })
  })

  it('records no credentials', async () => {
    const secret = 'https://me:S3CRET@gerrit.test/c/1'
    const ladder = ladderOf(
      [{ ...rung(1, 'a==1'), url: secret, change: secret }],
      [{ rung: 2, why: secret, failed: true }],
    )
    const { record } = await climbWhileNeeded([], ladder, resolver('a').resolve)
    expect(JSON.stringify(record)).not.toContain('S3CRET')
    expect(record.rungs[0]?.url).toBe('https://***@gerrit.test/c/1')
  })

  it('takes all lines of a name from one rung', () => {
    const marked = { ...rung(2), constraints: [constraint('a==2'), { ...constraint('a==3'), marker: 'x' }] }
    expect(constraintsOf([], [rung(1, 'b==1'), marked, rung(3, 'a==4')])).toHaveLength(3)
  })
})

describe('a remembered ladder', () => {
  const climbAll = async (ladder: Ladder) => {
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
    const first = rememberedLadder(['x'], missing(false), cache)
    await first.climb()
    expect(first.misses).toHaveLength(1)
    const known = rememberedLadder(['x'], () => expect.fail('asked again'), cache)
    await known.climb()
    expect(known.misses).toEqual(first.misses)
    const [file = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.json'),
    )
    const entry = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { until: number }
    expect(entry.until - Date.now()).toBeGreaterThan(3_000_000)
    writeFileSync(join(folder, file), JSON.stringify({ ...entry, until: 1 }))
    const real = ladderOf([rung(2, 'a==1')])
    expect((await rememberedLadder(['x'], () => real, cache).climb())?.rung).toBe(2)

    for (const _ of [1, 2]) {
      const failing = ladderOf([])
      const ladder = rememberedLadder(
        ['z'],
        () => ({ ...missing(true)(), climb: failing.climb, misses: [{ rung: 1, why: 'down', failed: true }] }),
        cache,
      )
      await ladder.climb()
      expect(failing.climbs()).toBe(1)
    }
  })
})
