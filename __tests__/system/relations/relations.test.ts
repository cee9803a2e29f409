import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../src/errors.js'
import { parseBindep } from '../../../src/system/bindep/parse.js'
import { type BuildPackage, compilationPackages, isInstalled } from '../../../src/system/build-packages.js'
import table from '../../../src/system/loaded-by-name.json' with { type: 'json' }
import { findRelations, type RelationSources } from '../../../src/system/relations/find-relations.js'
import {
  dependenciesOf,
  interpreterRelations,
  manifestRelations,
  nameOf,
  type SystemRelation,
  versionedRelations,
} from '../../../src/system/relations/relation.js'
import { type ElfParts, makeElf } from '../../support/make-elf.js'
import { hasTool, need } from '../../support/requirements.js'
import { scratch, writeFiles } from '../../support/scratch.js'
import { testPorts } from '../../support/test-ports.js'

const row = (relation: string): SystemRelation => ({ relation, source: 'elf', why: '' })

describe('relations', () => {
  it('to the interpreter name its minor version exactly', () => {
    const of = (manager: 'dpkg' | 'rpm' | 'apk' | 'pacman') =>
      interpreterRelations(manager, '3.9').map(({ relation }) => relation)
    expect(of('dpkg')).toEqual(['python3.9'])
    expect(of('rpm')).toEqual(['python(abi) = 3.9'])
    expect(of('apk')).toEqual(['python3~3.9'])
    expect(of('pacman')).toEqual(['python>=3.9', 'python<3.10'])
  })

  it('with versions are in the words of each package manager', () => {
    const terms = [
      { operator: '>=', version: '1' },
      { operator: '<', version: '2' },
      { operator: '==', version: '1.5' },
    ] as const
    expect(versionedRelations('dpkg', 'q', terms)).toEqual(['q (>= 1)', 'q (<< 2)', 'q (= 1.5)'])
    expect(versionedRelations('rpm', 'q', terms)).toEqual(['q >= 1', 'q < 2', 'q = 1.5'])
    expect(versionedRelations('apk', 'q', terms)).toEqual(['q>=1', 'q<2', 'q=1.5'])
    expect(versionedRelations('dpkg', 'q', [])).toEqual(['q'])
    expect(versionedRelations('dpkg', 'q', [{ operator: '!=', version: '1' }])).toBeUndefined()
  })

  it('stand once, and not without a version where they stand with one', () => {
    const rows = [
      'libq',
      'libq (>= 1)',
      'libq-dev',
      'libq',
      'r',
      'r>=2',
      's',
      's >= 1',
      'so:t',
      'u.so()(64bit)',
      'u.so(V)(64bit)',
    ]
    expect(dependenciesOf(rows.map(row))).toEqual([
      ...['libq (>= 1)', 'libq-dev', 'r>=2', 's >= 1', 'so:t', 'u.so()(64bit)', 'u.so(V)(64bit)'],
    ])
  })

  it('have names', () => {
    expect(['libq (>= 1)', 'q>=1', 'so:q.so.1', 'q'].map(nameOf)).toEqual(['libq', 'q', 'so:q.so.1', 'q'])
  })

  it('of the manifest are as they stand there', () => {
    expect(manifestRelations(['a', 'b (>= 1)'])).toEqual([
      { relation: 'a', source: 'manifest', why: 'system_dependencies' },
      { relation: 'b (>= 1)', source: 'manifest', why: 'system_dependencies' },
    ])
  })
})

const SITE = 'lib/python3.11/site-packages'

