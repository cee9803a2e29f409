import { createHash } from 'node:crypto'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { NODES, needNode } from '../support/nodes.js'
import { contentOf, LEGS, packageOf, publishFolder, resultOf } from '../support/publish-scene.js'
import {
  type ReleaseRefusal,
  type ReleaseService,
  type ReleaseServiceOptions,
  type StoredRelease,
  startReleaseService,
} from '../support/release-service.js'
import { type ActionRun, type ActionStep, DIST, runAction, startAction } from '../support/run-action.js'
import { temporaryFolder, until } from './tiny-workspace.js'

// The bundle as a step of a job that releases what other jobs built, against a stand-in of GitHub's API.

const ALL = Object.values(LEGS)
const PUBLISH = { command: 'publish', plan: 'plan.json', results: 'out', release: 'true' }
/** The waits between tries and between requests pass twenty times as fast. */
const FAST = { NODE_OPTIONS: `--import=${new URL('fast-waits.mjs', import.meta.url)}` }
const TAG = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/tags/v1', GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1' }

const assetOf = (leg: string) => packageOf(leg).replace('~', '.')
const NAMES = [...ALL.map(assetOf), 'SHA256SUMS'].sort()
const namesOf = (release: StoredRelease | undefined) => release?.assets.map(({ name }) => name).sort()
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')
const errorsOf = ({ annotations }: ActionRun) =>
  annotations.filter(({ level }) => level === 'error').map(({ message }) => message)

interface StepOptions {
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly node?: string
}

async function workspaceOf(legs: readonly string[] = ALL): Promise<string> {
  return publishFolder(await temporaryFolder('publish'), legs)
}

function stepOf(workspace: string, service: ReleaseService, { inputs, env, node }: StepOptions = {}): ActionStep {
  return {
    workspace,
    ...(node === undefined ? {} : { node }),
    inputs: { ...PUBLISH, token: service.token, ...inputs },
    env: { ...FAST, ...TAG, GITHUB_API_URL: service.url, GITHUB_REPOSITORY: service.repository, ...env },
  }
}

const step = (...step: Parameters<typeof stepOf>) => runAction(stepOf(...step))

/** Runs `work` against a service of its own. */
async function serving<T>(options: ReleaseServiceOptions, work: (service: ReleaseService) => Promise<T>): Promise<T> {
  const service = await startReleaseService(options)
  try {
    return await work(service)
  } finally {
    await service.close()
  }
}

const callsOf = ({ requests }: ReleaseService) => requests.map(({ call }) => call)

