import type { RequestListener, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, eachLine } from '../../src/runtime/answer-body.js'
import { nodeFetch } from '../../src/runtime/node-fetch.js'
import { VERSION } from '../../src/version.js'
import { redirect, serve } from '../support/loopback.js'

const LIMITS = { maxBytes: 100_000, timeoutSeconds: 5 }
const fetch = nodeFetch({}, async () => undefined)

async function linesOf(url: string, options = {}, limits = LIMITS): Promise<string[]> {
  const lines: string[] = []
  await fetch.lines(url, limits, (line) => lines.push(line) > 0, options)
  return lines
}

async function sent(body: string | Uint8Array, headers: Record<string, string> = {}) {
  return (await serve((_request, response) => response.writeHead(200, headers).end(body))).url
}

/** An answer in pieces, each sent when the one before it is on its way. */
async function inPieces(pieces: readonly (string | Uint8Array)[], end: (response: ServerResponse) => void) {
  const listener: RequestListener = (_request, response) => {
    const next = (index: number) => {
      const piece = pieces[index]
      if (piece === undefined) end(response)
      else response.write(piece, () => setImmediate(next, index + 1))
    }
    next(0)
  }
  return (await serve(listener)).url
}

describe('lines', () => {
  it('are handed on without their ends, the last one too when it has none', async () => {
    expect(await linesOf(await sent('one\r\ntwo\n\nfo\rur\nfive'))).toEqual(['one', 'two', '', 'fo\rur', 'five'])
    expect(await linesOf(await sent('one\n'))).toEqual(['one'])
    expect(await linesOf(await sent(''))).toEqual([])
  })

  it('end where the reader wants no more, and so does the transfer', async () => {
    let close: () => void = () => undefined
    const closed = new Promise<void>((resolve) => {
      close = resolve
    })
    const { url } = await serve((_request, response) => {
      const more = () => {
        if (!response.destroyed) response.write('line\n'.repeat(1000), () => setImmediate(more))
      }
      response.on('close', close)
      more()
    })
    let count = 0
    await fetch.lines(url, { ...LIMITS, maxBytes: 1e9 }, () => ++count < 3)
    expect(count).toBe(3)
    await closed
  })

  it('tell where redirects ended', async () => {
    const { url } = await serve({ '/': redirect('/log'), '/log': 'one' })
    expect(await fetch.lines(`${url}/`, LIMITS, () => true)).toEqual({ url: `${url}/log` })
    const endless = await serve({ '/': redirect('/') })
    await expect(linesOf(`${endless.url}/`)).rejects.toMatchObject({ kind: 'redirect' })
  })

  it('of more than a million characters are cut', async () => {
    const lines = await linesOf(
      await sent(`${'x'.repeat(1_500_000)}\nnext\n${'y'.repeat(999_999)}\r\n`),
      {},
      {
        ...LIMITS,
        maxBytes: 4_000_000,
      },
    )
    expect(lines.map((line) => [line[0], line.length])).toEqual([
      ['x', 1_000_000],
      ['n', 4],
      ['y', 999_999],
    ])
  })

  it('hand the error of their reader on as it is', async () => {
    const mistake = new TypeError('a mistake')
    const failed = fetch.lines(await sent('one\n'), LIMITS, () => {
      throw mistake
    })
    await expect(failed).rejects.toBe(mistake)
  })

  it('are asked for as what the caller wants, by an honest name', async () => {
    const seen: unknown[] = []
    const { url } = await serve(({ headers }, response) => {
      seen.push([headers.accept, headers['user-agent'], headers['accept-encoding']])
      response.end()
    })
    await fetch.text(url, LIMITS, { accept: 'application/json' })
    await linesOf(url)
    const agent = `giftwrap/${VERSION} (builds packages of Python services)`
    expect(seen).toEqual([
      ['application/json', agent, 'gzip'],
      ['text/plain, */*;q=0.5', agent, 'gzip'],
    ])
  })
})

describe('gzip', () => {
  const plain = 'one äö\ntwo\n'
  const packed = gzipSync(plain)
  const gzip = { 'content-encoding': 'gzip' }
  const bodies: [string, string | Uint8Array, Record<string, string>][] = [
    ['plain', plain, {}],
    ['plain, though called gzip', plain, gzip],
    ['packed, as its header says', packed, gzip],
    ['packed, and its header is silent', packed, { 'content-type': 'text/plain' }],
    ['packed twice', gzipSync(packed), gzip],
  ]

  it.each(bodies)('is known by its first bytes: %s', async (_name, body, headers) => {
    const url = await sent(body, headers)
    expect(await linesOf(`${url}/log.txt`)).toEqual(['one äö', 'two'])
    expect((await fetch.text(`${url}/log.txt.gz`, LIMITS)).text).toBe(plain)
  })

  it('is known when it comes byte by byte', async () => {
    const url = await inPieces(
      [...packed].map((byte) => Uint8Array.of(byte)),
      (response) => response.end(),
    )
    expect(await linesOf(url)).toEqual(['one äö', 'two'])
  })

  it('of one byte or a broken one is no crash', async () => {
    expect(await linesOf(await sent(Uint8Array.of(0x1f)))).toEqual(['\u001f'])
    await expect(linesOf(await sent(Uint8Array.of(0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)))).rejects.toMatchObject({
      kind: 'content',
    })
  })

  it.each([1, 2])('is unpacked up to the limit and no further, packed %i times', async (layers) => {
    let bomb: Uint8Array = Buffer.alloc(20_000_000, 'line of a bomb\n')
    for (let layer = 0; layer < layers; layer++) bomb = gzipSync(bomb)
    const url = await sent(bomb)
    let size = 0
    const read = fetch.lines(url, LIMITS, (line) => {
      size += line.length
      return true
    })
    await expect(read).rejects.toMatchObject({ kind: 'size', message: 'the answer is larger than 100000 bytes' })
    expect(size).toBeLessThanOrEqual(100_000)
    await expect(fetch.text(url, LIMITS)).rejects.toMatchObject({ kind: 'size' })
  })
})

