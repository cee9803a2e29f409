import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { githubReleases } from '../../src/action/github-releases.js'
import type { ReleaseError } from '../../src/runtime/releases.js'
import { serveProxy } from '../support/loopback.js'
import { type ReleaseServiceOptions, startReleaseService } from '../support/release-service.js'
import { scratch } from '../support/scratch.js'
import { keepingReporter } from '../support/test-ports.js'

async function start(options: ReleaseServiceOptions = {}) {
  const service = await startReleaseService(options)
  onTestFinished(() => service.close())
  const open = (variables = {}) => {
    const repository = { api: service.url, owner: 'octo', name: 'services', token: service.token }
    return githubReleases(repository, variables, keepingReporter())
  }
  return { service, open }
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: ReleaseError) => error.kind,
  )

describe('GitHub’s releases', () => {
  it('get files whole, by the proxy of the environment', async () => {
    const { service, open } = await start()
    const proxy = await serveProxy()
    const releases = await open({ HTTP_PROXY: proxy.url })
    const release = await releases.byId(service.add({ tag: 'v1' }).id)
    const path = join(scratch(), 'big')
    const bytes = randomBytes(30 * 1024 * 1024)
    writeFileSync(path, bytes)
    const stored = await releases.upload(release, { path, name: 'big', label: 'ä & b', size: bytes.length })
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    expect(stored).toMatchObject({ name: 'big', size: bytes.length, complete: true, digest })
    expect(service.releases[0]?.assets[0]?.label).toBe('ä & b')
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(service.url).host]))
  })

  it('are drafts by tag, oldest first, over all pages', async () => {
    const { service, open } = await start({ pageSize: 2 })
    const wanted = [service.add({ tag: 'v1', draft: true }), service.add({ tag: 'v1', draft: true })]
    for (const tag of ['v2', 'v3', 'v4']) service.add({ tag, draft: true })
    service.add({ tag: 'v1' })
    const releases = await open()
    expect((await releases.drafts('v1')).map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
    expect(await releases.published('v2')).toBeUndefined()
    expect(await releases.published('v1')).toMatchObject({ tag: 'v1', draft: false, immutable: false })
    expect(await releases.drafts('v5')).toEqual([])
  })

  it('have tags with any characters', async () => {
    const { service, open } = await start()
    service.add({ tag: 'caracal/v1+ü?#' })
    expect(await (await open()).published('caracal/v1+ü?#')).toMatchObject({ tag: 'caracal/v1+ü?#' })
  })

  it('say why they don’t', async () => {
    const { service, open } = await start()
    const path = join(scratch(), 'a')
    writeFileSync(path, 'x')
    const file = { path, name: 'a', label: undefined, size: 1 }
    const releases = await open()
    const open1 = await releases.byId(service.add({ tag: 'v1' }).id)
    const closed = await releases.byId(service.add({ tag: 'v2', immutable: true }).id)
    expect(closed.immutable).toBe(true)
    await releases.upload(open1, file)
    expect(await failureOf(releases.upload(open1, file))).toBe('taken')
    expect(await failureOf(releases.upload(closed, file))).toBe('immutable')
    expect(await failureOf(releases.byId(7))).toBe('refused')
    expect(await failureOf(releases.update(open1.id, { body: 'x'.repeat(125_001) }))).toBe('refused')
    const asset = (await releases.assets(open1.id))[0]?.id ?? 0
    await releases.removeAsset(asset)
    await releases.removeAsset(asset)
    expect(await releases.assets(open1.id)).toEqual([])
  })

  it.each([
    ['403', 403, 'forbidden'],
    ['401', 401, 'forbidden'],
    ['502', 502, 'passing'],
    ['a cut', 'cut', 'passing'],
  ] as const)('fail an upload with %s at once', async (_, how, kind) => {
    const { service, open } = await start({ refusals: [{ with: how, of: 'POST asset' }] })
    const path = join(scratch(), 'a')
    writeFileSync(path, 'x')
    const releases = await open()
    const release = await releases.byId(service.add({ tag: 'v1' }).id)
    expect(await failureOf(releases.upload(release, { path, name: 'a', label: undefined, size: 1 }))).toBe(kind)
    expect(service.requests.filter(({ call }) => call === 'POST asset')).toHaveLength(1)
  })
})