describe('a tag that is pushed', () => {
  it.for([...NODES])(
    'becomes a release with all packages: %s',
    { timeout: 300_000 },
    async (name, context: TestContext) => {
      const node = await needNode(context, name)
      await serving({ immutable: true }, async (service) => {
        const run = await step(await workspaceOf(), service, {
          node,
          inputs: { 'release-name': 'One', prerelease: 'true' },
        })
        expect(run.annotations).toEqual([])
        expect(run).toMatchObject({ exitCode: 0, stderr: '' })
        const [release] = service.releases
        expect(service.releases).toHaveLength(1)
        expect(release).toMatchObject({ tag: 'v1', name: 'One', draft: false, prerelease: true, immutable: true })
        expect(release?.target).toBe('0'.repeat(40))
        expect(namesOf(release)).toEqual(NAMES)
        for (const leg of ALL) {
          const asset = release?.assets.find((one) => one.name === assetOf(leg))
          expect(asset?.bytes.toString()).toBe(contentOf(leg))
          expect(asset?.label).toBe(packageOf(leg))
        }
        const sums = release?.assets.find((one) => one.name === 'SHA256SUMS')
        expect(sums?.label).toBeNull()
        const lines = ALL.map((leg) => `${sha256(contentOf(leg))}  ${assetOf(leg)}\n`)
        expect(sums?.bytes.toString()).toBe(lines.toSorted((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join(''))
        expect(release?.body).toContain('4 of 4 legs published')
        // Published when it is complete, and the sums are the last that comes.
        expect(callsOf(service).at(-1)).toBe('PATCH release')
        expect(release?.assets.at(-1)?.name).toBe('SHA256SUMS')
      })
    },
  )

  it('sets outputs and a summary, and never shows the token', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const workspace = await workspaceOf()
      const run = await step(workspace, service, { inputs: { debug: 'true' } })
      const folder = join(workspace, 'giftwrap-packages')
      expect(run.outputs).toMatchObject({
        sums: join(folder, 'SHA256SUMS'),
        report: join(folder, 'report.md'),
        'release-url': `${service.url}/octo/services/releases/tag/v1`,
      })
      expect(JSON.parse(run.outputs.packages ?? '')).toContainEqual({
        leg: LEGS.keystone12,
        path: join(folder, assetOf(LEGS.keystone12)),
        size: contentOf(LEGS.keystone12).length,
        sha256: sha256(contentOf(LEGS.keystone12)),
      })
      expect(run.summary).toContain('4 of 4 legs published')
      expect(run.summary).toMatch(/Released as <a href="[^"]+\/tag\/v1">v1<\/a>: 5 files uploaded, 0 were there/)
      expect(run.commands).toContainEqual({ name: 'add-mask', properties: {}, message: service.token })
      const masked = run.stdout.replace(`::add-mask::${service.token}`, '')
      expect(masked).not.toContain(service.token)
      expect(run.summary).not.toContain(service.token)
    })
  })

  it('leaves a draft where that is asked for', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const run = await step(await workspaceOf(), service, { inputs: { draft: 'true' } })
      expect(run.exitCode).toBe(0)
      expect(service.releases).toMatchObject([{ draft: true }])
      expect(run.summary).toContain('a draft still')
    })
  })

  it('takes the draft that people prepared, with what they wrote', { timeout: 60_000 }, async () => {
    await serving({ pageSize: 1 }, async (service) => {
      service.add({ tag: 'v1', draft: true, body: 'Our notes.', name: 'The first' })
      service.add({ tag: 'v0', draft: true })
      service.add({ tag: 'v0.9' })
      expect((await step(await workspaceOf(), service)).exitCode).toBe(0)
      const release = service.releases.find(({ tag }) => tag === 'v1')
      expect(service.releases).toHaveLength(3)
      expect(release).toMatchObject({
        draft: false,
        name: 'The first',
        body: expect.stringMatching(/^Our notes\.\n\n/),
      })
      expect(namesOf(release)).toEqual(NAMES)
    })
  })

  it('is done again without a change', { timeout: 60_000 }, async () => {
    await serving({ immutable: true }, async (service) => {
      const workspace = await workspaceOf()
      await step(workspace, service)
      const before = service.requests.length
      const again = await step(workspace, service)
      expect(again.exitCode).toBe(0)
      expect(again.summary).toContain('0 files uploaded, 5 were there')
      const calls = callsOf(service).slice(before)
      expect(calls.filter((call) => !call.startsWith('GET '))).toEqual([])
    })
  })

  it('completes what was left half-done', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const release = service.add({ tag: 'v1', draft: true })
      service.addAsset(release, { name: assetOf(LEGS.keystone12), bytes: Buffer.from(contentOf(LEGS.keystone12)) })
      service.addAsset(release, { name: assetOf(LEGS.keystone13), state: 'starter' })
      service.addAsset(release, { name: 'notes.txt', bytes: Buffer.from('mine') })
      const run = await step(await workspaceOf(), service)
      expect(run.exitCode).toBe(0)
      expect(run.summary).toContain('4 files uploaded, 1 were there')
      expect(namesOf(release)).toEqual([...NAMES, 'notes.txt'].sort())
      expect(release.assets.every(({ state }) => state === 'uploaded')).toBe(true)
      expect(service.requests.map(({ status }) => status)).not.toContain(422)
      expect(release.draft).toBe(false)
    })
  })

  it('does not touch other bytes unless they are to be replaced', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const release = service.add({ tag: 'v1', draft: true })
      const name = assetOf(LEGS.keystone12)
      service.addAsset(release, { name, bytes: Buffer.from('another package') })
      const workspace = await workspaceOf()
      const refused = await step(workspace, service)
      expect(refused.exitCode).toBe(2)
      expect(errorsOf(refused)).toEqual([expect.stringMatching(/^the release has another openstack-keystone/)])
      expect(release.assets).toMatchObject([{ name, bytes: Buffer.from('another package') }])
      expect(release.draft).toBe(true)
      const replaced = await step(workspace, service, { inputs: { replace: 'true' } })
      expect(replaced.exitCode).toBe(0)
      expect(release.assets.find((one) => one.name === name)?.bytes.toString()).toBe(contentOf(LEGS.keystone12))
      expect(namesOf(release)).toEqual(NAMES)
    })
  })

  it('whose release would have too many files is refused before the first', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const release = service.add({ tag: 'v1', draft: true })
      for (let n = 0; n < 996; n++) service.addAsset(release, { name: `a${n}` })
      const run = await step(await workspaceOf(), service)
      expect(run.exitCode).toBe(2)
      expect(errorsOf(run)[0]).toContain('the release would have 1001 files, and GitHub takes at most 1000.')
      expect(callsOf(service)).not.toContain('POST asset')
    })
  })

  it('has no draft where no release could take it', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const leg = LEGS.glance12
      const many = Array.from({ length: 1000 }, (_, index) => `many_${index}.deb`)
      const packages = many.map((file) => ({ file, size: 1, sha256: sha256('x'), fields: {} }))
      const workspace = await publishFolder(await temporaryFolder('publish'), [], {
        [`${leg}/result.json`]: JSON.stringify(resultOf(leg, { packages })),
        ...Object.fromEntries(many.map((file) => [`${leg}/${file}`, 'x'])),
      })
      const run = await step(workspace, service, { inputs: { 'allow-partial': 'true' } })
      expect(run.exitCode).toBe(2)
      expect(errorsOf(run)[0]).toContain('the release would have 1001 files')
      expect(service.requests).toEqual([])
    })
  })

  it('has no release where a leg is missing', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const workspace = await workspaceOf(ALL.filter((leg) => leg !== LEGS.keystone13))
      const run = await step(workspace, service)
      expect(run.exitCode).toBe(2)
      expect(errorsOf(run)[0]).toContain(`${LEGS.keystone13} is missing`)
      expect(run.summary).toMatch(/3 of 4 legs published[\s\S]*### Not published/)
      expect(service.requests).toEqual([])
      expect((await step(workspace, service, { inputs: { 'allow-partial': 'true' } })).exitCode).toBe(0)
      expect(service.releases[0]?.assets).toHaveLength(4)
      expect(service.releases[0]?.body).toContain('3 of 4 legs published')
    })
  })

  it('sends four files at a time', { timeout: 120_000 }, async () => {
    await serving({ heldUploads: 4 }, async (service) => {
      const workspace = await workspaceOf()
      const more = Array.from({ length: 6 }, (_, index) => `more_${index}.deb`)
      const packages = more.map((file) => ({ file, size: 1, sha256: sha256('x'), fields: {} }))
      await publishFolder(workspace, ALL, {
        [`${LEGS.glance12}/result.json`]: JSON.stringify(resultOf(LEGS.glance12, { packages })),
        ...Object.fromEntries(more.map((file) => [`${LEGS.glance12}/${file}`, 'x'])),
      })
      expect((await step(workspace, service)).exitCode).toBe(0)
      expect(service.releases[0]?.assets).toHaveLength(10)
      expect(service.uploadsAtOnce()).toBe(4)
    })
  })

  it('ends when it is cancelled, and a re-run completes', { timeout: 60_000 }, async () => {
    const workspace = await workspaceOf()
    const release = await serving({ heldUploads: 99 }, async (service) => {
      const { child, ended } = await startAction(stepOf(workspace, service))
      await until(() => service.uploadsAtOnce() > 0, 20, 'an upload has begun')
      child.kill('SIGINT')
      const { exitCode, signal } = await ended
      expect({ exitCode, signal }).toEqual({ exitCode: 130, signal: null })
      await until(() => (service.releases[0]?.assets.length ?? 0) > 0, 5, 'the service has seen the end')
      return service.releases[0]
    })
    expect(release).toMatchObject({ draft: true })
    await serving({}, async (service) => {
      const again = service.add({ tag: 'v1', draft: true })
      for (const asset of release?.assets ?? []) service.addAsset(again, asset)
      expect((await step(workspace, service)).exitCode).toBe(0)
      expect(again.draft).toBe(false)
      expect(namesOf(again)).toEqual(NAMES)
    })
  })
})

