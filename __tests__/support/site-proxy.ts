import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'

/** A company's proxy on loopback, which answers for one host itself, by a certificate of the site's own authority. */
export interface SiteProxy {
  /** What a user behind it has in the environment. */
  readonly env: Readonly<Record<string, string>>
  /** Paths that were asked of the host. */
  readonly asked: readonly string[]
  close(): void
}

const SYSTEM_BUNDLE = '/etc/ssl/certs/ca-certificates.crt'

/** Starts the proxy: `pages` are the host's, by path; tunnels to all other hosts go through. */
export async function startSiteProxy(
  host: string,
  pages: Readonly<Record<string, string>>,
  folder: string,
): Promise<SiteProxy> {
  const { key, cert, bundle } = makeCertificate(host, folder)
  const asked: string[] = []
  const origin = createHttpsServer({ key, cert }, (request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const page = pages[path]
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(page)
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<Socket>()
  const proxy = createHttpServer()
  proxy.on('connect', (request, client: Socket) => {
    const [name = '', port = '443'] = (request.url ?? '').split(':')
    const upstream =
      name === host ? connect((origin.address() as AddressInfo).port, '127.0.0.1') : connect(Number(port), name)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    upstream.on('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return {
    env: { HTTPS_PROXY: url, https_proxy: url, SSL_CERT_FILE: bundle },
    asked,
    close() {
      proxy.close()
      origin.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A certificate for the host, signed by an authority that only the bundle names, beside the system's own. */
function makeCertificate(host: string, folder: string) {
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const rsa = ['-newkey', 'rsa:2048', '-nodes']
  openssl('req', '-x509', ...rsa, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=A site of tests')
  openssl('req', ...rsa, '-keyout', 'host.key', '-out', 'host.csr', '-subj', `/CN=${host}`)
  writeFileSync(at('host.ext'), `subjectAltName=DNS:${host}\n`)
  const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial']
  openssl('x509', '-req', '-in', 'host.csr', ...signer, '-out', 'host.crt', '-days', '2', '-extfile', 'host.ext')
  writeFileSync(at('bundle.crt'), readFileSync(SYSTEM_BUNDLE, 'utf8') + readFileSync(at('ca.crt'), 'utf8'))
  return { key: readFileSync(at('host.key')), cert: readFileSync(at('host.crt')), bundle: at('bundle.crt') }
}
