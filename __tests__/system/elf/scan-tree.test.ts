import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findLibrary, libraryFolders, spellings } from '../../../src/system/elf/loader.js'
import { scanTree } from '../../../src/system/elf/scan-tree.js'
import { type ElfParts, makeElf } from '../../support/make-elf.js'
import { scratch, writeFiles } from '../../support/scratch.js'

const SITE = 'lib/python3.11/site-packages'
const AT = '/opt/x'

function tree(elfs: Readonly<Record<string, ElfParts>>, files: Readonly<Record<string, string>> = {}): string {
  const folder = scratch()
  writeFiles(folder, files)
  for (const [path, parts] of Object.entries(elfs)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), makeElf(parts))
  }
  return folder
}

const scan = (folder: string) => scanTree({ folder, installPath: AT }, 'amd64')
const wanted = (elfs: Readonly<Record<string, ElfParts>>, files?: Readonly<Record<string, string>>) =>
  scan(tree(elfs, files)).needs.map(({ library }) => library)

describe('scanTree', () => {
  it('gathers what compiled files need, with the distribution that RECORD names', () => {
    const { needs } = scan(
      tree(
        {
          [`${SITE}/_a.so`]: {
            ...{ needed: ['libpq.so.5', 'libc.so.6'], versions: { 'libc.so.6': ['GLIBC_2.4', 'GLIBC_2.34'] } },
            symbols: ['PQconnect', 'open@GLIBC_2.34'],
          },
          'bin/tool': { needed: ['libc.so.6'], versions: { 'libc.so.6': ['GLIBC_2.17'] } },
        },
        {
          [`${SITE}/psycopg2-2.9.9.dist-info/RECORD`]: '_a.so,sha256=x,1\n',
          [`${SITE}/my_tool-1.0.dist-info/RECORD`]: '"../../../bin/tool",,\r\nmy_tool-1.0.dist-info/RECORD,,\r\n',
        },
      ),
    )
    expect(needs).toMatchObject([
      { library: 'libc.so.6', versions: ['GLIBC_2.17', 'GLIBC_2.34', 'GLIBC_2.4'] },
      { library: 'libpq.so.5', versions: [] },
    ])
    expect([...(needs[0]?.symbols ?? [])]).toEqual(['PQconnect@Base', 'open@GLIBC_2.34'])
    expect([...(needs[1]?.symbols ?? [])]).toEqual(['PQconnect@Base'])
    const files = needs.map(({ neededBy }) => neededBy.map(({ path, distribution }) => `${distribution}: ${path}`))
    expect(files).toEqual([
      ['my-tool 1.0: bin/tool', `psycopg2 2.9.9: ${SITE}/_a.so`],
      [`psycopg2 2.9.9: ${SITE}/_a.so`],
    ])
  })

  it.each<[string, ElfParts]>([
    ['RPATH', { rpath: '$ORIGIN/../x.libs' }],
    ['RUNPATH', { runpath: ['/nowhere:$', '{ORIGIN}/../x.libs/'].join('') }],
    ['the absolute path', { runpath: `${AT}/${SITE}/x.libs` }],
  ])('leaves out what a wheel bundles, by %s', (_what, parts) => {
    const bundled = { [`${SITE}/x.libs/libssl-1a2b.so.3`]: { soname: 'libssl-1a2b.so.3', needed: ['libc.so.6'] } }
    expect(wanted({ [`${SITE}/x/_x.so`]: { ...parts, needed: ['libssl-1a2b.so.3'] }, ...bundled })).toEqual([
      'libc.so.6',
    ])
  })

  it('asks the system where the path leads out of the tree, past it, or RUNPATH takes its place', () => {
    const bundled = { [`${SITE}/x.libs/libq.so.1`]: {} }
    const at = (parts: ElfParts) => wanted({ [`${SITE}/x/_x.so`]: { ...parts, needed: ['libq.so.1'] }, ...bundled })
    expect(at({})).toEqual(['libq.so.1'])
    expect(at({ rpath: '$ORIGIN/../../../../../../../x.libs' })).toEqual(['libq.so.1'])
    expect(at({ rpath: 'x.libs:$ORIGIN/../y.libs' })).toEqual(['libq.so.1'])
    expect(at({ rpath: '$ORIGIN/../x.libs', runpath: '/usr/lib' })).toEqual(['libq.so.1'])
    expect(at({ rpath: '/opt/xx' })).toEqual(['libq.so.1'])
    // As long as the install path, and another folder.
    expect(at({ rpath: `/opt/z/${SITE}/x.libs` })).toEqual(['libq.so.1'])
  })

  it('leaves out what the same distribution has, whichever folder it loads it from', () => {
    const elfs = {
      [`${SITE}/a/_a.so`]: { needed: ['libown.so.1'] },
      [`${SITE}/a/deep/own.so`]: { soname: 'libown.so.1' },
      [`${SITE}/b/_b.so`]: { needed: ['libown.so.1'] },
    }
    const record = (...names: string[]) => names.map((name) => `${name},,\n`).join('')
    const files = {
      [`${SITE}/a-1.dist-info/RECORD`]: record('a/_a.so', 'a/deep/own.so'),
      [`${SITE}/b-1.dist-info/RECORD`]: record('b/_b.so'),
    }
    const { needs, bundled } = scan(tree(elfs, files))
    expect(needs.map(({ neededBy }) => neededBy.map(({ path }) => path))).toEqual([[`${SITE}/b/_b.so`]])
    expect(bundled.get('libown.so.1')?.distribution).toBe('a 1')
  })

  it('tells of folders of the system that a file wants to be looked into first', () => {
    const { needs } = scan(tree({ 'a.so': { needed: ['libq.so.1'], runpath: `/usr/lib/q:$ORIGIN:$LIB:rel:${AT}/b` } }))
    expect(needs[0]?.folders).toEqual(['/usr/lib/q'])
  })

  it('leaves files of other processors and broken ones alone, and says so', () => {
    const folder = tree({
      'arm.so': { machine: 183, needed: ['a'] },
      'old.so': { bits: 32, machine: 3, needed: ['b'] },
    })
    writeFileSync(join(folder, 'broken.so'), makeElf({ needed: ['c'] }).subarray(0, 100))
    const { needs, notes } = scan(folder)
    expect(needs).toEqual([])
    expect(notes).toEqual([
      'arm.so is for another processor: what it needs is not looked for',
      expect.stringMatching(/^broken\.so begins like an ELF file and can't be read as one: \d+ bytes at/),
      'old.so is for another processor: what it needs is not looked for',
    ])
  })

  it('follows no link', () => {
    const folder = tree({})
    symlinkSync(process.execPath, join(folder, 'python'))
    symlinkSync('/nowhere', join(folder, 'lib.so'))
    expect(scan(folder)).toMatchObject({ needs: [], notes: [] })
  })
})

describe('the loader', () => {
  const PATHS = {
    'etc/ld.so.conf': '# words\ninclude ld.so.conf.d/*.conf\n/last/ # words\n',
    'etc/ld.so.conf.d/b.conf': '/b\nrelative\n',
    'etc/ld.so.conf.d/a.conf': '/a\n',
    'etc/ld.so.conf.d/c.txt': '/c\n',
  }

  it('looks into the folders of its configuration, and then into the usual ones', () => {
    const root = scratch()
    writeFiles(root, PATHS)
    const usual = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/lib64', '/lib', '/usr/lib']
    expect(libraryFolders('amd64', root)).toEqual(['/a', '/b', '/last', ...usual])
    expect(libraryFolders('arm64', root)).toContain('/lib/aarch64-linux-gnu')
  })

  it('ends on configurations that include each other', () => {
    const root = scratch()
    writeFiles(root, { 'etc/ld.so.conf': '/a\ninclude ld.so.conf\n' })
    expect(libraryFolders('amd64', root)[0]).toBe('/a')
  })

  it('of musl has its own folders', () => {
    const root = scratch()
    writeFiles(root, { 'lib/ld-musl-x86_64.so.1': '' })
    expect(libraryFolders('amd64', root)).toEqual(['/lib', '/usr/local/lib', '/usr/lib'])
    writeFiles(root, { 'etc/ld-musl-x86_64.path': '/a:/b\n/c\n' })
    expect(libraryFolders('amd64', root)).toEqual(['/a', '/b', '/c'])
  })

  it('takes the first library that is for the processor', () => {
    const root = scratch()
    writeFiles(root, { 'text/libq.so.1': 'INPUT(x)' })
    for (const [folder, machine] of [
      ['arm', 183],
      ['amd', 62],
      ['later', 62],
    ] as const) {
      mkdirSync(join(root, folder))
      writeFileSync(join(root, folder, 'libq.so.1'), makeElf({ machine }))
    }
    const folders = ['/none', '/text', '/arm', '/amd', '/later']
    expect(findLibrary('libq.so.1', folders, 'amd64', root)).toBe('/amd/libq.so.1')
    expect(findLibrary('libq.so.1', folders, 'arm64', root)).toBe('/arm/libq.so.1')
    expect(findLibrary('/later/libq.so.1', [], 'amd64', root)).toBe('/later/libq.so.1')
    expect(findLibrary('libz.so.1', folders, 'amd64', root)).toBeUndefined()
  })

  it('knows files by all their names', () => {
    const root = scratch()
    writeFiles(root, { 'usr/lib/libq.so.1.2': '' })
    symlinkSync('usr/lib', join(root, 'lib'))
    symlinkSync('libq.so.1.2', join(root, 'usr/lib/libq.so.1'))
    expect(spellings('/lib/libq.so.1', root).sort()).toEqual([
      '/lib/libq.so.1',
      '/lib/libq.so.1.2',
      '/usr/lib/libq.so.1',
      '/usr/lib/libq.so.1.2',
    ])
  })
})
