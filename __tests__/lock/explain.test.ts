import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explainLock, explainPackage } from '../../src/lock/explain.js'
import type { LockFacts } from '../../src/lock/facts.js'
import { fromRungs, lockText, madeFacts, madeView } from './made-view.js'

const FREEZE = { rung: 1 as const, what: 'freeze of tox (gate)', url: 'http://zuul.test/1', change: 'c', distance: 2 }
const BRANCH = { rung: 3 as const, what: 'requirements of stable/2025.1', requirements: 'a'.repeat(40) }
const tested = (parts: Partial<LockFacts['tested']>): LockFacts['tested'] => ({
  rungs: [FREEZE, BRANCH],
  misses: [{ rung: 2, why: 'the logs are gone', failed: false }],
  packages: {},
  overruled: [],
  ...parts,
})
const explained = (name: string, facts: LockFacts, versions: Readonly<Record<string, string>> = { [name]: '1' }) =>
  explainPackage(madeView(versions, { facts }), name)

describe('explainPackage', () => {
  it('gives the rung with all that is known of it, and the line', () => {
    const packages = { six: { rung: 1, constraints: ['six==1'] } }
    expect(explained('six', madeFacts({ tested: tested({ packages }) }))).toMatchObject({
      ...{ name: 'six', version: '1', rung: 1, constraints: ['six==1'], from: FREEZE, above: [] },
      not_tested: undefined,
    })
  })

  it('says why the rungs above did not decide: what they lack, and what they did not give', () => {
    expect(explained('six', madeFacts({ tested: tested({ packages: fromRungs({ six: 3 }) }) }))).toMatchObject({
      from: BRANCH,
      above: [
        { rung: 1, why: 'freeze of tox (gate) does not name it' },
        { rung: 2, why: 'the logs are gone' },
      ],
    })
  })

  it('has all rungs above the newest version', () => {
    const about = explained('six', madeFacts({ tested: tested({ packages: fromRungs({ six: 6 }) }) }))
    expect(about?.above.map(({ rung }) => rung)).toEqual([1, 2, 3])
    expect(about?.not_tested).toBe('newest')
    expect(about?.from).toBeUndefined()
  })

  it("has the manifest's files and what they overrule, and no rung above: it asks none", () => {
    const overruled = [{ name: 'six', tested: '==1', manifest: '>=2' }]
    const facts = madeFacts({
      constraints: [{ source: 'own.txt', sha256: '0'.repeat(64) }],
      tested: tested({ packages: fromRungs({ six: 5 }), overruled }),
    })
    expect(explained('six', facts)).toMatchObject({ files: ['own.txt'], above: [], overruled: overruled[0] })
  })

  it('has overrides without the files of constraints, which did not decide', () => {
    const override = { name: 'six', requirement: 'six>=2', reason: 'CVE', instead_of: ['six==1'] }
    const facts = madeFacts({
      ...{ constraints: [{ source: 'own.txt', sha256: '0'.repeat(64) }], overrides: [override] },
      tested: tested({ packages: fromRungs({ six: 5 }) }),
    })
    const about = explained('six', facts)
    expect(about).toMatchObject({ override, not_tested: 'override', constraints: ['six>=2'] })
    expect(about?.files).toBeUndefined()
  })

  it('blames no rung for what was let go', () => {
    const relaxed = [{ name: 'six', pin: '==1', rung: 1, why: 'no wheel' }]
    const about = explained('six', madeFacts({ tested: tested({ packages: fromRungs({ six: 6 }) }), relaxed }))
    expect(about).toMatchObject({ relaxed: relaxed[0], above: [], not_tested: 'relaxed' })
  })

  it('tells yanked releases, and what is built and how', () => {
    const yanked = [{ name: 'six', version: '1', why: 'broken' }]
    const build = { sha256: '0'.repeat(64), sdists: ['six', 'idna'], unlocked: ['six'] }
    const facts = madeFacts({ yanked, build, built_elsewhere: { python: '3.9', names: ['six'] } })
    expect(explained('six', facts)).toMatchObject({
      yanked: yanked[0],
      built: { locked: false, metadata_of: '3.9' },
    })
    expect(explained('idna', facts)?.built).toEqual({ locked: true, metadata_of: undefined })
    expect(explained('other', facts)?.built).toBeUndefined()
  })

  it('knows what only builds, and nothing of what is in no lock', () => {
    const facts = madeFacts({ build: { sha256: '0'.repeat(64), as_of: '2025-01-01', sdists: [], unlocked: [] } })
    const view = madeView({ six: '1' }, { facts, build: lockText({ setuptools: '80' }) })
    expect(explainPackage(view, 'setuptools')).toMatchObject({
      version: undefined,
      builds: { version: '80', as_of: '2025-01-01' },
    })
    for (const name of ['sixx', 'constructor', '__proto__']) expect(explainPackage(view, name)).toBeUndefined()
  })

  it('finds the shortest way from the project, and goes round no circle for ever', () => {
    const required_by = { vine: ['amqp', 'kombu'], amqp: ['kombu', 'vine'], kombu: ['keystone'], loop: ['loop'] }
    const facts = madeFacts({ required_by })
    expect(explained('vine', facts)?.chain).toEqual(['keystone', 'kombu', 'vine'])
    expect(explained('vine', facts)?.required_by).toEqual(['amqp', 'kombu'])
    expect(explained('kombu', facts)?.chain).toEqual([])
    expect(explained('loop', facts)?.chain).toEqual([])
  })

  it('knows what the manifest asks for itself, whatever way it writes it', () => {
    const view = madeView({ 'oslo-log': '1', oslo: '1' }, { asked: ['Oslo.Log[x]>=1 ; python_version > "3"'] })
    expect(explainPackage(view, 'oslo-log')?.asked).toBe(true)
    expect(explainPackage(view, 'oslo')?.asked).toBe(false)
  })

  it('gives versions alone where there is no record', () => {
    const about = explainPackage(madeView({ six: '1' }), 'six')
    expect(about).toMatchObject({ version: '1', rung: undefined, constraints: [], above: [], required_by: [] })
  })
})

describe('explainLock', () => {
  it('counts by rung, those too that decided nothing', () => {
    const facts = madeFacts({ tested: tested({ packages: fromRungs({ six: 1, idna: 1, own: 5, new: 6 }) }) })
    const about = explainLock(madeView({ six: '1', idna: '1', own: '1', new: '1' }, { facts }))
    expect(about.packages).toBe(4)
    expect(about.rungs.map(({ rung, names }) => [rung, names])).toEqual([
      [1, ['idna', 'six']],
      [3, []],
      [5, ['own']],
      [6, ['new']],
    ])
    expect(about.rungs[0]?.from).toEqual(FREEZE)
    expect(about.not_tested).toEqual([{ name: 'new', why: 'newest' }])
    expect(about.misses).toEqual([{ rung: 2, why: 'the logs are gone' }])
  })

  it('counts every package with a record once', () => {
    const name = fc.stringMatching(/^[a-z]{1,3}$/)
    fc.assert(
      fc.property(fc.dictionary(name, fc.integer({ min: 1, max: 6 })), (rungs) => {
        const versions = Object.fromEntries(Object.keys(rungs).map((one) => [one, '1']))
        const facts = madeFacts({ tested: tested({ packages: fromRungs(rungs) }) })
        const about = explainLock(madeView(versions, { facts }))
        expect(about.rungs.flatMap(({ names }) => names).toSorted()).toEqual(Object.keys(rungs).toSorted())
      }),
    )
  })
})
