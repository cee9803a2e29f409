import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../src/commands/result.js'
import { makeLegs } from '../../src/plan/make-legs.js'
import { planText } from '../../src/plan/plan-file.js'
import { sha256Text } from '../../src/runtime/files.js'
import { madeFacts } from '../lock/made-view.js'
import { read } from '../manifest/manifest-file.js'
import { writeFiles } from './scratch.js'
import { zipOf } from './zip.js'

// A plan and the results of its legs as a build leaves them, without what takes time: the packages are plain words.

const SHA256 = 'ab'.repeat(32)
const LOCK = {
  ...{ file: 'lock.txt', sha256: SHA256, build_file: 'build.txt', python: '3.11', platforms: ['amd64 glibc 2.36'] },
  facts: madeFacts(),
}

const MANIFEST = `
settings: {version: 27.0.0rc1}
targets: [{id: debian12, arch: [amd64]}, {id: debian13, arch: [amd64]}]
projects:
  - {name: keystone, sdist: keystone==27.0.0rc1}
  - {name: glance, sdist: glance==27.0.0rc1, allow_failure: true}
`
/** Ids of the plan's legs. */
export const LEGS = {
  keystone12: 'keystone-27.0.0rc1-debian12-amd64',
  keystone13: 'keystone-27.0.0rc1-debian13-amd64',
  glance12: 'glance-27.0.0rc1-debian12-amd64',
  glance13: 'glance-27.0.0rc1-debian13-amd64',
} as const
export type LegId = (typeof LEGS)[keyof typeof LEGS]

/** `plan.json` of the four legs. */
export async function planOfScene(): Promise<string> {
  const manifest = await read(MANIFEST)
  const machine = { release: undefined, processor: 'x64', fpm: { atHand: undefined, provisioned: false } }
  const legs = makeLegs(manifest, { projects: undefined }, machine).map((leg) => {
    const source = { kind: 'sdist' as const, requirement: leg.project.sdist ?? '', sha256: SHA256 }
    return { ...leg, source, lock: LOCK.file }
  })
  return planText({ vars: {}, siblings: ['keystone', 'glance'], legs, locks: [LOCK] })
}

/** The name that a build gives the leg's package: as Debian has it, with a `~`. */
export function packageOf(leg: string): string {
  const [project, version, target, architecture] = leg.split('-')
  const suffix = target?.replace('debian', '+deb')
  return `openstack-${project}_${version?.replace('rc', '~rc')}-1${suffix}_${architecture}.deb`
}

/** What the package's file holds. */
export function contentOf(leg: string): string {
  return `the package of ${leg}`
}

/** A leg's `result.json`, changed as the test wants it. */
export function resultOf(leg: string, change: Partial<Result> = {}): Result {
  const project = leg.split('-')[0] ?? ''
  const content = contentOf(leg)
  const file = packageOf(leg)
  return {
    version: 1,
    leg,
    status: 'ok',
    key: 'key',
    project,
    source: `sdist ${project}==27.0.0rc1 sha256:${SHA256}`,
    python: '3.11.2',
    packager: { name: 'nfpm', why: 'a test' },
    packages: [{ file, size: content.length, sha256: sha256Text(content), fields: {} }],
    keys: { [file]: 'key' },
    lock: { sha256: SHA256, origin: 'plan', distributions: 3 },
    timings: { venv: 3, package: 1.5 },
    cache: {},
    warnings: [],
    ...change,
  }
}

/** The files of a leg's folder. */
export function filesOf(leg: string, change: Partial<Result> = {}): Record<string, string> {
  return {
    [`${leg}/result.json`]: JSON.stringify(resultOf(leg, change)),
    [`${leg}/${packageOf(leg)}`]: contentOf(leg),
    [`${leg}/build.log`]: 'built\n',
  }
}

/** A folder with `plan.json`, and `out/` with the results of legs; `files` go over them. */
export async function publishFolder(
  folder: string,
  legs: readonly string[] = Object.values(LEGS),
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const results = Object.assign({}, ...legs.map((leg) => filesOf(leg)), files) as Record<string, string>
  const inOut = Object.fromEntries(Object.entries(results).map(([name, content]) => [`out/${name}`, content]))
  writeFiles(folder, { 'plan.json': await planOfScene(), ...inOut })
  return folder
}

/** A leg's artifact. */
export function artifactOf(leg: string, change: Partial<Result> = {}): Buffer {
  return zipOf(Object.entries(filesOf(leg, change)).map(([name, content]) => ({ name, content })))
}

/** All files of a folder by name. */
export function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}
