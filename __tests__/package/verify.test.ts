import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { formatPackage } from '../../src/package/formatted.js'
import { makePackage } from '../../src/package/make-package.js'
import { parseControl } from '../../src/package/read-deb.js'
import { verifyPackage } from '../../src/package/verify.js'
import { NO_ADDITIONS } from '../../src/tools/fpm-options.js'
import { fetchTools } from '../support/build-scene.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch, sharedScratch } from '../support/scratch.js'
import { smallModel } from '../support/small-package.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

const folder = sharedScratch()
const model = smallModel(join(folder, 'tree'))
const good = { deb: '', found: formatPackage(model, 'deb') }

beforeAll(async () => {
  mkdirSync(model.tree.folder)
  smallModel(model.tree.folder, { plain: true })
  const { nfpm } = await fetchTools()
  const by = { name: 'nfpm', path: nfpm } as const
  good.deb = (await makePackage(model, 'deb', by, { folder, work: folder }, testPorts(), testLog(folder))).partial
})

/** The good package, unpacked, changed and built again. */
function changed(change: (root: string) => void, owner: readonly string[] = ['--root-owner-group']): string {
  const root = join(scratch(), 'root')
  execFileSync('dpkg-deb', ['-R', good.deb, root])
  change(root)
  const deb = `${root}.deb`
  execFileSync('dpkg-deb', [...owner, '-Zgzip', '-b', root, deb], { stdio: 'pipe' })
  return deb
}

const verify = (deb: string) => verifyPackage(deb, good.found, NO_ADDITIONS, testPorts(), testLog(scratch()))

function control(pattern: RegExp, replacement: string): (root: string) => void {
  return (root) => {
    const path = join(root, 'DEBIAN', 'control')
    const text = readFileSync(path, 'utf8')
    if (!pattern.test(text)) throw new Error(`${pattern} is not in ${text}`)
    writeFileSync(path, text.replace(pattern, replacement))
  }
}

