import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError, NothingToDoError } from '../../src/errors.js'
import { readManifest } from '../../src/manifest/read-manifest.js'
import { choosePackager } from '../../src/plan/choose-packager.js'
import { type Machine, makeLegs } from '../../src/plan/make-legs.js'
import { selectLegs, selectProjects } from '../../src/plan/select.js'
import { TARGETS, targetOf } from '../../src/plan/targets.js'
import { manifestText } from '../support/build-scene.js'
import { scratch } from '../support/scratch.js'

const DEBIAN: Machine = {
  release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
  processor: 'x64',
  fpm: { atHand: undefined, provisioned: false },
}
const ALL = { projects: undefined, only: undefined }

async function manifest(packager = 'auto') {
  const path = join(scratch(), 'manifest.yml')
  const projects = [{ name: 'keystone', version: '27.0.2' }, { name: 'glance' }]
  writeFileSync(path, manifestText({ settings: { packager }, projects }))
  return readManifest(path)
}

describe('makeLegs', () => {
  it("makes one leg a project for the machine's own distribution", async () => {
    const legs = makeLegs(await manifest(), ALL, DEBIAN)
    expect(legs.map(({ id }) => id)).toEqual(['glance-1.2.3-debian12-amd64', 'keystone-27.0.2-debian12-amd64'])
    expect(legs.map(({ index }) => index)).toEqual([1, 0])
    expect(legs[1]).toMatchObject({ architecture: 'amd64', target: { suffix: '+deb12', zstd: true } })
  })

  it('says arm64 as Debian does', async () => {
    const [, leg] = makeLegs(await manifest(), ALL, { ...DEBIAN, processor: 'arm64' })
    expect(leg?.id).toBe('keystone-27.0.2-debian12-arm64')
  })

  it('keeps the place in the manifest when only some are built', async () => {
    const legs = makeLegs(await manifest(), { projects: ['glance'], only: undefined }, DEBIAN)
    expect(legs.map(({ index }) => index)).toEqual([1])
  })

  it.each([
    [
      'an unknown distribution',
      { ...DEBIAN, release: { id: 'arch', versionId: '', prettyName: 'Arch' } },
      /distribution \(Arch\)/,
    ],
    ['no distribution', { ...DEBIAN, release: undefined }, /distribution \(unknown\)\.\n.*debian12/],
    ['an unknown processor', { ...DEBIAN, processor: 'mips' }, /processor \(mips\)/],
  ])('refuses %s', async (_name, machine, message) => {
    const read = await manifest()
    expect(() => makeLegs(read, ALL, machine)).toThrow(InputError)
    expect(() => makeLegs(read, ALL, machine)).toThrow(message)
  })
})

describe('targetOf', () => {
  it.each(TARGETS.filter(({ family }) => family === 'debian'))('knows $id by its release', (target) => {
    const [, id = '', versionId = ''] = /^([a-z]+)([\d.]+)$/.exec(target.id) ?? []
    expect(targetOf({ id, versionId, prettyName: '' })).toBe(target)
    expect(target.suffix).toMatch(/^\+(deb|ubuntu)[\d.]+$/)
  })

  it.each([
    ['rocky', '9.5', 'rocky9'],
    ['almalinux', '10.0', 'almalinux10'],
    ['centos', '9', 'centos9'],
    ['fedora', '43', 'fedora43'],
    ['opensuse-leap', '15.6', 'opensuse15.6'],
    ['opensuse-leap', '16.0', 'opensuse16'],
    ['amzn', '2023', 'amazonlinux2023'],
    ['alpine', '3.22.1', 'alpine3.22'],
  ])('knows %s %s as %s', (id, versionId, target) => {
    expect(targetOf({ id, versionId, prettyName: '' })?.id).toBe(target)
  })

  it.each([
    ['rocky', '90'],
    ['debian', '1'],
    ['alpine', '3.2'],
  ])('does not take %s %s for another', (id, versionId) => {
    expect(targetOf({ id, versionId, prettyName: '' })).toBeUndefined()
  })
})

describe('choosePackager', () => {
  const why = 'the manifest or the caller asks for it'
  it.each([
    ['nfpm', { atHand: 'fpm is installed', provisioned: true }, { name: 'nfpm', why }],
    ['fpm', { atHand: undefined, provisioned: false }, { name: 'fpm', why }],
    ['auto', { atHand: 'fpm is installed', provisioned: false }, { name: 'fpm', why: 'fpm is installed' }],
    ['auto', { atHand: undefined, provisioned: true }, { name: 'fpm', why: expect.stringContaining('container') }],
    ['auto', { atHand: undefined, provisioned: false }, { name: 'nfpm', why: 'fpm is not at hand' }],
  ] as const)('%s with %j', (wanted, situation, expected) => {
    expect(choosePackager(wanted, situation, ['deb'])).toEqual(expected)
  })
})

describe('selecting', () => {
  const legs = ['keystone', 'glance'].map((name) => ({ id: `${name}-1.0-debian12-amd64`, project: { name } }))
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id.split('-')[0])

  it.each([
    ['*', ['keystone', 'glance']],
    ['key*', ['keystone']],
    ['*-debian12-*', ['keystone', 'glance']],
    ['{glance,nova}-*', ['glance']],
    ['[a-h]*', ['glance']],
    ['glance-1.0-debian12-amd64', ['glance']],
  ])('by %s', (glob, expected) => {
    expect(ids(selectLegs(legs, { only: glob }))).toEqual(expected)
  })

  it('by nothing takes all', () => {
    expect(selectLegs(legs, {})).toBe(legs)
    expect(selectProjects(legs, undefined)).toBe(legs)
  })

  it('tells all unknown names at once', () => {
    expect(() => selectProjects(legs, ['glance', 'a', 'b'])).toThrow(/"a"[^"]*\n?.*\n.*"b"/)
  })

  it('picking none is an error of its own kind', () => {
    expect(() => selectLegs(legs, { only: 'glance' })).toThrow(NothingToDoError)
    expect(() => selectLegs(legs, { skip: '*' })).toThrow(NothingToDoError)
  })

  it('leaves out what is to be skipped', () => {
    expect(ids(selectLegs(legs, { skip: 'key*' }))).toEqual(['glance'])
    expect(ids(selectLegs(legs, { only: '*-amd64', skip: '{nova,glance}-*' }))).toEqual(['keystone'])
  })

  it.each(['only', 'skip'])('by a --%s that is no glob is an error that says why', (option) => {
    const select = () => selectLegs(legs, { [option]: '{a,b}'.repeat(13) })
    expect(select).toThrow(InputError)
    expect(select).toThrow(new RegExp(`^--${option} .* has more than 4096 alternatives`))
    expect(() => selectLegs(legs, { [option]: '' })).toThrow(`--${option} "" is empty.`)
  })

  it('shows some of many names', () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ id: `p${index}-1-x-y`, project: { name: `p${index}` } }))
    expect(() => selectProjects(many, ['x'])).toThrow(/: p0, .*, p19, … \(5 more\)\.$/)
    expect(() => selectLegs(many, { only: 'x' })).toThrow(/: p0-1-x-y, .*, p19-1-x-y, … \(5 more\)$/)
  })
})
