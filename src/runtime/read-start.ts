import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * The first bytes of a regular file, at most `max`; undefined for everything else: foreign trees hold links to
 * anywhere, pipes that never end, and nothing where a file should be.
 */
export async function readStart(path: string, max: number): Promise<Buffer | undefined> {
  // O_NONBLOCK: to open a pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const status = await file.stat()
    if (!status.isFile()) return undefined
    const buffer = Buffer.alloc(Math.min(status.size, max))
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    await file.close()
  }
}
