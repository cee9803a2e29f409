import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type Machine, makeLegs } from '../../src/plan/make-legs.js'
import { read, short } from '../manifest/manifest-file.js'

const MACHINE: Machine = {
  release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
  processor: 'x64',
  fpm: { atHand: undefined, provisioned: false },
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
      "  - {name: nova, install_path: '/opt/{{ target.id }}'}\n  - {name: glance, install_path: '/opt/x-{{ target.id }}'}\n",
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
