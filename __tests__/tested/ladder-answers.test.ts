import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { questionOf, UUID, type WorldOptions } from '../support/tested-world.js'
import { climbed, short } from './climbing.js'

const PAGE = '<!DOCTYPE html>\n<title>Are you human?</title>\n'
const LINES = `2025-01-01 00:00:00.000000 | node | py311: freeze> python -m pip freeze --all
2025-01-01 00:00:00.000000 | node | py311: pip==24.0,six==1.15.0
`
const answer =
  (body: string | Uint8Array, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(body)
/** The first time so, and then otherwise. */
function firstThen(first: RequestListener, then: RequestListener): RequestListener {
  let times = 0
  return (request, response) => (times++ === 0 ? first : then)(request, response)
}
const cutOff =
  (body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': '100000' })
    response.write(body, () => setTimeout(() => response.destroy(), 20))
  }
const never: RequestListener = (_request, response) => {
  response.writeHead(200)
  response.write('\n')
}
/** In the shape of Zuul before its version 10. */
const flatBuild: RequestListener = (request, response) =>
  response.end(
    JSON.stringify({
      ...{ uuid: UUID, job_name: 'openstack-tox-py311', result: 'SUCCESS', pipeline: 'gate' },
      ...{ project: 'openstack/hello', change: 42, patchset: '1', ref: 'refs/changes/42/42/1' },
      log_url: `http://${request.headers.host}/logs/38b/`,
    }),
  )
const nestedBuild: RequestListener = (request, response) =>
  response.end(
    JSON.stringify({
      ...{ uuid: UUID, job_name: 'openstack-tox-py311', result: 'SUCCESS', pipeline: 'gate' },
      ref: { project: 'openstack/hello', change: 42, patchset: '1', ref: 'refs/changes/42/42/1' },
      log_url: `http://${request.headers.host}/logs/38b`,
    }),
  )
const FIRST = [1, 'six==1.15.0']
const numbers = (rungs: readonly { readonly rung: number }[]) => rungs.map(({ rung }) => rung)

describe('the first rung is there', () => {
  it.each<[string, WorldOptions['answers']]>([
    ['with a build as Zuul told it before version 10', { build: flatBuild }],
    ['with a build as Zuul tells it today', { build: nestedBuild }],
    ['with a log that is packed', { log: answer(gzipSync(LINES), 200, { 'content-encoding': 'gzip' }) }],
    ['with a log that is packed and says nothing of it', { log: answer(gzipSync(LINES)) }],
    ['with all of it packed', { manifest: answer(gzipSync('{"tree":[]}')), log: answer(gzipSync(LINES)) }],
    ['after a 429', { log: firstThen(answer('later', 429, { 'retry-after': '7' }), answer(LINES)) }],
    ['after a 429 of Zuul', { build: firstThen(answer('', 429), nestedBuild) }],
    ['after a list of logs that was cut off', { manifest: firstThen(cutOff('{"tr'), answer('{"tree":[]}')) }],
    [
      'with Python in a log among the freezes of other environments',
      {
        log: answer(`pep8: freeze> pip\npep8: six==9.9,hacking==1.0,flake8==3.0\n${LINES}`),
      },
    ],
  ])('%s', async (_name, answers) => {
    const { rungs, misses } = await climbed({ ...(answers && { answers }) })
    expect(short(rungs)[0]).toEqual(FIRST)
    expect(misses.filter(({ rung }) => rung < 4)).toEqual([])
  })

  it('without what no package index has: versions of checkouts, and patched ones', async () => {
    const log = 'py311: freeze> pip\npy311: six==1.15.0,nova==31.0.1.dev5,dbus-python==1.3.2+ubuntu1\n'
    const { rungs } = await climbed({ log })
    expect(short(rungs)[0]).toEqual(FIRST)
    const { rungs: others, misses } = await climbed({ log: 'py311: freeze> pip\npy311: nova==31.0.1.dev5\n' })
    expect(numbers(others)).toEqual([2, 3])
    expect(misses[0]).toMatchObject({ rung: 1, failed: false, why: expect.stringContaining('tells no versions') })
  })
})

describe('the second rung comes first, because the freeze can not be read,', () => {
  it.each<[string, WorldOptions['answers'], string]>([
    ['which is cut off', { log: cutOff(LINES) }, 'cut off'],
    ['which is cut off and packed', { log: answer(gzipSync(LINES.repeat(99)).subarray(0, 80)) }, 'cut off'],
    ['which never ends', { log: never }, 'no answer within'],
    ['which is refused for ever', { log: answer('', 429) }, '429'],
    ['whose server is broken', { log: answer('', 503) }, '503'],
  ])('%s', async (_name, answers, why) => {
    const { rungs, misses } = await climbed({ ...(answers && { answers }) }, undefined, { timeoutSeconds: 0.5 })
    expect(rungs[0]).toMatchObject({ rung: 2, what: 'requirements of openstack-tox-py311' })
    expect(misses[0]).toMatchObject({ rung: 1, failed: true, why: expect.stringContaining(why) })
    expect(misses.filter(({ rung, failed }) => rung === 1 && !failed)).toEqual([])
  })
})

describe('the third rung comes first, because the logs', () => {
  it.each<[string, WorldOptions]>([
    ['are gone', { answers: { manifest: answer('', 404), log: answer('', 404), inventory: answer('', 404) } }],
    ['may be read no more', { answers: { manifest: answer('', 403) } }],
    ['are a challenge', { answers: { manifest: answer(PAGE), log: answer(PAGE), inventory: answer(PAGE) } }],
    ['are a list, and each a challenge', { answers: { log: answer(PAGE), inventory: answer(PAGE) } }],
    ['are nowhere', { answers: { build: answer('', 404) } }],
    [
      'are at a host that has no name any more',
      {
        answers: {
          build: answer(
            JSON.stringify({ uuid: UUID, job_name: 'x', result: 'SUCCESS', log_url: 'http://logs.invalid/x/' }),
          ),
        },
      },
    ],
  ])('%s', async (_name, options) => {
    const { rungs, misses } = await climbed(options)
    expect(numbers(rungs)).toEqual([3])
    expect(misses.map(({ rung, failed }) => [rung, failed])).toEqual([
      [1, false],
      [2, false],
      [4, false],
    ])
  })

  it.each<[string, RequestListener]>([
    ['challenge', answer(PAGE)],
    ['429', answer('', 429)],
    ['no answer', () => undefined],
    ['half an answer', cutOff('{"uuid"')],
    ['another build', answer(JSON.stringify({ uuid: UUID.replace('3', '4'), job_name: 'x' }))],
  ])("can't be found: Zuul gives a %s", async (_name, build) => {
    const { rungs, misses } = await climbed({ answers: { build } }, undefined, { timeoutSeconds: 0.3 })
    expect(numbers(rungs)).toEqual([3])
    expect(misses[0]).toMatchObject({ rung: 1, failed: true })
  })
})

describe('the second rung', () => {
  const NONE = { log: 'nothing\n' }

  it('is not there where the inventory names no commit of the requirements', async () => {
    const { rungs, misses } = await climbed({ ...NONE, answers: { inventory: answer('all: {}') } })
    expect(numbers(rungs)).toEqual([3])
    expect(misses[1]).toMatchObject({ rung: 2, failed: false })
  })

  it.each<[string, RequestListener]>([
    ['has no such commit', answer('', 404)],
    ['is broken', answer('', 500)],
    ['is behind a challenge', answer(PAGE)],
    ['gives nothing', answer('')],
    ['gives something else', answer('too many requests\ntry again\n')],
  ])('is found in the repository where the server of constraints %s', async (_name, constraints) => {
    const { world, rungs } = await climbed({ ...NONE, answers: { constraints } })
    expect(short(rungs)[0]).toEqual([2, 'six==1.14.0', 'idna==3.6'])
    expect(rungs[0]?.requirements).toBe(world.requirementsCommit)
  })

  it.each<[string, RequestListener, boolean, string]>([
    ['does not know it', answer('', 404), false, 'can not be had any more'],
    ['is broken', answer('', 500), true, '500'],
    ['is behind a challenge', answer(PAGE), true, 'web page'],
  ])('of a merge that is nowhere: the server of constraints %s', async (_name, constraints, failed, why) => {
    const speculative = 'e'.repeat(40)
    const inventory = answer(
      `all: {vars: {zuul: {projects: {opendev.org/openstack/requirements: {commit: ${speculative}}}}}}`,
    )
    const { rungs, misses } = await climbed({ ...NONE, answers: { constraints, inventory } })
    expect(numbers(rungs)).toEqual([3])
    expect(misses.filter(({ rung }) => rung === 2)).toMatchObject([{ failed, why: expect.stringContaining(why) }])
  })

  it.each(['--upload-pack=x', '../../x', 'refs/heads/x', 'master'])(
    'takes %j of an inventory for no commit',
    async (commit) => {
      const inventory = answer(
        `all: {vars: {zuul: {projects: {opendev.org/openstack/requirements: {commit: "${commit}"}}}}}`,
      )
      expect(numbers((await climbed({ ...NONE, answers: { inventory } })).rungs)).toEqual([3])
    },
  )

  it('leaves out what is no version, and what is for another Python', async () => {
    const constraints = answer(
      [
        'six===1.14.0',
        "numpy===2.0.2;python_version=='3.9'",
        "scipy===1.15.2;python_version>='3.10'",
        'odd===one',
        '-e git+https://x.invalid/x',
        'url @ https://x.invalid/x.whl',
        'idna===3.7',
      ].join('\n'),
    )
    const { rungs } = await climbed({ ...NONE, answers: { constraints } })
    expect(short(rungs)[0]).toEqual([2, 'six==1.14.0', 'scipy==1.15.2', 'idna==3.7'])
  })
})

describe('Gerrit', () => {
  it.each<[string, RequestListener]>([
    ['challenge', answer(PAGE)],
    ['429', answer('', 429)],
    ['no answer', () => undefined],
    ['half an answer', cutOff(")]}'\n[{")],
  ])('that gives a %s costs the rungs that need it, and is the reason', async (_name, change) => {
    const question = ({ commit }: { commit: string }) => questionOf(commit, { branch: 'stable/2025.1' })
    const { rungs, misses } = await climbed({ answers: { change } }, question, { timeoutSeconds: 0.3 })
    expect(numbers(rungs)).toEqual([4])
    expect(misses.map(({ rung, failed }) => [rung, failed])).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ])
  })
})
