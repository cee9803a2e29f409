import { type FileHandle, open } from 'node:fs/promises'
import { InputError } from '../errors.js'
import { LineIndex } from './line-index.js'

const MAX_BYTES = 10_000_000

/** The text of a manifest file, without its byte order mark; an `InputError` when it is not a text of at most 10 MB. */
export async function readText(path: string, what = 'the manifest'): Promise<string> {
  const bytes = await readBytes(path, what)
  if (bytes.length > MAX_BYTES) {
    throw new InputError({ message: `${what} is larger than 10 MB`, file: path })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The first replacement character stands where the first bad byte does.
    const text = new TextDecoder('utf-8').decode(bytes)
    const place = new LineIndex(text).position(Math.max(0, text.indexOf('\ufffd')))
    throw new InputError({ message: `${what} is not UTF-8`, hint: 'Save it as UTF-8.', file: path, ...place })
  }
}

async function readBytes(path: string, what: string): Promise<Uint8Array> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    // Pipes have no size, so the limit is on what is read.
    const chunks: Uint8Array[] = []
    let length = 0
    while (length <= MAX_BYTES) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1 << 16) })
      if (bytesRead === 0) break
      chunks.push(buffer.subarray(0, bytesRead))
      length += bytesRead
    }
    return Buffer.concat(chunks)
  } catch (error) {
    throw new InputError({ message: describeFailure(error, what), file: path }, { cause: error })
  } finally {
    await file?.close()
  }
}

function describeFailure(error: unknown, what: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return what === 'the manifest' ? 'there is no such manifest' : 'there is no such file'
    case 'EISDIR':
      return `${what} is a directory`
    case 'EACCES':
      return `${what} may not be read`
    default:
      return `${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}