/** A tree with compiled files, and an Alpine whose packages have `libq.so.1`: no tool is needed to ask it. */
function scene(elfs: Readonly<Record<string, ElfParts>>, files: Readonly<Record<string, string>> = {}) {
  const folder = join(scratch(), 'tree')
  const root = join(folder, '..', 'root')
  mkdirSync(folder)
  writeFiles(folder, files)
  for (const [path, parts] of Object.entries(elfs)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), makeElf(parts))
  }
  writeFiles(root, { 'lib/apk/db/installed': 'P:q\np:so:libq.so.1=1\n' })
  return (more: Partial<RelationSources> & { readonly distributions?: readonly string[] } = {}) =>
    findRelations(
      {
        project: 'nova',
        manager: 'apk',
        platforms: ['alpine3.22', 'alpine', 'apk'],
        tree: { folder, installPath: '/opt/x', distributions: more.distributions ?? [] },
        bindep: undefined,
        devstack: undefined,
        exclude: [],
        ...more,
      },
      { architecture: 'amd64', exec: testPorts().exec, log: undefined, root },
    )
}

describe('findRelations', () => {
  const Q = { [`${SITE}/_q.so`]: { needed: ['libq.so.1'] }, [`${SITE}/_r.so`]: { needed: ['libq.so.1'] } }
  const RECORD = { [`${SITE}/qpy-1.0.dist-info/RECORD`]: '_q.so,,\n' }

  it('says of each relation who asks for it and why', async () => {
    const rules = parseBindep('q-tools [platform:apk] >=2\nno [test]\nother [platform:dpkg]\nodd !=3\n', 'bindep.txt')
    const found = await scene(
      Q,
      RECORD,
    )({
      distributions: ['pyudev', 'unheard-of'],
      bindep: { rules, atoms: ['apk'] },
      devstack: { packages: ['dev-q'], list: 'files/debs/nova of /devstack at 1234' },
    })
    expect(found).toEqual({
      relations: [
        {
          relation: 'so:libq.so.1',
          source: 'elf',
          why: `libq.so.1 is needed by ${SITE}/_q.so of qpy 1.0 and 1 more file`,
        },
        { relation: 'so:libudev.so.1', source: 'by name', why: expect.stringMatching(/^pyudev loads libudev/) },
        { relation: 'q-tools>=2', source: 'bindep', why: 'line 1 of bindep.txt' },
        { relation: 'odd', source: 'bindep', why: 'line 4 of bindep.txt' },
        { relation: 'dev-q', source: 'devstack', why: 'stands in files/debs/nova of /devstack at 1234' },
      ],
      leftOut: [],
      notes: ['odd (line 4 of bindep.txt): apk has no word for !=, and the version is left out'],
    })
  })

  it('finds nothing where nothing is to be looked at', async () => {
    const found = await scene(Q)({ tree: undefined })
    expect(found).toEqual({ relations: [], leftOut: [], notes: [] })
  })

  it('refuses a library that nobody owns, and names distribution and file, all of them at once', async () => {
    const elfs = { [`${SITE}/_a.so`]: { needed: ['liba.so.1', 'libq.so.1'] }, 'bin/b': { needed: ['libb.so.2'] } }
    const look = scene(elfs, { [`${SITE}/apy-2.0.dist-info/RECORD`]: '_a.so,,\n' })
    const error = await look().catch((one: unknown) => one)
    expect(error).toBeInstanceOf(InputError)
    expect((error as InputError).problems).toEqual([
      {
        message: `nova: liba.so.1 is needed by ${SITE}/_a.so of apy 2.0, and no installed package provides it.`,
        hint: expect.stringContaining('system_dependencies_exclude: [liba.so.1]'),
      },
      {
        message: 'nova: libb.so.2 is needed by bin/b, and no installed package provides it.',
        hint: expect.any(String),
      },
    ])
    const found = await look({ exclude: ['liba.so.*', 'libb*'] })
    expect(found.relations.map(({ relation }) => relation)).toEqual(['so:libq.so.1'])
    expect(found.leftOut.map(({ relation }) => relation)).toEqual(['liba.so.1', 'libb.so.2'])
  })

  it('takes a library from another distribution of the tree where no package has it, and says so', async () => {
    const elfs = { 'a.so': { needed: ['libcuda.so.1', 'libq.so.1'] }, 'x/libcuda.so.1': {}, 'x/libq.so.1': {} }
    const found = await scene(elfs, { 'lib/cu-1.dist-info/RECORD': '../x/libcuda.so.1,,\n' })()
    expect(found.relations.map(({ relation }) => relation)).toEqual(['so:libq.so.1'])
    expect(found.notes).toEqual([
      'libcuda.so.1 is needed by a.so: taken to be loaded from x/libcuda.so.1 of cu 1 before',
    ])
  })

  it('leaves out what globs pick: names, and whole relations', async () => {
    const rules = parseBindep('aa >=1\nab\nbb\n', 'b.txt')
    const found = await scene({})({ bindep: { rules, atoms: [] }, exclude: ['a[ab]', 'nothing'] })
    expect(found.relations.map(({ relation }) => relation)).toEqual(['bb'])
    expect(found.leftOut.map(({ relation }) => relation)).toEqual(['aa>=1', 'ab'])
    const whole = await scene({})({ bindep: { rules, atoms: [] }, exclude: ['aa>=1'] })
    expect(whole.relations.map(({ relation }) => relation)).toEqual(['ab', 'bb'])
  })

  it('takes the packages of the nearest of the names that a target goes by', async () => {
    const of = async (...platforms: string[]) => {
      const found = await scene({})({ distributions: ['pysaml2'], platforms })
      return found.relations.map(({ relation }) => relation)
    }
    expect(await of('debian12', 'debian', 'dpkg')).toEqual(['xmlsec1'])
    expect(await of('rocky9', 'rocky', 'redhat', 'rpm')).toEqual(['xmlsec1', 'xmlsec1-openssl'])
    expect(await of('opensuse15', 'opensuse', 'suse', 'rpm')).toEqual(['xmlsec1', 'libxmlsec1-openssl1'])
  })
})

