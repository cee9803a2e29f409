import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { type Fetch, FetchError } from '../../src/runtime/fetch.js'
import { gerritClient } from '../../src/tested/gerrit.js'
import { zuulClient } from '../../src/tested/zuul.js'
import { BAD_ANSWERS, fetchOf, quickFetch } from '../support/bad-answers.js'
import { answerQuery } from '../support/gerrit-stand-in.js'
import { type Pages, redirect, serve } from '../support/loopback.js'
import { HAS_SHARED, SHARED } from '../support/paths.js'
import { need } from '../support/requirements.js'

const UUID = '38bf2cdc947643c9bb04f11f40a0f211'
const PATH = `/api/tenant/openstack/build/${UUID}`
const PAGE = '<!DOCTYPE html>\n<title>Are you human?</title>\n'

type Page = (request: IncomingMessage, response: ServerResponse) => void
const status =
  (code: number, body = 'no'): Page =>
  (_request, response) =>
    response.writeHead(code).end(body)
const bytes =
  (body: Uint8Array, headers: Record<string, string> = {}): Page =>
  (_request, response) =>
    response.writeHead(200, headers).end(body)

const flat = {
  uuid: UUID,
  job_name: 'openstack-tox-py311',
  result: 'SUCCESS',
  pipeline: 'gate',
  project: 'openstack/neutron',
  branch: 'master',
  change: 829161,
  patchset: '3',
  ref: 'refs/changes/61/829161/3',
  log_url: 'https://logs.example.org/38b/openstack/38bf2cd/',
  end_time: '2022-02-28T10:07:36',
}
const { project, branch, change, patchset, ...rest } = flat
const nested = { ...rest, ref: { project, branch, change, patchset, ref: flat.ref } }
const expected = {
  uuid: UUID,
  job: 'openstack-tox-py311',
  result: 'SUCCESS',
  pipeline: 'gate',
  project: 'openstack/neutron',
  branch: 'master',
  change: 829161,
  patchset: 3,
  logUrl: 'https://logs.example.org/38b/openstack/38bf2cd/',
  ended: '2022-02-28T10:07:36Z',
}

const buildOf = (answer: unknown) => zuulClient('http://zuul', fetchOf(JSON.stringify(answer))).build('openstack', UUID)

describe('build', () => {
  it.each([
    ['a tenant', '/api/tenant/openstack'],
    ['another tenant, with a slash', '/api/tenant/opendev/'],
    ['the API', '/api'],
    ['the server', ''],
  ])("asks the build's own tenant, by the URL of %s", async (_name, path) => {
    const { url, requests } = await serve({ [PATH]: JSON.stringify(nested) })
    expect(await zuulClient(url + path, quickFetch()).build('openstack', UUID)).toEqual(expected)
    expect(requests).toEqual([PATH])
  })

  it('reads the shapes before and since Zuul 10', async () => {
    expect(await buildOf(flat)).toEqual(expected)
    expect(await buildOf(nested)).toEqual(expected)
    expect(await buildOf({ ...nested, branch: 'odd', project: 'odd' })).toEqual(expected)
  })

  const real: [string, number][] = [
    ['new', 1],
    ['flat-2022', 3],
  ]
  for (const [name, number] of real) {
    it(`reads a real one: zuul-build-${name}.yaml`, async (context) => {
      need(context, HAS_SHARED, 'the folder ../shared with answers of Zuul')
      const answer = load(readFileSync(join(SHARED, 'fixtures', `zuul-build-${name}.yaml`), 'utf8')) as object
      const log = 'https://somehost/829161/3/check/openstack-tox-py39/38bf2cd/'
      const changed = { job: 'openstack-tox-py39', pipeline: 'check', patchset: number, logUrl: log }
      expect(await buildOf(answer)).toEqual({ ...expected, ...changed })
    })
  }

  it.each<[string, object, object]>([
    ['no logs', { log_url: null }, { logUrl: undefined }],
    ['logs without a slash', { log_url: 'http://logs/x' }, { logUrl: 'http://logs/x/' }],
    ['logs that are no web', { log_url: 'finger://zuul/x' }, { logUrl: undefined }],
    ['logs on the disk', { log_url: 'file:///etc/' }, { logUrl: undefined }],
    ['logs with a password', { log_url: 'https://a:b@logs/x/' }, { logUrl: undefined }],
    ['no result yet', { result: null, end_time: null }, { result: undefined, ended: undefined }],
    ['a branch, no change', { change: null, patchset: null }, { change: undefined, patchset: undefined }],
    ['numbers the other way round', { change: '829161', patchset: 3 }, { change: 829161, patchset: 3 }],
    ['odd values', { pipeline: 5, change: -1, end_time: 'now', ref: [] }, { pipeline: undefined, ended: undefined }],
  ])('reads %s', async (_name, changes, differences) => {
    expect(await buildOf({ ...flat, ...changes })).toMatchObject({ uuid: UUID, ...differences })
  })

  it('gives nothing where Zuul knows no such build, and asks nothing for what is no build', async () => {
    const { url, requests } = await serve({})
    const client = zuulClient(url, quickFetch())
    expect(await client.build('openstack', UUID)).toBeUndefined()
    expect(await client.build('..', UUID)).toBeUndefined()
    expect(await client.build('openstack', '../../../x')).toBeUndefined()
    expect(requests).toEqual([PATH])
  })

  it('takes no other build for the one that it asked for', async () => {
    await expect(buildOf({ ...flat, uuid: UUID.replace('3', '4') })).rejects.toMatchObject({ kind: 'content' })
  })

  it.each(BAD_ANSWERS)('hands on errors of the fetch: %s', async (_name, listener, error) => {
    const { url } = await serve(listener)
    const failed = zuulClient(url, quickFetch()).build('openstack', UUID)
    await expect(failed).rejects.toThrow(FetchError)
    await expect(failed).rejects.toMatchObject(error)
  })
})

