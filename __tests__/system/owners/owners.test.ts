import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withFile } from '../../../src/system/elf/bytes.js'
import { readElf } from '../../../src/system/elf/read-elf.js'
import { type LibraryNeed, scanTree } from '../../../src/system/elf/scan-tree.js'
import { apkOwners } from '../../../src/system/owners/apk.js'
import { dpkgOwners } from '../../../src/system/owners/dpkg.js'
import type { LibraryOwners } from '../../../src/system/owners/owners.js'
import { pacmanOwners } from '../../../src/system/owners/pacman.js'
import { rpmOwners, rpmRelations } from '../../../src/system/owners/rpm.js'
import { fillTemplate, neededTemplates, parseSymbols, shlibsOf } from '../../../src/system/owners/symbols-file.js'
import { makeElf } from '../../support/make-elf.js'
import { hasTool, need } from '../../support/requirements.js'
import { scratch, writeFiles } from '../../support/scratch.js'
import { testPorts } from '../../support/test-ports.js'

const ARCHITECTURE = process.arch === 'arm64' ? ('arm64' as const) : ('amd64' as const)
const system = (root?: string) => ({
  ...{ architecture: ARCHITECTURE, exec: testPorts({ LC_ALL: 'C' }).exec, log: undefined },
  ...(root === undefined ? {} : { root }),
})

function needOf(library: string, versions: readonly string[] = [], symbols: readonly string[] = []): LibraryNeed {
  return { library, versions, symbols: new Set(symbols), neededBy: [], folders: [] }
}

const relations = (owners: LibraryOwners) => owners.relations.map(({ relation }) => relation).sort()
const unowned = (owners: LibraryOwners) => owners.unowned.map((one) => `${one.need.library} ${one.why}`).sort()

