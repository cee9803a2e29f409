import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import { readDebEvidence } from '../../src/package/deb-evidence.js'
import type { Exec } from '../../src/runtime/exec.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

const PLACE = 'opt/small/share/giftwrap'
const MANY = { file: 1000, archive: 1e6, folders: 4, seconds: 60 }

const MEBIBYTE = 1024 * 1024
const CHUNK = 64 * 1024

/** A member of a tar archive: header and content. */
function member(name: string, type: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  const zeros = '0'.repeat(11)
  header.write(name, 0)
  header.write(`0000644\0${'0000000\0'.repeat(2)}${size.toString(8).padStart(11, '0')}\0${zeros}\0        ${type}`, 100)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, Buffer.alloc(size, 'x'), Buffer.alloc(-size & 511)])
}

/** What unpacks a package to these members, chunk by chunk as they are asked for. */
function tarOf(members: readonly Buffer[], taken: number[] = []): Exec {
  const bytes = Buffer.concat([...members, Buffer.alloc(1024)])
  function* chunks() {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      taken.push(at)
      yield bytes.subarray(at, at + CHUNK)
    }
  }
  return { ...testPorts().exec, stream: (_, consume) => consume(Readable.from(chunks(), { highWaterMark: 1 })) }
}

/** A real deb of these files, and a link. */
function deb(files: Readonly<Record<string, string>>, link?: string): string {
  const folder = join(scratch(), 'tree')
  const control = 'Package: small\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.invalid>\nDescription: x\n'
  writeFiles(folder, { 'DEBIAN/control': control, ...files })
  if (link !== undefined) symlinkSync('/etc/passwd', join(folder, link))
  const file = join(folder, '..', 'small.deb')
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', folder, file], { stdio: 'ignore' })
  return file
}

const read = (file: string, limits?: typeof MANY) => readDebEvidence(file, testPorts().exec, limits)

describe('readDebEvidence', () => {
  it('reads what giftwrap leaves in a package, and nothing else', async (context) => {
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    const files = { 'provenance.json': '{"é": 1}', 'lock.txt': 'lock', 'build-lock.txt': 'build' }
    const placed = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${PLACE}/${name}`, text]))
    expect(await read(deb({ ...placed, [`${PLACE}/other.txt`]: 'x', 'lock.txt': 'y' }))).toEqual(files)
  })

  it('takes the folder nearest to the root: dependencies may ship one of that name', async (context) => {
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    const inner = 'opt/small/lib/a/share/giftwrap'
    const file = deb({
      ...{ [`${inner}/provenance.json`]: 'inner', [`${inner}/lock.txt`]: 'inner' },
      ...{ 'a/share/giftwrap/lock.txt': 'without a mark', [`${PLACE}/provenance.json`]: 'ours' },
    })
    expect(await read(file)).toEqual({ 'provenance.json': 'ours' })
  })

  it('follows no link', async (context) => {
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    const file = deb({ [`${PLACE}/provenance.json`]: 'ours' }, `${PLACE}/lock.txt`)
    expect(await read(file)).toEqual({ 'provenance.json': 'ours' })
  })

  it.for<[string, Record<string, string>, typeof MANY, RegExp]>([
    ['no evidence', { 'usr/a': '' }, MANY, /is no package of giftwrap: it has no share\/giftwrap\/provenance\.json/],
    [
      'a file that is too long',
      { [`${PLACE}/lock.txt`]: 'x'.repeat(1001) },
      MANY,
      /lock\.txt has more than 1000 bytes/,
    ],
    ['too much in it', { 'usr/a': 'x'.repeat(20_000) }, { ...MANY, archive: 9999 }, /more than 9999 bytes/],
    [
      'too many folders',
      Object.fromEntries('abcde'.split('').map((name) => [`${name}/share/giftwrap/lock.txt`, ''])),
      MANY,
      /too many folders/,
    ],
  ])('refuses a package with %s', async ([_name, files, limits, message], context) => {
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    const file = deb(files)
    await expect(read(file, limits)).rejects.toThrow(InputError)
    await expect(read(file, limits)).rejects.toThrow(message)
  })

  it('refuses headers that never end before they fill the memory', async () => {
    const ours = member(`${PLACE}/provenance.json`, '0', 4)
    expect(await readDebEvidence('x.deb', tarOf([ours]))).toEqual({ 'provenance.json': 'xxxx' })
    const taken: number[] = []
    const read = readDebEvidence('x.deb', tarOf([member('x', 'x', 64 * MEBIBYTE), ours], taken))
    await expect(read).rejects.toThrow(
      new InputError({ message: "x.deb can't be read as a package: Header exceeds max size." }),
    )
    expect(taken.length * CHUNK).toBeLessThan(8 * MEBIBYTE)
  })

  it('reads any bytes, or says what is wrong', async () => {
    const ours = member(`${PLACE}/provenance.json`, '0', 4)
    const part = fc.oneof(fc.constant(ours), fc.constant(ours.subarray(0, 700)), fc.uint8Array({ maxLength: 600 }))
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
        try {
          const evidence = await readDebEvidence('x.deb', tarOf(parts.map((one) => Buffer.from(one))))
          expect(evidence['provenance.json']).toBeTypeOf('string')
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
    )
  })

  it("tells what dpkg-deb says of what it can't read", async (context) => {
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    const file = join(scratch(), '-x.deb')
    writeFileSync(file, 'no package')
    await expect(read(file)).rejects.toThrow(ToolError)
    await expect(read(file)).rejects.toThrow(/dpkg-deb: error: /)
  })
})
