/** What a made ELF file says of itself. */
export interface ElfParts {
  readonly bits?: 32 | 64
  readonly little?: boolean
  readonly machine?: number
  readonly soname?: string
  readonly needed?: readonly string[]
  readonly rpath?: string
  readonly runpath?: string
  /** Library → versions of its symbols. */
  readonly versions?: Readonly<Record<string, readonly string[]>>
  /** Undefined symbols: `name`, or `name@VERSION` of one of the `versions`. */
  readonly symbols?: readonly string[]
}

/** The smallest shared library that says this: one segment at address 0 with all tables in it, and no sections. */
export function makeElf(parts: ElfParts = {}): Buffer {
  const { bits = 64, little = true, machine = 62, needed = [], versions = {}, symbols = [] } = parts
  const wide = bits === 64
  const strings = new Strings()
  const number = (size: number, value: number) => {
    const bytes = Buffer.alloc(size)
    if (size === 8 && little) bytes.writeBigUInt64LE(BigInt(value))
    else if (size === 8) bytes.writeBigUInt64BE(BigInt(value))
    else if (little) bytes.writeUIntLE(value, 0, size)
    else bytes.writeUIntBE(value, 0, size)
    return bytes
  }
  const half = (value: number) => number(2, value)
  const word = (value: number) => number(4, value)
  const address = (value: number) => number(wide ? 8 : 4, value)

  const indexes = new Map<string, number>()
  const libraries = Object.entries(versions)
  const versionTable = Buffer.concat(
    libraries.map(([library, names], place) => {
      const records = names.map((name, order) => {
        const index = indexes.size + 2
        indexes.set(name, index)
        const next = order + 1 < names.length ? 16 : 0
        return Buffer.concat([word(0), half(0), half(index), word(strings.add(name)), word(next)])
      })
      const size = 16 + 16 * records.length
      const next = place + 1 < libraries.length ? size : 0
      const head = [half(1), half(records.length), word(strings.add(library)), word(records.length > 0 ? 16 : 0)]
      return Buffer.concat([...head, word(next), ...records])
    }),
  )
  const symbol = (name: string) =>
    wide
      ? Buffer.concat([word(strings.add(name)), Buffer.from([0x10, 0]), half(0), address(0), address(0)])
      : Buffer.concat([word(strings.add(name)), word(0), word(0), Buffer.from([0x10, 0]), half(0)])
  const named = symbols.map((one) => one.split('@'))
  const symbolTable = Buffer.concat([symbol(''), ...named.map(([name = '']) => symbol(name))])
  const versionOf = Buffer.concat([half(0), ...named.map(([, version = '']) => half(indexes.get(version) ?? 1))])
  // DT_HASH: one bucket, and as many links as there are symbols.
  const hash = Buffer.concat([word(1), word(symbols.length + 1), word(0), Buffer.alloc(4 * (symbols.length + 1))])
  const tags: [number, number][] = needed.map((name) => [1, strings.add(name)])
  if (parts.soname !== undefined) tags.push([14, strings.add(parts.soname)])
  if (parts.rpath !== undefined) tags.push([15, strings.add(parts.rpath)])
  if (parts.runpath !== undefined) tags.push([29, strings.add(parts.runpath)])

  const headerSize = wide ? 64 : 52
  const segmentSize = wide ? 56 : 32
  const names = strings.bytes()
  let end = headerSize + 2 * segmentSize
  const place = (table: Buffer) => {
    const at = end
    end += table.length
    return at
  }
  const [stringsAt, symbolsAt, versionsAt] = [place(names), place(symbolTable), place(versionTable)]
  const [versionOfAt, hashAt] = [place(versionOf), place(hash)]
  tags.push([5, stringsAt], [10, names.length], [6, symbolsAt], [4, hashAt])
  if (libraries.length > 0)
    tags.push([0x6ffffffe, versionsAt], [0x6fffffff, libraries.length], [0x6ffffff0, versionOfAt])
  const dynamic = Buffer.concat([...tags, [0, 0] as const].flatMap(([tag, value]) => [address(tag), address(value)]))
  const dynamicAt = place(dynamic)
  const segment = (type: number, at: number, size: number) =>
    wide
      ? Buffer.concat([word(type), word(4), ...[at, at, at, size, size, 8].map(address)])
      : Buffer.concat([...[type, at, at, at, size, size, 4, 4].map(word)])
  return Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ...[half(3), half(machine), word(1), address(0), address(headerSize), address(0), word(0)],
    ...[half(headerSize), half(segmentSize), half(2), half(0), half(0), half(0)],
    ...[segment(1, 0, end), segment(2, dynamicAt, dynamic.length)],
    ...[names, symbolTable, versionTable, versionOf, hash, dynamic],
  ])
}

/** A table of names that end with a zero byte; the first is empty. */
class Strings {
  readonly #parts: Buffer[] = [Buffer.alloc(1)]
  #length = 1

  add(name: string): number {
    if (name === '') return 0
    const at = this.#length
    const bytes = Buffer.from(`${name}\0`)
    this.#parts.push(bytes)
    this.#length += bytes.length
    return at
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }
}
