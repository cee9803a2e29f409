import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

// A stand-in of GitHub's REST API for releases, on loopback: what octokit talks to when GITHUB_API_URL names it.
// https://docs.github.com/rest/releases/releases and …/assets; what they don't say is from reports of what was answered.

/** How requests are refused; `primary` and `secondary` are GitHub's two rate limits, in their two statuses. */
export interface ReleaseRefusal {
  readonly with:
    | 401
    | 403
    | 500
    | 502
    | 'primary 403'
    | 'primary 429'
    | 'secondary 403'
    | 'secondary 429'
    | 'cut'
    | 'hang'
  /** The first so many requests; all of them when not given. */
  readonly first?: number
  /** How many go well before. */
  readonly after?: number
  /** e.g. `POST asset`; every request when not given. */
  readonly of?: string
  /** It is done all the same: only the answer is lost. Of an upload else the name stays taken. */
  readonly done?: boolean
}

export interface ReleaseServiceOptions {
  readonly refusals?: readonly ReleaseRefusal[]
  /** The repository's setting: releases can't change once they are published. */
  readonly immutable?: boolean
  /** Of the token; what a fork's pull request has is `read`. */
  readonly contents?: 'read' | 'write'
  /** Old servers don't tell what bytes an asset has. */
  readonly digests?: boolean
  /** So many a page at most; clients ask for 100. */
  readonly pageSize?: number
  /** The first so many uploads are answered when all of them are there, and a moment for more has passed. */
  readonly heldUploads?: number
}

export interface StoredAsset {
  readonly id: number
  readonly name: string
  readonly label: string | null
  readonly state: 'uploaded' | 'starter'
  readonly contentType: string
  readonly bytes: Buffer
}

export interface StoredRelease {
  readonly id: number
  readonly tag: string
  name: string
  body: string
  draft: boolean
  prerelease: boolean
  immutable: boolean
  readonly target: string
  readonly assets: StoredAsset[]
}

export interface ReleaseService {
  /** GITHUB_API_URL. */
  readonly url: string
  /** Owner and name of its one repository. */
  readonly repository: string
  readonly token: string
  /** Every request in order, e.g. `POST asset`, and its answer's status. */
  readonly requests: readonly { readonly call: string; readonly status: number | 'cut' | 'hang' }[]
  /** Uploads that ran at the same time, at most. */
  readonly uploadsAtOnce: () => number
  readonly releases: readonly StoredRelease[]
  /** Puts a release there, as people do. */
  add(release: Partial<StoredRelease> & { readonly tag: string }): StoredRelease
  /** Puts an asset there. */
  addAsset(release: StoredRelease, asset: Partial<StoredAsset> & { readonly name: string }): StoredAsset
  close(): Promise<void>
}

const MAX_BODY_CHARACTERS = 125_000
const MAX_ASSETS = 1000
const MAX_ASSET_BYTES = 2 * 1024 ** 3
const REPOSITORY = 'octo/services'

/** What GitHub answers when it refuses. */
class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors?: readonly unknown[],
  ) {
    super(message)
  }
}

const NOT_FOUND = () => new Refused(404, 'Not Found')
const invalid = (resource: string, code: string, field: string, message?: string) =>
  new Refused(422, 'Validation Failed', [{ resource, code, field, ...(message === undefined ? {} : { message }) }])

