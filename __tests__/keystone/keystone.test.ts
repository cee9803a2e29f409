import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_SHARED, TEST_CACHE } from '../support/paths.js'
import {
  buildKeystone,
  CONSTRAINTS,
  legFolder,
  needScene,
  PACKAGERS,
  PLACES,
  packageOf,
  prepareOutput,
  proveKeystone,
  resultOf,
  run,
  SCENE,
  setScene,
  startContainer,
  stopContainer,
} from './scene.js'

// The whole way of a real service: keystone of the package index becomes a deb on the host as root, as an ordinary user
// and in a bare container, by fpm and by nfpm; every package is then installed in a clean container and used.

const MINUTES = 60_000
const SITE = 'opt/openstack/keystone/lib/python3.11/site-packages'
const hostOpt = async () => run(['find', '/opt', '-maxdepth', '3', '-printf', '%p %m %u %T@\n'])

beforeAll(() => {
  if (HAS_SHARED) setScene()
})

afterAll(async () => {
  await stopContainer()
  rmSync(SCENE, { recursive: true, force: true })
})

describe('keystone is built', () => {
  it.for(['root', 'user'] as const)(
    'on the host as %s, whose /opt stays as it was',
    { timeout: 5 * MINUTES },
    async (place, context) => {
      needScene(context)
      await prepareOutput(place)
      const before = await hostOpt()
      for (const packager of PACKAGERS) await buildKeystone(place, packager)
      expect(await hostOpt()).toBe(before)
      // The user's cache is new, so the first build fills the virtualenv: by a namespace of the user's own, not by sudo.
      if (place === 'user') {
        const log = readFileSync(join(legFolder(place, PACKAGERS[0]), 'build.log'), 'utf8')
        expect(log).toMatch(/^\$ unshare --user --map-root-user --mount sh \S+ .*uv venv /m)
        expect(log).not.toMatch(/^\$ sudo /m)
      }
      for (const packager of PACKAGERS) expect(resultOf(place, packager).status).toBe('ok')
    },
  )

  it('in a bare container, which gets what it lacks', { timeout: 8 * MINUTES }, async (context) => {
    needScene(context)
    await prepareOutput('container')
    await startContainer()
    for (const packager of PACKAGERS) await buildKeystone('container', packager)
    for (const packager of PACKAGERS) expect(resultOf('container', packager).status).toBe('ok')
  })

  it.for(PLACES)(
    'once: a second run as %s neither locks nor installs',
    { timeout: MINUTES },
    async (place, context) => {
      needScene(context)
      for (const packager of PACKAGERS) {
        const deb = readFileSync(packageOf(place, packager))
        await buildKeystone(place, packager)
        const { cache, timings } = resultOf(place, packager)
        expect(cache).toEqual({ lock: 'reused', venv: 'reused', system: 'reused', package: 'reused', verify: 'reused' })
        expect(Object.keys(timings).sort()).toEqual(['lock', 'package', 'system', 'venv', 'verify'])
        expect(readFileSync(packageOf(place, packager)).equals(deb)).toBe(true)
      }
    },
  )

  it('under names that differ by target, by the packager that was asked for', (context) => {
    needScene(context)
    for (const place of PLACES) {
      for (const packager of PACKAGERS) {
        expect(basename(legFolder(place, packager))).toBe('keystone-27.0.2-debian12-amd64')
        expect(basename(packageOf(place, packager))).toBe('openstack-keystone_27.0.2-1+deb12_amd64.deb')
        expect(resultOf(place, packager).packager.name).toBe(packager)
      }
    }
  })

  it('with `packager: auto` decided before the build and recorded', { timeout: MINUTES }, async (context) => {
    needScene(context)
    await buildKeystone('root', 'fpm', ['--packager', 'auto'])
    expect(resultOf('root', 'fpm').packager).toEqual({ name: 'fpm', why: 'fpm 1.18.0 is in the tool cache' })
  })
})

