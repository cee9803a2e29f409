import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Result } from '../../src/commands/result.js'
import { NODES, needNode } from '../support/nodes.js'
import {
  artifactOf,
  contentOf,
  contentsOf,
  filesOf,
  LEGS,
  packageOf,
  planOfScene,
  publishFolder,
} from '../support/publish-scene.js'
import { type Refusal, type ResultsService, startResultsService } from '../support/results-service.js'
import { type ActionRun, runAction } from '../support/run-action.js'
import { zipOf } from '../support/zip.js'
import { MANIFEST, needBuilds, temporaryFolder, tinyWorkspace, unzip } from './tiny-workspace.js'

// The bundle as the last job of a run: what the jobs before it uploaded is taken from the results service.

const MINUTES = 60_000
const ALL = Object.values(LEGS)
const FAST = { NODE_OPTIONS: `--import=${new URL('fast-waits.mjs', import.meta.url)}` }

const messagesOf = ({ annotations }: ActionRun, level: string) =>
  annotations.filter((one) => one.level === level).map(({ message }) => message)

/** A service that has a plan's artifact, and those that `fill` adds. */
async function serving<T>(
  fill: (service: ResultsService) => void,
  work: (service: ResultsService) => Promise<T>,
  refusals: readonly Refusal[] = [],
): Promise<T> {
  const service = await startResultsService(refusals)
  try {
    service.add('giftwrap-plan', zipOf([{ name: 'plan.json', content: await planOfScene() }]))
    fill(service)
    return await work(service)
  } finally {
    await service.close()
  }
}

function addLeg(service: ResultsService, leg: string, attempt = 1, change: Partial<Result> = {}): void {
  service.add(`giftwrap-${leg}-a${attempt}`, artifactOf(leg, change))
}

function addAll(service: ResultsService): void {
  for (const leg of ALL) addLeg(service, leg)
}

async function publish(
  service: ResultsService,
  inputs: Readonly<Record<string, string>> = {},
  more: { readonly env?: Readonly<Record<string, string>>; readonly node?: string } = {},
) {
  const workspace = await temporaryFolder('publish')
  const toolCache = await temporaryFolder('cache')
  const { env, ...rest } = more
  const step = { workspace, toolCache, service, inputs: { command: 'publish', ...inputs }, env: { ...FAST, ...env } }
  const run = await runAction({ ...step, ...rest })
  // What was downloaded is gone, whatever became of it.
  expect(await readdir(join(toolCache, 'giftwrap-work')).catch(() => [])).toEqual([])
  return { run, workspace }
}