/** Starts a service with one repository of its own; `close` it. */
export async function startReleaseService(options: ReleaseServiceOptions = {}): Promise<ReleaseService> {
  const token = `ghs_${randomBytes(18).toString('hex')}`
  const releases: StoredRelease[] = []
  const requests: { call: string; status: number | 'cut' | 'hang' }[] = []
  const counts = new Map<ReleaseRefusal, number>()
  let [lastId, uploading, mostUploading] = [1000, 0, 0]
  let origin = ''
  const mayWrite = options.contents !== 'read'
  const held = options.heldUploads ?? 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const [call, parameter] = route(request.method ?? '', url.pathname)
    const refusal = nextRefusal(call)
    const isUpload = call === 'POST asset'
    if (isUpload) mostUploading = Math.max(mostUploading, ++uploading)
    try {
      const body = await readBody(request)
      if (refusal?.with === 'hang') {
        requests.push({ call, status: 'hang' })
        return
      }
      if (isUpload && mostUploading <= held) await hold(request)
      if (refusal !== undefined)
        refuse(refusal, () => act(call, parameter, url, body, request), isUpload, url, parameter)
      const { status, data, headers } = act(call, parameter, url, body, request)
      send(call, response, status, data, headers)
    } catch (error) {
      if (error === CUT) {
        requests.push({ call, status: 'cut' })
        request.socket.destroy()
      } else if (error instanceof Refused) {
        const { status, message, errors } = error
        send(
          call,
          response,
          status,
          { message, ...(errors && { errors }), status: String(status) },
          limitHeaders(refusal),
        )
      } else if (error === GONE || (isUpload && request.destroyed && !request.complete)) {
        // In the middle of the file, or before it had its answer.
        leaveStarter(parameter, url)
        requests.push({ call, status: 'cut' })
      } else throw error
    } finally {
      if (isUpload) uploading -= 1
    }
  }

  async function hold({ socket }: IncomingMessage): Promise<void> {
    while (mostUploading < held && !socket.destroyed) await wait(20)
    if (socket.destroyed) throw GONE
    await wait(500)
  }

  function send(call: string, response: ServerResponse, status: number, data: unknown, headers: Headers = {}): void {
    requests.push({ call, status })
    const content = Buffer.isBuffer(data) ? data : data === undefined ? '' : JSON.stringify(data)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(content)
  }

  function nextRefusal(call: string): ReleaseRefusal | undefined {
    for (const refusal of options.refusals ?? []) {
      if (refusal.of !== undefined && refusal.of !== call) continue
      const count = (counts.get(refusal) ?? 0) + 1
      counts.set(refusal, count)
      const index = count - (refusal.after ?? 0)
      if (index >= 1 && index <= (refusal.first ?? Number.POSITIVE_INFINITY)) return refusal
    }
    return undefined
  }

  function refuse(refusal: ReleaseRefusal, act: () => unknown, isUpload: boolean, url: URL, parameter: string): never {
    if (refusal.done === true) act()
    else if (isUpload && (refusal.with === 502 || refusal.with === 'cut')) leaveStarter(parameter, url)
    if (refusal.with === 'cut' || refusal.with === 'hang') throw CUT
    throw refusedBy(refusal.with)
  }

  function leaveStarter(parameter: string, url: URL): void {
    const release = releaseById(parameter)
    service.addAsset(release, { name: url.searchParams.get('name') ?? '', state: 'starter', bytes: Buffer.alloc(0) })
  }

  function act(call: string, parameter: string, url: URL, body: Buffer, request: IncomingMessage): Answer {
    if (call === 'GET download') return download(parameter)
    const given = /^(?:token|bearer) (.*)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== token) throw new Refused(401, 'Bad credentials')
    if (request.method !== 'GET' && !mayWrite) throw new Refused(403, 'Resource not accessible by integration')
    switch (call) {
      case 'GET releases':
        return page(releases.filter(({ draft }) => mayWrite || !draft).map(releaseData), url)
      case 'POST releases':
        return { status: 201, data: releaseData(create(fieldsOf(body))) }
      case 'GET tag': {
        const found = releases.find(({ tag, draft }) => tag === decodeURIComponent(parameter) && !draft)
        if (found === undefined) throw NOT_FOUND()
        return { status: 200, data: releaseData(found) }
      }
      case 'GET release':
        return { status: 200, data: releaseData(releaseById(parameter)) }
      case 'PATCH release':
        return { status: 200, data: releaseData(update(releaseById(parameter), fieldsOf(body))) }
      case 'GET assets':
        return page(releaseById(parameter).assets.map(assetData), url)
      case 'POST asset':
        return { status: 201, data: assetData(store(releaseById(parameter), url, body, request)) }
      case 'DELETE asset':
        remove(Number(parameter))
        return { status: 204, data: undefined }
      default:
        throw NOT_FOUND()
    }
  }

  function create(fields: Fields): StoredRelease {
    const tag = fields.tag_name
    if (typeof tag !== 'string' || tag === '') throw invalid('Release', 'missing_field', 'tag_name')
    if (releases.some((one) => one.tag === tag && !one.draft)) throw invalid('Release', 'already_exists', 'tag_name')
    checkText(fields)
    const release = service.add({
      tag,
      name: String(fields.name ?? ''),
      body: String(fields.body ?? ''),
      draft: fields.draft === true,
      prerelease: fields.prerelease === true,
      target: String(fields.target_commitish ?? 'main'),
    })
    return release
  }

  function update(release: StoredRelease, fields: Fields): StoredRelease {
    checkText(fields)
    if (typeof fields.body === 'string') release.body = fields.body
    if (typeof fields.name === 'string') release.name = fields.name
    if (fields.draft === false && release.draft) {
      const other = releases.some((one) => one !== release && one.tag === release.tag && !one.draft)
      if (other) throw invalid('Release', 'already_exists', 'tag_name')
      release.draft = false
      release.immutable = options.immutable === true
    }
    return release
  }

  function checkText({ body }: Fields): void {
    if (typeof body !== 'string' || body.length <= MAX_BODY_CHARACTERS) return
    throw invalid('Release', 'custom', 'body', `body is too long (maximum is ${MAX_BODY_CHARACTERS} characters)`)
  }

  function store(release: StoredRelease, url: URL, bytes: Buffer, { headers }: IncomingMessage): StoredAsset {
    if (release.immutable) throw new Refused(422, 'Cannot upload assets to an immutable release.')
    const length = Number(headers['content-length'] ?? Number.NaN)
    if (Number.isNaN(length)) throw new Refused(400, 'Bad Content-Length')
    if (headers['content-type'] === undefined) throw new Refused(400, 'Bad Content-Type')
    if (length < 1 || length >= MAX_ASSET_BYTES) throw invalid('ReleaseAsset', 'custom', 'size')
    const given = url.searchParams.get('name') ?? ''
    if (given === '') throw invalid('ReleaseAsset', 'missing_field', 'name')
    const name = given.replaceAll(/[^A-Za-z0-9._+-]/g, '.')
    if (release.assets.some((one) => one.name === name)) throw invalid('ReleaseAsset', 'already_exists', 'name')
    if (release.assets.length >= MAX_ASSETS) throw invalid('ReleaseAsset', 'custom', 'release')
    const label = url.searchParams.get('label')
    return service.addAsset(release, { name, label, bytes, contentType: headers['content-type'] })
  }

  function remove(id: number): void {
    const release = releases.find(({ assets }) => assets.some((asset) => asset.id === id))
    if (release === undefined) throw NOT_FOUND()
    if (release.immutable) throw new Refused(422, 'Cannot delete assets from an immutable release.')
    release.assets.splice(
      release.assets.findIndex((asset) => asset.id === id),
      1,
    )
  }

  /** Who may not write does not see drafts. */
  function releaseById(id: string): StoredRelease {
    const found = releases.find((one) => String(one.id) === id && (mayWrite || !one.draft))
    if (found === undefined) throw NOT_FOUND()
    return found
  }

  function page(all: readonly unknown[], url: URL): Answer {
    const asked = Number(url.searchParams.get('per_page') ?? 30)
    const size = Math.min(asked, options.pageSize ?? 100)
    const number = Number(url.searchParams.get('page') ?? 1)
    const next = new URL(url)
    next.searchParams.set('page', String(number + 1))
    const headers: Headers = number * size < all.length ? { link: `<${next}>; rel="next"` } : {}
    return { status: 200, data: all.slice((number - 1) * size, number * size), headers }
  }

  function download(path: string): Answer {
    const [tag, name] = path.split('/').map(decodeURIComponent)
    const release = releases.find((one) => one.tag === tag && !one.draft)
    const asset = release?.assets.find((one) => one.name === name && one.state === 'uploaded')
    if (asset === undefined) throw NOT_FOUND()
    return { status: 200, data: asset.bytes, headers: { 'content-type': 'application/octet-stream' } }
  }

  function releaseData(release: StoredRelease) {
    const { id, tag, name, body, draft, prerelease, immutable, target, assets } = release
    return {
      ...{ id, tag_name: tag, name, body, draft, prerelease, immutable, target_commitish: target },
      html_url: `${origin}/${REPOSITORY}/releases/tag/${draft ? `untagged-${id}` : tag}`,
      upload_url: `${origin}/uploads/repos/${REPOSITORY}/releases/${id}/assets{?name,label}`,
      assets: assets.map(assetData),
    }
  }

  function assetData({ id, name, label, state, contentType, bytes }: StoredAsset) {
    const digest = state === 'uploaded' ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : null
    const { tag = '' } = releases.find(({ assets }) => assets.some((asset) => asset.id === id)) ?? {}
    return {
      ...{ id, name, label, state, content_type: contentType, size: bytes.length },
      ...(options.digests === false ? {} : { digest }),
      browser_download_url: `${origin}/${REPOSITORY}/releases/download/${tag}/${name}`,
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  const service: ReleaseService = {
    get url() {
      return origin
    },
    ...{ repository: REPOSITORY, token, requests, releases, uploadsAtOnce: () => mostUploading },
    add(given) {
      const usual = { name: '', body: '', draft: false, prerelease: false, immutable: false, target: 'main' }
      const release = { ...usual, ...given, id: ++lastId, assets: [] }
      releases.unshift(release)
      return release
    },
    addAsset(release, given) {
      const usual = { label: null, state: 'uploaded', contentType: 'application/octet-stream', bytes: Buffer.alloc(0) }
      const asset = { ...usual, ...given, id: ++lastId } as StoredAsset
      release.assets.push(asset)
      return asset
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return service
}

const CUT = new Error('the connection is cut')
const GONE = new Error('the client is gone')

type Headers = Readonly<Record<string, string>>
type Fields = Readonly<Record<string, unknown>>

interface Answer {
  readonly status: number
  readonly data: unknown
  readonly headers?: Headers
}

const ROUTES: readonly (readonly [string, RegExp])[] = [
  ['GET releases', /^GET \/repos\/octo\/services\/releases$/],
  ['POST releases', /^POST \/repos\/octo\/services\/releases$/],
  ['GET tag', /^GET \/repos\/octo\/services\/releases\/tags\/(.+)$/],
  ['GET release', /^GET \/repos\/octo\/services\/releases\/(\d+)$/],
  ['PATCH release', /^PATCH \/repos\/octo\/services\/releases\/(\d+)$/],
  ['GET assets', /^GET \/repos\/octo\/services\/releases\/(\d+)\/assets$/],
  // Another host in the world outside.
  ['POST asset', /^POST \/uploads\/repos\/octo\/services\/releases\/(\d+)\/assets$/],
  ['DELETE asset', /^DELETE \/repos\/octo\/services\/releases\/assets\/(\d+)$/],
  ['GET download', /^GET \/octo\/services\/releases\/download\/(.+)$/],
]

function route(method: string, path: string): [string, string] {
  for (const [name, pattern] of ROUTES) {
    const match = pattern.exec(`${method} ${path}`)
    if (match !== null) return [name, match[1] ?? '']
  }
  return [`${method} ${path}`, '']
}

function fieldsOf(body: Buffer): Fields {
  try {
    return JSON.parse(body.toString('utf8')) as Fields
  } catch {
    throw new Refused(400, 'Problems parsing JSON')
  }
}

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
function refusedBy(how: Exclude<ReleaseRefusal['with'], 'cut' | 'hang'>): Refused {
  if (how === 401) return new Refused(401, 'Bad credentials')
  if (how === 403) return new Refused(403, 'Resource not accessible by integration')
  if (typeof how === 'number') return new Refused(how, how === 502 ? 'Server Error' : 'Internal Server Error')
  const [kind, status] = how.split(' ')
  const primary = 'API rate limit exceeded for installation ID 4711.'
  const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
  return new Refused(Number(status), kind === 'primary' ? primary : secondary)
}

function limitHeaders(refusal: ReleaseRefusal | undefined): Headers {
  const kind = String(refusal?.with ?? '')
  if (kind.startsWith('secondary')) return { 'retry-after': '1' }
  if (!kind.startsWith('primary')) return {}
  const reset = String(Math.floor(Date.now() / 1000) + 1)
  return { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