describe.concurrent('a release that people publish', () => {
  async function event(workspace: string, release: unknown): Promise<Record<string, string>> {
    const path = join(workspace, 'event.json')
    await writeFile(path, JSON.stringify({ action: 'published', release }))
    return { GITHUB_EVENT_NAME: 'release', GITHUB_EVENT_PATH: path }
  }

  it('gets the packages straight into it', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const { id } = service.add({ tag: 'v1', body: 'Our notes.' })
      const workspace = await workspaceOf()
      const run = await step(workspace, service, { env: await event(workspace, { id, tag_name: 'v1' }) })
      expect(run.exitCode).toBe(0)
      expect(service.releases).toHaveLength(1)
      expect(namesOf(service.releases[0])).toEqual(NAMES)
      expect(service.releases[0]?.body).toMatch(/^Our notes\.\n\n<!-- giftwrap: begin -->\n4 of 4/)
    })
  })

  it('and is immutable is told to trigger on the tag instead', { timeout: 60_000 }, async () => {
    await serving({ immutable: true }, async (service) => {
      const { id } = service.add({ tag: 'v1', immutable: true })
      const workspace = await workspaceOf()
      const run = await step(workspace, service, { env: await event(workspace, { id }) })
      expect(run.exitCode).toBe(2)
      expect(errorsOf(run)).toEqual([expect.stringMatching(/^the release v1 is immutable[\s\S]*on: push: tags/)])
      expect(callsOf(service)).not.toContain('POST asset')
    })
  })

  it.each([undefined, { id: '1' }, { id: 1.5 }])(
    'whose event says %j of it is an error',
    { timeout: 60_000 },
    async (release) => {
      await serving({}, async (service) => {
        const workspace = await workspaceOf()
        const run = await step(workspace, service, { env: await event(workspace, release) })
        expect(run.exitCode).toBe(2)
        expect(errorsOf(run)).toEqual(["the event's payload can't be used: it names no release"])
      })
    },
  )
})

