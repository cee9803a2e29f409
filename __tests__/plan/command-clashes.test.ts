import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type Machine, makeLegs } from '../../src/plan/make-legs.js'
import { read, short } from '../manifest/manifest-file.js'

const MACHINE: Machine = {
  release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
  processor: 'x64',
  fpm: { atHand: undefined, provisioned: false },
}

async function problems(...projects: string[]): Promise<string[]> {
  const list = projects.map((project) => `  - {${project}}\n`).join('')
  const text = `settings: {version: '1', install_path: '/opt/{{ project.name }}-{{ project.version }}'}\ntargets: [debian12]\nprojects:\n${list}`
  try {
    makeLegs(await read(text), { projects: undefined }, MACHINE)
    return []
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(short)
    throw error
  }
}

/** Two versions of one project that live side by side. */
const beside = (first: string, second: string) => [
  `name: nova, package_name: nova-1, ${first}`,
  `name: nova, version: '2', package_name: nova-2, ${second}`,
]

describe('commands in /usr/bin', () => {
  it.each([
    [
      'a name of two projects',
      ['name: nova, commands: [a, run]', 'name: glance, commands: [run]'],
      'links run in /usr/bin',
    ],
    ['all of two versions', beside('commands: true', 'commands: true'), 'links its commands in /usr/bin'],
    ['all of one and some of another', beside('commands: true', 'commands: [x]'), 'links its commands'],
    ['a glob of two versions', beside("commands: ['nova-*']", "commands: ['nova-*']"), 'links nova-* in /usr/bin'],
    ['a glob that picks a name', beside("commands: ['nova-*']", 'commands: [nova-api]'), 'links nova-api in /usr/bin'],
    ['a name that a glob picks', beside('commands: [nova-api]', "commands: ['*-api']"), 'links nova-api in /usr/bin'],
  ])('are refused: %s', async (_what, projects, message) => {
    expect(await problems(...projects)).toEqual([expect.stringContaining(message)])
  })

  it.each([
    ['other names', ['name: nova, commands: [a]', 'name: glance, commands: [b]']],
    ['all of two projects, which nobody knows yet', ['name: nova, commands: true', 'name: glance, commands: true']],
    ['versions of one package', ['name: nova, commands: true', "name: nova, version: '2', commands: true"]],
    ['one version only', beside('commands: true', 'commands: false')],
    ['own names', beside('commands: [nova-1]', 'commands: [nova-2]')],
    ['nothing', beside('commands: []', 'commands: true')],
  ])('are fine: %s', async (_what, projects) => {
    expect(await problems(...projects)).toEqual([])
  })
})

describe('a packager that can not write a format', () => {
  it.each([
    ['fpm', 'apk', 'auto or nfpm'],
    ['nfpm', 'tar', 'auto or fpm or native'],
    ['native', 'archlinux', 'auto or nfpm'],
  ])('is refused: %s for %s', async (packager, format, instead) => {
    const text = `settings: {version: '1', packager: ${packager}, formats: [deb, ${format}]}\nprojects: [{name: nova}]\ntargets: [debian12]`
    const manifest = await read(text)
    const make = () => makeLegs(manifest, { projects: undefined }, MACHINE)
    expect(make).toThrow(new RegExp(`${packager} makes no ${format} packages\\.\\n.*packager: ${instead},`))
  })

  it('is left by auto for one that can', async () => {
    const { packagerOf } = await import('../../src/plan/choose-packager.js')
    const text = `settings: {version: '1', formats: [deb, apk, tar, archlinux]}\nprojects: [{name: nova}]\ntargets: [debian12]`
    const fpm = { atHand: 'fpm is installed', provisioned: false }
    const [leg] = makeLegs(await read(text), { projects: undefined }, { ...MACHINE, fpm })
    expect(leg?.formats.map((format) => leg && packagerOf(leg, format))).toEqual(['fpm', 'nfpm', 'fpm', 'nfpm'])
    const [without] = makeLegs(await read(text), { projects: undefined }, MACHINE)
    expect(without?.formats.map((format) => without && packagerOf(without, format))).toEqual([
      ...['nfpm', 'nfpm', 'native', 'nfpm'],
    ])
  })
})