/** Programs and libraries of this machine, each alone in a tree. */
function samples(count: number): string[] {
  const files = readdirSync('/usr/bin', { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join('/usr/bin', entry.name))
    .filter((file) => (withFile(file, readElf)?.needed.length ?? 0) > 1)
  return files.filter((_, index) => index % Math.ceil(files.length / count) === 0)
}

function treeOf(file: string): string {
  const folder = scratch()
  mkdirSync(join(folder, 'bin'))
  execFileSync('cp', ['--dereference', file, join(folder, 'bin', basename(file))])
  return folder
}

describe('dpkg', () => {
  it('is asked as dpkg-shlibdeps asks it: the same packages in the same versions', {
    timeout: 120_000,
  }, async (context) => {
    for (const tool of ['dpkg-shlibdeps', 'objdump']) need(context, hasTool(tool), tool)
    const place = scratch()
    writeFiles(place, { 'debian/control': `Source: x\n\nPackage: x\nArchitecture: ${ARCHITECTURE}\n` })
    const files = samples(12)
    expect(files.length).toBeGreaterThan(6)
    let packages = 0
    for (const file of files) {
      const said = execFileSync('dpkg-shlibdeps', ['-O', '--ignore-missing-info', `-e${file}`], {
        ...{ cwd: place, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      })
      const expected = said
        .trim()
        .replace(/^shlibs:Depends=/, '')
        .split(', ')
        .sort()
      const { needs } = scanTree({ folder: treeOf(file), installPath: '/opt/x' }, ARCHITECTURE)
      const owners = await dpkgOwners(needs, system())
      expect(unowned(owners), file).toEqual([])
      // A library that is linked and not used is left out there, and loaded all the same.
      const ours = relations(owners)
      expect(
        ours.filter((one) => expected.includes(one)),
        file,
      ).toEqual(expected)
      packages += expected.length
    }
    expect(packages).toBeGreaterThan(20)
  })

  it('takes the version of what is used, not that of the machine', async (context) => {
    need(context, hasTool('dpkg-query'), 'dpkg-query')
    const least = async (...versions: string[]) =>
      relations(await dpkgOwners([needOf('libc.so.6', versions)], system()))
    expect(await least('GLIBC_2.17')).toEqual(['libc6 (>= 2.17)'])
    expect(await least('GLIBC_2.17', 'GLIBC_2.28', 'GLIBC_2.4')).toEqual(['libc6 (>= 2.28)'])
  })

  it('says what is not there, what nobody owns, and what is no name', async (context) => {
    need(context, hasTool('dpkg-query'), 'dpkg-query')
    const folder = scratch()
    writeFileSync(join(folder, 'libmine.so.1'), makeElf({ machine: ARCHITECTURE === 'amd64' ? 62 : 183 }))
    const mine = { ...needOf('libmine.so.1'), folders: [folder] }
    const owners = await dpkgOwners([needOf('libnone.so.1'), mine, needOf('lib*.so'), needOf('libc.so.6')], system())
    expect(unowned(owners)).toEqual([
      'lib*.so and no package can be asked for a library of that name',
      `libmine.so.1 and no package owns ${join(folder, 'libmine.so.1')}`,
      'libnone.so.1 and is not on this machine',
    ])
    expect(relations(owners)).toHaveLength(1)
  })

  it('is not asked where there is nothing to ask', async () => {
    expect(await dpkgOwners([], system('/nowhere'))).toEqual({ relations: [], unowned: [] })
  })
})

const SYMBOLS = `# words
libq.so.1 libq1 #MINVER#
| libq1 (>> 2), libq1 (<< 3)
* Build-Depends-Package: libq-dev
 old@Base 1.0
 new@Base 1.5~
 V2@V2 2.0
 private@V2 2.0 1
libr.so.1 libq1 #MINVER#, libq-data
 r@Base 0
`

describe('symbols of a package', () => {
  const libraries = parseSymbols(SYMBOLS)
  const of = (library: string, ...used: string[]) => {
    const symbols = libraries.get(library)
    return (
      symbols && [...neededTemplates(symbols, used)].flatMap(([template, version]) => fillTemplate(template, version))
    )
  }

  it('say which version is needed', () => {
    expect(of('libq.so.1')).toEqual(['libq1 (>= 1.0)'])
    expect(of('libq.so.1', 'old@Base', 'nobody@Base')).toEqual(['libq1 (>= 1.0)'])
    expect(of('libq.so.1', 'new@Base', 'old@Base')).toEqual(['libq1 (>= 1.5~)'])
    expect(of('libq.so.1', 'V2@V2')).toEqual(['libq1 (>= 2.0)'])
    expect(of('libq.so.1', 'private@V2')).toEqual(['libq1 (>= 1.0)', 'libq1 (>> 2)', 'libq1 (<< 3)'])
    expect(of('libr.so.1', 'r@Base')).toEqual(['libq1', 'libq-data'])
    expect(of('libs.so.1')).toBeUndefined()
  })

  it('are read from any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseSymbols(text)))
  })

  it.each([
    ['libq.so.1', 'libq1 (>= 1.2), other'],
    ['libdb-5.3.so', 'libdb5.3'],
    ['libudeb.so.1', undefined],
    ['libq.so.2', undefined],
    ['nothing', undefined],
  ])('have shlibs beside them: %s', (soname, expected) => {
    const text = 'libq 1 libq1 (>= 1.2), other\nudeb: libudeb 1 x-udeb\ndeb: libdb 5.3 libdb5.3\n# libq 2 no\n'
    expect(shlibsOf(text, soname)).toBe(expected)
  })
})

describe('rpm', () => {
  it("has relations that are rpm's own", (context) => {
    const elfdeps = '/usr/lib/rpm/elfdeps'
    need(context, hasTool('rpm') && readdirSync(dirname(elfdeps)).includes('elfdeps'), elfdeps)
    for (const file of samples(8)) {
      const said = execFileSync(elfdeps, ['--requires', file], { encoding: 'utf8' })
      const { needs } = scanTree({ folder: treeOf(file), installPath: '/opt/x' }, ARCHITECTURE)
      const ours = needs.flatMap((one) => rpmRelations(one))
      expect(ours.sort(), file).toEqual(
        said
          .trim()
          .split('\n')
          .filter((one) => !one.startsWith('rtld('))
          .sort(),
      )
    }
  })

  it('is asked for what its installed packages provide', { timeout: 60_000 }, async (context) => {
    for (const tool of ['rpm', 'rpmbuild']) need(context, hasTool(tool), tool)
    const home = scratch()
    const macros = `%_dbpath ${home}/db\n%_topdir ${home}/build\n%_tmppath ${home}\n`
    writeFiles(home, { '.rpmmacros': macros, 'q.spec': SPEC })
    const env = { ...process.env, HOME: home, LC_ALL: 'C' }
    execFileSync('rpmbuild', ['-bb', '--quiet', join(home, 'q.spec')], { env, stdio: 'ignore' })
    const rpms = join(home, 'build/RPMS/noarch')
    const [file = ''] = readdirSync(rpms)
    execFileSync('rpm', ['--install', '--nodeps', '--justdb', join(rpms, file)], { env, stdio: 'ignore' })
    const asked = { architecture: ARCHITECTURE, exec: testPorts({ HOME: home, LC_ALL: 'C' }).exec, log: undefined }
    const owners = await rpmOwners(
      [needOf('libq.so.1', ['Q_1', 'Q_9']), needOf('libnone.so.1'), needOf('lib q.so')],
      asked,
    )
    expect(relations(owners)).toEqual(['libq.so.1()(64bit)', 'libq.so.1(Q_1)(64bit)'])
    expect(unowned(owners)).toEqual([
      'lib q.so and no package can be asked for a library of that name',
      'libnone.so.1 and no package provides libnone.so.1()(64bit)',
      'libq.so.1 and no package provides libq.so.1(Q_9)(64bit)',
    ])
  })
})

const SPEC = `Name: q
Version: 1
Release: 1
Summary: q
License: x
BuildArch: noarch
Provides: libq.so.1()(64bit) libq.so.1(Q_1)(64bit)
%description
q
%files
`

describe('apk', () => {
  it.each(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])('is read from %s', async (path) => {
    const root = scratch()
    writeFiles(root, {
      [path]: 'P:musl\np:so:libc.musl-x86_64.so.1=1\n\nP:libpq\nD:so:libno.so.1\np:so:libpq.so.5=5.17 cmd:x=1\n',
    })
    const owners = await apkOwners(
      ['libpq.so.5', 'libc.musl-x86_64.so.1', 'libno.so.1'].map((library) => needOf(library)),
      system(root),
    )
    expect(relations(owners)).toEqual(['so:libc.musl-x86_64.so.1', 'so:libpq.so.5'])
    expect(unowned(owners)).toEqual(['libno.so.1 and no installed package provides it'])
  })

  it('owns nothing where it is not', async () => {
    expect(unowned(await apkOwners([needOf('libq.so.1')], system(scratch())))).toHaveLength(1)
  })
})

describe('pacman', () => {
  it('names the package that owns a library', async (context) => {
    need(context, hasTool('pacman'), 'pacman')
    const root = scratch()
    writeFiles(root, {
      'var/lib/pacman/local/ALPM_DB_VERSION': '9\n',
      'var/lib/pacman/local/qpkg-1-1/desc': '%NAME%\nqpkg\n\n%VERSION%\n1-1\n\n',
      'var/lib/pacman/local/qpkg-1-1/files': '%FILES%\nusr/\nusr/lib/\nusr/lib/libq.so.1\n\n',
      'etc/pacman.conf': '',
      'usr/lib/x': '',
    })
    const machine = ARCHITECTURE === 'amd64' ? 62 : 183
    for (const name of ['libq.so.1', 'libother.so.1']) writeFileSync(join(root, 'usr/lib', name), makeElf({ machine }))
    const owners = await pacmanOwners(
      ['libq.so.1', 'libother.so.1', 'libnone.so.1'].map((library) => needOf(library)),
      system(root),
    )
    expect(relations(owners)).toEqual(['qpkg'])
    expect(unowned(owners)).toEqual([
      'libnone.so.1 and is not on this machine',
      'libother.so.1 and no package owns /usr/lib/libother.so.1',
    ])
  })
})
