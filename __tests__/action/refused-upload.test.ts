import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { type Refusal, startResultsService } from '../support/results-service.js'
import { runAction } from '../support/run-action.js'
import { BUILD, filesBelow, MANIFEST, needBuilds, setupPy, tinyWorkspace } from './tiny-workspace.js'

// A results service that does not do its part. The client waits 3 s, then longer and longer, before it tries again.

const MINUTES = 60_000

/** The client's half minute of waiting passes twenty times as fast, where it is all that a test would see. */
const FAST = { NODE_OPTIONS: `--import=${new URL('fast-waits.mjs', import.meta.url)}` }

async function upload(context: TestContext, refusals: readonly Refusal[], env: Readonly<Record<string, string>> = {}) {
  await needBuilds(context)
  const workspace = await tinyWorkspace()
  const service = await startResultsService(refusals)
  const run = await runAction({ workspace, service, env, inputs: { ...BUILD, 'artifact-name': 'mine' } })
  await service.close()
  const debs = (await filesBelow(join(workspace, 'out'))).filter((file) => file.endsWith('.deb'))
  return { run, workspace, debs, requests: service.requests, artifacts: service.artifacts() }
}

describe.concurrent('a results service', () => {
  it.each([
    ['answers 429 once', { with: 429, first: 1 }],
    ['answers 500 once', { with: 500, first: 1 }],
    ['cuts the connection once', { with: 'cut', first: 1 }],
    ['answers 500 once when all is uploaded', { with: 500, first: 1, of: 'FinalizeArtifact' }],
  ] satisfies [string, Refusal][])('that %s is asked again', { timeout: 2 * MINUTES }, async (_, refusal, ...rest) => {
    const context = rest.at(-1) as unknown as TestContext
    const { run, artifacts, requests } = await upload(context, [refusal])
    expect(run).toMatchObject({ exitCode: 0 })
    expect(requests.map(({ status }) => status)).toContain(refusal.with)
    expect(artifacts).toMatchObject([{ name: 'mine', finalized: true }])
    expect(run.outputs['artifact-id']).toBe(String(artifacts[0]?.id))
  })

  it.each([
    ['always answers 500', { with: 500 }, /\(500\)/],
    ['answers 401', { with: 401 }, /\(401\)/],
    ['always cuts the connection', { with: 'cut' }, /ECONNRESET/],
  ] satisfies [string, Refusal, RegExp][])(
    'that %s fails the step with 5 and leaves the packages',
    { timeout: 2 * MINUTES },
    async (_, refusal, reason, ...rest) => {
      const context = rest.at(-1) as unknown as TestContext
      const { run, workspace, debs, artifacts } = await upload(context, [refusal], FAST)
      expect(run.exitCode).toBe(5)
      expect(debs).toHaveLength(1)
      expect(artifacts).toEqual([])
      const errors = run.annotations.filter(({ level }) => level === 'error')
      expect(errors).toHaveLength(1)
      expect(errors[0]?.message).toMatch(/^the packages could not be uploaded as artifact mine: /)
      expect(errors[0]?.message).toMatch(reason)
      expect(errors[0]?.message).toContain(`They are built and lie in ${join(workspace, 'out')}.`)
      expect(JSON.parse(run.outputs.packages ?? '')).toHaveLength(1)
      expect(run.outputs).not.toHaveProperty('artifact-id')
      expect(run.summary.match(/<table>/g)).toHaveLength(1)
      expect(run.summary).not.toContain('Uploaded')
    },
  )

  it('that answers 401 does not hide that another leg failed', { timeout: 2 * MINUTES }, async (context) => {
    await needBuilds(context)
    const workspace = await tinyWorkspace({
      'manifest.yml': `${MANIFEST}  - name: broken\n    path: broken\n`,
      'broken/setup.py': setupPy("raise SystemExit('broken for good')"),
    })
    const service = await startResultsService([{ with: 401 }])
    const run = await runAction({ workspace, service, env: FAST, inputs: BUILD })
    await service.close()
    expect(run.exitCode).toBe(4)
    const errors = run.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
    expect(errors).toEqual([
      expect.stringMatching(/uv failed with exit code \d+.*broken for good/s),
      expect.stringMatching(/^the packages could not be uploaded as artifact giftwrap-tiny-1\.0-.*\(401\)/s),
    ])
    expect(run.stdout.match(/^::group::.*broken-1\.0-.*build\.log/gm)).toHaveLength(1)
    expect(JSON.parse(run.outputs.packages ?? '')).toHaveLength(1)
  })

  it('that has an artifact of the name says so', { timeout: 2 * MINUTES }, async (context) => {
    await needBuilds(context)
    const workspace = await tinyWorkspace()
    const service = await startResultsService()
    const step = { workspace, service, inputs: { ...BUILD, 'artifact-name': 'mine' } }
    expect((await runAction(step)).exitCode).toBe(0)
    const again = await runAction(step)
    await service.close()
    expect(again.exitCode).toBe(5)
    expect(again.annotations.at(-1)?.message).toContain('an artifact with this name already exists')
  })
})
