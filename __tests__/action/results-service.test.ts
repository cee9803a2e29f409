import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultArtifactClient } from '@actions/artifact'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Refusal, type ResultsService, startResultsService } from '../support/results-service.js'

// The stand-in of GitHub's results service, held against what is known of the real one: shared facts (actions.md, §4),
// Twirp's and Azure's specifications, and the client that GitHub writes for it.

const services: ResultsService[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const service of services.splice(0)) await service.close()
})

async function start(refusals: readonly Refusal[] = []): Promise<ResultsService> {
  const service = await startResultsService(refusals)
  services.push(service)
  return service
}

function idsOf({ token }: ResultsService) {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const [, run, job] = /Actions\.Results:([^:]+):([^: ]+)/.exec(JSON.stringify(claims).replaceAll('"', ' ')) ?? []
  return { workflow_run_backend_id: run, workflow_job_run_backend_id: job }
}

async function call(service: ResultsService, method: string, fields: object, token = service.token) {
  const response = await fetch(new URL(`/twirp/github.actions.results.api.v1.ArtifactService/${method}`, service.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ ...idsOf(service), ...fields }),
  })
  const answer = (await response.json()) as Record<string, unknown>
  return { status: response.status, answer }
}

const CREATE = { name: 'packages', version: 7, mime_type: 'application/zip' }

async function createdBlob(service: ResultsService): Promise<string> {
  const { answer } = await call(service, 'CreateArtifact', CREATE)
  return String(answer.signed_upload_url)
}

const id = (name: string) => encodeURIComponent(Buffer.from(name).toString('base64'))
const put = (url: string, body: string) => fetch(url, { method: 'PUT', body })
const list = (names: readonly string[], kind = 'Latest') =>
  `<?xml version="1.0" encoding="utf-8"?><BlockList>${names
    .map((name) => `<${kind}>${Buffer.from(name).toString('base64')}</${kind}>`)
    .join('')}</BlockList>`

describe("the stand-in's artifact service", () => {
  it('answers with proto field names and 64-bit numbers as strings', async () => {
    const service = await start()
    const created = await call(service, 'CreateArtifact', CREATE)
    expect(created).toEqual({ status: 200, answer: { ok: true, signed_upload_url: expect.stringMatching(/[?&]sig=/) } })
    await put(`${created.answer.signed_upload_url}&comp=block&blockid=${id('a')}`, 'hello')
    await put(`${created.answer.signed_upload_url}&comp=blocklist`, list(['a']))
    const hash = `sha256:${createHash('sha256').update('hello').digest('hex')}`
    const finalized = await call(service, 'FinalizeArtifact', { name: 'packages', size: '5', hash })
    expect(finalized).toEqual({ status: 200, answer: { ok: true, artifact_id: '1001' } })
    const listed = await call(service, 'ListArtifacts', {})
    expect(listed.answer).toEqual({
      artifacts: [
        {
          ...idsOf(service),
          database_id: '1001',
          name: 'packages',
          size: '5',
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          digest: hash,
        },
      ],
    })
    const signed = await call(service, 'GetSignedArtifactURL', { name: 'packages' })
    expect(await (await fetch(String(signed.answer.signed_url))).text()).toBe('hello')
  })

  it.each([
    ['a name that is taken', 'CreateArtifact', CREATE, 409, 'already_exists'],
    ['a name with a slash', 'CreateArtifact', { ...CREATE, name: 'a/b' }, 400, 'invalid_argument'],
    ['a missing name', 'CreateArtifact', { version: 7 }, 400, 'invalid_argument'],
    ['another size than was uploaded', 'FinalizeArtifact', { name: 'packages', size: '9' }, 400, 'invalid_argument'],
    ['an unknown artifact', 'GetSignedArtifactURL', { name: 'other' }, 404, 'not_found'],
    ['an unknown method', 'PaintArtifact', {}, 404, 'bad_route'],
    ['ids of another run', 'ListArtifacts', { workflow_run_backend_id: 'x' }, 403, 'permission_denied'],
  ])('refuses %s as Twirp does', async (_, method, fields, status, code) => {
    const service = await start()
    await createdBlob(service)
    expect(await call(service, method, fields)).toEqual({ status, answer: { code, msg: expect.any(String) } })
  })

  it('refuses another token', async () => {
    const service = await start()
    const { status, answer } = await call(service, 'ListArtifacts', {}, 'other')
    expect({ status, code: answer.code }).toEqual({ status: 401, code: 'unauthenticated' })
  })

  it('does not list what is not finalized', async () => {
    const service = await start()
    await createdBlob(service)
    expect((await call(service, 'ListArtifacts', {})).answer).toEqual({ artifacts: [] })
  })

  it.each([
    [401, 'unauthenticated'],
    [429, 'resource_exhausted'],
    [500, 'internal'],
  ] as const)('answers %i when it is told to, so many times', async (status, code) => {
    const service = await start([{ with: status, first: 2 }])
    const answers = []
    for (let n = 0; n < 3; n++) answers.push(await call(service, 'ListArtifacts', {}))
    expect(answers.map((answer) => answer.status)).toEqual([status, status, 200])
    expect(answers[0]?.answer.code).toBe(code)
  })

  it('cuts the connection when it is told to', async () => {
    const service = await start([{ with: 'cut', first: 1, of: 'ListArtifacts' }])
    await expect(call(service, 'ListArtifacts', {})).rejects.toThrow()
    expect((await call(service, 'ListArtifacts', {})).status).toBe(200)
    expect(service.requests.map(({ status }) => status)).toEqual(['cut', 200])
  })
})

