import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ByteSource, bytesOf, UnreadableElf, withFile } from '../../../src/system/elf/bytes.js'
import { readElf } from '../../../src/system/elf/read-elf.js'
import { type ElfParts, makeElf } from '../../support/make-elf.js'
import { hasTool, need } from '../../support/requirements.js'
import { scratch } from '../../support/scratch.js'

const read = (bytes: Buffer) => readElf(bytesOf(bytes))

/** What may be read of any bytes: a file, nothing, or the one error. */
function readOrRefuse(source: ByteSource): unknown {
  try {
    return readElf(source)
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableElf)
    return undefined
  }
}

const NAME = fc.stringMatching(/^[A-Za-z0-9_.+-]{1,40}$/)
const PARTS: fc.Arbitrary<ElfParts> = fc.record({
  bits: fc.constantFrom(32 as const, 64 as const),
  little: fc.boolean(),
  machine: fc.nat(0xffff),
  needed: fc.uniqueArray(NAME, { maxLength: 8 }),
  soname: NAME,
  rpath: NAME,
  runpath: NAME,
  versions: fc.dictionary(NAME, fc.uniqueArray(NAME, { minLength: 1, maxLength: 4 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  symbols: fc.uniqueArray(NAME, { maxLength: 8 }),
})

describe('readElf', () => {
  it('reads what a file says of itself, in both widths and byte orders', () => {
    for (const bits of [32, 64] as const) {
      for (const little of [true, false]) {
        const made = makeElf({
          ...{ bits, little, machine: 183, soname: 'libx.so.1', needed: ['libc.so.6', 'libpq.so.5'] },
          ...{ rpath: '/a:$ORIGIN/../b', runpath: '$ORIGIN', versions: { 'libc.so.6': ['GLIBC_2.34', 'GLIBC_2.4'] } },
          symbols: ['PQconnect', 'open@GLIBC_2.34'],
        })
        expect(read(made), `${bits} ${little}`).toEqual({
          ...{ bits, machine: 183, soname: 'libx.so.1', needed: ['libc.so.6', 'libpq.so.5'] },
          ...{ rpath: ['/a', '$ORIGIN/../b'], runpath: ['$ORIGIN'] },
          versions: [{ library: 'libc.so.6', versions: ['GLIBC_2.34', 'GLIBC_2.4'] }],
          symbols: [
            { name: 'PQconnect', version: undefined },
            { name: 'open', version: { library: 'libc.so.6', version: 'GLIBC_2.34' } },
          ],
        })
      }
    }
  })

  it('reads back whatever was written', () => {
    fc.assert(
      fc.property(PARTS, (parts) => {
        const elf = read(makeElf(parts))
        expect(elf).toMatchObject({ bits: parts.bits, machine: parts.machine, soname: parts.soname })
        expect(elf?.needed).toEqual(parts.needed)
        expect([elf?.rpath, elf?.runpath]).toEqual([[parts.rpath], [parts.runpath]])
        const versions = Object.fromEntries((elf?.versions ?? []).map((one) => [one.library, one.versions]))
        expect(versions).toEqual(parts.versions)
        expect(elf?.symbols.map(({ name }) => name)).toEqual(parts.symbols)
      }),
    )
  })

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a script', Buffer.from('#!/bin/sh\nexit 0\n')],
    ['the four bytes alone', Buffer.from('\x7fELF', 'latin1')],
  ])('knows that %s is none', (_what, bytes) => {
    expect(read(bytes)).toBeUndefined()
  })

  it.each<[string, (bytes: Buffer) => void, RegExp]>([
    ['of an unknown width', (bytes) => bytes.writeUInt8(7, 4), /unknown class/],
    ['of an unknown byte order', (bytes) => bytes.writeUInt8(0, 5), /unknown class/],
    ['with its segments outside', (bytes) => bytes.writeBigUInt64LE(1n << 63n, 32), /bytes at \d+ of a file/],
    ['with thousands of segments', (bytes) => bytes.writeUInt16LE(0xffff, 56), /65535 segments/],
    ['with segments that are too small', (bytes) => bytes.writeUInt16LE(8, 54), /2 segments of 8 bytes/],
    [
      'with an endless dynamic section',
      (bytes) => bytes.writeBigUInt64LE(1n << 40n, 64 + 56 + 32),
      /dynamic section of/,
    ],
    ['whose names lie at no address', (bytes) => bytes.writeBigUInt64LE(0n, 64 + 32), /no segment holds/],
  ])('refuses a file %s', (_what, damage, why) => {
    const bytes = makeElf({ needed: ['libc.so.6'] })
    damage(bytes)
    expect(() => read(bytes)).toThrow(UnreadableElf)
    expect(() => read(bytes)).toThrow(why)
  })

  it('refuses any file that was cut short', () => {
    const whole = makeElf({
      needed: ['libc.so.6'],
      versions: { 'libc.so.6': ['GLIBC_2.34'] },
      symbols: ['x@GLIBC_2.34'],
    })
    for (let length = 16; length < whole.length; length += 1) {
      expect(() => read(whole.subarray(0, length)), String(length)).toThrow(UnreadableElf)
    }
    expect(read(whole)?.needed).toEqual(['libc.so.6'])
  })

  it('ends on any bytes, and never reads outside of them', () => {
    const header = (bytes: Uint8Array) => Buffer.concat([Buffer.from('\x7fELF', 'latin1'), bytes])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        readOrRefuse(bytesOf(header(bytes)))
        readOrRefuse(bytesOf(Buffer.from(bytes)))
      }),
      { numRuns: 2000 },
    )
  })

  it('ends on any file of which some bytes are others', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) })
    fc.assert(
      fc.property(PARTS, fc.array(change, { minLength: 1, maxLength: 12 }), (parts, changes) => {
        const bytes = makeElf(parts)
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte
        let asked = 0
        readOrRefuse({
          size: bytes.length,
          read(offset, length) {
            asked += 1
            expect(asked).toBeLessThan(200_000)
            return bytesOf(bytes).read(offset, length)
          },
        })
      }),
      { numRuns: 3000 },
    )
  })

  it('does not go round in a chain of versions', () => {
    const bytes = makeElf({ needed: ['a'], versions: { a: ['V1', 'V2'] } })
    const clean = read(bytes)?.versions
    expect(clean).toEqual([{ library: 'a', versions: ['V1', 'V2'] }])
    // 65535 records are announced; the chain ends where it ends.
    const at = bytes.indexOf(Buffer.from([1, 0, 2, 0]), 200)
    bytes.writeUInt16LE(0xffff, at + 2)
    expect(read(bytes)?.versions).toEqual(clean)
  })
})

