import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FetchError } from '../../src/runtime/fetch.js'
import { nodeFetch } from '../../src/runtime/node-fetch.js'
import { makeCertificate } from '../support/certificates.js'
import { redirect, serve, serveProxy } from '../support/loopback.js'
import { hasTool, need } from '../support/requirements.js'
import { lazy, sharedScratch } from '../support/scratch.js'

const LIMITS = { maxBytes: 1000, timeoutSeconds: 5 }
const text = (url: string, variables = {}, limits = LIMITS) => nodeFetch(variables, atOnce).text(url, limits)
const atOnce = async () => undefined

const folder = sharedScratch()
const certificate = lazy(() => makeCertificate(folder))

describe('nodeFetch', () => {
  it('gives the text, and where redirects ended', async () => {
    const { url, requests } = await serve({ '/': redirect('a'), '/a': redirect('/b', 308), '/b': 'text äö' })
    expect(await text(`${url}/`)).toEqual({ text: 'text äö', url: `${url}/b`, isHtml: false })
    expect(requests).toEqual(['/', '/a', '/b'])
  })

  it('follows five redirects and no sixth', async () => {
    const hops = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`/${n}`, redirect(`/${n + 1}`)]))
    const five = await serve({ ...hops(5), '/5': 'there' })
    expect((await text(`${five.url}/0`)).text).toBe('there')
    const six = await serve({ ...hops(6), '/6': 'there' })
    await expect(text(`${six.url}/0`)).rejects.toThrow('more than 5 redirects')
  })

  it.each([
    ['not found', 404, /the server answered 404 Not Found/],
    ['not allowed', 401, /the server answered 401/],
    ['broken', 500, /the server answered 500/],
  ])('says what the server answered: %s', async (_name, status, message) => {
    const { url } = await serve((_request, response) => response.writeHead(status).end('words'))
    await expect(text(url)).rejects.toThrow(FetchError)
    await expect(text(url)).rejects.toThrow(message)
  })

  it('reads what is compressed', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('six===1.16.0\n'))
    })
    expect((await text(url)).text).toBe('six===1.16.0\n')
  })

  it('reads no more than it may, compressed or not', async () => {
    const fits = await serve({ '/': 'x'.repeat(1000) })
    expect((await text(`${fits.url}/`)).text).toHaveLength(1000)
    const large = await serve({ '/': 'x'.repeat(1001) })
    await expect(text(`${large.url}/`)).rejects.toThrow('larger than 1000 bytes')
    const bomb = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_000_000)))
    })
    await expect(text(bomb.url)).rejects.toThrow('larger than 1000 bytes')
  })

  it('waits no longer than it may, for the answer and for its end', async () => {
    const silent = await serve(() => undefined)
    await expect(text(silent.url, {}, { ...LIMITS, timeoutSeconds: 0.3 })).rejects.toThrow('no answer within 0.3 s')
    const slow = await serve((_request, response) => response.write('x'))
    await expect(text(slow.url, {}, { ...LIMITS, timeoutSeconds: 0.3 })).rejects.toThrow('no answer within 0.3 s')
  })

  it.each([
    ['no server', 'http://127.0.0.1:2/', /ECONNREFUSED/],
    ['no URL', 'http://', /Invalid URL/],
    ['no such host', 'http://giftwrap.invalid/', /giftwrap\.invalid/],
  ])('says why there is no answer: %s', async (_name, url, message) => {
    await expect(text(url)).rejects.toThrow(FetchError)
    await expect(text(url)).rejects.toThrow(message)
  })
})

describe('redirects', () => {
  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:text/plain,x'])('are not followed to %s', async (place) => {
    const { url } = await serve({ '/': redirect(place) })
    await expect(text(`${url}/`)).rejects.toThrow(/is not followed/)
  })

  it('are not followed from https to http', async (context) => {
    need(context, hasTool('openssl'), 'openssl')
    const plain = await serve({ '/': 'plain' })
    const secure = await serve({ '/': redirect(`${plain.url}/`) }, certificate())
    const variables = { SSL_CERT_FILE: certificate().authority }
    await expect(text(`${secure.url}/`, variables)).rejects.toThrow('from https to http is not followed')
    expect(plain.requests).toEqual([])
  })
})

describe('credentials in the URL', () => {
  const seen = async () => {
    const headers: (string | undefined)[] = []
    const server = await serve((request, response) => {
      headers.push(request.headers.authorization)
      if (request.url === '/on') response.writeHead(302, { location: '/end' }).end()
      else response.end('end')
    })
    return { ...server, headers }
  }
  const basic = (words: string) => `Basic ${Buffer.from(words).toString('base64')}`

  it('go to the server in a header, unquoted, and not into what is told', async () => {
    const { url, headers } = await seen()
    const told = await text(`${url.replace('://', '://me:p%40ss@')}/on`)
    expect(headers).toEqual([basic('me:p@ss'), basic('me:p@ss')])
    expect(told.url).toBe(`${url}/end`)
  })

  it('do not go to the server that a redirect names', async () => {
    const other = await seen()
    const { url } = await serve({ '/': redirect(`${other.url}/end`) })
    await text(`${url.replace('://', '://me:secret@')}/`)
    expect(other.headers).toEqual([undefined])
  })
})

describe("an authority of the site's own", () => {
  it('is trusted when SSL_CERT_FILE or NODE_EXTRA_CA_CERTS names it', async (context) => {
    need(context, hasTool('openssl'), 'openssl')
    const { url } = await serve({ '/': 'secure' }, certificate())
    const { authority } = certificate()
    expect((await text(`${url}/`, { SSL_CERT_FILE: authority })).text).toBe('secure')
    expect((await text(`${url}/`, { NODE_EXTRA_CA_CERTS: authority })).text).toBe('secure')
  })

  it('is not trusted else', async (context) => {
    need(context, hasTool('openssl'), 'openssl')
    const { url } = await serve({ '/': 'secure' }, certificate())
    await expect(text(`${url}/`)).rejects.toThrow(/certificate/)
    await expect(text(`${url}/`, { SSL_CERT_FILE: '/nowhere' })).rejects.toThrow(/certificate/)
  })
})

describe('a proxy', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('is used when %s names it', async (name) => {
    const proxy = await serveProxy()
    const { url, port } = await serve({ '/': 'behind' })
    expect((await text(`${url}/`, { [name]: proxy.url })).text).toBe('behind')
    expect(proxy.tunnels).toEqual([`127.0.0.1:${port}`])
  })

  it('is used for https, with the authority of the site', async (context) => {
    need(context, hasTool('openssl'), 'openssl')
    const proxy = await serveProxy()
    const { url, port } = await serve({ '/': 'secure' }, certificate())
    const variables = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: certificate().authority }
    expect((await text(`${url}/`, variables)).text).toBe('secure')
    expect(proxy.tunnels).toEqual([`127.0.0.1:${port}`])
  })

  it('is not used for what NO_PROXY names', async () => {
    const proxy = await serveProxy()
    const { url } = await serve({ '/': 'direct' })
    const variables = { HTTP_PROXY: proxy.url, NO_PROXY: 'localhost,127.0.0.1' }
    expect((await text(`${url}/`, variables)).text).toBe('direct')
    expect(proxy.tunnels).toEqual([])
  })

  it('that is not there is an error of the fetch, without its password', async () => {
    const { url } = await serve({ '/': 'never' })
    const failed = text(`${url}/`, { HTTP_PROXY: 'http://me:secret@127.0.0.1:2' })
    await expect(failed).rejects.toThrow(FetchError)
    await expect(failed).rejects.not.toThrow(/secret/)
  })
})
