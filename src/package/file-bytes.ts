import { type FileHandle, open } from 'node:fs/promises'

const STEP = 4 * 1024 * 1024

/** Makes a new file, whole on the disk once the promise is kept; one that is there already is an error. */
export async function writeNew(path: string, fill: (to: FileHandle) => Promise<void>): Promise<void> {
  const to = await open(path, 'wx', 0o644)
  try {
    await fill(to)
    await to.sync()
  } finally {
    await to.close()
  }
}

/** Appends a part of one file to another. */
export async function copyBytes(from: FileHandle, start: number, size: number, to: FileHandle): Promise<void> {
  for (let done = 0; done < size; done += STEP) {
    await to.writeFile(await readAt(from, start + done, Math.min(STEP, size - done)))
  }
}

/** The bytes at a place in a file; fewer where it ends. */
export async function readAt(file: FileHandle, start: number, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await file.read(buffer, length, size - length, start + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}
