import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { FetchError } from '../../src/runtime/fetch.js'
import { readRetryAfter } from '../../src/runtime/fetch-retries.js'
import { nodeFetch } from '../../src/runtime/node-fetch.js'
import { serve } from '../support/loopback.js'

const LIMITS = { maxBytes: 1000, timeoutSeconds: 5 }
const broken: RequestListener = (_request, response) => response.writeHead(503).end('broken')
const good: RequestListener = (_request, response) => response.end('good\n')
const comeBack =
  (words: string, status = 429): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'retry-after': words }).end()
const reset: RequestListener = (request) => request.socket.destroy()
const cutOff: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-length': '100' })
  response.write('one\ntwo', () => response.destroy())
}

/** A server that answers as told, its last answer for ever, and a fetch that tells how long it would have waited. */
async function scene(...answers: readonly RequestListener[]) {
  let tries = 0
  const waits: number[] = []
  const { url } = await serve((request, response) => {
    answers[Math.min(tries++, answers.length - 1)]?.(request, response)
  })
  const fetch = nodeFetch({}, async (milliseconds) => {
    waits.push(milliseconds)
  })
  return { url, fetch, waits, tries: () => tries }
}

describe('a server that is busy or broken', () => {
  it.each([
    ['503', broken],
    ['429', comeBack('0')],
    ['a connection that ends', reset],
    ['an answer that ends too early', cutOff],
  ])('is asked again: %s', async (_name, failing) => {
    const { url, fetch, waits, tries } = await scene(failing, failing, failing, good)
    expect((await fetch.text(url, LIMITS)).text).toBe('good\n')
    expect({ tries: tries(), waits: waits.length }).toEqual({ tries: 4, waits: 3 })
  })

  it('is asked four times and no fifth', async () => {
    const { url, fetch, tries } = await scene(broken, broken, broken, broken, good)
    await expect(fetch.text(url, LIMITS)).rejects.toMatchObject({ kind: 'status', status: 503 })
    expect(tries()).toBe(4)
  })

  it('is given twice the time each time, less up to a half', async () => {
    const { url, fetch, waits } = await scene(broken)
    await expect(fetch.text(url, LIMITS)).rejects.toThrow('the server answered 503 Service Unavailable')
    expect(waits).toHaveLength(3)
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 * 2 ** index)
      expect(wait).toBeLessThanOrEqual(500 * 2 ** index)
    }
  })

  it.each([
    ['seconds', '7', 7000],
    ['more seconds than anybody waits', '3600', 30_000],
    ['a date long past', 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['a date far ahead', 'Fri, 01 Jan 2100 00:00:00 GMT', 30_000],
  ])('is given the time that it asks for: %s', async (_name, words, expected) => {
    const { url, fetch, waits } = await scene(comeBack(words), comeBack(words, 503), good)
    expect((await fetch.text(url, LIMITS)).text).toBe('good\n')
    expect(waits).toEqual([expected, expected])
  })

  it.each([404, 401, 403, 410, 400])('is not asked again when it answers %i', async (status) => {
    const { url, fetch, tries } = await scene((_request, response) => response.writeHead(status).end(), good)
    const failed = fetch.text(url, LIMITS)
    await expect(failed).rejects.toThrow(FetchError)
    await expect(failed).rejects.toMatchObject({ kind: 'status', status })
    expect(tries()).toBe(1)
  })

  it('is not asked again when it took too long, nor for what is too large', async () => {
    const silent = await scene(() => undefined, good)
    const soon = { ...LIMITS, timeoutSeconds: 0.2 }
    await expect(silent.fetch.text(silent.url, soon)).rejects.toMatchObject({ kind: 'timeout' })
    const large = await scene((_request, response) => response.end('x'.repeat(2000)), good)
    await expect(large.fetch.text(large.url, LIMITS)).rejects.toMatchObject({ kind: 'size' })
    expect([silent.tries(), large.tries()]).toEqual([1, 1])
  })

  it('is asked as often as the caller says, and never more than four times', async () => {
    const never = await scene(broken)
    await expect(never.fetch.text(never.url, LIMITS, { retries: 0 })).rejects.toMatchObject({ status: 503 })
    const often = await scene(broken)
    await expect(often.fetch.text(often.url, LIMITS, { retries: 100 })).rejects.toMatchObject({ status: 503 })
    expect([never.tries(), often.tries()]).toEqual([1, 4])
  })

  it('is asked again for lines before the first of them, and not after', async () => {
    const early = await scene(broken, reset, good)
    const lines: string[] = []
    await early.fetch.lines(early.url, LIMITS, (line) => lines.push(line) > 0)
    expect({ lines, tries: early.tries() }).toEqual({ lines: ['good'], tries: 3 })
    const late = await scene(cutOff, good)
    await expect(late.fetch.lines(late.url, LIMITS, () => true)).rejects.toMatchObject({ kind: 'cut off' })
    expect(late.tries()).toBe(1)
  })
})

it.each<[unknown, number | undefined]>([
  ['120', 120],
  [' 5 ', 5],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 60],
  ['Wednesday, 21-Oct-15 07:28:00 GMT', 60],
  ['Wed, 21 Oct 2015 07:20:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2015', 2015],
  ['2015-10-21', undefined],
  ['9'.repeat(400), undefined],
  ['', undefined],
  [['1', '2'], undefined],
  [undefined, undefined],
])('Retry-After: %s', (header, seconds) => {
  expect(readRetryAfter(header, Date.parse('2015-10-21T07:27:00Z'))).toBe(seconds)
})
