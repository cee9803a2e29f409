import { describe, expect, it } from 'vitest'
import { legTarget, resolveTarget, TARGETS, type Target, unwrapTargets } from '../../src/plan/targets.js'
import { problemsOf } from '../manifest/manifest-file.js'

const place = { file: 'manifest.yml', line: 3, column: 5 }

function resolved(wish: Parameters<typeof resolveTarget>[0]): Target {
  const target = resolveTarget(wish, place)
  if ('message' in target) throw new Error(target.message)
  return target
}

// As the distributions have them; python is that of a package of theirs.
const FACTS = [
  ['debian11', '3.9', 'glibc 2.31', 'debian:11', '+deb11'],
  ['debian12', '3.11', 'glibc 2.36', 'debian:12', '+deb12'],
  ['debian13', '3.13', 'glibc 2.41', 'debian:13', '+deb13'],
  ['ubuntu22.04', '3.10', 'glibc 2.35', 'ubuntu:22.04', '+ubuntu22.04'],
  ['ubuntu24.04', '3.12', 'glibc 2.39', 'ubuntu:24.04', '+ubuntu24.04'],
  ['ubuntu26.04', '3.14', 'glibc 2.43', 'ubuntu:26.04', '+ubuntu26.04'],
  ['rocky8', '3.12', 'glibc 2.28', 'rockylinux/rockylinux:8', '.el8'],
  ['rocky9', '3.9', 'glibc 2.34', 'rockylinux/rockylinux:9', '.el9'],
  ['rocky10', '3.12', 'glibc 2.39', 'rockylinux/rockylinux:10', '.el10'],
  ['almalinux8', '3.12', 'glibc 2.28', 'almalinux:8', '.el8'],
  ['almalinux9', '3.9', 'glibc 2.34', 'almalinux:9', '.el9'],
  ['almalinux10', '3.12', 'glibc 2.39', 'almalinux:10', '.el10'],
  ['centos9', '3.9', 'glibc 2.34', '', '.el9'],
  ['centos10', '3.12', 'glibc 2.39', '', '.el10'],
  ['fedora43', '3.14', 'glibc 2.42', 'fedora:43', '.fc43'],
  ['fedora44', '3.14', 'glibc 2.43', 'fedora:44', '.fc44'],
  ['opensuse15.6', '3.11', 'glibc 2.38', 'opensuse/leap:15.6', '.lp156'],
  ['opensuse16', '3.13', 'glibc 2.40', 'opensuse/leap:16.0', '.lp160'],
  ['amazonlinux2023', '3.9', 'glibc 2.34', 'amazonlinux:2023', '.amzn2023'],
  ['alpine3.22', '3.12', 'musl 1.2.5', 'alpine:3.22', ''],
  ['alpine3.23', '3.12', 'musl 1.2.5', 'alpine:3.23', ''],
] as const

