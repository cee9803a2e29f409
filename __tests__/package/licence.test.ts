import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { declaredLicence, type Licence, licencesOf } from '../../src/package/licence.js'

const declared = (licenseExpression?: string, license?: string, ...licenseClassifiers: string[]) => ({
  licenseExpression,
  license,
  licenseClassifiers,
})
const spdx = (expression: string): Licence => ({ kind: 'spdx', expression })
const named = (...names: string[]): Licence => ({ kind: 'named', names })
const APACHE = 'OSI Approved :: Apache Software License'
const APACHE_TEXT = `\n${' '.repeat(33)}Apache License\n${' '.repeat(27)}Version 2.0, January 2004\n   http://`

describe('declaredLicence', () => {
  it.each<[string, ReturnType<typeof declared>, string[], Licence]>([
    [
      'an expression',
      declared('MIT AND (Apache-2.0 OR BSD-2-Clause)', 'other'),
      [],
      spdx('MIT AND (Apache-2.0 OR BSD-2-Clause)'),
    ],
    [
      'an expression in the older field',
      declared(undefined, 'Apache-2.0 OR BSD-3-Clause'),
      [],
      spdx('Apache-2.0 OR BSD-3-Clause'),
    ],
    ['an expression that is none', declared('my own', 'MIT'), [], spdx('MIT')],
    ['a well-known name', declared(undefined, 'The Apache License, Version 2.0'), [], spdx('Apache-2.0')],
    ['a name of several licences', declared(undefined, 'BSD'), [], named('BSD')],
    [
      'a classifier',
      declared(undefined, 'UNKNOWN', 'OSI Approved', 'OSI Approved :: ISC License (ISCL)'),
      [],
      spdx('ISC'),
    ],
    [
      'two classifiers',
      declared(undefined, 'Dual License', APACHE, 'OSI Approved :: BSD License'),
      [],
      named('Apache Software License', 'BSD License'),
    ],
    [
      'two classifiers of which one is sure',
      declared(undefined, undefined, 'OSI Approved :: MIT License', 'OSI Approved :: BSD License'),
      [],
      named('MIT License', 'BSD License'),
    ],
    [
      'a classifier of several licences',
      declared(undefined, undefined, APACHE),
      ['BSD'],
      named('Apache Software License'),
    ],
    ['the same with the text', declared(undefined, undefined, APACHE), ['NOTICE', APACHE_TEXT], spdx('Apache-2.0')],
    [
      'another one with that text',
      declared(undefined, undefined, 'OSI Approved :: BSD License'),
      [APACHE_TEXT],
      named('BSD License'),
    ],
    ['a whole text in the field', declared(undefined, 'Copyright 2010\n\nAll of it'), [], named('Copyright 2010')],
    ['nothing', declared(), [APACHE_TEXT], { kind: 'unknown' }],
    ['a name of the language', declared(undefined, 'constructor', '__proto__'), [], named('__proto__')],
  ])('of %s', (_what, what, texts, expected) => {
    expect(declaredLicence(what, texts)).toEqual(expected)
  })

  it('takes any text, and never for an expression what is none', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('MIT', 'mit license', 'GPL-2.0+', 'MIT AND', '(MIT)', 'MIT or BSD'),
    )
    fc.assert(
      fc.property(text, text, fc.array(text), (expression, license, classifiers) => {
        const found = declaredLicence(declared(expression, license, ...classifiers))
        if (found.kind === 'spdx') expect(licencesOf(found.expression).every((id) => /^[\w.:+-]+$/.test(id))).toBe(true)
        else expect([expression, license]).not.toContain('MIT')
      }),
    )
    const nested = `${'('.repeat(100_000)}MIT`
    expect(declaredLicence(declared(nested))).toEqual({ kind: 'unknown' })
  })
})

describe('licencesOf', () => {
  it.each([
    ['MIT', ['MIT']],
    ['(MIT OR Apache-2.0) AND MIT', ['MIT', 'Apache-2.0']],
    ['GPL-2.0-only WITH Classpath-exception-2.0 AND LicenseRef-x', ['GPL-2.0-only', 'LicenseRef-x']],
  ])('names those of %s', (expression, ids) => {
    expect(licencesOf(expression)).toEqual(ids)
  })
})