describe('the action that publishes', () => {
  it.for([...NODES])('makes one artifact of all legs: %s', { timeout: 5 * MINUTES }, async (name, context) => {
    const node = await needNode(context, name)
    await serving(addAll, async (service) => {
      const { run, workspace } = await publish(service, {}, { node })
      expect(run.annotations).toEqual([])
      expect(run).toMatchObject({ exitCode: 0, stderr: '', otherFiles: '' })
      const artifact = service.artifacts().at(-1)
      expect(artifact).toMatchObject({ name: 'giftwrap-packages-a1', finalized: true })
      const stored = await unzip(artifact?.bytes ?? Buffer.alloc(0))
      const texts = Object.fromEntries([...stored].map(([file, bytes]) => [file, bytes.toString()]))
      expect(texts).toEqual(contentsOf(join(workspace, 'giftwrap-packages')))
      const { 'report.md': report, SHA256SUMS: sums, ...packages } = texts
      expect(packages).toEqual(Object.fromEntries(ALL.map((leg) => [packageOf(leg), contentOf(leg)])))
      expect(sums).toContain('~rc1')
      expect(report).toMatch(/^4 of 4 legs published/)
      expect(run.summary).toContain(report)
      expect(run.summary).toContain('artifact <code>giftwrap-packages-a1</code>')
      expect(Object.keys(run.outputs).sort()).toEqual(['artifact-id', 'packages', 'report', 'sums'])
      expect(run.outputs['artifact-id']).toBe(String(artifact?.id))
    })
  })

  it('takes the highest attempt of each leg, and no artifacts of others', { timeout: MINUTES }, async () => {
    const failed: Partial<Result> = { status: 'failed', error: 'no luck', packages: [] }
    await serving(
      (service) => {
        addAll(service)
        addLeg(service, LEGS.keystone12, 10)
        addLeg(service, LEGS.keystone12, 9, failed)
        service.add(`giftwrap-other-${LEGS.keystone12}-a11`, Buffer.from('not ours'))
        service.add('logs', Buffer.from('not ours'))
      },
      async (service) => {
        const { run } = await publish(service)
        expect(run).toMatchObject({ exitCode: 0, annotations: [] })
        expect(service.requests.filter(({ call }) => call === 'GET blob')).toHaveLength(5)
        addLeg(service, LEGS.keystone12, 11, failed)
        const { run: refused } = await publish(service)
        expect(refused.exitCode).toBe(2)
        expect(messagesOf(refused, 'error')[0]).toContain(`${LEGS.keystone12} is failed: no luck.`)
      },
    )
  })

  it('names its artifact after the attempt, so that a re-run has one too', { timeout: MINUTES }, async () => {
    await serving(addAll, async (service) => {
      await publish(service)
      expect((await publish(service, {}, { env: { GITHUB_RUN_ATTEMPT: '2' } })).run.exitCode).toBe(0)
      expect((await publish(service, { 'artifact-name': 'mine' })).run.exitCode).toBe(0)
      const names = service.artifacts().map(({ name }) => name)
      expect(names.slice(-3)).toEqual(['giftwrap-packages-a1', 'giftwrap-packages-a2', 'mine'])
    })
  })

  it('finds a set of its own by the prefix', { timeout: MINUTES }, async () => {
    await serving(
      (service) => {
        for (const leg of ALL) service.add(`caracal-${leg}-a1`, artifactOf(leg))
      },
      async (service) => {
        const { run: none } = await publish(service, { 'artifact-prefix': 'caracal-' })
        expect(none.exitCode).toBe(2)
        expect(messagesOf(none, 'error')[0]).toMatch(/^this run has no artifact caracal-plan\.\n.*command: plan/)
        const plan = await publishFolder(await temporaryFolder('plan'), [])
        const inputs = { 'artifact-prefix': 'caracal-', plan: join(plan, 'plan.json') }
        expect((await publish(service, inputs)).run.exitCode).toBe(0)
        expect(service.artifacts().at(-1)?.name).toBe('caracal-packages-a1')
      },
    )
  })

  it('uploads nothing with upload: false, nor in a dry run', { timeout: MINUTES }, async () => {
    await serving(addAll, async (service) => {
      for (const inputs of [{ upload: 'false' }, { 'dry-run': 'true', release: 'true', token: 'ghs_not-asked-for' }]) {
        const { run, workspace } = await publish(service, { ...inputs, 'output-dir': 'here' })
        expect(run).toMatchObject({ exitCode: 0, annotations: [] })
        expect(run.outputs.sums).toBe(join(workspace, 'here', 'SHA256SUMS'))
        expect(run.outputs).not.toHaveProperty('artifact-id')
      }
      expect(service.requests.map(({ call }) => call)).not.toContain('CreateArtifact')
    })
  })

  it('needs no service for artifacts where all is in folders', { timeout: MINUTES }, async () => {
    const workspace = await publishFolder(await temporaryFolder('publish'))
    const inputs = { command: 'publish', plan: 'plan.json', results: 'out', upload: 'false' }
    expect(await runAction({ workspace, inputs })).toMatchObject({ exitCode: 0, annotations: [] })
    const refused = await runAction({ workspace, inputs: { ...inputs, results: '' } })
    expect(refused.exitCode).toBe(2)
    expect(messagesOf(refused, 'error')[0]).toMatch(/the runner names no service for artifacts\.\n.*plan and results/)
  })
})

