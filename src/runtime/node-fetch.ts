import { STATUS_CODES } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { VERSION } from '../version.js'
import { decode, eachLine, isHtml } from './answer-body.js'
import type { Environment } from './environment.js'
import { type Fetch, FetchError, type FetchLimits, type FetchOptions } from './fetch.js'
import { readRetryAfter, type Sleep, withRetries } from './fetch-retries.js'
import { connectHttp, type Undici } from './http-client.js'
import { redact } from './redact.js'

const MAX_REDIRECTS = 5
/** What is read of an answer that nobody wants, so that its connection can be used again. */
const MAX_IGNORED_BYTES = 65_536
const USER_AGENT = `giftwrap/${VERSION} (builds packages of Python services)`
const ANY_TEXT = 'text/plain, */*;q=0.5'
/** What may work a moment later. Other errors are about names and certificates. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])
type Response = Awaited<ReturnType<Undici['request']>>

/** An answer whose body is still to come. */
interface Answer {
  /** Where the redirects ended, without credentials. */
  readonly url: string
  readonly contentType: unknown
  /** Its text in pieces. */
  readonly pieces: AsyncIterable<string>
  /** Ends the transfer, whatever of it is still to come. */
  close(): void
}

/**
 * HTTP through the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`), trusting Node's certificates and the
 * system's: Node's own fetch reads neither in version 20. Between tries it waits by `sleep`.
 */
export function nodeFetch(variables: Environment['variables'], sleep: Sleep = wait): Fetch {
  let client: ReturnType<typeof connectHttp> | undefined

  /** One try. The body is taken as it is sent: undici's fetch believes headers about what is gzip. */
  async function open(url: string, limits: FetchLimits, accept = ANY_TEXT): Promise<Answer> {
    client ??= connectHttp(variables)
    const { undici, dispatcher } = await client
    const signal = AbortSignal.timeout(limits.timeoutSeconds * 1000)
    try {
      let place = url
      for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
        const { address, authorization } = splitCredentials(place)
        const headers = { 'user-agent': USER_AGENT, accept, 'accept-encoding': 'gzip', ...authorization }
        const response = await undici.request(address, {
          dispatcher,
          signal,
          headers,
          headersTimeout: 0,
          bodyTimeout: 0,
        })
        const { location, 'content-type': contentType } = response.headers
        if (response.statusCode >= 300 && response.statusCode < 400 && typeof location === 'string') {
          await response.body.dump({ limit: MAX_IGNORED_BYTES }).catch(() => undefined)
          place = redirectTarget(place, location)
          continue
        }
        if (response.statusCode < 200 || response.statusCode >= 300) {
          await response.body.dump({ limit: MAX_IGNORED_BYTES }).catch(() => undefined)
          throw refusal(response)
        }
        const pieces = decode(received(response, limits), limits.maxBytes)
        return { url: address, contentType, pieces, close: () => response.body.destroy() }
      }
      throw new FetchError('redirect', `more than ${MAX_REDIRECTS} redirects`)
    } catch (error) {
      throw error instanceof FetchError ? error : failure(error, limits)
    }
  }

  return {
    text(url: string, limits: FetchLimits, options: FetchOptions = {}) {
      return withRetries(
        async () => {
          const answer = await open(url, limits, options.accept)
          try {
            let text = ''
            for await (const piece of answer.pieces) text += piece
            return { text, url: answer.url, isHtml: isHtml(text, answer.contentType) }
          } finally {
            answer.close()
          }
        },
        sleep,
        options.retries,
      )
    },

    async lines(url, limits, onLine, options = {}) {
      const answer = await withRetries(() => open(url, limits, options.accept), sleep, options.retries)
      let begun = options.takeHtml ?? false
      try {
        await eachLine(answer.pieces, (line) => {
          if (!begun && isHtml(line, answer.contentType)) throw new FetchError('html', 'the answer is a web page')
          begun ||= line.trim() !== ''
          return onLine(line)
        })
        return { url: answer.url }
      } finally {
        answer.close()
      }
    },
  }
}

async function* received({ body }: Response, limits: FetchLimits): AsyncGenerator<Uint8Array> {
  // A body that is closed early says so once more when nobody listens.
  body.on('error', () => undefined)
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.byteLength
      yield chunk
    }
  } catch (error) {
    if (isTimeout(error)) throw failure(error, limits)
    throw new FetchError('cut off', `the answer is cut off after ${size} bytes`, { cause: error })
  }
}

function refusal({ statusCode, headers }: Response): FetchError {
  return new FetchError('status', `the server answered ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim(), {
    status: statusCode,
    retryAfterSeconds: readRetryAfter(headers['retry-after'], Date.now()),
  })
}

/** fetch refuses credentials in a URL, and they belong to its server only: a header of their own for each hop. */
function splitCredentials(place: string): { address: string; authorization: Readonly<Record<string, string>> } {
  const url = new URL(place)
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  const authorization = user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
  return { address: url.href, authorization }
}

function redirectTarget(from: string, location: string): string {
  const source = new URL(from)
  const target = new URL(location, source)
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw new FetchError('redirect', `a redirect to ${target.protocol} is not followed`)
  }
  if (target.protocol === 'http:' && source.protocol === 'https:') {
    throw new FetchError('redirect', 'a redirect from https to http is not followed')
  }
  if (target.origin === source.origin && target.username === '') {
    target.username = source.username
    target.password = source.password
  }
  return target.href
}

function failure(error: unknown, limits: FetchLimits): FetchError {
  if (isTimeout(error)) {
    return new FetchError('timeout', `no answer within ${limits.timeoutSeconds} s`, { cause: error })
  }
  const causes = [error, error instanceof Error ? error.cause : undefined].filter((one) => one instanceof Error)
  const passing = causes.some((one) => 'code' in one && PASSING.has(String(one.code)))
  const told = causes.at(-1)
  // Several addresses that refuse are an error with a code and no words.
  const message = told === undefined ? String(error) : told.message || ('code' in told ? String(told.code) : told.name)
  return new FetchError(passing ? 'network' : 'unreachable', redact(message), { cause: error })
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
