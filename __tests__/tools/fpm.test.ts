import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import { fpmAtHand, provideFpm } from '../../src/tools/fpm.js'
import { FPM_GEMS, FPM_VERSION } from '../../src/tools/pins.js'
import { GEMS, needGems } from '../support/fpm.js'
import { serve } from '../support/loopback.js'
import { need } from '../support/requirements.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { portsWithCache } from '../support/test-ports.js'

/** A PATH without an fpm that happens to be installed. */
const PATH = '/usr/bin:/bin'

function ownGems(): string {
  const folder = join(scratch(), 'gems')
  cpSync(GEMS, folder, { recursive: true })
  return folder
}

const leftIn = (cache: string) =>
  readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((p) => p.includes('ruby'))

describe('fpm that is installed', () => {
  it("is found with its gems in the caller's home folder, which it does not see when it runs", async (context) => {
    needGems(context)
    const { path, env } = await provideFpm(portsWithCache(scratch(), { PATH }), GEMS)
    const home = scratch()
    const ports = portsWithCache(scratch(), { PATH: `${join(path, '..')}:${PATH}`, HOME: home })
    const { stdout: userFolder } = await ports.exec.run({ argv: ['ruby', '-e', 'print Gem.user_dir'] })
    expect(userFolder).toContain(home)
    expect(await fpmAtHand(ports, undefined)).toBeUndefined()
    cpSync(env.GEM_HOME ?? '', userFolder, { recursive: true })
    expect(await fpmAtHand(ports, undefined)).toContain('is installed')
    const fpm = await provideFpm(ports, undefined)
    expect(fpm).toMatchObject({ path, cached: true })
    const { stdout } = await ports.exec.run({ argv: [path, '--version'], env: { ...fpm.env, HOME: scratch() } })
    expect(stdout.trim()).toBe(FPM_VERSION)
  })
})

describe('fpm from a folder of gems', () => {
  it('is installed once, runs, and is found in the cache from then on', async (context) => {
    needGems(context)
    const ports = portsWithCache(scratch(), { PATH })
    expect(await fpmAtHand(ports, undefined)).toBeUndefined()
    expect(await fpmAtHand(ports, GEMS)).toContain('folder of gems')
    const fpm = await provideFpm(ports, GEMS, testLog(scratch()))
    expect(fpm.cached).toBe(false)
    expect((await ports.exec.run({ argv: [fpm.path, '--version'], env: fpm.env })).stdout.trim()).toBe(FPM_VERSION)
    expect(await provideFpm(ports, undefined)).toEqual({ ...fpm, cached: true })
    expect(await fpmAtHand(ports, undefined)).toContain('tool cache')
  })

  it('is refused when one byte of a gem is another', async (context) => {
    needGems(context)
    const gems = ownGems()
    appendFileSync(join(gems, 'stud-0.0.23.gem'), 'x')
    const cache = scratch()
    const failed = provideFpm(portsWithCache(cache, { PATH }), gems)
    await expect(failed).rejects.toThrow(ToolError)
    await expect(failed).rejects.toThrow(/stud-0\.0\.23\.gem is not the pinned gem: SHA-256 [0-9a-f]{64} instead of/)
    expect(leftIn(cache)).toEqual([])
  })

  it('is refused when a gem is missing, with what the folder must hold', async (context) => {
    needGems(context)
    const gems = ownGems()
    rmSync(join(gems, 'clamp-1.5.2.gem'))
    const cache = scratch()
    const failed = provideFpm(portsWithCache(cache, { PATH }), gems)
    await expect(failed).rejects.toThrow(InputError)
    await expect(failed).rejects.toThrow(/has no clamp-1\.5\.2\.gem\.\n.*all gems that it needs/)
    expect(leftIn(cache)).toEqual([])
  })
})

describe('fpm from a gem server', () => {
  /** A server of the gems, made by RubyGems itself. */
  async function gemServer(context: TestContext) {
    needGems(context)
    const root = scratch()
    mkdirSync(join(root, 'gems'))
    for (const { name, version } of FPM_GEMS) {
      const file = `${name}-${version}.gem`
      cpSync(join(GEMS, file), join(root, 'gems', file))
    }
    try {
      execFileSync('gem', ['generate_index', '--directory', root], { stdio: 'pipe', env: { ...process.env, PATH } })
    } catch {
      need(context, false, 'a RubyGems with generate_index')
    }
    return serve((request, response) => {
      const path = join(root, request.url ?? '')
      if (path.startsWith(root) && existsSync(path)) response.end(readFileSync(path))
      else response.writeHead(404).end()
    })
  }

  const configured = (url: string) => {
    const home = scratch()
    writeFiles(home, { '.gemrc': `:sources:\n- ${url}/\n` })
    return { HOME: home, PATH }
  }

  it("comes by gem, with the site's own configuration", async (context) => {
    const { url } = await gemServer(context)
    const ports = portsWithCache(scratch(), configured(url))
    const fpm = await provideFpm(ports, undefined, testLog(scratch()))
    expect((await ports.exec.run({ argv: [fpm.path, '--version'], env: fpm.env })).stdout.trim()).toBe(FPM_VERSION)
  })

  it('that is not there is one clear message with the ways out', async (context) => {
    needGems(context)
    const cache = scratch()
    const failed = provideFpm(portsWithCache(cache, configured('http://127.0.0.1:2')), undefined, testLog(scratch()))
    await expect(failed).rejects.toThrow(ToolError)
    await expect(failed).rejects.toThrow(/gem fetch brought no arr-pm 0\.0\.12, which fpm needs/)
    await expect(failed).rejects.toThrow(/--fpm-gems names a folder of gems, and `packager: nfpm` needs none/)
    expect(leftIn(cache)).toEqual([])
  })
})

describe('a machine without Ruby', () => {
  it('gets a sentence that names the package', async () => {
    const ports = portsWithCache(scratch(), { PATH: '/nowhere' })
    const failed = provideFpm(ports, undefined)
    await expect(failed).rejects.toThrow(InputError)
    await expect(failed).rejects.toThrow(/there is no Ruby on this machine\.\n.*Install the package ruby/)
    expect(await fpmAtHand(ports, GEMS)).toBeUndefined()
  })
})
