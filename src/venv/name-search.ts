/** Looks for texts in bytes that come in pieces of any size; what stands across their borders is found too. */
export interface NameSearch {
  /** The piece may be changed once this returns. */
  feed(piece: Buffer): void
  /** Those of the names that were there, in their order. */
  found(): string[]
}

export function nameSearch(names: readonly string[]): NameSearch {
  let sought = names.map((name) => ({ name, bytes: Buffer.from(name) })).filter(({ bytes }) => bytes.length > 0)
  const longest = sought.reduce((length, { bytes }) => Math.max(length, bytes.length), 1)
  const found = new Set<string>()
  let end: Buffer = Buffer.alloc(0)

  function look(bytes: Buffer): void {
    for (const one of sought) if (bytes.includes(one.bytes)) found.add(one.name)
    if (sought.some(({ name }) => found.has(name))) sought = sought.filter(({ name }) => !found.has(name))
  }

  return {
    feed(piece) {
      if (sought.length === 0) return
      if (end.length > 0) look(Buffer.concat([end, piece.subarray(0, longest - 1)]))
      look(piece)
      const last = piece.length >= longest - 1 ? piece : Buffer.concat([end, piece])
      end = longest === 1 ? Buffer.alloc(0) : Buffer.from(last.subarray(-(longest - 1)))
    },
    found: () => names.filter((name) => found.has(name)),
  }
}
