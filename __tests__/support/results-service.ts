import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

// A stand-in of GitHub's results service and of the blob store behind it, on loopback: what @actions/artifact talks to.
// Twirp over JSON with proto field names, 64-bit numbers as strings (https://twitchtv.github.io/twirp/docs/spec_v7.html);
// block blobs as of https://learn.microsoft.com/rest/api/storageservices/put-block and put-block-list.

/** How requests are refused: an HTTP status, or the connection is cut without an answer. */
export interface Refusal {
  readonly with: 401 | 429 | 500 | 'cut'
  /** The first so many requests; all of them when not given. */
  readonly first?: number
  /** Only calls of this method; `blob` is the store. All calls of the service when not given. */
  readonly of?: string
}

export interface StoredArtifact {
  readonly id: number
  readonly name: string
  readonly mimeType: string
  /** The archive as it was uploaded. */
  readonly bytes: Buffer
  readonly finalized: boolean
}

export interface ResultsService {
  /** ACTIONS_RESULTS_URL: only its origin counts. */
  readonly url: string
  /** ACTIONS_RUNTIME_TOKEN: a JWT that names the run and the job. */
  readonly token: string
  /** Every request, in order: `CreateArtifact`, `PUT block`, `PUT blocklist`, `GET blob` …, and its answer's status. */
  readonly requests: readonly { readonly call: string; readonly status: number | 'cut' }[]
  artifacts(): readonly StoredArtifact[]
  /** Puts an archive there, as another job of the run did; `told` is what the service says of its bytes. */
  add(name: string, bytes: Buffer, told?: { readonly size?: number; readonly digest?: string }): void
  close(): Promise<void>
}

const SERVICE = '/twirp/github.actions.results.api.v1.ArtifactService/'
const MAX_BODY = 64 * 1024 * 1024

const TWIRP_STATUS = {
  malformed: 400,
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  bad_route: 404,
  already_exists: 409,
  resource_exhausted: 429,
  internal: 500,
} as const

const REFUSALS = { 401: 'unauthenticated', 429: 'resource_exhausted', 500: 'internal' } as const

class TwirpError extends Error {
  constructor(
    readonly code: keyof typeof TWIRP_STATUS,
    message: string,
  ) {
    super(message)
  }
}

class BlobError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

interface Artifact {
  readonly id: number
  readonly name: string
  readonly mimeType: string
  readonly createdAt: string
  readonly signature: string
  readonly staged: Map<string, Buffer>
  committed: Map<string, Buffer>
  /** Undefined until a list of blocks, or the blob as a whole, was put. */
  bytes: Buffer | undefined
  digest: string | undefined
  finalized: boolean
  toldSize?: number | undefined
}

