import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import type { PackageContent } from '../../src/package/content.js'
import { formatPackage } from '../../src/package/formatted.js'
import type { PackageFormat, PackageModel } from '../../src/package/model.js'
import { debChangelog } from '../../src/package/stage.js'
import { readPackage, verifyPackage } from '../../src/package/verify.js'
import type { PackagerName } from '../../src/plan/plan.js'
import { NO_ADDITIONS } from '../../src/tools/fpm-options.js'
import { normalizeTree } from '../../src/venv/normalize.js'
import { makeAndSettle, packagerFor, WAYS } from '../support/packagers.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'
import { fullModel, NO_RELATIONS, SMALL_DATE, smallModel } from '../support/small-package.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

/** All that a package of the format can have. */
function richModel(format: PackageFormat, folder = scratch()): PackageModel {
  const model = fullModel(folder)
  if (format === 'apk') {
    return { ...model, units: [], epoch: undefined, relations: { ...model.relations, recommends: [] } }
  }
  if (format !== 'tar') return model
  const nothing = { units: [], epoch: undefined, scripts: {}, directories: [], relations: NO_RELATIONS }
  return { ...model, ...nothing, account: { user: undefined, group: undefined } }
}

async function make(model: PackageModel, format: PackageFormat, name: PackagerName, context: TestContext) {
  return makeAndSettle(model, format, await packagerFor(name, format, context))
}

const NEEDS_ONE = { deb: ['fpm', 'nfpm', 'native'], rpm: ['fpm', 'nfpm', 'native'], tar: ['fpm', 'native'] } as const

describe.each(Object.entries(NEEDS_ONE) as [PackageFormat, readonly PackagerName[]][])(
  '%s packages of one model',
  (format, names) => {
    it('agree, whoever made them', { timeout: 60_000 }, async (context) => {
      const model = richModel(format)
      const found: object[] = []
      for (const name of names) {
        const { path } = await make(model, format, name, context)
        found.push(comparable(await readPackage(path, format, testPorts(), testLog(scratch())), model))
      }
      expect(found.length).toBeGreaterThan(1)
      for (const other of found.slice(1)) expect(other).toEqual(found[0])
    })
  },
)

/** What every back-end can say, in one order; a changelog by its text. */
function comparable(content: PackageContent, { name }: PackageModel): object {
  const sorted = (list: readonly string[]) => [...list].sort()
  // nfpm's debs have neither and its links no mode, sizes are counted differently, and an rpm's empty lines have a dot or not.
  const { Vendor: _, License: __, 'Installed-Size': ___, Description: text = '', ...fields } = content.fields
  const relations = ['Depends', 'Recommends', 'Provides', 'Conflicts', 'Replaces']
  const entries = [...content.entries]
    .filter(([path]) => path !== '/')
    .map(([path, { kind, mode, owner, content: of }]) => {
      return `${path} ${kind} ${kind === 'symlink' ? '' : mode.toString(8)} ${owner} ${kind === 'directory' || path === debChangelog(name) ? '' : of}`
    })
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(([field]) => !relations.includes(field))),
    text: text.split('\n').map((line) => line.trim().replace(/^\.$/, '')),
    relations: Object.entries(content.relations).map(([kind, list]) => [kind, sorted(list)]),
    entries: sorted(entries),
    configFiles: content.configFiles && sorted(content.configFiles),
    scripts: Object.entries(content.scripts)
      .sort()
      .map(([slot, script]) => [slot, script.trim()]),
    others: content.others,
  }
}

describe.each(WAYS)('%s by %s', (format, name) => {
  it('has the same bytes made in other folders, at another time, with another umask and time zone', async (context) => {
    const one = richModel(format)
    const first = await make(one, format, name, context)
    const folder = join(scratch(), 'some where', 'else %{x}')
    cpSync(one.tree.folder, folder, { recursive: true, verbatimSymlinks: true })
    normalizeTree(folder, SMALL_DATE)
    utimesSync(folder, new Date(), new Date(SMALL_DATE * 1000))
    const by = await packagerFor(name, format, context)
    const umask = process.umask(0o077)
    // Whoever makes the ports has the umask of every other build from then on.
    const ports = testPorts({ TZ: 'Pacific/Kiritimati', LC_ALL: 'de_DE.UTF-8', USER: 'somebody', LOGNAME: 'somebody' })
    const second = await makeAndSettle({ ...one, tree: { ...one.tree, folder } }, format, by, ports).finally(() =>
      process.umask(umask),
    )
    expect(second.facts.sha256).toBe(first.facts.sha256)
  })

  it('takes every name that a file can have', async (context) => {
    const model = smallModel(scratch(), { odd: true })
    // fpm quotes a backslash beside a blank for rpmbuild so that it finds nothing.
    if (format === 'rpm' && name === 'fpm') rmSync(join(model.tree.folder, 'share'), { recursive: true })
    normalizeTree(model.tree.folder, SMALL_DATE)
    const homepage = 'https://example.test'
    const { path, facts } = await make({ ...model, homepage, relations: NO_RELATIONS }, format, name, context)
    expect(facts.files).toBeGreaterThan(20)
    expect(basename(path)).toMatch(/^small[-_]1\.0/)
  })

  it('shows nothing of its host', async (context) => {
    const { path } = await make(richModel(format), format, name, context)
    const unpacked = unpack(path, format)
    for (const secret of ['giftwrap-test-', '/tmp/', execFileSync('hostname', { encoding: 'utf8' }).trim()]) {
      expect(secret.length).toBeGreaterThan(1)
      if (secret !== 'vm') expect(unpacked.includes(secret), secret).toBe(false)
    }
  })

  it('shows nothing of the environment, whatever a text names', async (context) => {
    const text = '$GIFTWRAP_TEST_SECRET, $$GIFTWRAP_TEST_SECRET and $' + '{GIFTWRAP_TEST_SECRET}'
    const said = { summary: text, vendor: text, license: text, maintainer: `${text} <a@localhost.invalid>` }
    const by = await packagerFor(name, format, context)
    const ports = testPorts({ GIFTWRAP_TEST_SECRET: 'h1dden' })
    const { path } = await makeAndSettle({ ...richModel(format), ...said }, format, by, ports)
    expect(unpack(path, format)).not.toContain('h1dden')
  })

  it('is refused when a file of it is not what it should be', async (context) => {
    const model = richModel(format)
    const { path } = await make(model, format, name, context)
    writeFileSync(join(model.tree.folder, 'bin', 'run'), '#!/bin/sh\necho ruN\n')
    const log = testLog(scratch())
    const verified = verifyPackage(path, formatPackage(model, format), NO_ADDITIONS, testPorts(), log)
    await expect(verified).rejects.toThrow(/\/bin\/run has other bytes/)
  })
})

