import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Loopback {
  /** Without a slash at its end. */
  readonly url: string
  readonly port: number
  /** Paths asked for, in order. */
  readonly requests: readonly string[]
  readonly server: Server
}

/** A handler by path; others are answered 404. */
export type Pages = Readonly<Record<string, string | ((request: IncomingMessage, response: ServerResponse) => void)>>

function answer(pages: Pages, requests: string[]): RequestListener {
  return (request, response) => {
    requests.push(request.url ?? '')
    const page = pages[request.url ?? '']
    if (page === undefined) response.writeHead(404).end('not here')
    else if (typeof page === 'string') response.end(page)
    else page(request, response)
  }
}

/** An HTTP server on loopback for as long as the test runs; an HTTPS server where there is a certificate. */
export async function serve(
  pages: Pages | RequestListener,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<Loopback> {
  const requests: string[] = []
  const listener = typeof pages === 'function' ? pages : answer(pages, requests)
  const server = certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const scheme = certificate === undefined ? 'http' : 'https'
  return { url: `${scheme}://127.0.0.1:${port}`, port, requests, server }
}

/** A page that sends the client elsewhere. */
export function redirect(location: string, status = 302): (request: IncomingMessage, response: ServerResponse) => void {
  return (_request, response) => {
    response.writeHead(status, { location }).end()
  }
}

/** A proxy that opens tunnels (CONNECT), and the places it was asked for. */
export async function serveProxy(): Promise<Loopback & { readonly tunnels: readonly string[] }> {
  const tunnels: string[] = []
  const loopback = await serve({})
  loopback.server.on('connect', (request: IncomingMessage, client: Socket) => {
    tunnels.push(request.url ?? '')
    const [host, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    for (const socket of [client, upstream]) {
      socket.on('error', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    onTestFinished(() => {
      client.destroy()
      upstream.destroy()
    })
  })
  return { ...loopback, tunnels }
}