/** Starts a service of its own for one run of a workflow; `close` it. */
export async function startResultsService(refusals: readonly Refusal[] = []): Promise<ResultsService> {
  const run = `run-${randomBytes(4).toString('hex')}`
  const job = `job-${randomBytes(4).toString('hex')}`
  const token = makeToken(run, job)
  const artifacts: Artifact[] = []
  const requests: { call: string; status: number | 'cut' }[] = []
  const refused = new Map<Refusal, number>()
  let origin = ''

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const call = nameOf(request, url)
    response.on('finish', () => requests.push({ call, status: response.statusCode }))
    const body = await readBody(request)
    const refusal = nextRefusal(call)
    if (refusal === 'cut') {
      requests.push({ call, status: 'cut' })
      request.socket.destroy()
      return
    }
    if (url.pathname.startsWith('/blobs/')) answerBlob(request, url, body, response, refusal)
    else answerTwirp(request, url, body, response, refusal)
  }

  function nextRefusal(call: string): Refusal['with'] | undefined {
    for (const refusal of refusals) {
      const isBlob = / /.test(call)
      if (refusal.of === undefined ? isBlob : refusal.of !== (isBlob ? 'blob' : call)) continue
      const count = refused.get(refusal) ?? 0
      if (count >= (refusal.first ?? Number.POSITIVE_INFINITY)) continue
      refused.set(refusal, count + 1)
      return refusal.with
    }
    return undefined
  }

  function answerTwirp(
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    response: ServerResponse,
    refusal: 401 | 429 | 500 | undefined,
  ): void {
    const send = (status: number, content: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
    try {
      if (refusal !== undefined) throw new TwirpError(REFUSALS[refusal], `refused by the test (${refusal})`)
      if (request.method !== 'POST') throw new TwirpError('bad_route', `unsupported method ${request.method}`)
      if (!url.pathname.startsWith(SERVICE)) throw new TwirpError('bad_route', `no handler for path ${url.pathname}`)
      if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
        throw new TwirpError('bad_route', `unexpected Content-Type: ${request.headers['content-type']}`)
      }
      if (request.headers.authorization !== `Bearer ${token}`) throw new TwirpError('unauthenticated', 'invalid token')
      send(200, callMethod(url.pathname.slice(SERVICE.length), parseFields(body)))
    } catch (error) {
      if (!(error instanceof TwirpError)) throw error
      send(TWIRP_STATUS[error.code], { code: error.code, msg: error.message })
    }
  }

  function callMethod(method: string, fields: Fields): Readonly<Record<string, unknown>> {
    if (fields.workflow_run_backend_id !== run || fields.workflow_job_run_backend_id !== job) {
      throw new TwirpError('permission_denied', 'the token is for another run or job')
    }
    switch (method) {
      case 'CreateArtifact':
        return createArtifact(fields)
      case 'FinalizeArtifact':
        return finalizeArtifact(fields)
      case 'ListArtifacts':
        return { artifacts: listArtifacts(fields) }
      case 'GetSignedArtifactURL':
        return { signed_url: signedUrl(named(textField(fields, 'name'), true)) }
      case 'DeleteArtifact': {
        const artifact = named(textField(fields, 'name'), true)
        artifacts.splice(artifacts.indexOf(artifact), 1)
        return { ok: true, artifact_id: String(artifact.id) }
      }
      default:
        throw new TwirpError('bad_route', `no handler for method ${method}`)
    }
  }

  function createArtifact(fields: Fields) {
    const name = textField(fields, 'name')
    if (/["<>|*?:\r\n\\/]/.test(name))
      throw new TwirpError('invalid_argument', `the artifact name ${name} is not valid`)
    if (typeof fields.version !== 'number' || fields.version < 4) {
      throw new TwirpError('invalid_argument', 'version: artifacts older than 4 are not supported')
    }
    if (artifacts.some((artifact) => artifact.name === name)) {
      throw new TwirpError('already_exists', 'an artifact with this name already exists on the workflow run')
    }
    const artifact = newArtifact(name, typeof fields.mime_type === 'string' ? fields.mime_type : 'application/zip')
    artifacts.push(artifact)
    return { ok: true, signed_upload_url: signedUrl(artifact) }
  }

  function newArtifact(name: string, mimeType: string): Artifact {
    return {
      id: 1001 + artifacts.length,
      name,
      mimeType,
      createdAt: new Date().toISOString(),
      signature: randomBytes(16).toString('base64'),
      staged: new Map(),
      committed: new Map(),
      bytes: undefined,
      digest: undefined,
      finalized: false,
    }
  }

  function finalizeArtifact(fields: Fields) {
    const artifact = named(textField(fields, 'name'), false)
    const bytes = artifact.bytes ?? Buffer.alloc(0)
    const size = textField(fields, 'size')
    if (size !== String(bytes.length)) {
      throw new TwirpError('invalid_argument', `size: ${size} was said and ${bytes.length} bytes were uploaded`)
    }
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    if (fields.hash !== undefined && fields.hash !== digest) throw new TwirpError('invalid_argument', 'hash: mismatch')
    artifact.digest = digest
    artifact.finalized = true
    return { ok: true, artifact_id: String(artifact.id) }
  }

  function listArtifacts(fields: Fields) {
    const { name_filter: name, id_filter: id } = fields
    return artifacts
      .filter((artifact) => artifact.finalized)
      .filter((artifact) => name === undefined || artifact.name === name)
      .filter((artifact) => id === undefined || String(artifact.id) === String(id))
      .map((artifact) => ({
        workflow_run_backend_id: run,
        workflow_job_run_backend_id: job,
        database_id: String(artifact.id),
        name: artifact.name,
        size: String(artifact.toldSize ?? artifact.bytes?.length ?? 0),
        created_at: artifact.createdAt,
        digest: artifact.digest,
      }))
  }

  function named(name: string, finalized: boolean): Artifact {
    const found = artifacts.find((artifact) => artifact.name === name && artifact.finalized === finalized)
    if (found === undefined) throw new TwirpError('not_found', `artifact ${name} not found`)
    return found
  }

  function signedUrl({ id, signature }: Artifact): string {
    return `${origin}/blobs/${id}.zip?sv=2025-01-05&sp=rw&sig=${encodeURIComponent(signature)}`
  }

  function answerBlob(
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    response: ServerResponse,
    refusal: 401 | 429 | 500 | undefined,
  ): void {
    response.setHeader('x-ms-version', '2025-01-05').setHeader('x-ms-request-id', randomBytes(8).toString('hex'))
    try {
      if (refusal !== undefined) throw new BlobError(refusal, 'InternalError', 'refused by the test')
      const artifact = artifacts.find(({ id }) => url.pathname === `/blobs/${id}.zip`)
      if (artifact === undefined) throw new BlobError(404, 'ContainerNotFound', 'no such blob')
      if (url.searchParams.get('sig') !== artifact.signature) {
        throw new BlobError(403, 'AuthenticationFailed', 'the signature is not valid')
      }
      if (request.method === 'PUT') putBlob(artifact, request, url.searchParams, body, response)
      else if (request.method === 'GET') getBlob(artifact, response)
      else throw new BlobError(405, 'UnsupportedHttpVerb', 'not supported')
    } catch (error) {
      if (!(error instanceof BlobError)) throw error
      const xml = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`
      response.writeHead(error.status, { 'content-type': 'application/xml', 'x-ms-error-code': error.code }).end(xml)
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  origin = await listen(server)
  return {
    url: `${origin}/`,
    token,
    requests,
    add(name, bytes, told = {}) {
      const digest = told.digest ?? `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      artifacts.push({ ...newArtifact(name, 'application/zip'), bytes, digest, finalized: true, toldSize: told.size })
    },
    artifacts: () => artifacts.map((artifact) => ({ ...artifact, bytes: artifact.bytes ?? Buffer.alloc(0) })),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function putBlob(
  artifact: Artifact,
  request: IncomingMessage,
  query: URLSearchParams,
  body: Buffer,
  response: ServerResponse,
): void {
  const kind = query.get('comp')
  if (kind === 'block') {
    putBlock(artifact, query.get('blockid') ?? '', body)
  } else if (kind === 'blocklist') {
    putBlockList(artifact, body.toString('utf8'))
    response.setHeader('etag', '"0x1"').setHeader('last-modified', new Date().toUTCString())
  } else if (kind === null && request.headers['x-ms-blob-type'] === 'BlockBlob') {
    artifact.bytes = body
  } else {
    throw new BlobError(400, 'InvalidQueryParameterValue', `comp=${kind} is not supported`)
  }
  response.writeHead(201, { 'x-ms-request-server-encrypted': 'true' }).end()
}

/** Block ids are base64 of at most 64 bytes, all of a blob of one length; a block put again replaces the first. */
function putBlock(artifact: Artifact, id: string, body: Buffer): void {
  const lengths = [...artifact.staged.keys()].map((known) => known.length)
  const isBase64 = Buffer.from(id, 'base64').toString('base64') === id
  if (id === '' || !isBase64 || Buffer.from(id, 'base64').length > 64) {
    throw new BlobError(400, 'InvalidQueryParameterValue', 'blockid is not valid')
  }
  if (lengths.some((length) => length !== id.length)) {
    throw new BlobError(400, 'InvalidBlobOrBlock', 'block ids must have one length')
  }
  artifact.staged.set(id, body)
}

/** The list alone decides the blob's bytes: order, and which blocks; those that it leaves out are dropped. */
function putBlockList(artifact: Artifact, xml: string): void {
  if (!/<BlockList>.*<\/BlockList>/s.test(xml)) throw new BlobError(400, 'InvalidXmlDocument', 'no BlockList')
  const committed = new Map<string, Buffer>()
  const parts: Buffer[] = []
  for (const [, kind, id = ''] of xml.matchAll(/<(Latest|Committed|Uncommitted)>([^<]*)<\/\1>/g)) {
    const staged = kind === 'Committed' ? undefined : artifact.staged.get(id)
    const block = staged ?? (kind === 'Uncommitted' ? undefined : artifact.committed.get(id))
    if (block === undefined) throw new BlobError(400, 'InvalidBlockList', 'the specified block list is invalid')
    committed.set(id, block)
    parts.push(block)
  }
  artifact.committed = committed
  artifact.staged.clear()
  artifact.bytes = Buffer.concat(parts)
}

function getBlob(artifact: Artifact, response: ServerResponse): void {
  if (artifact.bytes === undefined) throw new BlobError(404, 'BlobNotFound', 'the blob does not exist')
  response
    .writeHead(200, { 'content-type': artifact.mimeType, 'content-length': artifact.bytes.length })
    .end(artifact.bytes)
}

type Fields = Readonly<Record<string, unknown>>

function parseFields(body: Buffer): Fields {
  try {
    const fields: unknown = JSON.parse(body.toString('utf8'))
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return { ...fields }
  } catch {
    // told below
  }
  throw new TwirpError('malformed', 'the json request could not be decoded')
}

function textField(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new TwirpError('invalid_argument', `${name} is required`)
  return value
}

function nameOf(request: IncomingMessage, url: URL): string {
  if (url.pathname.startsWith(SERVICE)) return url.pathname.slice(SERVICE.length)
  return `${request.method} ${url.searchParams.get('comp') ?? (url.pathname.startsWith('/blobs/') ? 'blob' : url.pathname)}`
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MAX_BODY) throw new Error('the request is too large for the stand-in')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function makeToken(run: string, job: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    scp: `Actions.ExampleScope Actions.Results:${run}:${job}`,
    exp: Math.floor(Date.now() / 1000) + 3600,
  }
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${randomBytes(32).toString('base64url')}`
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port')
  return `http://127.0.0.1:${address.port}`
}