const JOB = 'openstack-tox-py311'
const TOX_3 = [
  '2026-01-01 00:00:00.000001 | ubuntu-jammy | py311 create: /src/.tox/py311',
  '2026-01-01 00:00:01.000001 | ubuntu-jammy | py311 installed: oslo.config==9.7.1,six==1.16.0',
  '2026-01-01 00:00:02.000001 | ubuntu-jammy | py311 run-test: commands[0] | stestr run',
  '',
].join('\n')
const TOX_4 = [
  'name: py311',
  'run_id: freeze',
  'env PIP_DISABLE_PIP_VERSION_CHECK: 1',
  'cwd: /src',
  'allow: *',
  'cmd: /src/.tox/py311/bin/python -m pip freeze --all',
  'exit_code: 0',
  'oslo.config==9.7.1',
  '# Editable Git install with no remote (nova==31.0.0)',
  '-e /src',
  'six==1.16.0',
  'other @ file:///tmp/other',
  '',
  'standard error:',
  'WARNING: a==1',
].join('\n')
const VERSIONS = new Map([
  ['oslo-config', '9.7.1'],
  ['six', '1.16.0'],
])
const file = (name: string, encoding: string | null = null) => ({ name, mimetype: 'text/plain', encoding, size: 1 })
const tree = (tox: readonly string[], top: readonly string[] = ['job-output.txt']) =>
  JSON.stringify({
    tree: [
      { ...file('tox'), mimetype: 'application/directory', children: tox.map((name) => file(name)) },
      ...top.map((name) => file(name)),
    ],
    index_links: false,
  })

/** A build's logs below `/logs/`, and what is found in them by which requests. */
async function lookInto(pages: Pages, job = JOB, fetch: Fetch = quickFetch()) {
  const below = Object.fromEntries(Object.entries(pages).map(([path, page]) => [`/logs/${path}`, page]))
  const { url, requests } = await serve(below)
  const folder = `${url}/logs/`
  const asked = () => requests.map((path) => path.slice('/logs/'.length))
  try {
    const found = await zuulClient(url, fetch).freeze(folder, job)
    if (typeof found === 'string') return { found, asked: asked() }
    const { freeze } = found
    const { environment, versions } = freeze
    return { found: { log: found.url.slice(folder.length), form: freeze.form, environment, versions }, asked: asked() }
  } catch (error) {
    return { found: error, asked: asked() }
  }
}

