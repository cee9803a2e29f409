import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What begins like an ELF file and can't be read as one. */
export class UnreadableElf extends Error {
  override readonly name = 'UnreadableElf'
}

/** Bytes of a file, read where they are wanted; what lies outside is an `UnreadableElf`. */
export interface ByteSource {
  readonly size: number
  read(offset: number, length: number): Buffer
}

/** No table of a library that anybody has made is larger than this. */
const MAX_READ = 256 * 1024 * 1024

export function bytesOf(buffer: Buffer): ByteSource {
  return {
    size: buffer.length,
    read(offset, length) {
      checkRange(offset, length, buffer.length)
      return buffer.subarray(offset, offset + length)
    },
  }
}

/** Opens the file for the time of `work`. Synchronous: a tree has thousands of files, and most are looked at once. */
export function withFile<T>(path: string, work: (source: ByteSource) => T): T {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    return work({
      size,
      read(offset, length) {
        checkRange(offset, length, size)
        const buffer = Buffer.alloc(length)
        let filled = 0
        while (filled < length) {
          const count = readSync(file, buffer, filled, length - filled, offset + filled)
          if (count === 0) throw new UnreadableElf('the file became shorter while it was read')
          filled += count
        }
        return buffer
      },
    })
  } finally {
    closeSync(file)
  }
}

function checkRange(offset: number, length: number, size: number): void {
  if (length > MAX_READ) throw new UnreadableElf(`a table of ${length} bytes`)
  const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!inside || offset + length > size) {
    throw new UnreadableElf(`${length} bytes at ${offset} of a file of ${size}`)
  }
}

/** Numbers of a table in the file's own width and byte order; offsets are those of the table. */
export class Table {
  readonly #bytes: Buffer
  readonly #little: boolean
  readonly wide: boolean

  constructor(bytes: Buffer, order: { readonly little: boolean; readonly wide: boolean }) {
    this.#bytes = bytes
    this.#little = order.little
    this.wide = order.wide
  }

  get length(): number {
    return this.#bytes.length
  }

  byte(offset: number): number {
    return this.#bytes.readUInt8(this.#checked(offset, 1))
  }

  half(offset: number): number {
    const at = this.#checked(offset, 2)
    return this.#little ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at)
  }

  word(offset: number): number {
    const at = this.#checked(offset, 4)
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  /** An address, an offset or a size: 4 or 8 bytes. */
  address(offset: number): number {
    if (!this.wide) return this.word(offset)
    const at = this.#checked(offset, 8)
    const value = this.#little ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at)
    // More than any file has: whoever looks there is told so.
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
  }

  #checked(offset: number, length: number): number {
    if (offset < 0 || offset + length > this.#bytes.length) {
      throw new UnreadableElf(`a table of ${this.#bytes.length} bytes ends too early`)
    }
    return offset
  }
}

/** The file's numbers, read at an offset of the file. */
export class ElfBytes {
  readonly source: ByteSource
  readonly order: { readonly little: boolean; readonly wide: boolean }

  constructor(source: ByteSource, order: { readonly little: boolean; readonly wide: boolean }) {
    this.source = source
    this.order = order
  }

  table(offset: number, length: number): Table {
    return new Table(this.source.read(offset, length), this.order)
  }
}