/** A package's bytes with archives opened, as far as one looks for words in it. */
function unpack(path: string, format: PackageFormat): string {
  const plain = readFileSync(path).toString('latin1')
  if (format === 'deb') {
    const control = execFileSync('dpkg-deb', ['--ctrl-tarfile', path]).toString('latin1')
    return plain + control + execFileSync('dpkg-deb', ['--fsys-tarfile', path]).toString('latin1')
  }
  if (!hasTool('bsdtar')) return plain
  return plain + execFileSync('bsdtar', ['--create', '--file', '-', '--format', 'pax', `@${path}`]).toString('latin1')
}

describe('what other programs read', () => {
  it("of an rpm is what giftwrap's reader says", async (context) => {
    need(context, hasTool('rpm'), 'rpm')
    for (const name of ['nfpm', 'native'] as const) {
      const { path } = await make(richModel('rpm'), 'rpm', name, context)
      const content = await readPackage(path, 'rpm', testPorts(), testLog(scratch()))
      const query = (...words: string[]) => execFileSync('rpm', ['-qp', ...words, path], { encoding: 'utf8' })
      const files = query('--qf', '[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME} %{FILEDIGESTS}%{FILELINKTOS}\\n]')
      const ours = [...content.entries].map(([file, { kind, mode, content: of }]) => {
        const type = { file: '100', directory: '40', symlink: '120', other: '' }[kind]
        return `${file} ${type}${mode.toString(8).padStart(3, '0')} root ${of}`
      })
      expect(ours.map((line) => line.replace(/ (100|120|40)0*(\d{3}) /, ' $1$2 '))).toEqual(
        files
          .trim()
          .split('\n')
          .map((line) => line.replace(/ 0*(100|120|40)0*(\d{3}) /, ' $1$2 ')),
      )
      expect(query('--configfiles').trim().split('\n')).toEqual(content.configFiles)
      const evr = query('--qf', '%{EPOCH}:%{VERSION}-%{RELEASE}.%{ARCH}|%{URL}|%{VENDOR}|%{SUMMARY}')
      const { fields } = content
      expect(evr).toBe(
        `${fields.Epoch}:${fields.Version}-${fields.Release}.${fields.Architecture}|${fields.URL}|${fields.Vendor}|${fields.Summary}`,
      )
      expect(query('--requires').split('\n')).toEqual(expect.arrayContaining([...content.relations.depends]))
      expect(query('--obsoletes').trim()).toBe(content.relations.replaces.join())
      expect(query('--scripts')).toContain(content.scripts.posttransaction?.split('\n').at(-1))
      expect(execFileSync('rpm', ['-K', '--nosignature', path], { encoding: 'utf8' })).toContain('digests OK')
    }
  })

  it("of a package of pacman is what giftwrap's reader says", async (context) => {
    need(context, hasTool('pacman'), 'pacman')
    const { path } = await make(richModel('archlinux'), 'archlinux', 'nfpm', context)
    const database = scratch()
    const query = (...words: string[]) =>
      execFileSync('pacman', ['--dbpath', database, '-Qp', ...words, path], { encoding: 'utf8' })
    expect(query()).toBe('small 2:1.0rc1-3\n')
    expect(query('-i')).toMatch(/Depends On +: python>=3\.11 +python<3\.12 +liba>=1\.0/)
    const content = await readPackage(path, 'archlinux', testPorts(), testLog(scratch()))
    const files = query('-lq')
      .trim()
      .split('\n')
      .map((file) => file.replace(/\/$/, ''))
    expect(files.sort()).toEqual([...content.entries.keys()].sort())
  })

  it('of an apk is what libarchive lists', async (context) => {
    need(context, hasTool('bsdtar'), 'bsdtar')
    const { path } = await make(richModel('apk'), 'apk', 'nfpm', context)
    const content = await readPackage(path, 'apk', testPorts(), testLog(scratch()))
    const listed = execFileSync('bsdtar', ['-tf', path], { encoding: 'utf8' }).trim().split('\n')
    const files = listed.filter((file) => !file.startsWith('.')).map((file) => `/${file.replace(/\/$/, '')}`)
    expect(files.sort()).toEqual([...content.entries.keys()].sort())
    expect(execFileSync('bsdtar', ['-xOf', path, 'etc/apk/protected_paths.d/small.list'], { encoding: 'utf8' })).toBe(
      '+opt/acme/small/etc\n',
    )
  })
})