describe('freeze', () => {
  const tox3 = { form: 'tox 3', environment: 'py311', versions: VERSIONS }
  const tox4 = { form: 'tox 4', environment: 'py311', versions: VERSIONS }
  const manifest = 'zuul-manifest.json'

  it.each<[string, Pages[string]]>([
    ['plain', TOX_4],
    ['gzip', bytes(gzipSync(TOX_4))],
    ['gzip, as its header says', bytes(gzipSync(TOX_4), { 'content-encoding': 'gzip' })],
  ])("is read in tox 4's own file: %s", async (_name, log) => {
    const pages = {
      [manifest]: tree(['1-install_deps.log', '3-freeze.log', '4-commands[0].log']),
      'tox/3-freeze.log': log,
      'job-output.txt': 'nothing',
    }
    expect(await lookInto(pages)).toEqual({
      found: { log: 'tox/3-freeze.log', ...tox4 },
      asked: [manifest, 'tox/3-freeze.log'],
    })
  })

  it.each<[string, string, Pages[string]]>([
    ['plain', 'job-output.txt', TOX_3],
    ['gzip under a plain name', 'job-output.txt', bytes(gzipSync(TOX_3))],
    ['gzip', 'job-output.txt.gz', bytes(gzipSync(TOX_3), { 'content-encoding': 'gzip' })],
    ['plain under a packed name', 'job-output.txt.gz', TOX_3],
  ])("is read in the job's log: %s", async (_name, log, body) => {
    expect(await lookInto({ [manifest]: tree(['py311-0.log', 'py311-1.log'], [log]), [log]: body })).toEqual({
      found: { log, ...tox3 },
      asked: [manifest, log],
    })
  })

  it("is read in tox 3's files where the job's log says nothing: the last ones of the job's environment", async () => {
    const logs = ['py311-0.log', 'py311-2.log', 'py311-10.log', 'docs-11.log']
    const pages = {
      [manifest]: tree(logs),
      'job-output.txt': 'nothing\n',
      'tox/py311-10.log': '',
      'tox/py311-2.log': TOX_3,
    }
    expect(await lookInto(pages)).toEqual({
      found: { log: 'tox/py311-2.log', ...tox3 },
      asked: [manifest, 'job-output.txt', 'tox/py311-10.log', 'tox/py311-2.log'],
    })
  })

  it.each([
    ['no JSON', '{"tree"'],
    ['another JSON', '{"tree": 5}'],
    ['an empty tree', '{"tree": []}'],
    ['odd nodes', '{"tree": [null, {"name": 5}, {"name": "tox", "children": "x"}]}'],
  ])("is read in the job's log where the manifest is %s", async (_name, odd) => {
    expect(await lookInto({ [manifest]: odd, 'job-output.txt': TOX_3 })).toEqual({
      found: { log: 'job-output.txt', ...tox3 },
      asked: [manifest, 'job-output.txt'],
    })
  })

  it('is none where the logs say nothing of versions', async () => {
    const { found, asked } = await lookInto({ [manifest]: tree([]), 'job-output.txt': 'all is well\n' })
    expect({ found, asked }).toEqual({ found: 'none', asked: [manifest, 'job-output.txt'] })
  })

  it.each<[string, Pages, string[]]>([
    ['nothing is there', {}, [manifest, '']],
    ['the manifest is gone', { [manifest]: status(410) }, [manifest]],
    ['the manifest is not for everybody', { [manifest]: status(403, PAGE) }, [manifest]],
    ['the manifest is a challenge', { [manifest]: PAGE }, [manifest]],
    ['the listing is a challenge', { '': PAGE }, [manifest, '']],
    ['the log is gone', { [manifest]: tree([]), 'job-output.txt': status(410) }, [manifest, 'job-output.txt']],
    ['the log is a challenge', { [manifest]: tree([]), 'job-output.txt': PAGE }, [manifest, 'job-output.txt']],
    [
      'all logs are challenges',
      { [manifest]: tree(['3-freeze.log']), 'tox/3-freeze.log': PAGE, 'job-output.txt': PAGE },
      [manifest, 'tox/3-freeze.log', 'job-output.txt'],
    ],
  ])('is expired where %s', async (_name, pages, requests) => {
    expect(await lookInto(pages)).toEqual({ found: 'expired', asked: requests })
  })

  it('is found where the server moved its logs', async () => {
    const { url, requests } = await serve({
      [`/old/${manifest}`]: redirect(`/new/${manifest}`),
      [`/new/${manifest}`]: tree([]),
      '/old/job-output.txt': redirect('/new/job-output.txt'),
      '/new/job-output.txt': TOX_3,
    })
    const found = await zuulClient(url, quickFetch()).freeze(`${url}/old`, JOB)
    expect(found).toMatchObject({ url: `${url}/old/job-output.txt` })
    expect(requests).toHaveLength(4)
  })

  it('is read no further than it goes', async () => {
    const log = `x: freeze> python -m pip freeze --all\nx: six==1.16.0\nPOST-RUN START: [untrusted : x]\n${'more\n'.repeat(1000)}`
    let read = 0
    const fetch = quickFetch()
    const counting: Fetch = {
      ...fetch,
      lines: (url, limits, onLine, options) => {
        const count = (line: string) => {
          read++
          return onLine(line)
        }
        return fetch.lines(url, limits, count, options)
      },
    }
    const { found } = await lookInto({ [manifest]: tree([]), 'job-output.txt': log }, JOB, counting)
    expect(found).toMatchObject({ form: 'tox 4', versions: new Map([['six', '1.16.0']]) })
    expect(read).toBeLessThan(1000)
  })

  it.each<[string, Page, object]>([
    ['503', status(503), { kind: 'status', status: 503 }],
    ['too much', (_, response) => response.end('x'.repeat(5000)), { kind: 'size' }],
    ['a bomb', bytes(gzipSync('x\n'.repeat(1_000_000))), { kind: 'size' }],
    ['nothing for ever', () => undefined, { kind: 'timeout' }],
    [
      'a log that is cut off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '4000' })
        response.write(TOX_3, () => response.destroy())
      },
      { kind: 'cut off' },
    ],
    ['redirects', redirect('/logs/job-output.txt'), { kind: 'redirect' }],
  ])('is an error of the fetch where the log is %s', async (_name, log, error) => {
    const impatient = quickFetch({ maxBytes: 4000, timeoutSeconds: 0.5 })
    const { found } = await lookInto({ [manifest]: tree([]), 'job-output.txt': log }, JOB, impatient)
    expect(found).toBeInstanceOf(FetchError)
    expect(found).toMatchObject(error)
  })

  it.each([503, 429])('is asked for again where the server answers %i', async (code) => {
    let tries = 0
    const later: Page = (_request, response) => {
      if (++tries === 1) response.writeHead(code, { 'retry-after': '1' }).end(PAGE)
      else response.end(TOX_3)
    }
    const { found, asked } = await lookInto({ [manifest]: tree([]), 'job-output.txt': later })
    expect(found).toMatchObject(tox3)
    expect(asked).toHaveLength(3)
  })

  it.each(['finger://zuul/x', '', 'x', 'file:///etc', 'http://a:b@c/'])('is none below %j', async (place) => {
    expect(await zuulClient('http://127.0.0.1:2', quickFetch()).freeze(place, JOB)).toBe('none')
  })
})

