import { beforeAll, describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type Machine, makeLegs } from '../../src/plan/make-legs.js'
import type { Plan, PlannedLeg, PlannedSource } from '../../src/plan/plan.js'
import { parsePlan, planText } from '../../src/plan/plan-file.js'
import { read } from '../manifest/manifest-file.js'

const MACHINE: Machine = {
  release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
  processor: 'x64',
  fpm: { atHand: undefined, provisioned: false },
}
const COMMIT = 'c0'.repeat(20)
const SHA256 = 'ab'.repeat(32)
const SOURCES: readonly PlannedSource[] = [
  {
    kind: 'git',
    url: 'https://me:S3CRET@git.test/glance',
    ref: 'master',
    commit: COMMIT,
    fetch: 'refs/heads/master',
    tags: [],
  },
  { kind: 'git', url: '/srv/heat', ref: '1.0', commit: COMMIT, fetch: 'refs/tags/1.0', tags: ['1.0'], depth: 1 },
  {
    kind: 'path',
    path: '../keystone',
    leftOut: ['locks/*'],
    digest: SHA256,
    commit: COMMIT,
    described: '1.0-0-gc0c0c0c',
  },
  { kind: 'path', path: '../neutron', leftOut: [], digest: SHA256 },
  { kind: 'sdist', requirement: 'nova==1.0', sha256: SHA256 },
]

const MANIFEST = `
vars: {z: {b: 1, a: 'https://S3CRET@vars.test'}, a: [x]}
settings:
  version: '1'
  constraints: ['https://me:S3CRET@constraints.test/upper.txt']
targets: [{id: debian12, arch: [amd64]}]
projects:
  - {name: nova, sdist: nova==1.0}
  - {name: neutron, path: ../neutron}
  - {name: keystone, path: ../keystone, extras: [ldap], pip_dependencies: ['a @ git+https://me:S3CRET@pip.test/a@v1']}
  - {name: heat, giturl: /srv/heat, gitref: '1.0', gitdepth: 1, system_dependencies: {dpkg: [libc6], rpm: [glibc]}}
  - {name: glance, giturl: 'https://me:S3CRET@git.test/glance'}
`

let plan: Plan
beforeAll(async () => {
  const manifest = await read(MANIFEST)
  const legs = makeLegs(manifest, { projects: undefined }, MACHINE).map((leg, index): PlannedLeg => {
    return { ...leg, source: SOURCES[index], lock: 'lock.txt' }
  })
  const siblings = [...manifest.projects.map(({ name }) => name), 'nova']
  const constraints = [{ source: 'https://***@constraints.test/upper.txt', sha256: SHA256 }]
  plan = {
    vars: manifest.vars,
    siblings,
    legs,
    locks: [
      {
        ...{ file: 'lock.txt', sha256: SHA256, build_file: 'build.txt', python: '3.11', platforms: ['amd64 musl'] },
        facts: {
          constraints,
          tested: { rungs: [], misses: [], packages: { six: { rung: 5, constraints: ['six==1'] } }, overruled: [] },
          ...{ required_by: { six: ['nova'] }, overrides: [], relaxed: [], upgraded: [], yanked: [], postinstall: [] },
          build: { sha256: SHA256, sdists: [], unlocked: [] },
        },
      },
    ],
  }
})

/** The same data, every key in the opposite order. */
function backwards<T>(value: T): T {
  if (Array.isArray(value)) return value.map(backwards) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([key, item]) => [key, backwards(item)])) as T
}

function keysInOrder(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(keysInOrder)
  if (typeof value !== 'object' || value === null) return true
  const keys = Object.keys(value)
  return keys.join() === keys.toSorted().join() && Object.values(value).every(keysInOrder)
}

