import { execFileSync } from 'node:child_process'
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { makePackage, type Packager, settlePackage } from '../../src/package/make-package.js'
import type { PackageModel } from '../../src/package/model.js'
import type { PackagerName } from '../../src/plan/plan.js'
import { FPM_OPTIONS, readFpmOptions } from '../../src/tools/fpm-options.js'
import { makeAndSettle, packagerFor } from '../support/packagers.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'
import { ODD_NAMES, smallModel } from '../support/small-package.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

const SCRIPTS = Object.entries(FPM_OPTIONS).flatMap(([option, { members }]) =>
  Array.isArray(members) && /before|after|-install|-uninstall/.test(option) ? [[option, String(members)] as const] : [],
)

const packager = (name: PackagerName, context: TestContext) => packagerFor(name, 'deb', context)
const make = (model: PackageModel, by: Packager, ports = testPorts()) => makeAndSettle(model, 'deb', by, ports)

describe.each(['nfpm', 'fpm', 'native'] as const)('a deb by %s', (name) => {
  it('is what the model says, and lies where it belongs', async (context) => {
    const by = await packager(name, context)
    const model = smallModel(scratch(), { plain: true })
    const { facts, folder, path } = await make(model, by)
    expect(readdirSync(folder)).toEqual([basename(path)])
    expect(facts.files).toBeGreaterThanOrEqual(3)
    expect(facts.fields).toMatchObject({
      Package: 'small',
      Version: '1.0~rc1-1+deb12',
      Architecture: 'amd64',
      Maintainer: 'Somebody <somebody@localhost.invalid>',
      Depends: 'python3.11, libc6 (>= 2.36)',
      Section: 'python',
    })
    expect(facts.fields.Description?.trim()).toBe(model.summary)
  })

  it('says all that the model does, however it is spelt', async (context) => {
    const by = await packager(name, context)
    const said = {
      ...{ summary: 'One  two: x\n\n  three\n.four ', homepage: 'https://example.test/a b', license: 'MIT or so' },
      ...{ vendor: 'Some <body>', maintainer: 'Ünï Çode <u@localhost.invalid>' },
    }
    const { facts } = await make({ ...smallModel(scratch(), { plain: true }), ...said }, by)
    expect(facts.fields).toMatchObject({ Homepage: said.homepage, Maintainer: said.maintainer })
    if (name !== 'nfpm') expect(facts.fields).toMatchObject({ License: said.license, Vendor: said.vendor })
  })

  it("says nothing of the host: not its name, not the user's", async (context) => {
    const by = await packager(name, context)
    const { facts } = await make(smallModel(scratch(), { plain: true }), by)
    const text = JSON.stringify(facts.fields)
    expect(text).not.toMatch(/unknown|none|example|root@|@(?!localhost\.invalid)/i)
  })

  it('takes every name that a file can have', async (context) => {
    const by = await packager(name, context)
    const model = smallModel(scratch(), { odd: true })
    const configFiles = [...model.configFiles, ...ODD_NAMES.slice(0, 1).map((odd) => `/opt/small/etc/${odd}`)]
    const { path } = await make({ ...model, configFiles }, by)
    expect(basename(path)).toBe('small_1.0~rc1-1+deb12_amd64.deb')
  })

  it('has the same bytes when it is made again, at another time', async (context) => {
    const by = await packager(name, context)
    const model = smallModel(scratch(), { plain: true })
    const first = await make(model, by)
    // What a tree's folders go through when it is copied or looked at.
    utimesSync(model.tree.folder, new Date(), new Date(model.date * 1000))
    const second = await make(model, by)
    expect(second.facts.sha256).toBe(first.facts.sha256)
  })

  it('is compressed as the model says', async (context) => {
    const by = await packager(name, context)
    need(context, hasTool('ar'), 'ar')
    const model = smallModel(scratch(), { plain: true })
    const archives: string[] = []
    for (const compression of ['xz', 'gzip', 'zstd'] as const) {
      const { path } = await make({ ...model, compression }, by)
      archives.push(execFileSync('ar', ['t', path], { encoding: 'utf8' }).split('\n')[2] ?? '')
    }
    expect(archives).toEqual(['data.tar.xz', 'data.tar.gz', 'data.tar.zst'])
  })

  it('shows nothing of the environment, whatever a summary names', async (context) => {
    const by = await packager(name, context)
    const summary = 'Reads $GIFTWRAP_TEST_SECRET, $$GIFTWRAP_TEST_SECRET, %{GIFTWRAP_TEST_SECRET} and $$'
    const ports = testPorts({ GIFTWRAP_TEST_SECRET: 'h1dden' })
    const model = { ...smallModel(scratch(), { plain: true }), summary, vendor: '$GIFTWRAP_TEST_SECRET' }
    const { facts } = await make(model, by, ports)
    expect(facts.fields.Description?.trim()).toBe(summary)
    expect(JSON.stringify(facts.fields)).not.toContain('h1dden')
  })
})

