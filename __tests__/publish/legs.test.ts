import { describe, expect, it } from 'vitest'
import { checkLegs, type ExpectedLeg, type FoundResult, isExcused, type LegClaims } from '../../src/publish/legs.js'

const SUM = 'ab'.repeat(32)
const LEG: ExpectedLeg = {
  id: 'keystone-27-debian12-amd64',
  project: 'keystone',
  version: '27',
  target: 'debian12 amd64',
  mayMiss: false,
  source: 'git c0ffee',
  lock: SUM,
}
const CLAIMS: LegClaims = {
  leg: LEG.id,
  project: 'keystone',
  status: 'ok',
  source: 'git c0ffee',
  lock: { sha256: SUM },
  packages: [{ file: 'keystone_27_amd64.deb', size: 10, sha256: SUM }],
  timings: { lock: 1.5, venv: 2 },
}
const FOUND: FoundResult = { leg: LEG.id, folder: '/results/keystone', attempt: 1, claims: CLAIMS, faults: [] }
const claiming = (claims: Partial<LegClaims>): FoundResult => ({ ...FOUND, claims: { ...CLAIMS, ...claims } })
const statusOf = (...found: FoundResult[]) => checkLegs([LEG], found).map(({ status, why }) => ({ status, why }))

describe('a leg', () => {
  it('is ok with the result that was planned', () => {
    expect(checkLegs([LEG], [FOUND])).toEqual([
      { leg: LEG, status: 'ok', why: '', packages: CLAIMS.packages, folder: FOUND.folder, seconds: 3.5 },
    ])
  })

  it('is ok where the plan knows neither source nor lock', () => {
    const loose = { ...LEG, source: undefined, lock: undefined }
    expect(checkLegs([loose], [claiming({ source: 'git other', lock: undefined })])[0]?.status).toBe('ok')
  })

  it('is missing without a result, whatever others there are', () => {
    expect(statusOf({ ...FOUND, leg: 'other-1-debian12-amd64' })).toEqual([
      { status: 'missing', why: 'there is no result of it' },
    ])
  })

  it.each<[string, FoundResult, string]>([
    ['can’t be read', { ...FOUND, claims: undefined }, "its result.json can't be read"],
    ['is of another leg', claiming({ leg: 'x' }), 'its result is of x'],
    ['is of another project', claiming({ project: 'nova' }), 'its result is of the project nova'],
    ['is of another source', claiming({ source: 'git bad' }), 'it was built of git bad, and the plan says git c0ffee'],
    [
      'has another lock',
      claiming({ lock: { sha256: 'cd' } }),
      `it was built with the lock cd, and the plan says ${SUM}`,
    ],
    ['has no lock', claiming({ lock: undefined }), `it was built with the lock of nobody, and the plan says ${SUM}`],
    ['has bad files', { ...FOUND, faults: ['its x.deb is not there', 'more'] }, 'its x.deb is not there'],
    ['has no packages', claiming({ packages: [] }), 'its result has no package'],
    ['has terminal codes', claiming({ leg: '\u001b[31m\nx' }), 'its result is of  [31m x'],
  ])('is refused where its result %s', (_, found, why) => {
    const [outcome] = checkLegs([LEG], [found])
    expect(outcome).toMatchObject({ status: 'refused', why, packages: [] })
  })

  it('that failed says why', () => {
    expect(statusOf(claiming({ status: 'failed', packages: [], lock: undefined, error: 'uv failed\nbadly' }))).toEqual([
      { status: 'failed', why: 'uv failed badly' },
    ])
  })

  it('has the result of its highest attempt', () => {
    const second = { ...claiming({ timings: { venv: 9 } }), attempt: 2, folder: '/results/second' }
    expect(checkLegs([LEG], [FOUND, second, { ...FOUND, attempt: 0 }])[0]).toMatchObject({
      status: 'ok',
      folder: '/results/second',
      seconds: 9,
    })
    const bad = { ...claiming({ source: 'git bad' }), attempt: 3 }
    expect(checkLegs([LEG], [FOUND, second, bad])[0]?.status).toBe('refused')
  })

  it('is refused with two results of one attempt', () => {
    expect(statusOf(FOUND, { ...FOUND, folder: '/results/again' })).toEqual([
      { status: 'refused', why: 'it has 2 results: /results/keystone and /results/again' },
    ])
  })
})

describe('legs', () => {
  const other = { ...LEG, id: 'keystone-27-debian13-amd64', target: 'debian13 amd64' }
  const otherFound = (file: string) => ({
    ...claiming({ leg: other.id, packages: [{ file, size: 10, sha256: SUM }] }),
    leg: other.id,
  })

  it('come in the order of the plan', () => {
    const outcomes = checkLegs([other, LEG], [FOUND, otherFound('keystone_27+deb13_amd64.deb')])
    expect(outcomes.map(({ leg, status }) => [leg.id, status])).toEqual([
      [other.id, 'ok'],
      [LEG.id, 'ok'],
    ])
  })

  it.each(['keystone_27_amd64.deb', 'keystone_27~amd64.deb'])('are both refused that would be one file: %s', (file) => {
    const first = claiming({ packages: [{ file: file.replace('~', '.'), size: 10, sha256: SUM }] })
    const outcomes = checkLegs([LEG, other], [first, otherFound(file)])
    expect(outcomes.map(({ status, packages }) => [status, packages])).toEqual([
      ['refused', []],
      ['refused', []],
    ])
    expect(outcomes[0]?.why).toMatch(/^keystone-27-debian12-amd64 and keystone-27-debian13-amd64 both have a file/)
  })

  it('can’t bring sums of their own', () => {
    expect(checkLegs([LEG], [claiming({ packages: [{ file: 'SHA256SUMS', size: 1, sha256: SUM }] })])[0]?.why).toMatch(
      /^giftwrap itself and keystone/,
    )
  })

  it.each([
    ['missing', [], true],
    ['failed', [claiming({ status: 'failed', lock: undefined })], true],
    ['refused', [claiming({ source: 'git bad' })], false],
  ] satisfies [string, FoundResult[], boolean][])(
    'that may fail and are %s: excused is %s',
    (status, found, excused) => {
      const [outcome] = checkLegs([{ ...LEG, mayMiss: true }], found)
      expect(outcome?.status).toBe(status)
      expect(outcome && isExcused(outcome)).toBe(excused)
      const [strict] = checkLegs([LEG], found)
      expect(strict && isExcused(strict)).toBe(false)
    },
  )
})
