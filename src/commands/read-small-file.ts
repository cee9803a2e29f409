import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { InputError } from '../errors.js'

/** Locks and their records have a tenth. */
const MAX_BYTES = 32 * 1024 * 1024

/** The text of a regular file of a bounded size; undefined where there is none, an `InputError` for anything else. */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    // A pipe that nobody writes to would be waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { size } = checked(path, await file.stat())
      const buffer = Buffer.alloc(size)
      let length = 0
      for (let read = -1; read !== 0 && length < size; length += read) {
        read = (await file.read(buffer, length, size - length, length)).bytesRead
      }
      return buffer.toString('utf8', 0, length)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    if (cause instanceof InputError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ message: `${path} can't be read: ${reason}` }, { cause })
  }
}

function checked(path: string, stats: { readonly size: number; isFile(): boolean }) {
  if (!stats.isFile()) throw new InputError({ message: `${path} is not a file.` })
  if (stats.size > MAX_BYTES) throw new InputError({ message: `${path} has more than ${MAX_BYTES} bytes.` })
  return stats
}
