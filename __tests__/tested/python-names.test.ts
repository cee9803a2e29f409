import { describe, expect, it } from 'vitest'
import { isPythonName, isPythonVersion, normalizeName } from '../../src/tested/python-names.js'

describe('names of Python', () => {
  it.each(['a', 'A1', 'oslo.config', 'python-dateutil', 'jaraco_x', 'a--b', '2to3', 'a'.repeat(200)])(
    '%s is one',
    (name) => {
      expect(isPythonName(name)).toBe(true)
    },
  )

  it.each(['', '-a', 'a-', '.a', 'a.', '_a', 'a b', 'a/b', 'a@b', 'é', 'a\n', 'a'.repeat(201), 'a[b]'])(
    '%j is none',
    (name) => {
      expect(isPythonName(name)).toBe(false)
    },
  )

  it('are compared normalised', () => {
    expect(['Oslo.Config', 'oslo__config', 'oslo-._config'].map(normalizeName)).toEqual(Array(3).fill('oslo-config'))
  })
})

describe('versions of Python', () => {
  it.each([
    '1',
    '1.0',
    '1!2.0',
    '27.0.0.0rc1',
    '1.0.dev5',
    '2.9.0.post0',
    '1.0+ubuntu.1',
    '1.0a1.post2.dev3',
    'v1.0',
    '1.0-1',
    '1.0RC1',
    '2025.1',
  ])('%s is one', (version) => {
    expect(isPythonVersion(version)).toBe(true)
  })

  it.each([
    '',
    '1.',
    '.1',
    'a',
    '1.*',
    '1.0-final',
    '0.6.28dev-r0',
    '1 0',
    '1.0\n',
    '1.0;x',
    '=1',
    '1+',
    '1'.repeat(201),
    'latest',
  ])('%j is none', (version) => {
    expect(isPythonVersion(version)).toBe(false)
  })
})