describe('plan.json', () => {
  it('has a version, and its keys in order at any depth', () => {
    const text = planText(plan)
    const data = JSON.parse(text) as Record<string, unknown>
    expect(data.format).toBe(2)
    expect(data.siblings).toEqual(['glance', 'heat', 'keystone', 'neutron', 'nova'])
    expect(keysInOrder(data)).toBe(true)
    expect(text.endsWith('}\n')).toBe(true)
  })

  it('is the same bytes however the plan came to be', () => {
    const { siblings, ...rest } = plan
    expect(planText({ ...backwards(rest), siblings: siblings.toReversed() })).toBe(planText(plan))
  })

  it('has no user names and passwords, at any depth', () => {
    const text = planText(plan)
    expect(text).not.toMatch(/S3CRET|me:|\*\*\*/)
    for (const host of ['git', 'vars', 'constraints', 'pip']) expect(text).toContain(`https://${host}.test`)
  })

  it.each([
    ['ssh://git@git.test:29418/nova', 'ssh://git@git.test:29418/nova'],
    ['git@git.test:nova', 'git@git.test:nova'],
    ['a @ git+ssh://git@git.test/a@v1', 'a @ git+ssh://git@git.test/a@v1'],
    ['ssh://git:S3CRET@git.test/nova', 'ssh://git.test/nova'],
    ['ssh://git@S3:CRET@git.test/nova', 'ssh://git.test/nova'],
    ['ssh://git@a.test/b https://S3CRET@b.test/', 'ssh://git@a.test/b https://b.test/'],
  ])('keeps who ssh logs in as, which is no secret: %s', (url, planned) => {
    const text = planText({ ...plan, vars: { url } })
    expect(JSON.parse(text)).toMatchObject({ vars: { url: planned } })
  })

  it('is read as it was written', () => {
    const text = planText(plan)
    expect(planText(parsePlan(text, 'plan.json'))).toBe(text)
  })

  it('may hold the matrix too, as --json prints it', () => {
    const data = { ...JSON.parse(planText(plan)), matrix: { include: [] } }
    expect(planText(parsePlan(JSON.stringify(data), 'plan.json'))).toBe(planText(plan))
  })
})

describe('a plan from outside', () => {
  type Data = Record<string, unknown> & { legs: Record<string, object>[]; locks: object[] }
  it.each<[string, (data: Data) => object, RegExp]>([
    ['of another version', (data) => ({ ...data, format: 1 }), /format: /],
    ['with a key that nobody knows', (data) => ({ ...data, more: 1 }), /more/],
    ['with a leg twice', (data) => ({ ...data, legs: [...data.legs, data.legs[1]] }), /the leg heat-1-\S+ twice/],
    ['whose lock is not of the list', (data) => ({ ...data, locks: [] }), /names a lock that the plan does not have/],
    [
      'whose lock leaves its folder',
      (data) => ({ ...data, locks: data.locks.map((lock) => ({ ...lock, file: '../../etc/passwd' })) }),
      /locks\.0\.file/,
    ],
    ['with a URL that is an option', (data) => withLeg(data, 'source', { url: '--upload-pack=x' }), /source\.url/],
    ['with a ref that is an option', (data) => withLeg(data, 'source', { fetch: '-x' }), /source\.fetch/],
    ['with a line end in a ref', (data) => withLeg(data, 'source', { ref: 'a\nb' }), /source\.ref/],
    ['without a whole commit', (data) => withLeg(data, 'source', { commit: 'c0c0c0c' }), /source\.commit/],
    ['with another id than its leg', (data) => withLeg(data, 'project', { version: '2' }), /should be glance-2-/],
    [
      'installing where no manifest may',
      (data) => withLeg(data, 'project', { install_path: '/usr' }),
      /project\.install_path: must not be the system's own folder/,
    ],
    [
      'with a name that no package may have',
      (data) => withLeg(data, 'project', { package_name: '../x' }),
      /project\.package_name: must/,
    ],
    [
      'with settings that no manifest may have',
      (data) => withLeg(data, 'settings', { jobs: 0 }),
      /settings\.jobs: must/,
    ],
  ])('%s is refused', (_what, spoil, message) => {
    const data = JSON.parse(planText(plan)) as Data
    const parse = () => parsePlan(JSON.stringify(spoil(data)), 'a/plan.json')
    expect(parse).toThrow(InputError)
    expect(parse).toThrow(message)
    expect(parse).toThrow(/^a\/plan\.json is no plan that can be built: .*\n.*giftwrap plan -o DIR/s)
  })

  function withLeg(data: Data, key: string, values: object): object {
    const [first, ...others] = data.legs
    return { ...data, legs: [{ ...first, [key]: { ...first?.[key], ...values } }, ...others] }
  }
})
