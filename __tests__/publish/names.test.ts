import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assetName, attemptOf, isPackageName, legArtifact, newestOfLeg } from '../../src/publish/names.js'

const LEG = 'keystone-27.0.0-debian12-amd64'

describe('artifacts of legs', () => {
  it('are named by prefix, leg and attempt, without what artifacts can’t have', () => {
    expect(legArtifact('giftwrap-', LEG, 3)).toBe(`giftwrap-${LEG}-a3`)
    expect(legArtifact('', 'a-1:2|3-debian12-amd64', 1)).toBe('a-1_2_3-debian12-amd64-a1')
  })

  it.each([
    ['x-a1', 1],
    ['x-a12', 12],
    ['x', 0],
    ['x-a0', 0],
    ['x-a01', 0],
    ['x-a1b', 0],
    ['x-a99999999999999', 0],
  ])('%s is of attempt %i', (name, attempt) => {
    expect(attemptOf(name)).toBe(attempt)
  })

  it('of the highest attempt count, in numbers', () => {
    const names = [2, 10, 9].map((attempt) => ({ name: legArtifact('p-', LEG, attempt) }))
    expect(newestOfLeg(names, 'p-', LEG)).toEqual({ name: `p-${LEG}-a10` })
  })

  it('of other legs, prefixes and kinds don’t', () => {
    const others = [`p-${LEG}`, `q-${LEG}-a1`, `p-q-${LEG}-a1`, `p-${LEG}-a0`, `p-${LEG}x-a1`, 'p-plan'].map(
      (name) => ({
        name,
      }),
    )
    expect(newestOfLeg(others, 'p-', LEG)).toBeUndefined()
  })
})

describe('names of assets', () => {
  it.each([
    ['a_27.0.0~rc1-1+deb12_amd64.deb', 'a_27.0.0.rc1-1+deb12_amd64.deb'],
    ['a_1~~dev3_amd64.deb', 'a_1.dev3_amd64.deb'],
    ['a-1_2.x86_64.rpm', 'a-1_2.x86_64.rpm'],
  ])('%s is %s', (file, name) => {
    expect(assetName(file)).toBe(name)
  })

  it('have only what GitHub leaves as it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (file) => /^[A-Za-z0-9._+-]*$/.test(assetName(file))))
  })
})

describe('names of packages', () => {
  it.each(['a_1-1_amd64.deb', 'a-1~rc1.x86_64.rpm', 'a-1.apk', 'a-1-any.pkg.tar.zst', 'a-1.tar.xz'])(
    '%s is one',
    (file) => {
      expect(isPackageName(file)).toBe(true)
    },
  )

  it.each([
    '../a.deb',
    '/a.deb',
    'a/b.deb',
    '.a.deb',
    '-a.deb',
    'a.sh',
    'SHA256SUMS',
    'a b.deb',
    'a\n.deb',
    'a.deb\n',
    '',
  ])('%j is none', (file) => {
    expect(isPackageName(file)).toBe(false)
  })
})
