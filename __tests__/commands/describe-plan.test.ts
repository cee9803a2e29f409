import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describePlan, explainKey, planJson, renderText } from '../../src/commands/describe-plan.js'
import type { PlanOutcome } from '../../src/commands/plan.js'
import type { PlanInputs } from '../../src/commands/plan-inputs.js'
import { InputError } from '../../src/errors.js'
import { type Machine, makeLegs } from '../../src/plan/make-legs.js'
import { makeMatrix } from '../../src/plan/matrix.js'
import type { PlannedLeg, PlannedSource } from '../../src/plan/plan.js'
import { manifestFile, read } from '../manifest/manifest-file.js'
import { gitRepository } from '../support/git-repository.js'
import { scratch } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

const MACHINE: Machine = {
  release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
  processor: 'x64',
  fpm: { atHand: undefined, provisioned: false },
}
const MANIFEST = `settings: {version: '1', vendor: 'of {{ settings.version }}'}
targets: [{id: debian12, arch: [amd64]}, {id: rocky9, arch: [amd64], formats: [rpm, tar]}]
projects:
  - {name: nova, sdist: nova==1.0}
  - {name: neutron, path: ../neutron}
  - {name: heat, giturl: 'https://me:S3CRET@git.test/heat', gitref: stable/1}
`
const GIT: PlannedSource = {
  kind: 'git',
  url: 'https://me:S3CRET@git.test/heat',
  ref: 'stable/1',
  commit: '0123456789abcdef0123456789abcdef01234567',
  fetch: 'refs/heads/stable/1',
  tags: [],
}
const SOURCES: Readonly<Record<string, PlannedSource>> = {
  heat: GIT,
  neutron: { kind: 'path', path: '../../neutron', leftOut: [], digest: 'ab'.repeat(32) },
  nova: { kind: 'sdist', requirement: 'nova==1.0', sha256: 'cd'.repeat(32) },
}

async function outcome(pinned: boolean, only?: string): Promise<PlanOutcome> {
  const manifest = await read(MANIFEST)
  const legs = makeLegs(manifest, { projects: undefined, only }, MACHINE)
  const planned = legs.map((leg): PlannedLeg => (pinned ? { ...leg, source: SOURCES[leg.project.name] } : leg))
  const plan = { vars: {}, siblings: [], legs: planned, locks: [] }
  return { plan, file: undefined, matrix: () => makeMatrix(legs) }
}

describe('describePlan', () => {
  it('is a table in columns, without blanks at its ends, and counts', async () => {
    expect(describePlan(await outcome(true))).toEqual([
      'leg                       commit                      target    formats  packager',
      'heat-1-debian12-amd64     0123456789ab                debian12  deb      nfpm',
      'heat-1-rocky9-amd64       0123456789ab                rocky9    rpm,tar  fpm',
      'neutron-1-debian12-amd64  ../../neutron abababababab  debian12  deb      nfpm',
      'neutron-1-rocky9-amd64    ../../neutron abababababab  rocky9    rpm,tar  fpm',
      'nova-1-debian12-amd64     nova==1.0                   debian12  deb      nfpm',
      'nova-1-rocky9-amd64       nova==1.0                   rocky9    rpm,tar  fpm',
      '',
      '6 legs, 3 projects, 2 targets',
      'a matrix of 6 jobs',
    ])
  })

  it('says why there can be no matrix', async () => {
    const { plan, file } = await outcome(true)
    const lines = describePlan({
      plan,
      file,
      matrix: () => {
        throw new InputError({ message: 'too many jobs' })
      },
    })
    expect(lines.at(-1)).toBe('too many jobs')
  })

  it('is made of more legs than a function takes arguments', async () => {
    const { plan, matrix } = await outcome(true)
    const legs = Array.from({ length: 150_000 }, () => plan.legs)
      .flat()
      .slice(0, 150_000)
    expect(describePlan({ plan: { ...plan, legs }, file: undefined, matrix })).toHaveLength(150_004)
  })

  it('shows refs where nothing is pinned', async () => {
    expect(describePlan(await outcome(false, '*-debian12-*'))).toEqual([
      'leg                       commit      target    formats  packager',
      'heat-1-debian12-amd64     stable/1    debian12  deb      nfpm',
      'neutron-1-debian12-amd64  ../neutron  debian12  deb      nfpm',
      'nova-1-debian12-amd64     nova==1.0   debian12  deb      nfpm',
      '',
      '3 legs, 3 projects, 1 target',
      'a matrix of 3 jobs',
    ])
  })
})

