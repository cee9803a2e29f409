import { describe, expect, it } from 'vitest'
import type { Constraint } from '../../src/tested/constraints.js'
import type { Rung } from '../../src/tested/rung.js'
import { climbWhileNeeded, constraintsOf, NOTHING, type TestedPackage } from '../../src/tested/tested-versions.js'
import { constraint, ladderOf, rung } from './ladder-of.js'

/** Resolves to these names whatever the constraints are, and keeps those. */
function resolver(names: readonly string[], manifest: readonly Constraint[] = []) {
  const calls: string[][] = []
  const resolve = async (rungs: readonly Rung[]) => {
    calls.push(constraintsOf(manifest, rungs).map(({ name, specifier }) => name + specifier))
    return { lock: calls.length, names, decided: new Map<string, TestedPackage>() }
  }
  return { calls, resolve }
}

describe('climbing', () => {
  it('stops at the first rung where that names all packages', async () => {
    const ladder = ladderOf([rung(1, 'a==1', 'b==1'), rung(2, 'a==2')])
    const { calls, resolve } = resolver(['a', 'B'])
    const { lock, record } = await climbWhileNeeded([], ladder, resolve)
    expect({ lock, calls, climbs: ladder.climbs() }).toEqual({ lock: 1, calls: [['a==1', 'b==1']], climbs: 1 })
    expect(record).toMatchObject({
      packages: { a: { rung: 1, constraints: ['a==1'] }, b: { rung: 1 } },
      rungs: [{ rung: 1, what: 'rung 1' }],
      overruled: [],
    })
  })

  it('gives each package the version of the first rung that names it, and resolves again only for such', async () => {
    const ladder = ladderOf([rung(1, 'a==1'), rung(2, 'a==2', 'x==2'), rung(3, 'a==3', 'b==3'), rung(4, 'b==4')])
    const { calls, resolve } = resolver(['a', 'b'])
    const { record } = await climbWhileNeeded([], ladder, resolve)
    expect(calls).toEqual([['a==1'], ['a==1', 'x==2', 'b==3']])
    expect(record.packages).toEqual({ a: { rung: 1, constraints: ['a==1'] }, b: { rung: 3, constraints: ['b==3'] } })
    expect(ladder.climbs()).toBe(3)
  })

  it("ends below the last rung, with the manifest's constraints before all others", async () => {
    const ladder = ladderOf([rung(1, 'a==1', 'b==1')], [{ rung: 2, why: 'gone', failed: false }])
    const manifest = [constraint('a==9')]
    const { calls, resolve } = resolver(['a', 'b', 'c'], manifest)
    const { record } = await climbWhileNeeded(manifest, ladder, resolve)
    expect(calls).toEqual([['b==1']])
    expect(record).toMatchObject({
      packages: { a: { rung: 5, constraints: ['a==9'] }, b: { rung: 1 }, c: { rung: 6, constraints: [] } },
      misses: [{ rung: 2, why: 'gone', failed: false }],
      overruled: [{ name: 'a', tested: '==1', manifest: '==9' }],
    })
  })

  it('records for what something else decided just that, and climbs no further for it', async () => {
    const ladder = ladderOf([rung(1, 'a==1'), rung(2, 'b==2')])
    const decided = new Map([['b', { rung: NOTHING, constraints: [] }]])
    const { record } = await climbWhileNeeded([constraint('a==9')], ladder, async () => ({
      ...{ lock: 0, names: ['a', 'b'], decided },
    }))
    expect(ladder.climbs()).toBe(1)
    expect(record.packages.b).toEqual({ rung: NOTHING, constraints: [] })
    decided.set('a', { rung: NOTHING, constraints: [] })
    const again = await climbWhileNeeded([constraint('a==9')], ladderOf([rung(1, 'a==1')]), async () => ({
      ...{ lock: 0, names: ['a', 'b'], decided },
    }))
    expect(again.record.overruled).toEqual([])
  })

  it('records that a server could not be asked, and not why: packages are the same everywhere', async () => {
    const ladder = ladderOf([rung(3, 'a==1')], [{ rung: 1, why: 'getaddrinfo ENOTFOUND', failed: true }])
    const { record, failures } = await climbWhileNeeded([], ladder, resolver(['a']).resolve)
    expect(record.misses).toEqual([{ rung: 1, why: 'it could not be asked', failed: true }])
    expect(failures).toEqual(['tested versions (rung 1) could not be asked for: getaddrinfo ENOTFOUND'])
  })

  it('records no credentials', async () => {
    const secret = 'https://me:S3CRET@gerrit.test/c/1'
    const ladder = ladderOf(
      [{ ...rung(1, 'a==1'), url: secret, change: secret }],
      [{ rung: 2, why: secret, failed: false }],
    )
    const { record } = await climbWhileNeeded([], ladder, resolver(['a']).resolve)
    expect(JSON.stringify(record)).not.toContain('S3CRET')
    expect(record.rungs[0]?.url).toBe('https://***@gerrit.test/c/1')
  })

  it('takes all lines of a name from one rung', () => {
    const marked = { ...rung(2), constraints: [constraint('a==2'), { ...constraint('a==3'), marker: 'x' }] }
    expect(constraintsOf([], [rung(1, 'b==1'), marked, rung(3, 'a==4')])).toHaveLength(3)
  })
})
