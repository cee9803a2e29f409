import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import type { Environment } from './environment.js'
import { type Fetch, FetchError, type FetchedText, type FetchLimits } from './fetch.js'
import { redact } from './redact.js'

const MAX_REDIRECTS = 5
const USER_AGENT = 'giftwrap (builds packages of Python services)'
/** Where distributions keep the certificates that a site's administrator trusts. */
const SYSTEM_CERTIFICATES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

type Undici = typeof import('undici')

/**
 * HTTP through the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`), trusting Node's certificates and the
 * system's: Node's own fetch reads neither in version 20.
 */
export function nodeFetch(variables: Environment['variables']): Fetch {
  let client: Promise<{ undici: Undici; dispatcher: InstanceType<Undici['EnvHttpProxyAgent']> }> | undefined

  async function connect() {
    const undici = await import('undici')
    const ca = [...rootCertificates, ...(await systemCertificates(variables))]
    const tls = { connect: { ca }, requestTls: { ca }, proxyTls: { ca } }
    const dispatcher = new undici.EnvHttpProxyAgent({ ...tls, ...proxies(variables) })
    return { undici, dispatcher }
  }

  return {
    async text(url: string, limits: FetchLimits): Promise<FetchedText> {
      client ??= connect()
      const { undici, dispatcher } = await client
      const signal = AbortSignal.timeout(limits.timeoutSeconds * 1000)
      try {
        let place = url
        for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
          const { address, authorization } = splitCredentials(place)
          const response = await undici.fetch(address, {
            dispatcher,
            signal,
            redirect: 'manual',
            headers: { 'user-agent': USER_AGENT, accept: 'text/plain, */*;q=0.5', ...authorization },
          })
          const location = response.headers.get('location')
          if (response.status >= 300 && response.status < 400 && location !== null) {
            await response.body?.cancel()
            place = redirectTarget(place, location)
            continue
          }
          if (!response.ok) {
            await response.body?.cancel()
            throw new FetchError(`the server answered ${response.status} ${response.statusText}`.trim())
          }
          return { text: await boundedText(response.body, limits.maxBytes), url: address }
        }
        throw new FetchError(`more than ${MAX_REDIRECTS} redirects`)
      } catch (error) {
        throw error instanceof FetchError ? error : new FetchError(describe(error, limits), { cause: error })
      }
    },
  }
}

function proxies(variables: Environment['variables']) {
  const httpProxy = variables.http_proxy ?? variables.HTTP_PROXY ?? ''
  const httpsProxy = variables.https_proxy ?? variables.HTTPS_PROXY ?? httpProxy
  return { httpProxy, httpsProxy, noProxy: variables.no_proxy ?? variables.NO_PROXY ?? '' }
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
    throw new FetchError(`a redirect to ${target.protocol} is not followed`)
  }
  if (target.protocol === 'http:' && source.protocol === 'https:') {
    throw new FetchError('a redirect from https to http is not followed')
  }
  if (target.origin === source.origin && target.username === '') {
    target.username = source.username
    target.password = source.password
  }
  return target.href
}

async function boundedText(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new FetchError(`the answer is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function systemCertificates(variables: Environment['variables']): Promise<string[]> {
  const candidates = variables.SSL_CERT_FILE ? [variables.SSL_CERT_FILE] : SYSTEM_CERTIFICATES
  const extra = variables.NODE_EXTRA_CA_CERTS ? [variables.NODE_EXTRA_CA_CERTS] : []
  const found: string[] = []
  for (const list of [candidates, extra]) {
    for (const path of list) {
      const bundle = await readFile(path, 'utf8').catch(() => undefined)
      if (bundle === undefined) continue
      found.push(bundle)
      break
    }
  }
  return found
}

function describe(error: unknown, limits: FetchLimits): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${limits.timeoutSeconds} s`
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return redact(cause instanceof Error ? cause.message || cause.name : String(cause))
}
