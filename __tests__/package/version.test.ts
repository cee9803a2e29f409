import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { debVersion } from '../../src/package/version.js'
import { hasTool, need } from '../support/requirements.js'

/** In the order of PEP 440. */
const ORDERED = [
  '1.0.dev1',
  '1.0.dev2',
  '1.0a1.dev3',
  '1.0a1',
  '1.0a2',
  '1.0b1.dev1',
  '1.0b1',
  '1.0rc1',
  '1.0rc2.dev4',
  '1.0rc2',
  '1.0rc10',
  '1.0',
  '1.0.post1.dev1',
  '1.0.post1',
  '1.0.post2',
  '1.0.1.dev5',
  '1.0.1',
  '1.1.0rc1',
  '1.1.0',
  '2.0',
  '10.0.0.0b1.dev7',
  '10.0.0.0b1',
  '10.0.0.0rc1',
  '10.0.0.0rc2',
  '10.0.0',
  '10.0.1.dev4',
  '10.0.1',
  '2025.1',
]

function isLower(a: string, b: string): boolean {
  return spawnSync('dpkg', ['--compare-versions', a, 'lt', b]).status === 0
}

describe('debVersion', () => {
  it("sorts for dpkg as PEP 440 does, the target's suffix included", (context) => {
    need(context, hasTool('dpkg'), 'dpkg')
    const versions = ORDERED.map((version) => `${debVersion(version)}-1+deb12`)
    const wrong = versions.flatMap((version, index) => {
      const next = versions[index + 1]
      return next === undefined || isLower(version, next) ? [] : [`${version} is not lower than ${next}`]
    })
    expect(wrong).toEqual([])
  })

  it('sorts from one release of a distribution and one iteration to the next', (context) => {
    need(context, hasTool('dpkg'), 'dpkg')
    const of = (revision: string) => `${debVersion('27.0.2')}-${revision}`
    expect(isLower(of('1+deb11'), of('1+deb12'))).toBe(true)
    expect(isLower(of('1+deb13'), of('2+deb12'))).toBe(true)
    expect(isLower(of('1+ubuntu22.04'), of('1+ubuntu24.04'))).toBe(true)
  })

  it.each([
    ['27.0.2', '27.0.2'],
    ['1.0rc1', '1.0~rc1'],
    ['1.0.rc1', '1.0~rc1'],
    ['1.0.post2', '1.0+post2'],
    ['1.0.dev3', '1.0~~dev3'],
    ['1.0b2.dev3', '1.0~b2~dev3'],
    ['27.0.0.0rc1', '27.0.0~rc1'],
    ['27.0.0.0', '27.0.0.0'],
    ['10.0-stable', '10.0-stable'],
    ['2025.1', '2025.1'],
  ])('writes %s as %s', (version, expected) => {
    expect(debVersion(version)).toBe(expected)
  })

  it.each(['master', '', '1.0 beta', '1:2.0', '1.0_1', '~1', '1.0/2', '1.0\n'])('refuses %j', (version) => {
    expect(() => debVersion(version)).toThrow(InputError)
  })

  it('gives what dpkg takes for a version, or throws an InputError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d[\w.+~-]{0,12}$/)), (version) => {
        try {
          expect(debVersion(version)).toMatch(/^\d[A-Za-z0-9.+~-]*$/)
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
    )
  })
})
