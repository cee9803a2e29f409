import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { formatPackage } from '../../src/package/formatted.js'
import { makePackage } from '../../src/package/make-package.js'
import { parseInstall, parsePkginfo, readApk } from '../../src/package/read-archive.js'
import { readRpm } from '../../src/package/read-rpm.js'
import { HEADER_START, headerLength, readHeader } from '../../src/package/rpm-header.js'
import { verifyPackage } from '../../src/package/verify.js'
import { NO_ADDITIONS } from '../../src/tools/fpm-options.js'
import { fetchTools } from '../support/build-scene.js'
import { scratch, sharedScratch } from '../support/scratch.js'
import { fullModel } from '../support/small-package.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

const folder = sharedScratch()
const model = fullModel(join(folder, 'tree'))
const good = { rpm: Buffer.alloc(0), start: 0, end: 0 }

beforeAll(async () => {
  const by = { name: 'nfpm', path: (await fetchTools()).nfpm } as const
  const made = await makePackage(model, 'rpm', by, { folder, work: folder }, testPorts(), testLog(folder))
  good.rpm = readFileSync(made.partial)
  good.start = 96 + Math.ceil(headerLength(good.rpm.subarray(96)) / 8) * 8
  good.end = good.start + headerLength(good.rpm.subarray(good.start))
})

/** The good rpm with some of its bytes changed, as a file. */
function changed(change: (bytes: Buffer) => Buffer | undefined): string {
  const bytes = Buffer.from(good.rpm)
  const file = join(scratch(), 'x.rpm')
  writeFileSync(file, change(bytes) ?? bytes)
  return file
}

const verify = (file: string, change: Partial<typeof model> = {}) =>
  verifyPackage(file, formatPackage({ ...model, ...change }, 'rpm'), NO_ADDITIONS, testPorts(), testLog(scratch()))

/** Replaces a text of the header by another of its length. */
function text(from: string, to: string): (bytes: Buffer) => undefined {
  return (bytes) => {
    const at = bytes.indexOf(from, good.start)
    if (at < 0 || at > good.end || to.length !== from.length) throw new Error(`${from} is not in the header`)
    bytes.write(to, at)
  }
}

describe('verifyPackage of an rpm', () => {
  it('is content with the package', async () => {
    await expect(verify(changed(() => undefined))).resolves.toMatchObject({ files: 9, fields: { Name: 'small' } })
  })

  it.each([
    ['a name', text('small\0', 'smell\0'), /Name is "smell" instead of "small"/],
    ['a license', text('Apache-2.0', 'Apache-3.0'), /License is "Apache-3\.0"/],
    ['a requirement', text('python(abi)', 'python(abj)'), /python\(abi\) = 3\.11 is missing/],
    ['a script', text('before install: $*', 'before install: $#'), /the script preinstall has another text/],
    ['an owner', text('root\0', 'toor\0'), /belongs to toor/],
    ['a link', text('/opt/acme/small/bin/run\0', '/opt/acme/small/bin/rum\0'), /\/usr\/bin\/run links to .*rum/],
    ['a path', text('other\0', 'othir\0'), /\/etc\/other is missing/],
    ['its host', text('reproducible', 'irreproducib'), /Build Host is "irreproducib"/],
  ] as const)('finds %s', async (_what, change, message) => {
    await expect(verify(changed(change))).rejects.toThrow(message)
  })

  it('finds a payload that is not the one of the header', async () => {
    const last = changed((bytes) => {
      bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
      return undefined
    })
    await expect(verify(last)).rejects.toThrow(/payload has the SHA-256/)
    await expect(verify(changed((bytes) => bytes.subarray(0, -1)))).rejects.toThrow(/payload has the SHA-256/)
  })

  it.each([
    ['config files', { configFiles: [] }, /config file \/opt\/acme\/small\/etc\/a\.conf is there unasked/],
    ['an epoch', { epoch: undefined }, /Epoch is "2" instead of undefined/],
    ['a release', { iteration: 4 }, /Release is "3\.deb12" instead of "4\.deb12"/],
    ['a script', { scripts: {} }, /the script preinstall has another text/],
    ['a directory', { tree: { ...model.tree, installPath: '/opt/small' } }, /\/opt\/small is missing/],
  ])('finds that %s was not asked for', async (_what, change, message) => {
    await expect(
      verify(
        changed(() => undefined),
        change,
      ),
    ).rejects.toThrow(message)
  })

  it('refuses what is no rpm, and what is cut off', async () => {
    for (const length of [0, 50, 96, 100, 500, good.start + 8, good.end - 1]) {
      await expect(verify(changed((bytes) => bytes.subarray(0, length)))).rejects.toThrow(ToolError)
    }
    await expect(verify(changed((bytes) => bytes.fill(0)))).rejects.toThrow(/no rpm that can be read/)
  })
})