describe('planJson', () => {
  it('is the plan as its file has it, and the matrix', async () => {
    const text = planJson(await outcome(true))
    expect(text).not.toContain('S3CRET')
    const data = JSON.parse(text) as { legs: { source: object }[]; matrix: { include: object[] } }
    expect(data).toMatchObject({ format: 2, locks: [], siblings: [], vars: {} })
    expect(data.legs[0]?.source).toEqual({ ...GIT, url: 'https://git.test/heat' })
    expect(data.matrix.include.length).toBe(6)
  })
})

describe('showing', () => {
  const inputs = async (projects?: readonly string[], only?: string, text = MANIFEST): Promise<PlanInputs> => ({
    ...{ manifest: await manifestFile(text), projects, only, skip: undefined, dryRun: false },
    ...{
      folder: undefined,
      groupBy: undefined,
      matrix: false,
      requireRung: undefined,
      relax: false,
      provision: false,
      fpmGems: undefined,
      set: [],
      vars: [],
      varsFiles: [],
    },
  })

  it.each<[string, string[] | undefined, string[]]>([
    ['path', ['neutron'], ['projects[1].path = "../neutron"', 'FILE:5:21']],
    ['projects.nova.sdist', ['neutron'], ['projects[0].sdist = "nova==1.0"', 'FILE:4:18']],
    ['vendor', undefined, ['settings.vendor = "of 1"', 'FILE:1:26', '  uses settings.version']],
    ['maintainer', undefined, ['settings.maintainer = "giftwrap']],
    ['homepage', undefined, ['settings.homepage = not given']],
  ])('explains %s of %j', async (key, projects, expected) => {
    const given = await inputs(projects)
    const lines = (await explainKey(key, given, testPorts())).map((line) => line.replace(given.manifest, 'FILE'))
    for (const [index, part] of expected.entries()) expect(lines[index]).toContain(part)
    expect(lines.filter((line) => line.includes('  uses ')).length).toBe(key === 'vendor' ? 1 : 0)
  })

  it('refuses a key that only a project has where several are named', async () => {
    await expect(explainKey('sdist', await inputs(['nova', 'heat']), testPorts())).rejects.toThrow(/no key "sdist"/)
  })

  it('renders for each of the named projects, or where only settings are', async () => {
    expect(await renderText('{{ name }}/{{ settings.version }}', await inputs(['nova', 'heat']), testPorts())).toEqual([
      'nova/1',
      'heat/1',
    ])
    expect(await renderText('{{ settings.vendor }}', await inputs(), testPorts())).toEqual(['of 1'])
  })

  it('explains and renders for each of the legs that --only picks, as overrides and targets have it', async () => {
    const text = `${MANIFEST}overrides: [{select: '*rocky9*', vendor: other, gitref: stable/2}]\n`
    const vendor = await explainKey('vendor', await inputs(undefined, 'heat-*', text), testPorts())
    expect(vendor.filter((line) => !/ (?:from|over|uses) /.test(line))).toEqual([
      'heat-1-debian12-amd64',
      '  settings.vendor = "of 1"',
      'heat-1-rocky9-amd64',
      '  settings.vendor = "other"',
    ])
    const gitref = await explainKey('project.gitref', await inputs(undefined, 'heat-*rocky9*', text), testPorts())
    expect(gitref.slice(0, 2)).toEqual(['heat-1-rocky9-amd64', '  projects[2].gitref = "stable/2"'])
    const template = '{{ target.id }} {{ project.name }} {{ settings.vendor }}'
    expect(await renderText(template, await inputs(undefined, 'heat-*', text), testPorts())).toEqual([
      'debian12 heat of 1',
      'rocky9 heat other',
    ])
  })

  it('knows the projects of a superrepo', async () => {
    const all = scratch()
    gitRepository(join(all, 'world')).commit({ 'setup.py': '' })
    const text = `settings: {version: '1'}\nsuperrepo: ${all}\n`
    expect(await renderText('{{ name }} {{ version }}', await inputs(['world'], undefined, text), testPorts())).toEqual(
      [expect.stringMatching(/^world 0\.0\.0-g[0-9a-f]{7}$/)],
    )
  })
})
