import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDebianVersions } from '../../src/system/debian-version.js'
import { hasTool, need } from '../support/requirements.js'

const sign = (order: number) => (order < 0 ? '<' : order > 0 ? '>' : '=')

describe('compareDebianVersions', () => {
  it.each([
    ['1.0', '=', '1.0'],
    ['1.0', '=', '1.00'],
    ['1.0~rc1', '<', '1.0'],
    ['1.0~~', '<', '1.0~'],
    ['1.0', '<', '1.0+b1'],
    ['1.0a', '<', '1.0+'],
    ['1.2', '<', '1.10'],
    ['1:0.1', '>', '9'],
    ['1.0-1', '<', '1.0-1.1'],
    ['1.0', '=', '1.0-0'],
    ['2.31-13+deb11u1', '<', '2.36'],
    ['99999999999999999999', '>', '99999999999999999998'],
  ])('%s %s %s', (a, expected, b) => {
    expect(sign(compareDebianVersions(a, b))).toBe(expected)
  })

  it('agrees with dpkg', (context) => {
    need(context, hasTool('dpkg'), 'dpkg')
    const version = fc.stringMatching(/^([0-2]:)?[0-9][a-c0-9.+~]{0,5}(-[a-c0-9.+~]{1,3})?$/)
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = sign(compareDebianVersions(a, b))
        const word = { '<': 'lt', '>': 'gt', '=': 'eq' }[order]
        // Fails with exit code 1 where dpkg sees it otherwise.
        execFileSync('dpkg', ['--compare-versions', a, word, b], { stdio: 'ignore' })
      }),
      { numRuns: 300 },
    )
  })

  it('is an order of any texts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(sign(compareDebianVersions(a, b))).toBe(sign(-compareDebianVersions(b, a)))
        expect(compareDebianVersions(a, a)).toBe(0)
      }),
    )
  })
})
