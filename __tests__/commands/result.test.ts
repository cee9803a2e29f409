import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packagesAreThere, type Result, readResult, writeResult } from '../../src/commands/result.js'
import { withWorkFolder } from '../../src/commands/work-folder.js'
import { sha256Text } from '../../src/runtime/files.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { portsWithCache } from '../support/test-ports.js'

const RESULT: Result = {
  version: 1,
  leg: 'x-1-debian12-amd64',
  status: 'ok',
  key: 'k',
  project: 'x',
  source: 'git 0',
  python: '3.11.2',
  packager: { name: 'nfpm', why: 'because' },
  packages: [{ file: 'x.deb', size: 3, sha256: sha256Text('deb'), fields: { Package: 'x' } }],
  keys: { 'x.deb': 'k' },
  timings: { lock: 0.5 },
  cache: { lock: 'made' },
  warnings: [],
}

describe('result.json', () => {
  it('is read back as it was written', async () => {
    const folder = scratch()
    expect(await writeResult(folder, RESULT)).toBe(join(folder, 'result.json'))
    expect(await readResult(folder)).toEqual(RESULT)
  })

  it.each([
    ['is not there', undefined],
    ['is no JSON', '{'],
    ['is of another version', JSON.stringify({ ...RESULT, version: 2 })],
    ['lacks something', JSON.stringify({ ...RESULT, packages: undefined })],
  ])('does not count when it %s', async (_name, text) => {
    const folder = scratch()
    if (text !== undefined) writeFileSync(join(folder, 'result.json'), text)
    expect(await readResult(folder)).toBeUndefined()
  })
})

describe('packagesAreThere', () => {
  it.each([
    ['the very bytes', 'deb', true],
    ['other bytes', 'dep', false],
    ['nothing', undefined, false],
  ])('with %s: %s', async (_name, content, expected) => {
    const folder = scratch()
    if (content !== undefined) writeFiles(folder, { 'x.deb': content })
    expect(await packagesAreThere(folder, RESULT)).toBe(expected)
  })

  it('is false without packages', async () => {
    expect(await packagesAreThere(scratch(), { ...RESULT, packages: [] })).toBe(false)
  })
})

describe('withWorkFolder', () => {
  it('gives a folder that is gone at the end, whatever becomes of the work', async () => {
    const cache = scratch()
    const ports = portsWithCache(cache)
    const name = await withWorkFolder(ports, async (folder) => {
      writeFiles(folder, { x: '' })
      return folder
    })
    expect(name).toMatch(cache)
    await expect(withWorkFolder(ports, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(readdirSync(join(cache, 'giftwrap-work'))).toEqual([])
  })
})