describe('the package of keystone', () => {
  const root = mkdtempSync(join(tmpdir(), 'giftwrap-unpacked-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  /** name → version of what is installed, read from the unpacked package. */
  const installed = () =>
    new Map(
      readdirSync(join(root, SITE))
        .filter((name) => name.endsWith('.dist-info'))
        .map((folder) => {
          const metadata = readFileSync(join(root, SITE, folder, 'METADATA'), 'utf8')
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(metadata)?.[1] ?? ''
          return [
            field('Name')
              .toLowerCase()
              .replaceAll(/[-_.]+/g, '-'),
            field('Version'),
          ] as const
        }),
    )

  it('holds exactly what its lock names, and the project', { timeout: MINUTES }, async (context) => {
    needScene(context)
    await run(['dpkg-deb', '-x', packageOf('root', 'nfpm'), root])
    const lock = readFileSync(join(root, 'opt/openstack/keystone/share/giftwrap/lock.txt'), 'utf8')
    const locked = new Map(
      [...lock.matchAll(/^([a-z0-9._-]+)==(\S+)/gim)].map(([, name = '', version = '']) => [name, version]),
    )
    expect(locked.size).toBeGreaterThan(90)
    expect(locked.has('keystone')).toBe(false)
    expect(new Map([...installed()].sort())).toEqual(new Map([...locked, ['keystone', '27.0.2'] as const].sort()))
    expect(lock).not.toMatch(/https?:/)
    expect(lock.match(/--hash=sha256:/g)?.length).toBeGreaterThan(locked.size)
  })

  it('has the version of every constraint that names one of its distributions', {
    timeout: MINUTES,
  }, async (context) => {
    needScene(context)
    // Markers are judged by pip's own reader of them.
    const script = `
import sys
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name
for line in open(sys.argv[1]):
    line = line.split('#')[0].strip()
    if line:
        name, rest = line.split('===')
        version, _, marker = rest.partition(';')
        if not marker or Requirement('x ;' + marker).marker.evaluate({'python_version': '3.11'}):
            print(canonicalize_name(name), version.strip())
`
    const lines = (await run(['/usr/bin/python3', '-c', script, CONSTRAINTS])).trim().split('\n')
    const constrained = new Map(lines.map((line) => line.split(' ') as [string, string]))
    expect(constrained.size).toBeGreaterThan(500)
    const compared = [...installed()].filter(([name]) => name !== 'keystone' && constrained.has(name))
    expect(compared.length).toBeGreaterThan(90)
    expect(compared).toEqual(compared.map(([name]) => [name, constrained.get(name)]))
  })

  it('names no folder of the machine that built it', { timeout: MINUTES }, async (context) => {
    needScene(context)
    for (const word of [SCENE, TEST_CACHE, 'giftwrap-work', '.partial-']) {
      const found = await run(['grep', '-rlF', '--', word, root]).catch(
        (error: Error) => (error.cause as { code?: number }).code,
      )
      expect(found).toBe(1)
    }
  })

  it('keeps the configuration of etc/ as config files', { timeout: MINUTES }, async (context) => {
    needScene(context)
    for (const packager of PACKAGERS) {
      const conffiles = (await run(['dpkg-deb', '--info', packageOf('root', packager), 'conffiles'])).trim().split('\n')
      expect(conffiles).toContain('/opt/openstack/keystone/etc/logging.conf.sample')
      expect(conffiles.every((file) => file.startsWith('/opt/openstack/keystone/etc/'))).toBe(true)
    }
  })

  it('runs in a clean container: version, `uv pip check`, a token over HTTP', {
    timeout: 10 * MINUTES,
  }, async (context) => {
    needScene(context)
    // The same bytes wherever they were made, so one proof for each packager.
    const distinct = new Map<string, string>()
    for (const place of PLACES) {
      for (const packager of PACKAGERS) {
        const deb = packageOf(place, packager)
        distinct.set(resultOf(place, packager).packages[0]?.sha256 ?? deb, dirname(deb))
      }
    }
    expect([...distinct.values()]).toHaveLength(PACKAGERS.length)
    for (const folder of distinct.values()) {
      const proof = await proveKeystone(folder)
      expect(proof).toMatch(/^version: 27\.0\.\d+$/m)
      expect(proof).toMatch(/^check: All installed packages are compatible$/m)
      expect(proof).toMatch(/^token: 201 for admin, \d{3,} characters$/m)
    }
  })
})