describe.concurrent('a service that', () => {
  it.each<[string, ReleaseRefusal]>([
    ['cuts the look-up', { with: 'cut', of: 'GET tag', first: 1 }],
    ['does not answer', { with: 'hang', of: 'GET tag', first: 1 }],
    ['answers 500 to the list of drafts', { with: 500, of: 'GET releases', first: 2 }],
    ['answers 500 to the draft', { with: 500, of: 'POST releases', first: 1 }],
    ['makes the draft and cuts the answer', { with: 'cut', of: 'POST releases', first: 1, done: true }],
    ['answers 502 to the last package', { with: 502, of: 'POST asset', first: 1, after: 3 }],
    ['cuts two uploads', { with: 'cut', of: 'POST asset', first: 2, after: 1 }],
    ['stores an upload and cuts the answer', { with: 'cut', of: 'POST asset', first: 1, done: true }],
    ['stores an upload and answers 500', { with: 500, of: 'POST asset', first: 1, after: 4, done: true }],
    ['is at its limit', { with: 'primary 403', of: 'GET tag', first: 1 }],
    ['is at its limit in the middle', { with: 'primary 429', of: 'POST asset', first: 1, after: 2 }],
    ['has a second limit', { with: 'secondary 403', of: 'POST asset', first: 1 }],
    ['has a second limit, as 429', { with: 'secondary 429', of: 'PATCH release', first: 1 }],
    ['publishes and cuts the answer', { with: 'cut', of: 'PATCH release', first: 1, done: true }],
  ])('%s is asked again', { timeout: 60_000 }, async (_, refusal) => {
    await serving({ refusals: [refusal] }, async (service) => {
      const run = await step(await workspaceOf(), service)
      expect(errorsOf(run)).toEqual([])
      expect(run.exitCode).toBe(0)
      expect(service.requests.map(({ status }) => status)).toContain(statusOf(refusal))
      expect(service.releases).toHaveLength(1)
      expect(service.releases[0]?.draft).toBe(false)
      expect(namesOf(service.releases[0])).toEqual(NAMES)
      expect(service.releases[0]?.assets.at(-1)?.name).toBe('SHA256SUMS')
    })
  })

  it.each<[string, ReleaseRefusal, RegExp]>([
    ['always answers 500', { with: 500 }, /Internal Server Error \(500\)[\s\S]*run the job again/],
    [
      'always cuts uploads',
      { with: 'cut', of: 'POST asset', after: 2 },
      /run the job again, and it goes on from there/,
    ],
    ['always answers 502 to uploads', { with: 502, of: 'POST asset', after: 1 }, /Server Error \(502\)/],
    ['does not know the token', { with: 401 }, /Bad credentials.*\(401\)/],
    [
      'lets nobody write',
      { with: 403, of: 'POST releases' },
      /Resource not accessible[\s\S]*permissions: contents: write/,
    ],
    [
      'stays at its limit',
      { with: 'primary 403', of: 'POST asset' },
      /API rate limit exceeded[\s\S]*when the limit is over/,
    ],
  ])('%s fails the step with 5, and a re-run completes', { timeout: 120_000 }, async (_, refusal, message) => {
    const workspace = await workspaceOf()
    const refusals = [refusal]
    await serving({ refusals }, async (service) => {
      const run = await step(workspace, service)
      expect(run.exitCode).toBe(5)
      expect(errorsOf(run)).toEqual([expect.stringMatching(message)])
      expect(service.releases.filter(({ draft }) => !draft)).toEqual([])
      // What is built is there for later steps all the same.
      expect(JSON.parse(run.outputs.packages ?? '')).toHaveLength(4)
      expect(run.outputs).not.toHaveProperty('release-url')
      refusals.pop()
      expect((await step(workspace, service)).exitCode).toBe(0)
      expect(service.releases).toHaveLength(1)
      expect(service.releases[0]?.draft).toBe(false)
      expect(namesOf(service.releases[0])).toEqual(NAMES)
    })
  })

  it("has a fork's token only says why it can't publish", { timeout: 60_000 }, async () => {
    await serving({ contents: 'read' }, async (service) => {
      const run = await step(await workspaceOf(), service)
      expect(run.exitCode).toBe(5)
      expect(errorsOf(run)).toEqual([expect.stringMatching(/a fork's pull request never has it/)])
    })
  })
})

describe('the bundle', () => {
  async function without(workspace: string, words: string): Promise<string> {
    const dist = join(workspace, 'dist')
    await cp(DIST, dist, { recursive: true, filter: (path) => !path.startsWith(join(DIST, 'cli')) })
    const files = (await readdir(dist)).filter((file) => file.endsWith('.js'))
    const texts = await Promise.all(files.map((file) => readFile(join(dist, file), 'utf8')))
    const found = files.filter((_, index) => texts[index]?.includes(words))
    expect(found).toEqual([expect.stringMatching(/^\d+\.index\.js$/)])
    for (const file of found) await rm(join(dist, file))
    return dist
  }

  it('makes a release without the client for artifacts, and a folder without that for releases', async () => {
    await serving({}, async (service) => {
      const workspace = await workspaceOf()
      const released = { ...stepOf(workspace, service), dist: await without(workspace, 'FinalizeArtifact') }
      expect(await runAction(released)).toMatchObject({ exitCode: 0, annotations: [] })
      const dist = await without(workspace, 'octokit-notifications')
      const folder = await runAction({
        workspace,
        dist,
        inputs: { ...PUBLISH, release: 'false', upload: 'false', 'output-dir': 'plain' },
      })
      expect(folder).toMatchObject({ exitCode: 0, annotations: [] })
    })
  }, 60_000)
})

describe('what a release needs is told', () => {
  it.each<[string, StepOptions, RegExp]>([
    ['a token', { inputs: { token: '' } }, /the input release needs a token\.[\s\S]*contents: write/],
    [
      'a tag',
      { env: { GITHUB_REF: 'refs/heads/main', GITHUB_REF_TYPE: 'branch' } },
      /this run is of refs\/heads\/main\.[\s\S]*on: push: tags/,
    ],
    ['a repository', { env: { GITHUB_REPOSITORY: '' } }, /the runner names no repository/],
  ])('%s', { timeout: 60_000 }, async (_, options, message) => {
    await serving({}, async (service) => {
      const run = await step(await workspaceOf(), service, options)
      expect(run.exitCode).toBe(2)
      expect(errorsOf(run)).toEqual([expect.stringMatching(message)])
      expect(service.requests).toEqual([])
    })
  })

  it('or the tag is named', { timeout: 60_000 }, async () => {
    await serving({}, async (service) => {
      const env = { GITHUB_REF: 'refs/heads/main', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' }
      expect((await step(await workspaceOf(), service, { env, inputs: { tag: 'nightly' } })).exitCode).toBe(0)
      expect(service.releases).toMatchObject([{ tag: 'nightly', draft: false }])
    })
  })
})

function statusOf({ with: how }: ReleaseRefusal): number | 'cut' | 'hang' {
  return how === 'cut' || how === 'hang' ? how : Number(String(how).replace(/\D/g, ''))
}
