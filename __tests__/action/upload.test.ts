import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { NODES, type NodeName, needNode } from '../support/nodes.js'
import { hasTool, need } from '../support/requirements.js'
import { type ResultsService, type StoredArtifact, startResultsService } from '../support/results-service.js'
import { type ActionRun, DIST, runAction } from '../support/run-action.js'
import { BUILD, filesBelow, needBuilds, textsBelow, tinyWorkspace, unpackDeb, unzip } from './tiny-workspace.js'

// The action's main job on each Node: one step builds a package and uploads it.

const MINUTES = 60_000

/** A project whose build talks to the runner, and ships the names of the variables that it sees. */
const CURIOUS = {
  'project/setup.py': `
import os
print('::set-output name=packages::from-the-tool')
print('  ::add-mask::from-the-tool', flush=True)
print('##[add-mask]from-the-tool', flush=True)
open('tiny_env.py', 'w').write('NAMES = %r\\n' % sorted(os.environ))
from setuptools import setup
setup(name='tiny', version='1.0', py_modules=['tiny', 'tiny_env'])
`,
}
const SECRETS = {
  GITHUB_TOKEN: 'ghs_not-for-tools',
  GH_TOKEN: 'ghp_not-for-tools',
  ACTIONS_CACHE_URL: 'http://127.0.0.1/not-for-tools/',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'oidc_not-for-tools',
}

interface Scene {
  readonly run: ActionRun
  readonly workspace: string
  readonly artifacts: readonly StoredArtifact[]
  readonly requests: ResultsService['requests']
  /** The leg's folder below `out`. */
  readonly leg: string
  readonly deb: string
}

const scenes = new Map<NodeName, Promise<Scene>>()

/** One build and upload a Node, looked at by all tests. */
async function sceneOf(context: TestContext, name: NodeName): Promise<Scene> {
  await needBuilds(context)
  const node = await needNode(context, name)
  const known = scenes.get(name)
  const scene = known ?? playScene(node)
  scenes.set(name, scene)
  return scene
}

async function playScene(node: string): Promise<Scene> {
  const workspace = await tinyWorkspace(CURIOUS)
  const service = await startResultsService()
  const run = await runAction({ workspace, node, service, inputs: { ...BUILD, reuse: 'false' }, env: SECRETS })
  await service.close()
  const [leg = ''] = await readdir(join(workspace, 'out')).catch(() => [])
  const files = await filesBelow(join(workspace, 'out', leg))
  const deb = files.find((file) => file.endsWith('.deb')) ?? ''
  return { run, workspace, artifacts: service.artifacts(), requests: service.requests, leg, deb }
}