describe('an artifact that is not what it should be', () => {
  const leg = LEGS.keystone12
  const evil = (files: Readonly<Record<string, string>>) =>
    zipOf(Object.entries(files).map(([name, content]) => ({ name, content })))
  it.each<[string, Buffer, number, RegExp]>([
    [
      'climbs out of its folder',
      evil({ ...filesOf(leg), '../../../evil': 'x' }),
      2,
      /can't be unpacked: .*relative path/,
    ],
    ['hides a file', evil({ ...filesOf(leg), '.bashrc': 'x' }), 2, /can't be unpacked: .*"\.bashrc"/],
    [
      'has very many files',
      evil(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`${leg}/${n}`, '']))),
      2,
      /101 files/,
    ],
    ['is no archive', Buffer.from('<html>'), 2, /can't be unpacked/],
    [
      'has another package',
      evil({ ...filesOf(leg), [`${leg}/${packageOf(leg)}`]: 'x' }),
      2,
      /has 1 bytes, and its result says/,
    ],
    ['is of another leg', artifactOf(LEGS.keystone13), 2, /^keystone.*-debian12-amd64 is missing/],
    ['is empty', evil({}), 2, /is missing/],
  ])('because it %s is refused', { timeout: MINUTES }, async (_, bytes, exitCode, message) => {
    await serving(
      (service) => {
        for (const other of ALL) if (other !== leg) addLeg(service, other)
        service.add(`giftwrap-${leg}-a1`, bytes)
      },
      async (service) => {
        const { run, workspace } = await publish(service)
        expect(messagesOf(run, 'error').join('\n')).toMatch(message)
        expect(run.exitCode).toBe(exitCode)
        expect(await readdir(workspace)).toEqual([])
        expect(service.requests.map(({ call }) => call)).not.toContain('CreateArtifact')
      },
    )
  })

  it('because it has another leg beside its own speaks for its own alone', { timeout: MINUTES }, async () => {
    await serving(
      (service) => {
        service.add(
          `giftwrap-${leg}-a1`,
          evil({ ...filesOf(leg), ...filesOf(LEGS.keystone13), ...filesOf(LEGS.glance13) }),
        )
        addLeg(service, LEGS.glance12)
        addLeg(service, LEGS.glance13)
      },
      async (service) => {
        const { run } = await publish(service)
        expect(messagesOf(run, 'error')).toEqual([expect.stringMatching(/^keystone.*-debian13-amd64 is missing/)])
      },
    )
  })

  it('or is too large, or has other bytes than were uploaded', { timeout: MINUTES }, async () => {
    for (const [exitCode, told, message] of [
      [
        2,
        { size: 9 * 1024 ** 3 },
        /is refused: the artifact giftwrap-keystone.*-a1 has \d+ bytes, and \d+ are the most/,
      ],
      [
        5,
        { digest: `sha256:${'00'.repeat(32)}` },
        /could not be downloaded: its bytes are not those that were uploaded/,
      ],
    ] as const) {
      await serving(
        (service) => {
          service.add(`giftwrap-${leg}-a1`, artifactOf(leg), told)
          addLeg(service, LEGS.keystone13)
        },
        async (service) => {
          const { run } = await publish(service)
          expect(run.exitCode).toBe(exitCode)
          expect(messagesOf(run, 'error')).toEqual([expect.stringMatching(message)])
        },
      )
    }
  })

  it('is left out though half of it could be unpacked', { timeout: MINUTES }, async () => {
    await serving(
      (service) => {
        service.add(`giftwrap-${leg}-a1`, evil({ ...filesOf(leg), '.bashrc': 'x' }))
        addLeg(service, LEGS.keystone13)
      },
      async (service) => {
        const { run, workspace } = await publish(service, { 'allow-partial': 'true' })
        expect(run.exitCode).toBe(0)
        expect(messagesOf(run, 'warning').join('\n')).toMatch(/is refused: the artifact giftwrap-.* can't be unpacked/)
        expect(await readdir(join(workspace, 'giftwrap-packages'))).not.toContain(packageOf(leg))
      },
    )
  })

  it('is left out, with all that is wrong told, where a part may be published', { timeout: MINUTES }, async () => {
    await serving(
      (service) => {
        addLeg(service, leg, 1, { source: 'git \u001b[0m\n::error::evil' })
        addLeg(service, LEGS.keystone13)
      },
      async (service) => {
        const { run, workspace } = await publish(service, { 'allow-partial': 'true' })
        expect(run.exitCode).toBe(0)
        expect(messagesOf(run, 'warning')).toHaveLength(3)
        expect(run.commands.filter(({ message }) => message === 'evil')).toEqual([])
        expect(run.summary).toMatch(/1 of 4 legs published[\s\S]*missing, as it may[\s\S]*refused/)
        const folder = await readdir(join(workspace, 'giftwrap-packages'))
        expect(folder.sort()).toEqual(['SHA256SUMS', packageOf(LEGS.keystone13), 'report.md'].sort())
      },
    )
  })
})