describe('logs before Zuul had manifests', () => {
  const listing = (...names: string[]) =>
    `<html><body><h1>Index of /29015</h1>${names.map((name) => `<a href="${name}">${name}</a>`).join('\n')}</body></html>`
  const console = `<html><head><title>Console</title></head><body><pre>\n${TOX_3.replace(/^/gm, '<span class="NONE">')}</pre>`
  const jenkins = { form: 'tox 3', environment: 'py311', versions: VERSIONS }

  it.each<[string, string, Pages[string]]>([
    ['plain', 'console.html', console],
    ['gzip', 'console.html.gz', bytes(gzipSync(console))],
    ['gzip under a plain name', 'console.html', bytes(gzipSync(console), { 'content-type': 'text/html' })],
  ])("are Jenkins's console: %s", async (_name, name, body) => {
    const pages = { '': listing('../', 'logs/', name), [name]: body }
    expect(await lookInto(pages, 'gate-keystone-python27-ubuntu-xenial')).toEqual({
      found: { log: name, ...jenkins },
      asked: ['', name],
    })
  })

  it("are Zuul's own log where a listing names it", async () => {
    const pages = { '': listing('/x/29015/job-output.json', '/x/job-output.txt.gz'), 'job-output.txt.gz': TOX_3 }
    expect(await lookInto(pages, 'tox-py35')).toEqual({
      found: { log: 'job-output.txt.gz', ...jenkins },
      asked: ['zuul-manifest.json', '', 'job-output.txt.gz'],
    })
  })

  it.each<[string, Pages, string[]]>([
    ['the listing is gone', {}, ['']],
    ['the listing names none', { '': listing('other.txt') }, ['']],
    ['the console is gone', { '': listing('console.html') }, ['', 'console.html']],
  ])('are expired where %s', async (_name, pages, requests) => {
    expect(await lookInto(pages, 'gate-x-python27')).toEqual({ found: 'expired', asked: requests })
  })
})