describe('what is known by name', () => {
  it('has a reason and packages for every package manager', () => {
    for (const { name, reason, packages } of table.distributions) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(reason, name).toMatch(/^(loads|runs) .*\.py\)$/)
      expect(Object.keys(packages), name).toEqual(expect.arrayContaining(['dpkg', 'rpm', 'apk', 'pacman']))
    }
  })
})

describe('what compiling takes', () => {
  const BINDEP = `build-essential [platform:dpkg test]
gcc [platform:rpm test]
libldap2-dev [platform:dpkg] >=2.5
openldap-devel [platform:rpm]
postgresql-server-dev-all [platform:dpkg]
mysql-server
pkg-config [platform:dpkg test]
gettext
libdoc-dev [doc]
`
  const names = (manager: 'dpkg' | 'rpm') =>
    compilationPackages(parseBindep(BINDEP, 'bindep.txt'), [manager], manager, '3.11').map(({ name }) => name)

  it('are compilers, and the headers of bindep.txt, no servers', () => {
    expect(names('dpkg')).toEqual([
      ...['build-essential', 'pkg-config', 'python3.11-dev', 'libldap2-dev', 'postgresql-server-dev-all'],
    ])
    expect(names('rpm')).toEqual([
      ...['gcc', 'gcc-c++', 'make', '/usr/bin/pkg-config', 'pkgconfig(python-3.11)', 'openldap-devel'],
    ])
  })

  it('is installed, or not, or in a version that will not do', async (context) => {
    need(context, hasTool('dpkg-query'), 'dpkg-query')
    const { exec } = testPorts()
    const there = (name: string, versions: BuildPackage['versions'] = []) =>
      isInstalled({ name, versions }, 'dpkg', exec)
    expect(await there('dpkg')).toBe(true)
    expect(await there('giftwrap-none')).toBe(false)
    expect(await there('dpkg', [{ operator: '>=', version: '1' }])).toBe(true)
    expect(await there('dpkg', [{ operator: '<', version: '1' }])).toBe(false)
  })
})