describe('a results service', () => {
  it.each<[string, Refusal]>([
    ['answers 500 to the list once', { with: 500, of: 'ListArtifacts', first: 1 }],
    ['cuts the list once', { with: 'cut', of: 'ListArtifacts', first: 1 }],
    ['cuts a download once', { with: 'cut', of: 'blob', first: 1 }],
  ])('that %s is asked again', { timeout: MINUTES }, async (_, refusal) => {
    await serving(
      addAll,
      async (service) => {
        const { run } = await publish(service)
        expect(messagesOf(run, 'error')).toEqual([])
        expect(run.exitCode).toBe(0)
        expect(service.requests.map(({ status }) => status)).toContain(refusal.with)
      },
      [refusal],
    )
  })

  it.each<[string, Refusal, RegExp]>([
    ['does not list', { with: 401, of: 'ListArtifacts' }, /^artifacts could not be listed: .*\(401\)/],
    ['gives no bytes', { with: 500, of: 'blob' }, /^the artifact giftwrap-plan could not be downloaded: /],
    ['takes none', { with: 500, of: 'CreateArtifact' }, /could not be uploaded as artifact giftwrap-packages-a1/],
  ])('that %s fails the step with 5', { timeout: 2 * MINUTES }, async (_, refusal, message) => {
    await serving(
      addAll,
      async (service) => {
        const { run } = await publish(service)
        expect(run.exitCode).toBe(5)
        expect(messagesOf(run, 'error')).toEqual([expect.stringMatching(message)])
      },
      [refusal],
    )
  })
})

describe('what a run plans and builds', () => {
  it('is what it publishes, without a name having to be given', { timeout: 10 * MINUTES }, async (context) => {
    await needBuilds(context)
    const workspace = await tinyWorkspace({
      'manifest.yml': `${MANIFEST}  - {name: second, path: second}\n`,
      'second/setup.py': "from setuptools import setup\nsetup(name='second', version='1.0')\n",
    })
    const service = await startResultsService()
    const run = (inputs: Readonly<Record<string, string>>) => runAction({ workspace, service, inputs })
    const planned = await run({ command: 'plan', packager: 'nfpm' })
    expect(planned.exitCode, planned.stdout).toBe(0)
    const built = await run({ plan: 'giftwrap-plan/plan.json', 'output-dir': 'out' })
    expect(built.exitCode, built.stdout).toBe(0)
    expect(built.outputs['artifact-id']?.split('\n')).toHaveLength(2)
    const published = await run({ command: 'publish' })
    await service.close()
    expect(messagesOf(published, 'error')).toEqual([])
    expect(published.exitCode).toBe(0)
    const names = service.artifacts().map(({ name }) => name)
    expect(names).toEqual([
      'giftwrap-plan',
      expect.stringMatching(/^giftwrap-second-1\.0-.*-a1$/),
      expect.stringMatching(/^giftwrap-tiny-1\.0-.*-a1$/),
      'giftwrap-packages-a1',
    ])
    const sums = (packages: string) => JSON.parse(packages).map(({ sha256 }: { sha256: string }) => sha256)
    expect(sums(published.outputs.packages ?? '')).toEqual(sums(built.outputs.packages ?? ''))
  })
})