describe("the stand-in's blob store", () => {
  it('orders blocks by the list, whatever order they came in, and drops the others', async () => {
    const service = await start()
    const url = await createdBlob(service)
    for (const name of ['3', '1', '9', '2']) {
      expect((await put(`${url}&comp=block&blockid=${id(name)}`, `block ${name};`)).status).toBe(201)
    }
    expect((await put(`${url}&comp=blocklist`, list(['1', '2', '3']))).status).toBe(201)
    expect(await (await fetch(url)).text()).toBe('block 1;block 2;block 3;')
    const again = await put(`${url}&comp=blocklist`, list(['9']))
    expect(again.headers.get('x-ms-error-code')).toBe('InvalidBlockList')
  })

  it('takes a block that is put again in place of the first', async () => {
    const service = await start()
    const url = await createdBlob(service)
    await put(`${url}&comp=block&blockid=${id('1')}`, 'old')
    await put(`${url}&comp=block&blockid=${id('1')}`, 'new')
    await put(`${url}&comp=blocklist`, list(['1'], 'Uncommitted'))
    expect(await (await fetch(url)).text()).toBe('new')
  })

  it.each([
    ['a list with an unknown block', 'comp=blocklist', list(['7']), 400, 'InvalidBlockList'],
    ['what is no list', 'comp=blocklist', 'hello', 400, 'InvalidXmlDocument'],
    ['a block id of another length', `comp=block&blockid=${id('twelve chars')}`, 'x', 400, 'InvalidBlobOrBlock'],
    ['a block id that is not base64', 'comp=block&blockid=%21', 'x', 400, 'InvalidQueryParameterValue'],
  ])('refuses %s as Azure does', async (_, query, body, status, code) => {
    const service = await start()
    const url = await createdBlob(service)
    await put(`${url}&comp=block&blockid=${id('1')}`, 'x')
    const response = await put(`${url}&${query}`, body)
    expect(response.status).toBe(status)
    expect(response.headers.get('x-ms-error-code')).toBe(code)
    expect(await response.text()).toContain(`<Error><Code>${code}</Code>`)
  })

  it('refuses another signature, and gives nothing before a list', async () => {
    const service = await start()
    const url = await createdBlob(service)
    expect((await fetch(url)).status).toBe(404)
    expect((await put(`${url.replace(/sig=.*/, 'sig=x')}&comp=blocklist`, list([]))).status).toBe(403)
  })
})

describe("GitHub's own client", () => {
  it('uploads to the stand-in, lists there and gets the same bytes back', async () => {
    const service = await start()
    const folder = await mkdtemp(join(tmpdir(), 'giftwrap-client-'))
    vi.stubEnv('ACTIONS_RESULTS_URL', service.url)
    vi.stubEnv('ACTIONS_RUNTIME_TOKEN', service.token)
    vi.stubEnv('GITHUB_WORKSPACE', folder)
    vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com')
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    // More than the client's 8 MiB a block, and nothing that compresses.
    const content = randomBytes(9 * 1024 * 1024)
    await writeFile(join(folder, 'big.bin'), content)
    const client = new DefaultArtifactClient()
    const uploaded = await client.uploadArtifact('big', [join(folder, 'big.bin')], folder)
    expect((await client.listArtifacts()).artifacts).toMatchObject([
      { id: uploaded.id, name: 'big', size: uploaded.size },
    ])
    await client.downloadArtifact(uploaded.id ?? 0, { path: join(folder, 'down') })
    expect((await readFile(join(folder, 'down', 'big.bin'))).equals(content)).toBe(true)
    expect(service.requests.filter(({ call: name }) => name === 'PUT block').length).toBeGreaterThan(1)
    vi.restoreAllMocks()
    await rm(folder, { recursive: true })
  })
})
