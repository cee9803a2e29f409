import { FetchError } from './fetch.js'

/** Waits, so many milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>

const MAX_RETRIES = 3
const MAX_WAIT_SECONDS = 30
const FIRST_WAIT_SECONDS = 0.5

/** Tries again what may pass by itself: 429, 5xx and network errors; at most 4 tries and 30 s between two of them. */
export async function withRetries<T>(attempt: () => Promise<T>, sleep: Sleep, retries = MAX_RETRIES): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof FetchError) || !mayPass(error) || tried > Math.min(retries, MAX_RETRIES)) throw error
      await sleep(Math.min(waitSeconds(error, tried), MAX_WAIT_SECONDS) * 1000)
    }
  }
}

function mayPass({ kind, status = 0 }: FetchError): boolean {
  return kind === 'network' || kind === 'cut off' || (kind === 'status' && (status === 429 || status >= 500))
}

/** What the server asks for, else twice as long each time; by chance up to half of it less, so that many don't meet. */
function waitSeconds({ retryAfterSeconds }: FetchError, tried: number): number {
  return retryAfterSeconds ?? FIRST_WAIT_SECONDS * 2 ** (tried - 1) * (1 - Math.random() / 2)
}

/** Both forms of https://www.rfc-editor.org/rfc/rfc9110#name-retry-after: seconds, or a date. `now` in milliseconds. */
export function readRetryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header)
  // The three forms of an HTTP date begin with the day of the week; Date.parse takes much that is none.
  const at = /^(?:Mon|Tues?|Wed|Thu|Fri|Sat|Sun)/.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000)
}
