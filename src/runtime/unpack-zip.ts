import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** What an archive from outside may hold. */
export interface ZipLimits {
  readonly maxEntries: number
  /** Of all files together, unpacked. */
  readonly maxBytes: number
}

/** Two folders deep at most, and nothing that hides or leads elsewhere; which names are of use is the caller's to say. */
const PATH = /^(?:[^./\\\p{C}][^/\\\p{C}]{0,250}\/){0,2}[^./\\\p{C}][^/\\\p{C}]{0,250}$/u

/**
 * Unpacks a zip archive into a folder: plain files only, whatever the archive says of their kinds and modes. Throws a
 * plain error at names that lead elsewhere or come twice, and at more than `limits` allow, told or not.
 */
export async function unpackZip(archive: string, folder: string, limits: ZipLimits): Promise<void> {
  // Only publishing needs it.
  const { openPromise } = await import('yauzl')
  const zip = await openPromise(archive, { strictFileNames: true })
  try {
    if (zip.entryCount > limits.maxEntries) {
      throw new Error(`the archive has ${zip.entryCount} files, and ${limits.maxEntries} are the most`)
    }
    let bytes = 0
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      if (!PATH.test(entry.fileName)) {
        throw new Error(`the archive has a file of a name that is not taken: ${JSON.stringify(entry.fileName)}`)
      }
      bytes += entry.uncompressedSize
      if (bytes > limits.maxBytes) throw new Error(`the archive holds more than ${limits.maxBytes} bytes`)
      const path = join(folder, entry.fileName)
      await mkdir(dirname(path), { recursive: true })
      // The reader ends a stream that has more or fewer bytes than its entry says.
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path, { flags: 'wx', mode: 0o644 }))
    }
  } finally {
    zip.close()
  }
}
