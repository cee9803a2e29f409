import type { RequestListener } from 'node:http'
import type { Fetch, FetchLimits } from '../../src/runtime/fetch.js'
import { nodeFetch } from '../../src/runtime/node-fetch.js'

/** A fetch that doesn't wait between tries, and takes lower limits than the caller's where the test says so. */
export function quickFetch(limits: Partial<FetchLimits> = {}): Fetch {
  const fetch = nodeFetch({}, async () => undefined)
  return {
    text: (url, usual, options) => fetch.text(url, { ...usual, ...limits }, options),
    lines: (url, usual, onLine, options) => fetch.lines(url, { ...usual, ...limits }, onLine, options),
  }
}

/** A fetch that gives one text for every URL, and no network. */
export function fetchOf(text: string): Fetch {
  const isHtml = text.startsWith('<html')
  return {
    text: async (url) => ({ text, url, isHtml }),
    async lines(url, _limits, onLine) {
      for (const line of text.split('\n')) if (!onLine(line)) break
      return { url }
    },
  }
}

/** What services answer when they don't want to or can't, and the error that a client has to make of it. */
export const BAD_ANSWERS: readonly (readonly [string, RequestListener, object])[] = [
  ['a challenge', (_, response) => response.end('<!DOCTYPE html><title>Are you human?</title>'), { kind: 'html' }],
  ['no JSON', (_, response) => response.end(")]}'\n[{"), { kind: 'content' }],
  ['other JSON', (_, response) => response.end(")]}'\n{}"), { kind: 'content' }],
  [
    'JSON that is cut off',
    (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('[', () => response.destroy())
    },
    { kind: 'cut off' },
  ],
  ['too much', (_, response) => response.end(`[${' '.repeat(8 * 1024 * 1024)}]`), { kind: 'size' }],
  ['redirects', (_, response) => response.writeHead(302, { location: '/again' }).end(), { kind: 'redirect' }],
  ['503', (_, response) => response.writeHead(503).end('busy'), { kind: 'status', status: 503 }],
  [
    '429 for ever',
    (_, response) => response.writeHead(429, { 'retry-after': '9999' }).end(),
    { kind: 'status', status: 429, retryAfterSeconds: 9999 },
  ],
  ['400 in words', (_, response) => response.writeHead(400).end('query is empty'), { kind: 'status', status: 400 }],
]
