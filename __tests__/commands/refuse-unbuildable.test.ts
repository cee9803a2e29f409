import { describe, expect, it } from 'vitest'
import { refuseUnbuildable } from '../../src/commands/refuse-unbuildable.js'
import { InputError } from '../../src/errors.js'
import { type Machine, makeLegs } from '../../src/plan/make-legs.js'
import { read, short } from '../manifest/manifest-file.js'

const MACHINE: Machine = {
  release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
  processor: 'x64',
  fpm: { atHand: undefined, provisioned: false },
}

/** What is told of the legs of two projects. */
async function refused(targets: string, settings = '', machine = MACHINE): Promise<string[]> {
  const text = `settings: {version: '1'${settings}}\ntargets: [${targets}]\nprojects: [{name: nova}, {name: heat}]\n`
  const legs = makeLegs(await read(text), { projects: undefined }, MACHINE)
  try {
    refuseUnbuildable(legs, machine)
    return []
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(short)
    throw error
  }
}

describe('what this machine builds', () => {
  it.each([
    ["its own distribution's packages", '{id: debian12, arch: [amd64]}'],
    [
      'those of a target of its family that the manifest makes up',
      "{id: acme1, image: 'a:1', family: debian, arch: [amd64]}",
    ],
  ])('are %s', async (_what, targets) => {
    expect(await refused(targets)).toEqual([])
  })
})

describe('what this machine does not build', () => {
  it.each([
    [
      'another release',
      '{id: debian13, arch: [amd64]}',
      'is built on debian13, amd64; this machine is debian12 on amd64.',
    ],
    [
      'another processor',
      '{id: debian12, arch: [arm64]}',
      'is built on debian12, arm64; this machine is debian12 on amd64.',
    ],
    [
      'a target of another family that the manifest makes up',
      "{id: acme1, image: 'a:1', family: redhat, arch: [amd64]}",
      'is built on acme1, amd64; this machine is debian12 on amd64.',
    ],
  ])('is told of each leg: %s', async (_what, targets, message) => {
    expect(await refused(targets)).toEqual([expect.stringContaining(message), expect.stringContaining(message)])
  })

  it('is no format', async () => {
    expect(await refused('{id: debian12, formats: [deb, tar, apk, rpm, archlinux]}')).toEqual([])
  })

  it('are images, told once', async () => {
    expect(await refused('debian12', ', build_type: docker')).toEqual([
      '-:-: this version builds packages, no images yet.',
    ])
  })

  it('is told with the words of a machine that is no target', async () => {
    const machine = { ...MACHINE, release: { id: 'arch', versionId: '', prettyName: 'Arch' }, processor: 'mips' }
    expect((await refused('{id: debian12, arch: [amd64]}', '', machine))[0]).toContain('this machine is Arch on mips.')
  })
})