describe('verifyPackage of a deb', () => {
  it('is content with the package, and with one that was taken apart and built again', async (context) => {
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    await expect(verify(good.deb)).resolves.toMatchObject({ files: 3 })
    await expect(verify(changed(() => undefined))).resolves.toMatchObject({ files: 3 })
  })

  const run = 'opt/small/bin/run'
  const changes: [string, (root: string) => void, RegExp][] = [
    ['a changed byte', (root) => writeFileSync(join(root, run), '#!/bin/sh\necho ruN\n'), /bin\/run has other bytes/],
    ['a shorter file', (root) => truncateSync(join(root, run), 3), /bin\/run has other bytes/],
    ['a file that is missing', (root) => rmSync(join(root, run)), /\/opt\/small\/bin\/run is missing/],
    [
      'a folder that is missing',
      (root) => rmSync(join(root, 'opt/small/bin'), { recursive: true }),
      /\/opt\/small\/bin is missing/,
    ],
    [
      'a file too many',
      (root) => writeFileSync(join(root, 'opt/small/bin/more'), ''),
      /\/opt\/small\/bin\/more is in the package unasked/,
    ],
    [
      'a file elsewhere',
      (root) => writeFileSync(join(root, 'opt/stray'), ''),
      /\/opt\/stray is in the package unasked/,
    ],
    ['a file above', (root) => mkdirSync(join(root, 'etc')), /\/etc is in the package unasked/],
    ['a mode', (root) => chmodSync(join(root, run), 0o644), /bin\/run has mode 644, not 755/],
    ['a setuid bit', (root) => chmodSync(join(root, run), 0o4755), /bin\/run has mode 4755, not 755/],
    [
      "a setuid bit in the packager's own folder",
      (root) => {
        mkdirSync(join(root, 'usr/share/doc/small'), { recursive: true })
        writeFileSync(join(root, 'usr/share/doc/small/tool'), '')
        chmodSync(join(root, 'usr/share/doc/small/tool'), 0o4755)
      },
      /doc\/small\/tool has mode 4755/,
    ],
    ["a folder's mode", (root) => chmodSync(join(root, 'opt/small/bin'), 0o775), /bin has mode 775, not 755/],
    ["the top folder's mode", (root) => chmodSync(join(root, 'opt/small'), 0o777), /small has mode 777, not 755/],
    [
      'a link to elsewhere',
      (root) => {
        rmSync(join(root, 'opt/small/lib64'))
        symlinkSync('/tmp', join(root, 'opt/small/lib64'))
      },
      /lib64 links to \/tmp/,
    ],
    [
      'a file that became a link',
      (root) => {
        rmSync(join(root, run))
        symlinkSync('other', join(root, run))
      },
      /bin\/run is a symlink instead of a file/,
    ],
    [
      'no config files',
      (root) => rmSync(join(root, 'DEBIAN/conffiles')),
      /the config file \/opt\/small\/etc\/a\.conf is missing/,
    ],
    [
      'a config file too many',
      (root) => appendFileSync(join(root, 'DEBIAN/conffiles'), '/opt/small/etc/other\n'),
      /the config file \/opt\/small\/etc\/other is there unasked/,
    ],
    ...['preinst', 'postinst', 'config'].map((script): (typeof changes)[number] => [
      `the script ${script}`,
      (root) => writeFileSync(join(root, 'DEBIAN', script), '#!/bin/sh\n', { mode: 0o755 }),
      new RegExp(
        `the ${{ preinst: 'script preinstall', postinst: 'script postinstall' }[script] ?? 'control member config'} is there unasked`,
      ),
    ]),
    [
      'triggers',
      (root) => writeFileSync(join(root, 'DEBIAN/triggers'), 'interest /usr\n'),
      /the control member triggers is there unasked/,
    ],
    ['a version', control(/^Version: .*$/m, 'Version: 1.0-1+deb12'), /Version is "1\.0-1\+deb12" instead of "1\.0~rc1/],
    ['a name', control(/^Package: .*$/m, 'Package: smaller'), /Package is "smaller"/],
    ['an architecture', control(/^Architecture: .*$/m, 'Architecture: all'), /Architecture is "all"/],
    ['a maintainer', control(/^Maintainer: .*$/m, 'Maintainer: x <x@y>'), /Maintainer is "x <x@y>"/],
    ['a description', control(/^Description: .*$/m, 'Description: Big'), /Description is "Big" instead of "Small \$/],
    ['a line of it more', control(/^Description: .*$/m, '$&\n and more'), /Description is "Small .*\\nand more"/],
    ['no description', control(/^Description: .*\n/m, ''), /Description is undefined instead of "Small/],
    ['a homepage', control(/^Section: /m, 'Homepage: x:\n$&'), /Homepage is "x:" instead of ""/],
    ['a section', control(/^Section: .*$/m, 'Section: net'), /Section is "net" instead of "python"/],
    ['no section', control(/^Section: .*\n/m, ''), /Section is undefined instead of "python"/],
    ['a priority', control(/^Priority: .*$/m, 'Priority: required'), /Priority is "required" instead of "optional"/],
    ['a vendor', control(/^Section: /m, 'Vendor: x\n$&'), /Vendor is "x" instead of ""/],
    ['a license', control(/^Section: /m, 'License: x\n$&'), /License is "x" instead of ""/],
    ...['Provides', 'Conflicts', 'Replaces', 'Recommends'].map((field): (typeof changes)[number] => [
      `the field ${field}`,
      control(/^Section: /m, `${field}: x\n$&`),
      new RegExp(`the relation ${field.toLowerCase()} x is there unasked`),
    ]),
    ...['Pre-Depends', 'Breaks', 'Essential', 'X-Own'].map((field): (typeof changes)[number] => [
      `the field ${field}`,
      control(/^Section: /m, `${field}: ${field === 'Essential' ? 'yes' : 'x'}\n$&`),
      new RegExp(`the control field ${field} is there unasked`),
    ]),
    ['a dependency less', control(/python3\.11, /, ''), /the dependency python3\.11 is missing/],
    ['no dependencies', control(/^Depends: .*\n/m, ''), /the dependency libc6 \(>= 2\.36\) is missing/],
    ['a dependency more', control(/python3\.11/, 'python3.11, x'), /the dependency x is there unasked/],
  ]
  it.each(changes)('finds %s', async (_name, change, message) => {
    await expect(verify(changed(change))).rejects.toThrow(message)
  })

  it('wants the scripts of the package with their texts, and lets fpm have those of its options', async () => {
    const found = { ...good.found, scripts: { ...good.found.scripts, postinstall: '#!/bin/sh\n' } }
    const check = (deb: string, asked = NO_ADDITIONS) =>
      verifyPackage(deb, found, asked, testPorts(), testLog(scratch()))
    const write = (script: string, text: string) => (root: string) =>
      writeFileSync(join(root, 'DEBIAN', script), text, { mode: 0o755 })
    const right = write('postinst', '#!/bin/sh\n')
    await expect(check(changed(right))).resolves.toMatchObject({ files: 3 })
    await expect(check(changed(() => undefined))).rejects.toThrow(/the script postinstall is missing/)
    const less = changed((root) => rmSync(join(root, 'DEBIAN/prerm')))
    await expect(verify(less)).rejects.toThrow(/the script preremove is missing/)
    const other = changed(write('postinst', '#!/bin/sh\nreboot\n'))
    await expect(check(other)).rejects.toThrow(/the script postinstall has another text/)
    await expect(check(other, { ...NO_ADDITIONS, templated: true })).resolves.toMatchObject({ files: 3 })
    const more = changed((root) => {
      right(root)
      write('preinst', '#!/bin/sh\nldconfig\n')(root)
    })
    await expect(check(more)).rejects.toThrow(/the script preinstall is there unasked/)
    await expect(check(more, { ...NO_ADDITIONS, members: ['preinst'] })).resolves.toMatchObject({ files: 3 })
  })

  it('wants the fields that were asked for, and their values where fpm spells them as they are given', async () => {
    const asked = { ...NO_ADDITIONS, fields: { Section: 'net', Priority: 'extra', Provides: 'a_b', 'X-Own': 'y' } }
    const check = (change: (root: string) => void) =>
      verifyPackage(changed(change), good.found, asked, testPorts(), testLog(scratch()))
    const right = 'Section: net\nPriority: extra\nProvides: a-b\nX-Own: y'
    const write = (text: string) => control(/^Section: .*\nPriority: .*$/m, text)
    await expect(check(write(right))).resolves.toMatchObject({ files: 3 })
    await expect(check(write(right.replace('net', 'python')))).rejects.toThrow(/Section is "python" instead of "net"/)
    await expect(check(write(right.replace(/X-Own.*/, 'Suggests: x')))).rejects.toThrow(
      /the control field X-Own is missing\n +the control field Suggests is there unasked/,
    )
  })

  it('finds another owner', async (context) => {
    need(context, process.getuid?.() === 0, 'root')
    const deb = changed((root) => chownSync(join(root, run), 1000, 1000), [])
    await expect(verify(deb)).rejects.toThrow(/\/opt\/small\/bin\/run belongs to 1000:1000, not to root/)
  })

  it('shows ten differences at most and counts the rest', async () => {
    const many = (root: string) => {
      for (let n = 0; n < 25; n++) writeFileSync(join(root, 'opt/small/bin', `more${n}`), '')
    }
    await expect(verify(changed(many))).rejects.toThrow(/… and 15 more/)
  })

  it('refuses what is no package, with the words of dpkg-deb', async () => {
    const file = join(scratch(), 'x.deb')
    writeFileSync(file, 'nothing')
    await expect(verify(file)).rejects.toThrow(/dpkg-deb failed with exit code 2/)
  })

  it('refuses a package that is cut off', async () => {
    const deb = join(scratch(), 'x.deb')
    const bytes = readFileSync(good.deb)
    writeFileSync(deb, bytes.subarray(0, bytes.length - 200))
    await expect(verify(deb)).rejects.toThrow()
  })
})

describe('parseControl', () => {
  it('reads fields and joins continued lines', () => {
    expect(parseControl('Package: x\nDescription: one\n two\n .\n three\nEmpty:\n')).toEqual({
      Package: 'x',
      Description: 'one\ntwo\n.\nthree',
      Empty: '',
    })
  })

  it('reads back any fields', () => {
    const name = fc.stringMatching(/^[A-Z][A-Za-z-]{0,10}$/)
    const value = fc.stringMatching(/^[!-~]{0,20}$/)
    fc.assert(
      fc.property(fc.dictionary(name, value), (fields) => {
        const text = Object.entries(fields).map(([key, word]) => `${key}: ${word}\n`)
        expect(parseControl(text.join(''))).toEqual({ ...fields })
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof parseControl(text)).toBe('object')
      }),
    )
  })
})
