import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markerHolds } from '../../src/tested/markers.js'
import { anyText } from './any-text.js'

describe('markerHolds', () => {
  it.each<[string, string, boolean | undefined]>([
    ["python_version=='3.9'", '3.9', true],
    ["python_version=='3.9'", '3.10', false],
    ["python_version>='3.10'", '3.9', false],
    ["python_version>='3.10'", '3.10', true],
    ["python_version>='3.9'", '3.10', true],
    ["python_version < '3'", '2.7', true],
    ["python_version < '3'", '3.0', false],
    ["python_version <= '3'", '3.1', false],
    ["python_version > '3.8'", '3.8', false],
    ["python_version != '3.8'", '3.8', false],
    ["python_version == '3'", '3.0', true],
    ["python_version == '3.*'", '3.12', true],
    ["python_version != '3.*'", '3.12', false],
    ["python_version == '3.1.*'", '3.12', false],
    ["python_version ~= '3.6'", '3.12', true],
    ["python_version ~= '3.6'", '2.7', false],
    ["python_version ~= '3.8'", '4.0', false],
    ["python_version === '3.6'", '3.6', true],
    ["'3.6' <= python_version", '3.5', false],
    ["'3.6' <= python_version", '3.7', true],
    ["python_version in '2.6 2.7'", '2.7', true],
    ["python_version in '2.6 2.7'", '3.2', false],
    ["python_version not in '2.6 2.7'", '3.2', true],
    ["python_version not  in '2.6 2.7'", '2.6', false],
    ["(python_version=='3.6')", '3.6', true],
    ["python_version=='3.6' or python_version=='3.7'", '3.7', true],
    ["python_version>='3.6' and python_version<'3.8'", '3.8', false],
    ["python_version=='3.6' or python_version=='3.7' and sys_platform=='win32'", '3.6', true],
    ["(python_version=='3.6' or python_version=='3.7') and sys_platform=='win32'", '3.6', false],
    ["sys_platform != 'win32'", '3.6', true],
    ["sys_platform == 'darwin'", '3.6', false],
    ["os_name == 'nt'", '3.6', false],
    ["platform_system == 'Linux'", '3.6', true],
    ["implementation_name == 'pypy'", '3.6', false],
    ["platform_python_implementation == 'CPython'", '3.6', true],
    ["python_full_version >= '3.9'", '3.9', true],
    ["python_full_version < '3.9'", '3.9', false],
    ["python_full_version < '3.9.1'", '3.9', undefined],
    ["python_full_version < '3.9.1'", '3.8', true],
    ["platform_machine == 'x86_64'", '3.9', undefined],
    ["platform_machine == 'x86_64' and python_version == '3.8'", '3.9', false],
    ["platform_machine == 'x86_64' or python_version == '3.9'", '3.9', true],
    ["extra == 'test'", '3.9', undefined],
    ["python_version > 'three'", '3.9', undefined],
    ["python_version == ''", '3.9', undefined],
    ['python_version == python_version', '3.9', undefined],
    ["'3.9' == '3.9'", '3.9', undefined],
    ["'3' in python_version", '3.9', undefined],
    ["python_version == '3.8' extra", '3.9', undefined],
    ["(python_version == '3.8'", '3.9', undefined],
    ["python_version == '3.8')", '3.9', undefined],
    ["python_version == '3.8' and", '3.9', undefined],
    ['python_version', '3.9', undefined],
    ['', '3.9', undefined],
    ["python_version == '3.8' ; x", '3.9', undefined],
    [`${'('.repeat(100_000)}`, '3.9', undefined],
  ])('%s for %s: %s', (marker, python, holds) => {
    expect(markerHolds(marker, python)).toBe(holds)
  })

  it('answers whatever stands there', () => {
    const word = fc.constantFrom(
      '(',
      ')',
      'and',
      'or',
      'not',
      'in',
      'python_version',
      "'3.9'",
      '"',
      '==',
      '<',
      '~=',
      ' ',
    )
    const text = fc.array(fc.oneof(word, anyText(4)), { maxLength: 12 }).map((words) => words.join(''))
    fc.assert(
      fc.property(text, (marker) => {
        expect([true, false, undefined]).toContain(markerHolds(marker, '3.9'))
      }),
      { numRuns: 1000 },
    )
  })
})
