import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { LockFacts } from '../../src/lock/facts.js'
import { checkoutSdist, pinSdist } from '../../src/source/sdist.js'
import { fetchTools } from '../support/build-scene.js'
import { answerQuery, type StandInChange } from '../support/gerrit-stand-in.js'
import { type GitRepository, gitRepository } from '../support/git-repository.js'
import { serve } from '../support/loopback.js'
import { HAS_SHARED, SHARED } from '../support/paths.js'
import { need } from '../support/requirements.js'
import { runCli } from '../support/run-cli.js'
import { scratch } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { TOOL_CACHE, testPorts } from '../support/test-ports.js'
import { run } from './scene.js'

// What CI tested keystone 27.0.2 with is known: upper-constraints of stable/2025.1. Its lock has to say the same, whether
// it is asked about as a release of the package index or as a commit that Gerrit knows.

const CONSTRAINTS = join(SHARED, 'fixtures', 'upper-constraints-stable_2025.1.txt')
const MINUTES = 60_000
const PYTHON = '3.11'

beforeAll(fetchTools)

function needShared(context: TestContext): void {
  need(context, HAS_SHARED, 'the folder ../shared with constraints')
}

/** Versions by name as the constraints have them for a Python; markers are judged by pip's own reader of them. */
async function constrained(): Promise<ReadonlyMap<string, string>> {
  const script = `
import sys
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name
for line in open(sys.argv[1]):
    line = line.split('#')[0].strip()
    if line:
        name, rest = line.split('===')
        version, _, marker = rest.partition(';')
        if not marker or Requirement('x ;' + marker).marker.evaluate({'python_version': sys.argv[2]}):
            print(canonicalize_name(name), version.strip())
`
  const lines = (await run(['/usr/bin/python3', '-c', script, CONSTRAINTS, PYTHON])).trim().split('\n')
  return new Map(lines.map((line) => line.split(' ') as [string, string]))
}

/** A git repository with the release's files, tagged as upstream's, whose last commit is a change of stable/2025.1. */
async function keystoneInGit(folder: string): Promise<{ repository: GitRepository; commit: string }> {
  const ports = testPorts()
  const pin = await pinSdist('keystone==27.0.2', ports)
  const unpacked = join(folder, 'unpacked')
  await checkoutSdist(pin, unpacked, ports, testLog(folder))
  for (const made of ['PKG-INFO', 'AUTHORS', 'ChangeLog', 'keystone.egg-info']) {
    rmSync(join(unpacked, made), { recursive: true, force: true })
  }
  const repository = gitRepository(unpacked)
  repository.commit({ '.gitreview': '[gerrit]\nproject=openstack/keystone.git\ndefaultbranch=stable/2025.1\n' })
  const commit = repository.commit({}, `Last fix\n\nChange-Id: I${'5'.repeat(40)}`)
  repository.git('tag', '27.0.2')
  repository.git('branch', 'stable/2025.1')
  return { repository, commit }
}

/** Repositories and a Gerrit that know of keystone what the real ones do; logs are gone. */
async function world(folder: string, changes: readonly StandInChange[]) {
  const requirements = gitRepository(join(folder, 'requirements'))
  const text = readFileSync(CONSTRAINTS, 'utf8')
  requirements.commit({ 'upper-constraints.txt': text })
  requirements.git('branch', 'stable/2025.1')
  // Master has gone on.
  requirements.commit({ 'upper-constraints.txt': text.replaceAll(/===[^;\n]*/g, '===0.0.1') })
  const releases = gitRepository(join(folder, 'releases'))
  releases.commit({
    'data/series_status.yaml':
      '- {name: flamingo, release-id: "2025.2", initial-release: 2025-10-01, status: maintained}\n' +
      '- {name: epoxy, release-id: "2025.1", initial-release: 2025-04-02, status: maintained}\n',
    'deliverables/epoxy/keystone.yaml': 'releases:\n  - version: 27.0.1\n  - version: 27.0.2\n',
    'deliverables/flamingo/keystone.yaml': 'releases:\n  - version: 28.0.0\n',
  })
  const { url } = await serve((request, response) => {
    const path = request.url ?? ''
    if (path.startsWith('/gerrit/changes/')) response.end(answerQuery(changes, path.slice('/gerrit'.length)))
    else response.writeHead(404).end('gone')
  })
  return {
    gerrit_url: `${url}/gerrit`,
    zuul_url: `${url}/zuul`,
    constraints_url: `${url}/constraints`,
    requirements_url: requirements.folder,
    releases_url: releases.folder,
  }
}

interface Entry {
  readonly python: string
  readonly file: string
  readonly facts: LockFacts
}

interface LockedProject {
  readonly name: string
  readonly version: string
  readonly sdist?: string
  readonly giturl?: string
  readonly gitref?: string
}

