import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type Machine, makeLegs } from '../../src/plan/make-legs.js'
import { read, short } from '../manifest/manifest-file.js'

const MACHINE: Machine = {
  release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
  processor: 'x64',
  fpm: { atHand: undefined, provisioned: false },
}

async function formatsOf(text: string): Promise<string[]> {
  const legs = makeLegs(await read(text), { projects: undefined }, MACHINE)
  return legs.map(({ target, formats }) => `${target.id} ${formats.join()}`)
}

async function problems(projects: string, more = ''): Promise<string[]> {
  const text = `settings: {version: '1'}\ntargets: [debian12, rocky9]\n${more}projects:\n${projects}`
  try {
    makeLegs(await read(text), { projects: undefined }, MACHINE)
    return []
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(short)
    throw error
  }
}

describe('legs that clash', () => {
  it.each([
    [
      'one id of two projects',
      "  - {name: nova, version: '2-1'}\n  - {name: nova-2, version: '1'}\n",
      'give one leg: nova-2-1',
    ],
    ['one name and version', '  - {name: nova}\n  - {name: nova}\n', 'nova 1, as projects[0] already is'],
    [
      'one install path that speaks of the target',
      "  - {name: nova, install_path: '/opt/{{ target.id }}'}\n  - {name: glance, install_path: /opt/rocky9}\n",
      'glance-1-rocky9-amd64 has the install path of nova-1-rocky9-amd64: /opt/rocky9',
    ],
    [
      'one package',
      '  - {name: nova, package_name: xy, install_path: /opt/a}\n  - {name: glance, package_name: xy, install_path: /opt/b}\n',
      "name and version of nova-1-debian12-amd64's package: xy 1",
    ],
    [
      'one install path of different projects with one package name',
      "  - {name: nova, package_name: xy, install_path: '/opt/{{ target.id }}'}\n  - {name: glance, version: '2', package_name: xy, install_path: '/opt/{{ target.id }}'}\n",
      'glance-2-rocky9-amd64 has the install path of nova-1-rocky9-amd64',
    ],
    [
      'one install path of two versions that are installed beside each other',
      "  - {name: nova, package_name: nova1, install_path: '/opt/{{ target.id }}'}\n  - {name: nova, version: '2', package_name: nova2, install_path: '/opt/{{ target.id }}'}\n",
      'nova-2-rocky9-amd64 has the install path of nova-1-rocky9-amd64',
    ],
    [
      'one install path inside of another',
      '  - {name: nova, install_path: /opt/os/nova}\n  - {name: glance, install_path: /opt/os}\n',
      'nova-1-debian12-amd64 would lie inside of glance-1-debian12-amd64: /opt/os/nova in /opt/os.',
    ],
  ])('%s', async (_what, projects, message) => {
    const found = await problems(projects)
    expect(found.join('\n')).toContain(message)
    expect(found.every((problem) => /^\d+:\d+: /.test(problem))).toBe(true)
  })

  it('one install path that an override makes, told of the legs that it picks', async () => {
    const override = "overrides: [{select: '*-rocky9-*', install_path: /opt/same}]\n"
    const found = await problems('  - {name: nova}\n  - {name: glance}\n', override)
    expect(found.join('\n')).toContain('glance-1-rocky9-amd64 has the install path of nova-1-rocky9-amd64')
    expect(found.join('\n')).not.toContain('debian12')
  })

  it.each([
    [
      'two versions of one package, which replace each other',
      "  - {name: nova, version: '1'}\n  - {name: nova, version: '2'}\n",
    ],
    ['different paths', '  - {name: nova}\n  - {name: glance}\n'],
    [
      'one path on different targets',
      '  - {name: nova, install_path: \'/opt/{{ target.id }}\'}\n  - {name: glance, install_path: \'/opt/{{ {"debian12": "rocky9", "rocky9": "debian12"}[target.id] }}\'}\n',
    ],
  ])('are not %s', async (_what, projects) => {
    expect(await problems(projects)).toEqual([])
  })
})