describe("this machine's own libraries and programs", () => {
  const FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/bin']
  const files = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(folder, entry.name)),
  )

  it('are all read', () => {
    const elfs = files.filter((file) => withFile(file, readElf) !== undefined)
    expect(elfs.length).toBeGreaterThan(50)
  })

  it('say what readelf says they do: libraries, folders, versions, undefined symbols', (context) => {
    need(context, hasTool('readelf'), 'readelf (binutils)')
    const elfs = files.flatMap((file) => {
      const elf = withFile(file, readElf)
      return elf === undefined || elf.needed.length === 0 ? [] : [{ file, elf }]
    })
    const sample = elfs.filter((_, index) => index % Math.ceil(elfs.length / 60) === 0)
    expect(sample.length).toBeGreaterThan(30)
    for (const { file, elf } of sample) {
      const said = (option: string) =>
        execFileSync('readelf', ['-W', option, file], { encoding: 'utf8', maxBuffer: 1 << 28 })
      const dynamic = said('--dynamic')
      const all = (name: string) =>
        [...dynamic.matchAll(new RegExp(`\\(${name}\\).*\\[(.*)\\]`, 'g'))].map(([, one]) => one)
      expect(elf.needed, file).toEqual(all('NEEDED'))
      expect(elf.soname, file).toBe(all('SONAME')[0])
      expect(elf.runpath.join(':'), file).toBe(all('RUNPATH').join(':'))
      const undefinedOnes = [...said('--dyn-syms').matchAll(/ UND (\S+?)(?:@(\S+))?(?: \(\d+\))?$/gm)]
      const expected = undefinedOnes.map(([, name, version]) => (version === undefined ? name : `${name}@${version}`))
      const found = elf.symbols.map(({ name, version }) =>
        version === undefined ? name : `${name}@${version.version}`,
      )
      expect(found.sort(), file).toEqual(expected.sort())
    }
  })

  it('are refused when they become shorter', () => {
    const [library = ''] = files.filter((file) => file.includes('libz.so'))
    const copy = join(scratch(), 'lib.so')
    withFile(realpathSync(library === '' ? process.execPath : library), (source) => {
      writeFileSync(copy, source.read(0, source.size))
    })
    truncateSync(copy, 500)
    expect(() => withFile(copy, readElf)).toThrow(UnreadableElf)
  })
})
