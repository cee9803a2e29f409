import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import type { Environment } from './environment.js'

export type Undici = typeof import('undici')

/** Where distributions keep the certificates that a site's administrator trusts. */
const SYSTEM_CERTIFICATES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * undici, and what connects it through the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`), trusting Node's
 * certificates and the system's: Node's own fetch reads neither in version 20. Time-outs are the caller's.
 */
export async function connectHttp(
  variables: Environment['variables'],
): Promise<{ readonly undici: Undici; readonly dispatcher: InstanceType<Undici['EnvHttpProxyAgent']> }> {
  const undici = await import('undici')
  const ca = [...rootCertificates, ...(await systemCertificates(variables))]
  const tls = { connect: { ca }, requestTls: { ca }, proxyTls: { ca } }
  const dispatcher = new undici.EnvHttpProxyAgent({ ...tls, ...proxies(variables), headersTimeout: 0, bodyTimeout: 0 })
  return { undici, dispatcher }
}

function proxies(variables: Environment['variables']) {
  const httpProxy = variables.http_proxy ?? variables.HTTP_PROXY ?? ''
  const httpsProxy = variables.https_proxy ?? variables.HTTPS_PROXY ?? httpProxy
  return { httpProxy, httpsProxy, noProxy: variables.no_proxy ?? variables.NO_PROXY ?? '' }
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
