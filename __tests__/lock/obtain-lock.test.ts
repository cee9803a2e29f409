import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LockInputs } from '../../src/lock/inputs.js'
import { type LockContext, obtainLock } from '../../src/lock/obtain-lock.js'
import { findInterpreter } from '../../src/venv/interpreter.js'
import { fetchTools } from '../support/build-scene.js'
import { BUILD_TOOLS, pinsOf } from '../support/lock-scene.js'
import { packageIndex, setupPy } from '../support/package-index.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { portsWithCache } from '../support/test-ports.js'

const constraintFile = (specifier: string, name = 'six') => ({
  source: 'upper.txt',
  sha256: '00',
  constraints: [{ name, specifier }],
})

/** Obtains locks of one project with one cache, and counts how often something is prepared. */
async function scene() {
  const { uv } = await fetchTools()
  const folder = scratch()
  const versions = ['1.15.0', '1.16.0', '1.17.0', '1.18.0']
  const index = await packageIndex(...BUILD_TOOLS, ...versions.map((version) => ({ name: 'six', version })))
  const env = { ...index.env, UV_CACHE_DIR: join(folder, 'uv-cache') }
  const ports = portsWithCache(join(folder, 'cache'), env)
  const interpreter = await findInterpreter(ports.exec)
  const words = { name: 'hello', version: '1.2.3', install_requires: ['six'] }
  writeFiles(join(folder, 'hello'), { 'setup.py': setupPy(words) })
  const prepared: string[] = []
  const inputs: LockInputs = {
    project: 'hello',
    version: '1.2.3',
    python: interpreter.minor,
    platform: { architecture: 'amd64', libc: 'glibc 2.36' },
    source: 'path sha256:0',
    extras: [],
    pipDependencies: [],
    pipOverrides: [],
    postinstallDependencies: [],
    constraints: [],
  }
  const never = () => Promise.reject(new Error('nobody should ask for this'))
  const prepare: LockContext['prepare'] = {
    async source() {
      prepared.push('source')
      return { folder: join(folder, 'hello'), distribution: 'hello', date: 1_700_000_000 }
    },
    async uv() {
      prepared.push('uv')
      return uv
    },
    override: never,
    sdist: never,
  }
  const obtain = (changes: Partial<LockInputs> = {}, context: Partial<LockContext> = {}) => {
    const all: LockContext = {
      interpreter,
      constraintFiles: [constraintFile('==1.16.0')],
      siblings: ['hello'],
      ladder: { climb: async () => undefined, misses: [] },
      reuse: true,
      relax: false,
      work: folder,
      prepare,
      ...context,
    }
    const asStage: Parameters<typeof obtainLock>[2] = async (make) => (await make()).value
    return obtainLock({ ...inputs, ...changes }, all, asStage, ports, testLog(folder))
  }
  const forget = () => prepared.splice(0, prepared.length)
  return { obtain, prepared, forget, index }
}

describe('obtainLock', () => {
  it('resolves once, then takes the lock from the cache and prepares nothing', async () => {
    const { obtain, prepared, forget, index } = await scene()
    const first = await obtain()
    expect(first).toMatchObject({
      origin: 'resolved',
      facts: {
        constraints: [{ source: 'upper.txt', sha256: '00' }],
        tested: { packages: { six: { rung: 5, constraints: ['six==1.16.0'] } } },
        required_by: { six: ['hello'] },
        build: { as_of: '2023-11-14T22:13:20.000Z', sdists: [], unlocked: [] },
      },
    })
    expect(first.text).toBe(`six==1.16.0 \\\n    --hash=sha256:${index.sums('six', '1.16.0')[0]}\n`)
    expect(pinsOf(first.build)).toEqual(['setuptools==69.0.0', 'wheel==0.40.0'])
    expect(prepared).toContain('source')
    forget()
    const requests = index.requests.length
    const second = await obtain()
    expect(second).toEqual({ ...first, origin: 'cache' })
    expect(prepared).toEqual([])
    expect(index.requests).toHaveLength(requests)
  })

  it('resolves again for what changes the outcome, and when it is told to', async () => {
    const { obtain } = await scene()
    await obtain()
    const origins = [
      await obtain({ source: 'path sha256:1' }),
      await obtain({ pipDependencies: ['six>=1'] }),
      await obtain({ platform: { architecture: 'arm64', libc: 'glibc 2.36' } }),
      await obtain({ pipOverrides: [{ requirement: 'six==1.15.0' }] }),
      await obtain({ postinstallDependencies: ['six<1.16'] }),
      await obtain({}, { constraintFiles: [constraintFile('==1.17.0')] }),
      await obtain({}, { relax: true }),
      await obtain({}, { keep: { lock: '', upgrade: [], lifted: ['six'] } }),
      await obtain({}, { reuse: false }),
    ].map(({ origin, text }) => `${origin} ${pinsOf(text).join()}`)
    expect(origins).toEqual([
      'resolved six==1.16.0',
      'resolved six==1.16.0',
      'resolved six==1.16.0',
      'resolved six==1.15.0',
      'resolved six==1.15.0',
      'resolved six==1.17.0',
      'resolved six==1.16.0',
      'resolved six==1.18.0',
      'resolved six==1.16.0',
    ])
  })

  it('keeps to the versions of a lock where it is told to, but for what is to be upgraded', async () => {
    const { obtain, index } = await scene()
    const lock = `six==1.17.0 --hash=sha256:${index.sums('six', '1.17.0')[0]}\n`
    const kept = await obtain({}, { keep: { lock, upgrade: [], lifted: ['six'] } })
    expect([pinsOf(kept.text), kept.facts.upgraded]).toEqual([['six==1.17.0'], ['six']])
    const upgraded = await obtain({}, { keep: { lock, upgrade: ['six'], lifted: [] } })
    expect([pinsOf(upgraded.text), upgraded.facts.upgraded]).toEqual([['six==1.18.0'], ['six']])
  })

  it("doesn't resolve again for constraints on the projects themselves", async () => {
    const { obtain } = await scene()
    await obtain()
    const more = [constraintFile('==1.16.0'), constraintFile('==0.1', 'hello'), constraintFile('==3', 'world')]
    expect((await obtain({}, { constraintFiles: more, siblings: ['hello', 'World'] })).origin).toBe('cache')
  })

  it('names a pin that is gone, keeps nothing of that, and lifts it where that is asked for', async () => {
    const { obtain } = await scene()
    const impossible = { constraintFiles: [constraintFile('==1.0.0')] }
    for (let time = 0; time < 2; time++) {
      await expect(obtain({}, impossible)).rejects.toThrow(
        /^hello: six==1\.0\.0, which hello requires, can't be had: the index does not have it \(any more\)\.$/m,
      )
    }
    const relaxed = await obtain({}, { ...impossible, relax: true })
    expect(relaxed).toMatchObject({
      origin: 'resolved',
      facts: {
        relaxed: [{ name: 'six', pin: '==1.0.0', rung: 5, why: 'the index does not have it (any more)' }],
        tested: { packages: { six: { rung: 6, constraints: [] } } },
      },
    })
    expect(pinsOf(relaxed.text)).toEqual(['six==1.18.0'])
    expect((await obtain()).origin).toBe('resolved')
  })
})