describe('a package by fpm with options', () => {
  it('has what they ask for, and is refused nothing of it', { timeout: 60_000 }, async (context) => {
    const by = await packager('fpm', context)
    const folder = scratch()
    const file = (path: string) => {
      writeFileSync(join(folder, path), '#!/bin/sh\n')
      return join(folder, path)
    }
    const words = [
      ...['--before-install', file('a'), '--post-install', file('b'), '--before-remove', file('c')],
      ...['--after-remove', file('d'), '--after-upgrade', file('e'), '--template-value', 'x=y'],
      ...['--deb-config', file('f'), '--deb-templates', file('g'), '--deb-meta-file', file('extra')],
      ...['--deb-interest', '/usr/x', '--deb-activate-noawait', 'y', '--deb-shlibs', 'libx 1 x'],
      ...['--deb-changelog', file('h'), '--deb-upstream-changelog', file('i'), '--deb-dist', 'stable'],
      ...[
        '--category',
        'net',
        '--deb-priority',
        'extra',
        '--provides',
        'a_b',
        '--conflicts',
        'c > 1',
        '--replaces',
        'd',
      ],
      ...['--deb-pre-depends', 'e', '--deb-recommends', 'f', '--deb-suggests', 'g', '--deb-build-depends', 'h'],
      ...['--deb-field', 'Bugs: none', '--deb-installed-size', '5', '--deb-compression-level', '1', '--log', 'error'],
      ...['--deb-maintainerscripts-force-errorchecks'],
    ]
    expect(readFpmOptions(words).problems).toEqual([])
    const options = { ...by, options: words } as Packager
    const { facts } = await make(smallModel(scratch(), { plain: true }), options)
    expect(facts.fields).toMatchObject({ Section: 'net', Priority: 'extra', Provides: 'a-b', Bugs: 'none' })
    for (const [option, member] of SCRIPTS) {
      const one = { ...by, options: [option, join(folder, 'a')] } as Packager
      const { path } = await make(smallModel(scratch(), { plain: true }), one)
      const members = execFileSync('sh', ['-c', 'dpkg-deb --ctrl-tarfile "$1" | tar --list', 'sh', path])
      expect(String(members)).toContain(`./${member}\n`)
    }
  })
})

describe('a package that is not what it should be', () => {
  it('never gets its name', async (context) => {
    const by = await packager('nfpm', context)
    const folder = scratch()
    const work = scratch()
    const ports = testPorts()
    const model = smallModel(scratch(), { plain: true })
    const made = await makePackage(model, 'deb', by, { folder, work }, ports, testLog(work))
    writeFileSync(join(model.tree.folder, 'bin', 'late'), '')
    await expect(settlePackage(made, ports, testLog(work))).rejects.toThrow(ToolError)
    expect(readdirSync(folder)).toEqual([])
  })
})