it('a whole lookup takes four requests: change, build, manifest, log', async () => {
  const commit = 'a'.repeat(40)
  const requests: string[] = []
  const { url } = await serve((request, response) => {
    const path = request.url ?? ''
    requests.push(path)
    const message = `- ${JOB} ${url}/t/openstack/build/${UUID} : SUCCESS in 5m 00s`
    const messages = [{ message, patchset: 1, username: 'zuul', tag: 'autogenerated:zuul:gate' }]
    const merged = { number: 1, project: 'openstack/nova', branch: 'master', status: 'MERGED', changeId: 'I1' } as const
    if (path.startsWith('/changes/')) response.end(answerQuery([{ ...merged, commits: [commit], messages }], path))
    else if (path === PATH) response.end(JSON.stringify({ ...nested, log_url: `${url}/logs/` }))
    else if (path === '/logs/zuul-manifest.json') response.end(tree(['3-freeze.log']))
    else if (path === '/logs/tox/3-freeze.log') response.end(TOX_4)
    else response.writeHead(404).end()
  })
  const change = (await gerritClient(url, quickFetch()).nearest('openstack/nova', [commit]))?.change
  const [, tenant = '', uuid = ''] = /\/t\/(\w+)\/build\/(\w+)/.exec(change?.messages[0]?.message ?? '') ?? []
  const zuul = zuulClient(url, quickFetch())
  const build = await zuul.build(tenant, uuid)
  expect(await zuul.freeze(build?.logUrl ?? '', build?.job ?? '')).toMatchObject({ freeze: { versions: VERSIONS } })
  expect(requests).toHaveLength(4)
})

describe('inventory', () => {
  const inventory = async (page: Pages[string] | undefined) => {
    const { url } = await serve(page === undefined ? {} : { '/logs/zuul-info/inventory.yaml': page })
    return await zuulClient(url, quickFetch()).inventory(`${url}/logs`)
  }

  it('is given as text, packed or not', async () => {
    expect(await inventory('all:\n')).toBe('all:\n')
    expect(await inventory(bytes(gzipSync('all:\n')))).toBe('all:\n')
  })

  it('is nothing where it is gone, or a challenge, or the logs are nowhere', async () => {
    expect(await inventory(undefined)).toBeUndefined()
    expect(await inventory(status(410))).toBeUndefined()
    expect(await inventory(PAGE)).toBeUndefined()
    expect(await zuulClient('http://zuul', quickFetch()).inventory('finger://zuul/x')).toBeUndefined()
  })

  it('is an error of the fetch where the server is broken', async () => {
    await expect(inventory(status(500))).rejects.toMatchObject({ kind: 'status', status: 500 })
  })
})

describe('arbitrary answers', () => {
  const node = fc.record(
    { name: fc.constantFrom('tox', 'job-output.txt', 'py311-1.log', '3-freeze.log', 5), children: fc.jsonValue() },
    { requiredKeys: [] },
  )
  const nodes = fc.array(fc.oneof(node, fc.record({ name: fc.constant('tox'), children: fc.array(node) })))
  const answers = fc.oneof(
    fc.json(),
    fc.string(),
    nodes.map((all) => JSON.stringify({ tree: all })),
    fc.record(Object.fromEntries(Object.keys(flat).map((key) => [key, fc.jsonValue()]))).map((one) => {
      return JSON.stringify({ ...one, uuid: UUID, job_name: JOB })
    }),
    fc.string().map((text) => `<html><a href="${text}/console.html">${text}</a>\nname: x\nexit_code: 0\n${text}`),
  )

  it('are read, or are an error of the fetch', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.constantFrom(JOB, 'gate-x-python27', ''), async (answer, job) => {
        const client = zuulClient('http://zuul', fetchOf(answer))
        for (const asked of [
          client.build('openstack', UUID),
          client.freeze('http://logs/x', job),
          client.inventory('http://logs/x'),
        ]) {
          await asked.catch((error: unknown) => expect(error).toBeInstanceOf(FetchError))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('may be nested as deeply as they fit', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`
    const folder = `{"name":"tox","children":[{"name":"3-freeze.log","children":${deep}}]}`
    const client = zuulClient(
      'http://zuul',
      fetchOf(`{"uuid":"${UUID}","job_name":"x","ref":${deep},"tree":[${folder}]}`),
    )
    expect(await client.build('openstack', UUID)).toMatchObject({ uuid: UUID })
    expect(await client.freeze('http://logs/x', JOB)).toBe('none')
  })
})