describe('known targets', () => {
  it('are those of the table', () => {
    expect(TARGETS.map(({ id }) => id)).toEqual([
      ...['debian11', 'debian12', 'debian13', 'ubuntu22.04', 'ubuntu24.04', 'ubuntu26.04'],
      ...['rocky8', 'rocky9', 'rocky10', 'almalinux8', 'almalinux9', 'almalinux10', 'centos9', 'centos10'],
      ...['fedora43', 'fedora44', 'opensuse15.6', 'opensuse16', 'amazonlinux2023', 'alpine3.22', 'alpine3.23'],
    ])
  })

  it.each(FACTS)('%s has Python %s, %s, %s and versions that end in %j', (id, python, libc, image, suffix) => {
    const target = TARGETS.find((known) => known.id === id)
    const shown = [target?.python, target?.libc, target?.image, target?.suffix]
    expect(shown).toEqual([python, libc, image, suffix])
  })

  it.each(TARGETS)('$id is whole', (target) => {
    const byFamily = { debian: 'deb', redhat: 'rpm', suse: 'rpm', alpine: 'apk', arch: 'archlinux' }
    expect(target.formats).toEqual([byFamily[target.family]])
    expect(target.python).toMatch(/^3\.(9|1[0-4])$/)
    expect(target.libc).toMatch(target.family === 'alpine' ? /^musl/ : /^glibc 2\.\d\d$/)
    expect(target.architectures).toEqual(['amd64', 'arm64'])
    expect(target.packageManager).toMatch(/^(apt|dnf|zypper|apk)$/)
  })

  it('name images without a host: a site sets up where they come from', () => {
    expect(TARGETS.filter(({ image }) => /^[^/]*\.[^/]*\//.test(image))).toEqual([])
  })

  it('have suffixes that tell them apart, by format', () => {
    const packages = TARGETS.filter(({ suffix }) => suffix !== '').map(({ suffix }) => suffix)
    const families = TARGETS.filter(({ suffix }) => suffix !== '').map(
      ({ distribution, suffix }) => distribution + suffix,
    )
    expect(packages.length).toBeGreaterThan(10)
    expect(new Set(families).size).toBe(families.length)
  })
})

describe('a target of the manifest', () => {
  it('may change a known one', () => {
    const wish = { id: 'debian12', image: 'me/debian:1', python: '3.12', runner: 'mine', formats: ['tar'] as const }
    expect(resolved(wish)).toMatchObject({
      ...{ image: 'me/debian:1', python: '3.12', formats: ['tar'], suffix: '+deb12', own: false },
      runners: { amd64: 'mine', arm64: 'mine' },
    })
    expect(resolved({ id: 'debian12', runner: { arm64: 'mine' } }).runners).toEqual({
      amd64: 'ubuntu-24.04',
      arm64: 'mine',
    })
  })

  it('may be new, and has what its family has', () => {
    const wish = { id: 'acme1', image: 'acme/linux:1', family: 'redhat' }
    expect(resolved(wish)).toMatchObject({
      formats: ['rpm'],
      packageManager: 'dnf',
      libc: 'glibc',
      own: true,
      suffix: '.acme1',
    })
    expect(legTarget(resolved(wish), 'amd64').platforms).toEqual(['acme1', 'acme', 'redhat', 'rpm'])
    const ofDebian = { id: 'acme2', image: 'acme/linux:2', family: 'debian' }
    expect(resolved(ofDebian)).toMatchObject({ formats: ['deb'], packageManager: 'apt', suffix: '+acme2', zstd: true })
    const ofAlpine = { id: 'acme3', image: 'acme/linux:3', family: 'alpine' }
    expect(resolved(ofAlpine)).toMatchObject({ formats: ['apk'], libc: 'musl', suffix: '', zstd: false })
  })

  it.each([
    [{ id: 'debain12' }, /no target "debain12"/, /Did you mean debian12\?/],
    [{ id: 'debian14' }, /no target "debian14"/, /Known: debian11, debian12, debian13\./],
    [{ id: 'acme1', image: 'a:1' }, /needs a family/, /Families: debian, redhat/],
    [{ id: 'acme1', image: 'a:1', family: 'bsd' }, /unknown family "bsd"/, /Families/],
    [{ id: 'debian12', family: 'redhat' }, /is of the family debian, not redhat/, undefined],
    [{ id: 'debian12', runner: { sparc: 'x' } }, /unknown processor sparc/, /amd64, arm64/],
    [{ id: 'centos9' }, /centos9 has no image/, /Name one: \{id: centos9, image/],
  ])('%j is a problem at its place', (wish, message, hint) => {
    const problem = resolveTarget(wish, place)
    expect(problem).toMatchObject({ ...place, message: expect.stringMatching(message) })
    if (hint !== undefined) expect(problem).toMatchObject({ hint: expect.stringMatching(hint) })
  })

  it('that is listed twice is a problem', async () => {
    const problems = await problemsOf('settings: {version: 1}\ntargets: [debian12, debian12]\nprojects: [{name: a}]\n')
    expect(problems[0]).toMatchObject({ line: 2, message: expect.stringContaining('already is') })
  })

  it('that nobody knows is told with all others of its kind', () => {
    const found = ['rockie9', 'debian12', 'windows'].map((id) => resolveTarget({ id }, place))
    expect(() => unwrapTargets(found)).toThrow(/"rockie9".*\n.*Did you mean rocky9.*\n.*"windows"/)
  })
})
