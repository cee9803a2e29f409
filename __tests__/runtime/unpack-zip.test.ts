import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unpackZip } from '../../src/runtime/unpack-zip.js'
import { scratch, sharedScratch } from '../support/scratch.js'
import { type ZipEntry, zipOf } from '../support/zip.js'

const folders = sharedScratch()
let count = 0

const LIMITS = { maxEntries: 5, maxBytes: 10_000 }

async function unpacked(archive: Buffer, limits = LIMITS): Promise<string> {
  const folder = scratch()
  writeFileSync(join(folder, 'archive.zip'), archive)
  await unpackZip(join(folder, 'archive.zip'), join(folder, 'deep', 'er'), limits)
  return join(folder, 'deep', 'er')
}

/** What lies outside of the folder that was unpacked into. */
function strays(folder: string): string[] {
  const root = dirname(dirname(folder))
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return all.filter((path) => path !== 'archive.zip' && path !== 'deep' && !`${path}/`.startsWith('deep/er/'))
}

describe('unpackZip', () => {
  it('writes files into their folders, and no folder for itself', async () => {
    const folder = await unpacked(
      zipOf([
        { name: 'plan.json', content: '{}' },
        { name: 'a-1-debian12-amd64/', content: '' },
        { name: 'a-1-debian12-amd64/x_1~rc1.deb', content: Buffer.alloc(5000, 7) },
      ]),
    )
    expect(readFileSync(join(folder, 'plan.json'), 'utf8')).toBe('{}')
    expect(readFileSync(join(folder, 'a-1-debian12-amd64/x_1~rc1.deb'))).toEqual(Buffer.alloc(5000, 7))
  })

  it.each<[string, string]>([
    ['climbs out', '../evil'],
    ['climbs out from inside', 'a/../../evil'],
    ['is absolute', '/tmp/evil'],
    ['has backslashes', 'a\\..\\evil'],
    ['has a drive', 'C:\\evil'],
    ['hides', '.profile'],
    ['lies deeper than anything of ours', 'a/b/c/d'],
    ['has a control character', 'a\u0000b'],
    ['has a line end', 'a\nb'],
    ['is empty inside', 'a//b'],
  ])('refuses a name that %s', async (_, name) => {
    const folder = scratch()
    writeFileSync(join(folder, 'archive.zip'), zipOf([{ name, content: 'evil' }]))
    await expect(unpackZip(join(folder, 'archive.zip'), join(folder, 'deep', 'er'), LIMITS)).rejects.toThrow()
    expect(strays(join(folder, 'deep', 'er'))).toEqual([])
  })

  it('makes no link of what says it is one, and no program', async () => {
    const folder = await unpacked(
      zipOf([
        { name: 'link', content: '/etc/passwd', mode: 0o120777 },
        { name: 'program', content: 'x', mode: 0o104755 },
      ]),
    )
    expect(readFileSync(join(folder, 'link'), 'utf8')).toBe('/etc/passwd')
    expect(statSync(join(folder, 'program')).mode & 0o7111).toBe(0)
  })

  it.each<[string, readonly ZipEntry[], RegExp]>([
    [
      'more bytes',
      [
        { name: 'a', content: Buffer.alloc(6000) },
        { name: 'b', content: Buffer.alloc(6000) },
      ],
      /10000 bytes/,
    ],
    ['more files', Array.from({ length: 6 }, (_, index) => ({ name: `a${index}`, content: '' })), /6 files, and 5/],
    [
      'a file with more bytes than it says',
      [{ name: 'a', content: Buffer.alloc(9_000_000), told: 100 }],
      /too many bytes/,
    ],
    ['a file with fewer bytes than it says', [{ name: 'a', content: 'x', told: 100 }], /not enough bytes/],
    [
      'a name twice',
      [
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ],
      /EEXIST/,
    ],
    [
      'a file in the place of a folder',
      [
        { name: 'a', content: '1' },
        { name: 'a/b', content: '2' },
      ],
      /EEXIST|ENOTDIR/,
    ],
  ])('refuses %s', async (_, entries, message) => {
    await expect(unpacked(zipOf(entries))).rejects.toThrow(message)
  })

  it('refuses what is no archive', async () => {
    await expect(unpacked(Buffer.from('<html>'))).rejects.toThrow(/end of central directory/i)
    await expect(unpacked(zipOf([{ name: 'a', content: 'hello' }]).subarray(4))).rejects.toThrow()
  })

  it('writes nothing outside of its folder, whatever the archive says', async () => {
    const word = fc.constantFrom('..', '.', '/', '\\', 'a', 'b.deb', '~', '\u0000', 'ä', 'C:', ' ')
    const name = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(''))
    const entry = fc.record({ name, content: fc.string({ maxLength: 20 }), mode: fc.nat(0xffff) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 4 }),
        fc.array(fc.nat(255), { maxLength: 3 }),
        async (entries, noise) => {
          const root = join(folders, String(++count))
          mkdirSync(root)
          const archive = zipOf(entries)
          for (const [index, byte] of noise.entries()) archive[(index * 7919 + byte * 31) % archive.length] = byte
          writeFileSync(join(root, 'archive.zip'), archive)
          const folder = join(root, 'deep', 'er')
          await unpackZip(join(root, 'archive.zip'), folder, LIMITS).catch(() => undefined)
          expect(strays(folder)).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })
})