describe.each(NODES)('the action on %s', (name) => {
  it('builds and uploads', { timeout: 5 * MINUTES }, async (context) => {
    const { run, artifacts, requests } = await sceneOf(context, name)
    expect(run.annotations).toEqual([])
    expect(run).toMatchObject({ exitCode: 0, stderr: '', otherFiles: '' })
    expect(artifacts).toMatchObject([{ finalized: true }])
    expect(requests.map(({ call }) => call)).toEqual([
      'CreateArtifact',
      'PUT block',
      'PUT blocklist',
      'FinalizeArtifact',
    ])
  })

  it('stores the very bytes that are on disk', async (context) => {
    const { artifacts, workspace, leg, deb } = await sceneOf(context, name)
    const files = await unzip(artifacts[0]?.bytes ?? Buffer.alloc(0))
    expect([...files.keys()].sort()).toEqual(
      [deb, 'build.log', 'provenance.json', 'result.json', 'sbom.cdx.json'].map((file) => `${leg}/${file}`).sort(),
    )
    expect(deb).toMatch(/^openstack-tiny_1\.0-1.*\.deb$/)
    for (const [path, bytes] of files) {
      expect(bytes.equals(await readFile(join(workspace, 'out', path))), path).toBe(true)
    }
  })

  it('names the artifact after the leg and the attempt of the run', async (context) => {
    const { artifacts, leg } = await sceneOf(context, name)
    expect(artifacts[0]?.name).toBe(`giftwrap-${leg}-a1`)
  })

  it('sets the outputs', async (context) => {
    const { run, artifacts, workspace, leg, deb } = await sceneOf(context, name)
    const folder = join(workspace, 'out', leg)
    const result = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'))
    const { size, sha256 } = result.packages[0]
    expect(JSON.parse(run.outputs.packages ?? '')).toEqual([{ leg, path: join(folder, deb), size, sha256 }])
    expect(JSON.parse(run.outputs.result ?? '')).toEqual([join(folder, 'result.json')])
    expect(run.outputs['artifact-id']).toBe(String(artifacts[0]?.id))
    expect(Object.keys(run.outputs).sort()).toEqual(['artifact-id', 'packages', 'result'])
  })

  it('writes a summary with one table, a row a package', async (context) => {
    const { run, deb, leg } = await sceneOf(context, name)
    expect(run.summary.match(/<table>/g)).toHaveLength(1)
    expect(run.summary.match(/<tr>/g)).toHaveLength(2)
    expect(run.summary).toContain(`<td>${deb}</td>`)
    expect(run.summary).toContain(`artifact <code>giftwrap-${leg}-a1</code>`)
  })

  it("keeps what tools print from the runner's ears", async (context) => {
    const { run, workspace, leg } = await sceneOf(context, name)
    expect(await readFile(join(workspace, 'out', leg, 'build.log'), 'utf8')).toContain('::add-mask::from-the-tool')
    expect(run.stdout).not.toContain('from-the-tool')
    expect(run.commands.filter(({ name }) => !['debug', 'add-mask'].includes(name))).toEqual([])
  })

  it("keeps the runner's secrets from tools", async (context) => {
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    const { workspace, leg, deb } = await sceneOf(context, name)
    const texts = await textsBelow(await unpackDeb(join(workspace, 'out', leg, deb)))
    const names = /NAMES = (\[.*\])/.exec(texts)?.[1]?.replaceAll("'", '"')
    const seen: string[] = JSON.parse(names ?? '[]')
    expect(seen).toContain('PATH')
    expect(seen.filter((variable) => /^(ACTIONS_|INPUT_)|TOKEN/.test(variable))).toEqual([])
    expect(seen.filter((variable) => /^GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)$/.test(variable))).toEqual([])
  })
})

describe('upload', () => {
  it('false uploads nothing, and needs no client for artifacts', { timeout: MINUTES }, async (context) => {
    await needBuilds(context)
    const workspace = await tinyWorkspace()
    const dist = join(workspace, 'dist')
    await cp(DIST, dist, { recursive: true, filter: (path) => !path.startsWith(join(DIST, 'cli')) })
    const withClient: string[] = []
    for (const file of await readdir(dist)) {
      if (file.endsWith('.js') && (await readFile(join(dist, file), 'utf8')).includes('FinalizeArtifact'))
        withClient.push(file)
    }
    expect(withClient).toEqual([expect.stringMatching(/^\d+\.index\.js$/)])
    for (const file of withClient) await rm(join(dist, file))
    const service = await startResultsService()
    const run = await runAction({ workspace, dist, service, inputs: { ...BUILD, upload: 'false' } })
    await service.close()
    expect(run).toMatchObject({ exitCode: 0, annotations: [] })
    expect(service.requests).toEqual([])
    expect(run.outputs).not.toHaveProperty('artifact-id')
    expect(JSON.parse(run.outputs.packages ?? '')).toHaveLength(1)
    expect(run.summary).not.toContain('artifact')
    expect(run.summary.match(/<table>/g)).toHaveLength(1)
  })

  it('uses the name that the workflow gives', { timeout: MINUTES }, async (context) => {
    await needBuilds(context)
    const workspace = await tinyWorkspace()
    const service = await startResultsService()
    const run = await runAction({ workspace, service, inputs: { ...BUILD, 'artifact-name': 'a & b' } })
    await service.close()
    expect(service.artifacts().map(({ name }) => name)).toEqual(['a & b'])
    expect(run.summary).toContain('<code>a &amp; b</code>')
  })

  it('is not asked for in a dry run, which builds nothing', async () => {
    const workspace = await tinyWorkspace()
    const service = await startResultsService()
    const run = await runAction({ workspace, service, inputs: { ...BUILD, 'dry-run': 'true' } })
    await service.close()
    expect(run).toMatchObject({ exitCode: 0, summary: '', outputs: { packages: '[]', result: '[]' } })
    expect(run.stdout).toContain('nfpm package')
    expect(service.requests).toEqual([])
    expect(await filesBelow(join(workspace, 'out'))).toEqual([])
  })
})
