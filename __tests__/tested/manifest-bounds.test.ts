import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Constraint, formatConstraint, readConstraints } from '../../src/tested/constraints.js'
import type { Rung } from '../../src/tested/rung.js'
import { climbWhileNeeded, constraintsOf, placeOf } from '../../src/tested/tested-versions.js'

const lines = (...texts: readonly string[]): readonly Constraint[] => readConstraints(texts.join('\n')).constraints
const rung = (number: Rung['rung'], ...texts: readonly string[]): Rung => {
  return { rung: number, what: `rung ${number}`, constraints: lines(...texts) }
}

async function climb(manifest: readonly Constraint[], rungs: readonly Rung[], ...names: readonly string[]) {
  let at = 0
  const ladder = { misses: [], climb: async () => rungs[at++] }
  const { record } = await climbWhileNeeded(manifest, ladder, async () => ({ lock: 1, names, decided: new Map() }))
  return { record, climbs: at }
}

describe("the manifest's constraints", () => {
  it.each<[string, string, boolean]>([
    ['six<2', 'six==1.15.0', true],
    ['six<2', 'six==2.0.0', false],
    ['six>=1.15', 'six==1.15.0', true],
    ['six>=1.16', 'six==1.15.0', false],
    ['six==1.15.0', 'six==1.15', true],
    ['six===1.15.0', 'six==1.15.0', true],
    ['six!=1.15.0', 'six==1.15.0', false],
    ['six~=1.14', 'six==1.15.0', true],
    ['six==1.*', 'six==1.15.0', true],
    ['six>=1,<2', 'six==2.1', false],
    ['six>=1.0', 'six==2.0.0rc1', true],
    ['six<9999', 'six==1!1.0', false],
    ['six<2', 'six>=1', false],
    ['six===odd', 'six==1.0', false],
  ])('%s and the tested %s: both apply: %s', (own, tested, both) => {
    const manifest = lines(own)
    const rungs = [rung(1, tested), rung(2, 'six==1.15.0')]
    expect(constraintsOf(manifest, rungs).map(formatConstraint)).toEqual(
      both ? lines(tested).map(formatConstraint) : [],
    )
    expect(placeOf('six', manifest, rungs)).toEqual(
      both
        ? { rung: 1, constraints: lines(tested).map(formatConstraint) }
        : { rung: 5, constraints: lines(own).map(formatConstraint) },
    )
  })

  it('must all allow a version', () => {
    const rungs = [rung(1, 'six==1.15.0')]
    expect(constraintsOf(lines('six<2', 'six>=1.16'), rungs)).toEqual([])
    expect(constraintsOf(lines('six<2', 'six>=1.15', 'other==1'), rungs)).toHaveLength(1)
  })

  it('that only bound a version leave it to the rung that names it, however low', async () => {
    const { record, climbs } = await climb(lines('six<2'), [rung(1, 'idna==3.7'), rung(3, 'six==1.15.0')], 'six')
    expect(record).toMatchObject({ packages: { six: { rung: 3 } }, overruled: [] })
    expect(climbs).toBe(2)
  })

  it('that name a version need no rung', async () => {
    const { record, climbs } = await climb(lines('six==1.1'), [rung(1, 'idna==3.7'), rung(3, 'six==1.15.0')], 'six')
    expect(record).toMatchObject({ packages: { six: { rung: 5, constraints: ['six==1.1'] } }, overruled: [] })
    expect(climbs).toBe(1)
  })

  it('win where they contradict, which is recorded with all of them', async () => {
    const { record } = await climb(lines('six<2', 'six>=1.16'), [rung(1, 'six==1.15.0')], 'six')
    expect(record.packages).toEqual({ six: { rung: 5, constraints: ['six<2', 'six>=1.16'] } })
    expect(record.overruled).toEqual([{ name: 'six', tested: '==1.15.0', manifest: '<2,>=1.16' }])
  })

  it('may be anything that a constraint file may have', () => {
    const version = fc.stringMatching(/^[0-9a-z.!+*_-]{1,12}$/)
    const specifier = fc
      .tuple(fc.constantFrom('==', '===', '~=', '!=', '<', '>=', '>'), version)
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(specifier, specifier, (own, tested) => {
        const rungs = [{ ...rung(1), constraints: [{ name: 'six', specifier: tested }] }]
        expect([1, 5]).toContain(placeOf('six', [{ name: 'six', specifier: own }], rungs).rung)
      }),
    )
  })
})