describe('readHeader', () => {
  it('reads or refuses any bytes, with whatever counts and places in them', () => {
    const header = good.rpm.subarray(good.start, good.end)
    const place = fc.integer({ min: 0, max: header.length - 1 })
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 30 }), (changes) => {
        const bytes = Buffer.from(header)
        for (const [at, value] of changes) bytes[at] = value
        try {
          const read = readHeader(bytes)
          for (const tag of ['name', 'baseNames', 'dirNames', 'requireName', 'preIn'] as const) {
            for (const one of read.texts(tag)) expect(typeof one).toBe('string')
          }
          for (const tag of ['fileModes', 'dirIndexes', 'epoch'] as const) {
            for (const one of read.numbers(tag)) expect(one).toBeGreaterThanOrEqual(0)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError)
        }
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const start = Buffer.from([0x8e, 0xad, 0xe8, 1, ...bytes])
        try {
          expect(headerLength(start)).toBeGreaterThanOrEqual(HEADER_START)
          readHeader(start)
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError)
        }
      }),
    )
  })

  it('takes no header that is larger than any', () => {
    const start = Buffer.alloc(16)
    start.writeUInt32BE(0x8eade801)
    start.writeUInt32BE(1 << 17, 8)
    expect(() => headerLength(start)).toThrow(/too large/)
    start.writeUInt32BE(1, 8)
    start.writeUInt32BE(1 << 28, 12)
    expect(() => headerLength(start)).toThrow(/too large/)
  })

  it('names the file once it is an rpm that has lost something', async () => {
    await expect(readRpm(changed(text('/opt/', '/\0\0\0/')))).resolves.toBeDefined()
  })
})

describe('parsePkginfo', () => {
  it('reads fields, lists and lines that go on', () => {
    const { fields, lists } = parsePkginfo(
      '# x\npkgname = a\npkgdesc = one\n  two\ndepend = b\ndepend = c>=1 = 2\nbad\n',
    )
    expect(fields).toEqual({ pkgname: 'a', pkgdesc: 'one\ntwo' })
    expect(lists.get('depend')).toEqual(['b', 'c>=1 = 2'])
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (any) => typeof parsePkginfo(any).fields === 'object'))
    fc.assert(fc.property(fc.string(), (any) => typeof parseInstall(any) === 'object'))
  })
})

describe('parseInstall', () => {
  it('reads the functions, whatever is in them', () => {
    const scripts = { preinstall: 'a() {\n  b\n}\n\nfunction c() { :; }\n', postupgrade: 'x\n' }
    const file = Object.entries({ pre_install: scripts.preinstall, post_upgrade: scripts.postupgrade })
      .map(([name, script]) => `function ${name}() {\n${script}\n}\n\n`)
      .join('')
    expect(parseInstall(file)).toEqual(scripts)
  })
})

describe('readApk', () => {
  it('refuses what is none', async () => {
    const file = join(scratch(), 'x.apk')
    for (const bytes of [Buffer.from('no gzip'), gzipSync('no tar'.repeat(200)), gzipSync('x').subarray(0, 10)]) {
      writeFileSync(file, bytes)
      await expect(readApk(file)).rejects.toThrow()
    }
    await expect(readApk(`${file}.not`)).rejects.toThrow(/ENOENT/)
  })
})
