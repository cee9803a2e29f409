import { type Fetch, FetchError, type FetchLimits } from '../runtime/fetch.js'

/** For answers that are read whole. */
export const ANSWER_LIMITS: FetchLimits = { maxBytes: 8 * 1024 * 1024, timeoutSeconds: 60 }

/** What a service answers as JSON, with or without Gerrit's first line `)]}'`. Nothing is known of its shape yet. */
export async function fetchJson(url: string, fetch: Fetch): Promise<unknown> {
  const { text, isHtml } = await fetch.text(url, ANSWER_LIMITS, { accept: 'application/json' })
  if (isHtml) throw new FetchError('html', 'the answer is a web page')
  try {
    return JSON.parse(text.replace(/^\)\]\}'\r?\n?/, ''))
  } catch (error) {
    throw new FetchError('content', 'the answer is not JSON', { cause: error })
  }
}
