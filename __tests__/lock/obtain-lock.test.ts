import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LockInputs } from '../../src/lock/committed.js'
import { type LockContext, obtainLock } from '../../src/lock/obtain-lock.js'
import { findInterpreter } from '../../src/venv/interpreter.js'
import { fetchTools } from '../support/build-scene.js'
import { writeProject } from '../support/python-project.js'
import { scratch } from '../support/scratch.js'
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
  const ports = portsWithCache(join(folder, 'cache'))
  const interpreter = await findInterpreter(ports.exec)
  writeProject(join(folder, 'hello'), { dependencies: ['six'] })
  const prepared: string[] = []
  const inputs: LockInputs = {
    project: 'hello',
    version: '1.2.3',
    python: interpreter.minor,
    source: 'path sha256:0',
    extras: [],
    pipDependencies: [],
    constraints: [],
  }
  const prepare: LockContext['prepare'] = {
    async source() {
      prepared.push('source')
      return { folder: join(folder, 'hello'), distribution: 'hello' }
    },
    async uv() {
      prepared.push('uv')
      return uv
    },
  }
  const obtain = (changes: Partial<LockInputs> = {}, context: Partial<LockContext> = {}) => {
    const all = {
      interpreter: interpreter.path,
      constraintFiles: [constraintFile('==1.16.0')],
      siblings: ['hello'],
      ladder: { climb: async () => undefined, misses: [] },
      reuse: true,
      work: folder,
      prepare,
      ...context,
    }
    const asStage: Parameters<typeof obtainLock>[2] = async (make) => (await make()).value
    return obtainLock({ ...inputs, ...changes }, all, asStage, ports, testLog(folder))
  }
  return { obtain, prepared }
}

describe('obtainLock', () => {
  it('resolves once, then takes the lock from the cache and prepares nothing', async () => {
    const { obtain, prepared } = await scene()
    const first = await obtain()
    expect(first).toMatchObject({ origin: 'resolved', constraints: [{ source: 'upper.txt', sha256: '00' }] })
    expect(first.text).toMatch(/^six==1\.16\.0 \\\n/)
    expect(prepared).toEqual(['source', 'uv'])
    const second = await obtain()
    expect(second).toEqual({ ...first, origin: 'cache' })
    expect(prepared).toEqual(['source', 'uv'])
  })

  it('resolves again for what changes the outcome, and when it is told to', async () => {
    const { obtain } = await scene()
    await obtain()
    const origins = [
      await obtain({ source: 'path sha256:1' }),
      await obtain({ pipDependencies: ['six>=1'] }),
      await obtain({}, { constraintFiles: [constraintFile('==1.17.0')] }),
      await obtain({}, { reuse: false }),
    ].map(({ origin, text }) => `${origin} ${/^six==\S+/.exec(text)?.[0]}`)
    expect(origins).toEqual([
      'resolved six==1.16.0',
      'resolved six==1.16.0',
      'resolved six==1.17.0',
      'resolved six==1.16.0',
    ])
  })

  it("doesn't resolve again for constraints on the projects themselves", async () => {
    const { obtain } = await scene()
    await obtain()
    const more = [constraintFile('==1.16.0'), constraintFile('==0.1', 'hello'), constraintFile('==3', 'world')]
    expect((await obtain({}, { constraintFiles: more, siblings: ['hello', 'World'] })).origin).toBe('cache')
  })

  it('keeps nothing of a resolution that failed', async () => {
    const { obtain } = await scene()
    const impossible = { constraintFiles: [constraintFile('==0.0.0.dev0')] }
    await expect(obtain({}, impossible)).rejects.toThrow(/uv failed with exit code/)
    await expect(obtain({}, impossible)).rejects.toThrow(/uv failed with exit code/)
    expect((await obtain()).origin).toBe('resolved')
  })
})
