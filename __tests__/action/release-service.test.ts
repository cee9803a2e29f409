import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type ReleaseRefusal,
  type ReleaseService,
  type ReleaseServiceOptions,
  startReleaseService,
} from '../support/release-service.js'
import { until } from './tiny-workspace.js'

// The stand-in of GitHub's API for releases, held against what is known of the real one: its documentation
// (https://docs.github.com/rest/releases), the shared facts (actions.md, §3), and answers that people have reported.

const services: ReleaseService[] = []

afterEach(async () => {
  for (const service of services.splice(0)) await service.close()
})

async function start(options: ReleaseServiceOptions = {}): Promise<ReleaseService> {
  const service = await startReleaseService(options)
  services.push(service)
  return service
}

async function call(service: ReleaseService, method: string, path: string, body?: object, token = service.token) {
  const url = path.startsWith('http') ? path : `${service.url}/repos/octo/services${path}`
  const headers = { authorization: `token ${token}` }
  const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  const text = await response.text()
  const data = (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown> & unknown[]
  return { status: response.status, data, headers: response.headers }
}

function send(service: ReleaseService, uploadUrl: unknown, query: string, body: string | Buffer) {
  return fetch(String(uploadUrl).replace(/\{.*/, query), {
    method: 'POST',
    headers: { authorization: `Bearer ${service.token}`, 'content-type': 'application/octet-stream' },
    body,
  }).then(async (response) => ({ status: response.status, data: (await response.json()) as Record<string, unknown> }))
}

async function drafted(service: ReleaseService, tag = 'v1') {
  const { data } = await call(service, 'POST', '/releases', { tag_name: tag, draft: true })
  return data
}

const already = (resource: string, field: string) => ({
  status: 422,
  data: { message: 'Validation Failed', errors: [{ resource, code: 'already_exists', field }] },
})

describe("the stand-in's releases", () => {
  it('that are drafts are not found by their tag, but listed for those who may write', async () => {
    const service = await start()
    const { id } = await drafted(service)
    expect(await call(service, 'GET', '/releases/tags/v1')).toMatchObject({
      status: 404,
      data: { message: 'Not Found' },
    })
    expect((await call(service, 'GET', '/releases')).data).toMatchObject([{ id, tag_name: 'v1', draft: true }])
    expect((await call(service, 'GET', `/releases/${id}`)).status).toBe(200)
    await call(service, 'PATCH', `/releases/${id}`, { draft: false })
    expect((await call(service, 'GET', '/releases/tags/v1')).data).toMatchObject({ id, draft: false, immutable: false })
  })

  it('may be many drafts of a tag, and one that is published', async () => {
    const service = await start()
    const first = await drafted(service)
    const second = await drafted(service)
    expect(second.id).not.toBe(first.id)
    expect((await call(service, 'PATCH', `/releases/${first.id}`, { draft: false })).status).toBe(200)
    expect(await call(service, 'PATCH', `/releases/${second.id}`, { draft: false })).toMatchObject(
      already('Release', 'tag_name'),
    )
    expect(await call(service, 'POST', '/releases', { tag_name: 'v1' })).toMatchObject(already('Release', 'tag_name'))
  })

  it('come in pages', async () => {
    const service = await start()
    for (const tag of ['v1', 'v2', 'v3']) service.add({ tag })
    const first = await call(service, 'GET', '/releases?per_page=2')
    expect(first.data).toMatchObject([{ tag_name: 'v3' }, { tag_name: 'v2' }])
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await call(service, 'GET', next)
    expect(second.data).toMatchObject([{ tag_name: 'v1' }])
    expect(second.headers.get('link')).toBeNull()
  })

  it('have at most 125 000 characters of text', async () => {
    const service = await start()
    const { id } = await drafted(service)
    expect((await call(service, 'PATCH', `/releases/${id}`, { body: 'ä'.repeat(125_000) })).status).toBe(200)
    for (const [method, path] of [
      ['PATCH', `/releases/${id}`],
      ['POST', '/releases'],
    ] as const) {
      const body = { tag_name: 'v2', body: 'x'.repeat(125_001) }
      expect(await call(service, method, path, body)).toMatchObject({
        status: 422,
        data: { errors: [{ field: 'body', message: 'body is too long (maximum is 125000 characters)' }] },
      })
    }
  })

  it.each([
    ['another token', { token: 'other' }, 'GET', '/releases', 401, 'Bad credentials'],
    ['no tag', {}, 'POST', '/releases', 422, 'Validation Failed'],
    ['an unknown release', {}, 'GET', '/releases/7', 404, 'Not Found'],
    ['an unknown route', {}, 'GET', '/branches', 404, 'Not Found'],
  ] as const)('refuse %s', async (_, { token }: { token?: string }, method, path, status, message) => {
    const service = await start()
    const answer = await call(service, method, path, method === 'POST' ? {} : undefined, token)
    expect(answer).toMatchObject({ status, data: { message } })
  })

  it('can be read alone with the token of a fork, and no draft of them', async () => {
    const service = await start({ contents: 'read' })
    const { id } = service.add({ tag: 'v1', draft: true })
    expect((await call(service, 'GET', '/releases')).data).toEqual([])
    expect((await call(service, 'GET', `/releases/${id}`)).status).toBe(404)
    expect(await call(service, 'POST', '/releases', { tag_name: 'v2' })).toMatchObject({
      status: 403,
      data: { message: 'Resource not accessible by integration' },
    })
  })
})

describe("the stand-in's assets", () => {
  it('are stored with what is told of them, and can be downloaded once published', async () => {
    const service = await start()
    const { id, upload_url } = await drafted(service)
    expect(upload_url).toMatch(/\{\?name,label\}$/)
    const content = randomBytes(100_000)
    const stored = await send(service, upload_url, '?name=a.deb&label=a~1.deb', content)
    expect(stored).toMatchObject({
      status: 201,
      data: {
        ...{ name: 'a.deb', label: 'a~1.deb', state: 'uploaded', size: 100_000 },
        digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
      },
    })
    expect((await call(service, 'GET', `/releases/${id}/assets`)).data).toMatchObject([{ id: stored.data.id }])
    const url = String(stored.data.browser_download_url)
    expect((await fetch(url)).status).toBe(404)
    await call(service, 'PATCH', `/releases/${id}`, { draft: false })
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(content)).toBe(true)
  })

  it('get dots in place of other characters', async () => {
    const service = await start()
    const { upload_url } = await drafted(service)
    const { data } = await send(service, upload_url, `?name=${encodeURIComponent('a b~1+c_d-2.deb')}`, 'x')
    expect(data.name).toBe('a.b.1+c_d-2.deb')
  })

  it('of one name are refused, under the name that they would get', async () => {
    const service = await start()
    const { upload_url } = await drafted(service)
    await send(service, upload_url, '?name=a.1', 'x')
    expect(await send(service, upload_url, '?name=a~1', 'y')).toMatchObject(already('ReleaseAsset', 'name'))
  })

  it('that break off take their name all the same, until they are deleted', async () => {
    const service = await start({ refusals: [{ with: 502, of: 'POST asset', first: 1 }] })
    const { id, upload_url } = await drafted(service)
    expect((await send(service, upload_url, '?name=a', 'x')).status).toBe(502)
    const { data } = await call(service, 'GET', `/releases/${id}/assets`)
    expect(data).toMatchObject([{ name: 'a', state: 'starter', size: 0, digest: null }])
    expect(await send(service, upload_url, '?name=a', 'x')).toMatchObject(already('ReleaseAsset', 'name'))
    const starter = (data as unknown as { id: number }[])[0]?.id
    expect((await call(service, 'DELETE', `/releases/assets/${starter}`)).status).toBe(204)
    expect((await call(service, 'DELETE', `/releases/assets/${starter}`)).status).toBe(404)
    expect((await send(service, upload_url, '?name=a', 'x')).status).toBe(201)
  })

  it('whose sender is gone in the middle are left half there', async () => {
    const service = await start()
    const release = service.add({ tag: 'v1', draft: true })
    const { hostname, port } = new URL(service.url)
    const socket = connect(Number(port), hostname)
    const path = `/uploads/repos/octo/services/releases/${release.id}/assets?name=a`
    const head = [`POST ${path} HTTP/1.1`, `host: ${hostname}`, `authorization: token ${service.token}`]
    socket.write([...head, 'content-type: text/plain', 'content-length: 100', '', 'half'].join('\r\n'))
    await until(() => service.uploadsAtOnce() === 1, 5, 'the upload has begun')
    socket.destroy()
    await until(() => release.assets.length > 0, 5, 'the service has seen the end')
    expect(release.assets).toMatchObject([{ name: 'a', state: 'starter' }])
    expect(service.requests).toEqual([{ call: 'POST asset', status: 'cut' }])
  })

  it('of an immutable release can’t be added nor deleted; its text can be changed', async () => {
    const service = await start({ immutable: true })
    const { id, upload_url } = await drafted(service)
    const { data } = await send(service, upload_url, '?name=a', 'x')
    await call(service, 'PATCH', `/releases/${id}`, { draft: false })
    expect((await call(service, 'GET', `/releases/${id}`)).data).toMatchObject({ immutable: true })
    expect(await send(service, upload_url, '?name=b', 'x')).toMatchObject({
      status: 422,
      data: { message: 'Cannot upload assets to an immutable release.' },
    })
    expect((await call(service, 'DELETE', `/releases/assets/${data.id}`)).status).toBe(422)
    expect((await call(service, 'PATCH', `/releases/${id}`, { body: 'new' })).data).toMatchObject({ body: 'new' })
  })

  it('are at most 1000, and none is empty', async () => {
    const service = await start()
    const { id, upload_url } = await drafted(service)
    expect((await send(service, upload_url, '?name=empty', '')).status).toBe(422)
    const release = service.releases.find((one) => one.id === id)
    if (release === undefined) throw new Error('no release')
    for (let n = 0; n < 1000; n++) service.addAsset(release, { name: `a${n}` })
    expect((await send(service, upload_url, '?name=b', 'x')).status).toBe(422)
    expect((await call(service, 'GET', `/releases/${id}/assets?per_page=1000`)).data).toHaveLength(100)
  })

  it('have no digest where the server is old', async () => {
    const service = await start({ digests: false })
    const { upload_url } = await drafted(service)
    expect((await send(service, upload_url, '?name=a', 'x')).data).not.toHaveProperty('digest')
  })
})

describe('the stand-in refuses when it is told to', () => {
  it.each<[ReleaseRefusal['with'], number, RegExp, object]>([
    [401, 401, /Bad credentials/, {}],
    [403, 403, /Resource not accessible/, {}],
    [500, 500, /Internal Server Error/, {}],
    ['primary 403', 403, /API rate limit exceeded/, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': /^\d{10}$/ }],
    ['primary 429', 429, /API rate limit exceeded/, { 'x-ratelimit-remaining': '0' }],
    ['secondary 403', 403, /secondary rate limit/, { 'retry-after': '1' }],
    ['secondary 429', 429, /secondary rate limit/, { 'retry-after': '1' }],
  ])('by %s', async (how, status, message, headers) => {
    const service = await start({ refusals: [{ with: how, first: 2, after: 1 }] })
    const statuses = []
    for (let n = 0; n < 4; n++) {
      const answer = await call(service, 'GET', '/releases')
      statuses.push(answer.status)
      if (answer.status === 200) continue
      expect(answer.data.message).toMatch(message)
      for (const [name, value] of Object.entries(headers)) expect(answer.headers.get(name)).toMatch(value)
    }
    expect(statuses).toEqual([200, status, status, 200])
  })

  it('by cutting the connection, having done it or not', async () => {
    const refusals = [{ with: 'cut', of: 'POST releases', first: 1, done: true } as const]
    const service = await start({ refusals: [...refusals, { with: 'cut', of: 'GET tag', first: 1 }] })
    await expect(drafted(service)).rejects.toThrow()
    expect(service.releases).toMatchObject([{ tag: 'v1', draft: true }])
    await expect(call(service, 'GET', '/releases/tags/v1')).rejects.toThrow()
    expect(service.requests.map(({ status }) => status)).toEqual(['cut', 'cut'])
  })
})
