import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeMarker, markerEnvironment } from '../../src/venv/marker.js'
import { hasTool, need } from '../support/requirements.js'

const environment = markerEnvironment({ version: '3.11.2', minor: '3.11' }, 'x86_64')

describe('judgeMarker', () => {
  it.each<[string, boolean | undefined]>([
    ["python_version < '3.9'", false],
    ["python_version >= '3.9'", true],
    ['python_version >= "3.11" and sys_platform != "win32"', true],
    ["python_version < '3' or (os_name == 'posix' and platform_machine in 'x86_64 aarch64')", true],
    ["'linux' in sys_platform", true],
    ["platform_machine not   in 'arm64'", true],
    ["python_version == '3.*'", true],
    ["python_version != '3.1.*'", true],
    ["python_version == '3.1'", false],
    ["python_full_version ~= '3.11.1'", true],
    ["python_full_version ~= '3.10.1'", false],
    ["python_full_version < '3.11.2rc1'", false],
    ["python_full_version > '3.11.2rc1'", true],
    ["platform_system === 'Linux'", true],
    ["os.name == 'posix'", true],
    ["platform_release >= '5'", undefined],
    ["platform_release >= '5' or os_name == 'posix'", true],
    ["platform_release >= '5' and os_name == 'nt'", false],
    ["extra == 'x'", undefined],
    ['', undefined],
    ['python_version', undefined],
    ["python_version < '3.9' and", undefined],
    ["python_version < '3.9' )", undefined],
    ["(python_version < '3.9'", undefined],
    ["python_version ? '3.9'", undefined],
    ["constructor == 'x'", undefined],
    [`${'('.repeat(51)}os_name == 'nt'${')'.repeat(51)}`, undefined],
    [`${'('.repeat(50)}os_name == 'nt'${')'.repeat(50)}`, false],
  ])('of %s says %s', (marker, verdict) => {
    expect(judgeMarker(marker, environment)).toBe(verdict)
  })

  it('of a pre-release of an interpreter says that it does not precede its own version', () => {
    const candidate = markerEnvironment({ version: '3.12.0rc1', minor: '3.12' }, 'x86_64')
    const judged = (operator: string, version: string) =>
      judgeMarker(`python_full_version ${operator} '${version}'`, candidate)
    expect([judged('<', '3.12'), judged('<', '3.12.0rc2'), judged('<', '3.13'), judged('>=', '3.12')]).toEqual([
      ...[false, true, true, false],
    ])
  })

  it('ends on any text', () => {
    const piece = fc.constantFrom('(', ')', 'and', 'or', 'not in', 'in', "'3.9'", '"a', 'os_name', '<', '===', ' ', ';')
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' ')),
    )
    fc.assert(fc.property(text, (marker) => [true, false, undefined].includes(judgeMarker(marker, environment))))
  })

  it('says what packaging says', (context) => {
    need(context, hasTool('python3') && hasPackaging(), "python3 with pip's copy of packaging")
    const versions = ['2.7', '3', '3.9', '3.11', '3.11.0', '3.11.2', '3.11.2rc1', '3.12', '3.12.0a3', '4']
    const operators = ['<', '<=', '>', '>=', '==', '!=', '~=']
    const names = ['python_version', 'python_full_version', 'implementation_version']
    const simple = names.flatMap((name) =>
      operators.flatMap((operator) => versions.map((version) => `${name} ${operator} '${version}'`)),
    )
    const wildcards = ['==', '!='].flatMap((operator) =>
      ['3.*', '3.1.*', '3.11.*'].map((v) => `python_version ${operator} '${v}'`),
    )
    const texts = ['sys_platform', 'os_name', 'platform_machine'].flatMap((name) =>
      ['==', '!=', 'in', 'not in'].flatMap((operator) =>
        ['linux', 'posix', 'x86_64', 'win32', 'x86_64 aarch64'].map((text) => `${name} ${operator} '${text}'`),
      ),
    )
    const atoms = [...simple.filter((marker) => !/~= '[34]'/.test(marker)), ...wildcards, ...texts]
    const pick = fc.sample(fc.tuple(...[1, 2, 3].map(() => fc.constantFrom(...atoms))), { seed: 7, numRuns: 300 })
    const combined = pick.flatMap(([a, b, c]) => [`${a} and ${b} or ${c}`, `${a} and (${b} or ${c})`])
    const markers = [...atoms, ...combined]
    const script = [
      'import json, sys',
      'from pip._vendor.packaging.markers import Marker',
      'environment, markers = json.load(sys.stdin)',
      'print(json.dumps([Marker(m).evaluate(environment) for m in markers]))',
    ].join('\n')
    const input = JSON.stringify([environment, markers])
    const verdicts = JSON.parse(execFileSync('python3', ['-I', '-c', script], { input, encoding: 'utf8' }))
    const different = markers.filter((marker, index) => judgeMarker(marker, environment) !== verdicts[index])
    expect(different).toEqual([])
    expect(verdicts).toContain(true)
    expect(verdicts).toContain(false)
  })
})

function hasPackaging(): boolean {
  try {
    execFileSync('python3', ['-I', '-c', 'import pip._vendor.packaging.markers'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
