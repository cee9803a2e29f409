import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { sha256File } from '../../src/runtime/files.js'
import { checkout } from '../../src/source/checkout.js'
import { pinPath } from '../../src/source/path.js'
import { checkoutSdist, pinSdist } from '../../src/source/sdist.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { portsWithCache, testPorts } from '../support/test-ports.js'

const ports = testPorts()

async function pathSource(files: Readonly<Record<string, string>>, subdirectory?: string, link?: [string, string]) {
  const folder = scratch()
  writeFiles(folder, files)
  if (link !== undefined) symlinkSync(link[0], join(folder, link[1]))
  const pin = await pinPath(folder, [], {}, ports.exec)
  const work = scratch()
  return checkout({ pin, subdirectory, project: 'hello' }, join(work, 'source'), ports, testLog(work))
}

describe('checkout', () => {
  it('gives the folder of the project and the date of its source', async () => {
    const { folder, date } = await pathSource({ 'api/setup.py': '' }, 'api')
    expect(existsSync(join(folder, 'setup.py'))).toBe(true)
    expect(Math.abs(date - Date.now() / 1000)).toBeLessThan(60)
  })

  it('follows a subdirectory that is a link within the source', async () => {
    const { folder } = await pathSource({ 'api/pyproject.toml': '' }, 'link', ['api', 'link'])
    expect(existsSync(join(folder, 'pyproject.toml'))).toBe(true)
  })

  it.each([
    ['that is not there', 'api', undefined],
    ['that is a link out of it', 'link', ['/usr', 'link']],
    ['that is a link to it', 'link', ['.', 'link']],
    ['that leads out of it', '..', undefined],
  ] as const)('refuses a subdirectory %s', async (_name, subdirectory, link) => {
    const made = pathSource({ 'setup.py': '' }, subdirectory, link === undefined ? undefined : [...link])
    await expect(made).rejects.toThrow(InputError)
    await expect(made).rejects.toThrow(/has no folder/)
  })

  it.each([
    [undefined, /hello: its source holds neither/],
    ['api', /hello: api of its source holds neither/],
  ])('refuses a folder of no Python project (%s)', async (subdirectory, message) => {
    await expect(pathSource({ 'api/README': '' }, subdirectory)).rejects.toThrow(message)
  })
})

describe('a release from the package index', () => {
  it('is fetched once, by pip, and unpacked with its date', async () => {
    const cache = scratch()
    const own = portsWithCache(cache)
    const pin = await pinSdist('six==1.16.0', own)
    expect(pin).toMatchObject({ kind: 'sdist', requirement: 'six==1.16.0', sha256: await sha256File(pin.file) })
    expect(pin.file).toMatch(/giftwrap-sdist\/six-1\.16\.0\/any\/six-1\.16\.0\.tar\.gz$/)
    // No index is there any more: the cache is enough.
    const offline = portsWithCache(cache, { PIP_INDEX_URL: 'http://127.0.0.1:2/simple', PIP_RETRIES: '0' })
    expect(await pinSdist('six==1.16.0', offline)).toEqual(pin)

    const work = scratch()
    const source = { pin, subdirectory: undefined, project: 'six' }
    const { folder, date } = await checkout(source, join(work, 'source'), own, testLog(work))
    expect(readFileSync(join(folder, 'PKG-INFO'), 'utf8')).toContain('Version: 1.16.0')
    expect(new Date(date * 1000).getUTCFullYear()).toBe(2021)
  })

  it.each([
    ['two top folders', ['one', 'two'], /no single top folder/],
    ['nothing in it', [], /no single top folder/],
  ])('is refused with %s', async (_name, tops, message) => {
    const folder = scratch()
    for (const top of tops) mkdirSync(join(folder, top))
    const file = join(folder, 'x.tar.gz')
    await ports.exec.run({
      argv: ['tar', '--create', '--gzip', '--file', file, '--directory', folder, '-T', '/dev/null', ...tops],
    })
    const pin = { kind: 'sdist' as const, requirement: 'x==1', sha256: '', file }
    const work = scratch()
    await expect(checkoutSdist(pin, join(work, 'source'), ports, testLog(work))).rejects.toThrow(message)
  })

  it('writes nothing outside, whatever names its archive has', async () => {
    const folder = scratch()
    writeFiles(folder, { 'top/setup.py': '', evil: 'evil' })
    const file = join(folder, 'x.tar.gz')
    const options = ['--create', '--gzip', '--absolute-names', '--file', file, '--directory', join(folder, 'top')]
    await ports.exec.run({ argv: ['tar', ...options, 'setup.py', '../evil'] })
    const work = join(scratch(), 'a', 'b')
    mkdirSync(work, { recursive: true })
    const pin = { kind: 'sdist' as const, requirement: 'x==1', sha256: '', file }
    await expect(checkoutSdist(pin, join(work, 'source'), ports, testLog(work))).rejects.toThrow()
    expect(existsSync(join(work, 'evil'))).toBe(false)
    expect(existsSync(join(work, '..', 'evil'))).toBe(false)
  })
})