describe('an answer', () => {
  it('that is larger than it may be is an error, after what may be', async () => {
    await expect(linesOf(await sent('x\n'.repeat(50_001)))).rejects.toMatchObject({ kind: 'size' })
    expect(await linesOf(await sent('x\n'.repeat(50_000)))).toHaveLength(50_000)
  })

  it.each<[string, (body: string) => Promise<string>]>([
    [
      'shorter than announced',
      async (body) => {
        const server = await serve((_request, response) => {
          response.writeHead(200, { 'content-length': '1000' })
          response.write(body, () => response.destroy())
        })
        return server.url
      },
    ],
    ['of pieces without an end', (body) => inPieces([body], (response) => response.destroy())],
    ['of half a gzip', (body) => sent(gzipSync(body.repeat(100)).subarray(0, -12))],
  ])('that is cut off says so: %s', async (_name, make) => {
    const url = await make('one\ntwo\n')
    await expect(linesOf(url)).rejects.toMatchObject({ kind: 'cut off', message: expect.stringMatching(/is cut off/) })
    await expect(fetch.text(url, LIMITS)).rejects.toMatchObject({ kind: 'cut off' })
  })

  it('that never ends is waited for no longer than it may take', async () => {
    const slow = await serve((_request, response) => response.write('one\n'))
    const lines: string[] = []
    const read = fetch.lines(slow.url, { ...LIMITS, timeoutSeconds: 0.3 }, (line) => lines.push(line) > 0)
    await expect(read).rejects.toMatchObject({ kind: 'timeout', message: 'no answer within 0.3 s' })
    expect(lines).toEqual(['one'])
  })

  it('that is no UTF-8 is read with replacements', async () => {
    const url = await inPieces([Uint8Array.of(0x61, 0xff, 0xc3), Uint8Array.of(0xa4, 0x0a, 0xe2)], (response) =>
      response.end(),
    )
    expect(await linesOf(url)).toEqual(['a\ufffdä', '\ufffd'])
  })
})

describe('a web page instead of text', () => {
  const pages: [string, string, string | undefined, boolean][] = [
    ['by its first words', '\n <!DOCTYPE html><html>', 'text/plain', true],
    ['by its first element', '<HTML lang="en">\n', undefined, true],
    ['by its type', '<head><title>Expired</title>', 'text/html; charset=utf-8', true],
    ['a log that is called HTML', '2026-01-01 | <html>\n', 'text/html', false],
    ['XML', '<?xml version="1.0"?>', 'application/xml', false],
    ['nothing', '', 'text/html', false],
  ]
  it.each(pages)('is told: %s', async (_name, body, type, expected) => {
    const url = await sent(body, type === undefined ? {} : { 'content-type': type })
    expect((await fetch.text(url, LIMITS)).isHtml).toBe(expected)
    const read = linesOf(url)
    if (expected) await expect(read).rejects.toMatchObject({ kind: 'html', message: 'the answer is a web page' })
    else expect((await read).join('\n')).toBe(body.trimEnd())
  })

  it('is told of packed ones too, and read where it is wanted', async () => {
    const url = await sent(gzipSync('<html>\n<pre>one</pre>\n'))
    await expect(linesOf(url)).rejects.toMatchObject({ kind: 'html' })
    expect(await linesOf(url, { takeHtml: true })).toEqual(['<html>', '<pre>one</pre>'])
  })
})

it('lines are those of the text, in whatever pieces it comes, packed or not', async () => {
  const text = fc
    .array(fc.string({ unit: fc.constantFrom('a', 'ä', '😀', '\n', '\r', ' ') }))
    .map((all) => all.join(''))
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), fc.integer({ min: 1, max: 7 }), async (written, packs, step) => {
      const bytes = packs ? gzipSync(written) : Buffer.from(written)
      async function* pieces() {
        for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
      }
      const lines: string[] = []
      await eachLine(decode(pieces(), 1e6), (line) => lines.push(line) > 0)
      const expected = written
        .split('\n')
        .map((line, index, all) => (index < all.length - 1 ? line.replace(/\r$/, '') : line))
      expect(lines).toEqual(expected.at(-1) === '' ? expected.slice(0, -1) : expected)
    }),
    { numRuns: 200 },
  )
})