/** Locks keystone as a manifest's project and gives the lock's record and versions. */
async function lockOf(folder: string, settings: object, project: LockedProject) {
  writeFileSync(
    join(folder, 'manifest.yml'),
    JSON.stringify({ settings: { version: '2025.1', ...settings }, targets: ['debian12'], projects: [project] }),
  )
  const words = ['lock', '-m', 'manifest.yml']
  const { code, stderr } = await runCli(words, { cwd: folder, env: { RUNNER_TOOL_CACHE: TOOL_CACHE } })
  expect(stderr).not.toContain('giftwrap:')
  expect(code).toBe(0)
  const { name, version } = project
  const record = `${name}-${version}.json`
  const { locks } = JSON.parse(readFileSync(join(folder, 'locks', record), 'utf8')) as { locks: Entry[] }
  const [entry] = locks
  if (entry === undefined) throw new Error('there is no lock')
  const text = readFileSync(join(folder, 'locks', entry.file), 'utf8')
  const versions = new Map(
    [...text.matchAll(/^([a-z0-9.-]+)==(\S+)/gm)].map(([, name = '', version = '']) => [name, version]),
  )
  return { entry, versions }
}

/** Every package that the constraints name has their version, by this rung; gives the others. */
async function expectConstrained(
  versions: ReadonlyMap<string, string>,
  facts: LockFacts,
  rung: number,
): Promise<string[]> {
  const known = await constrained()
  const compared = [...versions].filter(([name]) => known.has(name))
  expect(compared.length).toBeGreaterThan(90)
  expect(compared).toEqual(compared.map(([name]) => [name, known.get(name)]))
  const rungs = new Set(compared.map(([name]) => facts.tested.packages[name]?.rung))
  expect([...rungs]).toEqual([rung])
  return [...versions.keys()].filter((name) => !known.has(name))
}

describe('the lock of keystone 27.0.2', () => {
  it('is the series’ constraints for a release of the package index', { timeout: 3 * MINUTES }, async (context) => {
    needShared(context)
    const folder = scratch()
    const settings = await world(folder, [])
    const { entry, versions } = await lockOf(folder, settings, {
      name: 'keystone',
      version: '27.0.2',
      sdist: 'keystone==27.0.2',
    })
    expect(entry.python).toBe(PYTHON)
    const others = await expectConstrained(versions, entry.facts, 4)
    expect(others).toEqual(['certifi', 'setuptools'])
    expect(entry.facts.tested.rungs).toMatchObject([{ rung: 4, what: expect.stringContaining('2025.1') }])
    expect(entry.facts.required_by.keystonemiddleware).toEqual(['keystone'])
    // Each package is required by the project or by another one.
    const all = new Set(['keystone', ...versions.keys()])
    for (const name of versions.keys()) {
      expect(
        entry.facts.required_by[name]?.every((who) => all.has(who)),
        name,
      ).toBe(true)
      expect(entry.facts.required_by[name], name).not.toEqual([])
    }
  })

  it('is the branch’s constraints as of its change for a commit', { timeout: 3 * MINUTES }, async (context) => {
    needShared(context)
    const folder = scratch()
    const { repository, commit } = await keystoneInGit(folder)
    const change: StandInChange = {
      ...{ number: 7, project: 'openstack/keystone', branch: 'stable/2025.1', status: 'MERGED' },
      changeId: `I${'5'.repeat(40)}`,
      commits: [commit],
      messages: [],
    }
    const settings = await world(folder, [change])
    const project = { name: 'keystone', version: '27.0.2', giturl: repository.folder, gitref: 'stable/2025.1' }
    const { entry, versions } = await lockOf(folder, settings, project)
    const others = await expectConstrained(versions, entry.facts, 3)
    expect(others).toEqual(['certifi', 'setuptools'])
    expect(entry.facts.tested.rungs[0]).toMatchObject({
      rung: 3,
      change: expect.stringMatching(/\+\/7$/),
      distance: 0,
      requirements: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    expect(entry.facts.build.as_of).toMatch(/^\d{4}-\d{2}-\d{2}T/)
  })

  it('differs from that of another version by what `giftwrap diff` says', { timeout: 5 * MINUTES }, async (context) => {
    needShared(context)
    const folder = scratch()
    const settings = await world(folder, [])
    const now = await lockOf(folder, settings, { name: 'keystone', version: '27.0.2', sdist: 'keystone==27.0.2' })
    const older = readFileSync(CONSTRAINTS, 'utf8').replace(/^six===.*$/m, 'six===1.16.0')
    writeFileSync(join(folder, 'older.txt'), older)
    const earlier = { gerrit_dependencies: false, constraints: ['older.txt'] }
    const before = await lockOf(folder, earlier, { name: 'keystone', version: '26.0.0', sdist: 'keystone==26.0.0' })
    const words = ['diff', 'locks/keystone-26.0.0.json', 'locks/keystone-27.0.2.json', '--json']
    const { code, stdout } = await runCli(words, { cwd: folder })
    expect(code).toBe(0)
    const told = JSON.stringify(JSON.parse(stdout))
    const changed = [...now.versions].filter(([name, version]) => (before.versions.get(name) ?? version) !== version)
    expect(changed.map(([name]) => name)).toContain('six')
    for (const [name, version] of changed) {
      expect(told, name).toContain(JSON.stringify(before.versions.get(name)))
      expect(told, name).toContain(JSON.stringify(version))
      expect(told).toContain(JSON.stringify(name))
    }
    const added = [...now.versions.keys()].filter((name) => !before.versions.has(name))
    const removed = [...before.versions.keys()].filter((name) => !now.versions.has(name))
    for (const name of [...added, ...removed]) expect(told).toContain(JSON.stringify(name))
    expect(added.length + removed.length).toBeGreaterThan(0)
  })
})
