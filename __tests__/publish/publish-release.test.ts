import { describe, expect, it } from 'vitest'
import { publishRelease } from '../../src/publish/publish-release.js'
import type { Asset, Release, Releases } from '../../src/runtime/releases.js'
import { keepingReporter } from '../support/test-ports.js'

// What a service does that GitHub is not known to do; all else is tried over HTTP, with the action's bundle.

const SUM = 'ab'.repeat(32)
const FILE = { path: '/out/a.deb', name: 'a.deb', label: undefined, size: 10, sha256: SUM }
const WISH = { kind: 'tag', tag: 'v1', name: 'v1', prerelease: false, target: undefined, keepDraft: false } as const

/** One draft, whose assets are what `store` makes of them; says what was done to it. */
function odd(store: (asset: Asset) => Asset, list: (assets: readonly Asset[]) => readonly Asset[] = (all) => all) {
  const done: string[] = []
  const assets: Asset[] = []
  const draft: Release = { id: 1, tag: 'v1', body: '', draft: true, immutable: false, url: '', uploadUrl: '' }
  const releases: Releases = {
    published: async () => undefined,
    drafts: async () => [draft, { ...draft, id: 2 }],
    byId: async () => draft,
    createDraft: async () => draft,
    update: async (_id, change) => {
      done.push('updated')
      return { ...draft, body: change.body, draft: change.draft ?? true }
    },
    assets: async () => list(assets),
    upload: async (release, { name, size }) => {
      done.push(`uploaded ${name} to ${release.id}`)
      const asset = store({ id: 7, name, size, complete: true, digest: `sha256:${SUM}` })
      assets.push(asset)
      return asset
    },
    removeAsset: async () => undefined,
  }
  const reporter = keepingReporter()
  const run = () =>
    publishRelease(
      WISH,
      { files: [FILE], report: () => 'report\n', replace: false },
      {
        releases,
        reporter,
        sleep: async () => undefined,
      },
    )
  return { run, done, reporter }
}

describe('a release', () => {
  it('goes into the oldest of several drafts, with a warning', async () => {
    const { run, done, reporter } = odd((asset) => asset)
    expect(await run()).toMatchObject({ release: { draft: false }, uploaded: 1, there: 0 })
    expect(done).toEqual(['uploaded a.deb to 1', 'updated'])
    expect(reporter.lines).toContain('warning: the tag v1 has 2 drafts of releases; the oldest is used.')
  })

  it.each<[string, ReturnType<typeof odd>, RegExp]>([
    ['another name', odd((asset) => ({ ...asset, name: 'b.deb' })), /a\.deb was stored under another name, b\.deb/],
    ['other bytes', odd((asset) => ({ ...asset, digest: 'sha256:00' })), /has another a\.deb than this run's/],
    ['half of it', odd((asset) => ({ ...asset, complete: false })), /has another a\.deb than this run's/],
    [
      'nothing in the end',
      odd(
        (asset) => asset,
        () => [],
      ),
      /the release v1 lacks files that were uploaded: a\.deb/,
    ],
  ])('is not published where the service keeps %s', async (_, { run, done }, message) => {
    await expect(run()).rejects.toMatchObject({ name: 'UploadError', message: expect.stringMatching(message) })
    expect(done).toEqual(['uploaded a.deb to 1'])
  })
})