describe('legs by target', () => {
  it('have the formats of the nearest: override, target, settings, table', async () => {
    const text = `settings: {version: '1'}
targets: [debian12, {id: rocky9, formats: [tar]}, {id: mine, image: 'a:1', family: suse, arch: [arm64]}]
projects: [{name: nova}]
overrides: [{select: '*-mine-*', formats: [tar, rpm]}]
`
    const legs = makeLegs(await read(text), { projects: undefined }, MACHINE)
    expect(legs.map(({ id, formats }) => `${id} ${formats.join()}`)).toEqual([
      'nova-1-debian12-amd64 deb',
      'nova-1-mine-arm64 tar,rpm',
      'nova-1-rocky9-amd64 tar',
    ])
  })

  it("have an override's formats even where these are the settings', and a target's own before the settings'", async () => {
    const text = `settings: {version: '1', formats: [tar]}
targets: [debian12, {id: rocky9, formats: [rpm]}, {id: rocky10, formats: [rpm]}]
projects: [{name: nova}]
overrides: [{select: '*-rocky9-*', formats: [tar]}]
`
    expect(await formatsOf(text)).toEqual(['debian12 tar', 'rocky10 rpm', 'rocky9 tar'])
  })

  it.each([
    ['', ['debian12 deb,tar', 'rocky10 rpm', 'rocky9 apk,tar']],
    [', formats: [rpm]', ['debian12 rpm,tar', 'rocky10 rpm', 'rocky9 apk,tar']],
    [", formats: ['{{ target.formats[0] }}']", ['debian12 deb,tar', 'rocky10 rpm', 'rocky9 apk,tar']],
  ])('have what an override adds beside those that they would have (settings: …%s)', async (formats, expected) => {
    const text = `settings: {version: '1'${formats}}
targets: [debian12, {id: rocky9, formats: [apk]}, rocky10]
projects: [{name: nova}]
overrides: [{select: '*-{rocky9,debian12}-*', inherit: append, formats: [tar]}]
`
    expect(await formatsOf(text)).toEqual(expected)
  })

  it('are one a processor, however often it is named, each in its own place', async () => {
    const text = `settings: {version: '1'}
targets: [{id: debian12, arch: [amd64, arm64, amd64]}]
projects: [{name: nova, install_path: '/opt/{{ target.arch }}'}, {name: glance, install_path: "/opt/{{ {'amd64': 'arm64', 'arm64': 'amd64'}[target.arch] }}"}]
`
    const legs = makeLegs(await read(text), { projects: ['nova'] }, MACHINE)
    expect(legs.map(({ id, packager }) => [id, packager.why])).toEqual([
      ['nova-1-debian12-amd64', 'fpm is not at hand'],
      ['nova-1-debian12-arm64', 'what it needs is installed in this container'],
    ])
  })

  it('tell what is wrong with them all at once, and each problem once', async () => {
    const found = await problems(
      "  - {name: nova, extras: ['{{ target.extra }}'], install_path: '/{{ target.nothing }}'}\n  - {name: glance}\n",
    )
    expect(found).toEqual([
      expect.stringMatching(/^4:\d+: projects\[0\]\.extras.*'target' has no 'extra'/),
      expect.stringMatching(/^4:\d+: projects\[0\]\.install_path: .*'target' has no 'nothing'/),
    ])
  })

  it('have the packager that fits where each is built', async () => {
    const text = "settings: {version: '1'}\ntargets: [debian12, rocky9, alpine3.22]\nprojects: [{name: nova}]\n"
    const legs = makeLegs(await read(text), { projects: undefined }, MACHINE)
    expect(legs.map(({ packager }) => packager)).toEqual([
      { name: 'nfpm', why: 'fpm is not used for apk' },
      { name: 'nfpm', why: 'fpm is not at hand' },
      { name: 'fpm', why: 'what it needs is installed in this container' },
    ])
  })
})
