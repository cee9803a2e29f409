import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FetchError } from './fetch.js'

type Bytes = AsyncIterable<Uint8Array>

/** A file that is gzip may be sent through gzip once more. */
const MAX_LAYERS = 2
/** In UTF-16 units. */
const MAX_LINE = 1_000_000

/** The text of a body in pieces: unpacked where its first bytes say gzip, whatever its name and headers say. */
export async function* decode(body: Bytes, maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    for await (const chunk of unpack(body, maxBytes, MAX_LAYERS)) yield decoder.decode(chunk, { stream: true })
  } catch (error) {
    throw describe(error)
  }
  yield decoder.decode()
}

async function* unpack(body: Bytes, maxBytes: number, layers: number): AsyncGenerator<Uint8Array> {
  const rest = limit(body, maxBytes)
  const head = await takeHead(rest)
  const whole = join(head, rest)
  if (layers > 0 && head[0] === 0x1f && head[1] === 0x8b) yield* unpack(gunzip(whole), maxBytes, layers - 1)
  else yield* whole
}

async function* limit(body: Bytes, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw new FetchError('size', `the answer is larger than ${maxBytes} bytes`)
    yield chunk
  }
}

/** The first two bytes or more; fewer where there are no more. */
async function takeHead(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head = Buffer.alloc(0)
  while (head.byteLength < 2) {
    const { done, value } = await chunks.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  return head
}

async function* join(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  yield* rest
}

function gunzip(packed: Bytes): Bytes {
  const plain = createGunzip()
  // Who reads `plain` gets the error.
  pipeline(Readable.from(packed), plain, () => undefined)
  return plain
}

function describe(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR')
    return new FetchError('cut off', 'the answer, which is gzip, is cut off', { cause: error })
  if (code.startsWith('Z_')) return new FetchError('content', 'the answer is broken gzip', { cause: error })
  return error
}

/** Hands on line by line until `onLine` answers false; of a line of more than 1 MB its beginning. */
export async function eachLine(pieces: AsyncIterable<string>, onLine: (line: string) => boolean): Promise<void> {
  let pending = ''
  for await (const piece of pieces) {
    let start = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      const line = extend(pending, piece.slice(start, end))
      pending = ''
      start = end + 1
      if (!onLine(line.replace(/\r$/, ''))) return
    }
    pending = extend(pending, piece.slice(start))
  }
  if (pending !== '') onLine(pending)
}

function extend(line: string, by: string): string {
  return line.length + by.length <= MAX_LINE ? line + by : line + by.slice(0, MAX_LINE - line.length)
}

/** True for the beginning of a web page. Servers call much `text/html` that is none: the text has to look like it. */
export function isHtml(text: string, contentType: unknown): boolean {
  const start = text.slice(0, 4096).trimStart().toLowerCase()
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return true
  return typeof contentType === 'string' && /^text\/html\b/i.test(contentType) && start.startsWith('<')
}
