import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODES, needNode } from '../support/nodes.js'
import { startResultsService } from '../support/results-service.js'
import { runAction } from '../support/run-action.js'
import { MANIFEST, needBuilds, tinyWorkspace, unzip } from './tiny-workspace.js'

const MINUTES = 60_000

describe('the action that plans', () => {
  it.for([...NODES])(
    'hands matrix and plan to later jobs, which build from it: %s',
    { timeout: 10 * MINUTES },
    async (name, context) => {
      const node = await needNode(context, name)
      await needBuilds(context)
      const workspace = await tinyWorkspace()
      const service = await startResultsService()
      const inputs = { command: 'plan', packager: 'nfpm', manifest: 'manifest.yml' }
      const planned = await runAction({ workspace, node, service, inputs })
      expect(planned.exitCode, planned.stdout).toBe(0)
      const matrix = JSON.parse(planned.outputs.matrix ?? '') as { include: Record<string, string>[] }
      expect(matrix.include).toEqual([
        { id: expect.stringMatching(/^tiny-1\.0-/), image: expect.any(String), runner: expect.any(String) },
      ])
      const file = join(workspace, 'giftwrap-plan/plan.json')
      expect(planned.outputs.plan).toBe(file)
      expect(planned.outputs['artifact-id']).toMatch(/^\d+$/)
      expect(planned.summary).toMatch(/<td>tiny-1\.0-.*<td>deb<\/td>.*1 legs? in 1 job/s)
      const [artifact] = service.artifacts()
      const stored = await unzip(artifact?.bytes ?? Buffer.alloc(0))
      expect([...stored.keys()].sort()).toEqual([
        expect.stringMatching(/^locks\/tiny-1\.0-py3\.\d+-[0-9a-f]{12}\.txt$/),
        'plan.json',
      ])
      expect(stored.get('plan.json')?.toString()).toBe(await readFile(file, 'utf8'))

      const only = matrix.include[0]?.id ?? ''
      const built = await runAction({
        workspace,
        node,
        service,
        inputs: { plan: 'giftwrap-plan/plan.json', only, 'output-dir': 'out' },
      })
      await service.close()
      expect(built.exitCode, built.stdout).toBe(0)
      expect(JSON.parse(built.outputs.packages ?? '')).toMatchObject([{ leg: only }])
    },
  )

  it('uploads the plan under the name that is asked for, or not at all', async (context) => {
    await needBuilds(context)
    const service = await startResultsService()
    const inputs = { command: 'plan', packager: 'nfpm', manifest: 'manifest.yml' }
    const run = async (more: Readonly<Record<string, string>>) =>
      runAction({ workspace: await tinyWorkspace(), service, inputs: { ...inputs, ...more } })
    const kept = await run({ upload: 'false' })
    expect([kept.exitCode, kept.outputs['artifact-id']]).toEqual([0, undefined])
    expect(kept.outputs.plan).toMatch(/giftwrap-plan\/plan\.json$/)
    expect(service.artifacts()).toEqual([])
    const named = await run({ 'artifact-name': 'our-plan', 'output-dir': 'elsewhere' })
    await service.close()
    expect(named.outputs.plan).toMatch(/elsewhere\/plan\.json$/)
    expect(service.artifacts().map(({ name }) => name)).toEqual(['our-plan'])
    expect(named.summary).toContain('<code>our-plan</code>')
  })

  it('refuses what the plan has decided, and too many jobs', async () => {
    const workspace = await tinyWorkspace()
    const both = await runAction({ workspace, inputs: { plan: 'plan.json', version: '2', upload: 'false' } })
    expect(both.exitCode).toBe(2)
    expect(both.annotations[0]?.message).toMatch(/plan and version don't go together/)
    const projects = Array.from({ length: 257 }, (_, index) => `  - {name: p${index}, path: project}\n`).join('')
    const many = await tinyWorkspace({ 'manifest.yml': MANIFEST.replace(/ {2}- name: tiny[\s\S]*$/, projects) })
    const inputs = { command: 'plan', 'dry-run': 'true', upload: 'false' }
    const refused = await runAction({ workspace: many, inputs })
    expect(refused.exitCode).toBe(2)
    expect(refused.annotations[0]?.message).toMatch(/257 jobs \(257 legs\)/)
    const grouped = await runAction({ workspace: many, inputs: { ...inputs, 'group-by': 'target' } })
    expect(grouped.exitCode).toBe(0)
    expect((JSON.parse(grouped.outputs.matrix ?? '') as { include: unknown[] }).include.length).toBe(1)
  })
})
