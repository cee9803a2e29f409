import { type ElfBytes, type Table, UnreadableElf } from './bytes.js'
import type { SymbolVersion } from './version-needs.js'

/** A symbol that some other library has to define. */
export interface SymbolNeed {
  readonly name: string
  /** Its version and the library that the version is of; none for symbols of libraries without versions. */
  readonly version: SymbolVersion | undefined
}

/** Offsets in the file. */
interface SymbolTables {
  readonly header: Table
  readonly symbols: number
  readonly strings: number
  readonly hash: number | undefined
  readonly gnuHash: number | undefined
  readonly versionOf: number | undefined
}

const MAX_SYMBOLS = 4_000_000
const MAX_SECTIONS = 65_535
const DYNAMIC_SYMBOLS = 11
const UNDEFINED = 0

/** The undefined symbols of the dynamic symbol table. */
export function readSymbols(
  bytes: ElfBytes,
  tables: SymbolTables,
  versions: ReadonlyMap<number, SymbolVersion>,
  name: (offset: number) => string,
): SymbolNeed[] {
  const { wide } = bytes.order
  const entry = wide ? 24 : 16
  const count = symbolCount(bytes, tables, entry)
  if (count > MAX_SYMBOLS) throw new UnreadableElf(`${count} symbols`)
  const table = bytes.table(tables.symbols, count * entry)
  const indexes = tables.versionOf === undefined ? undefined : bytes.table(tables.versionOf, count * 2)
  const needs: SymbolNeed[] = []
  // The first one is nobody's.
  for (let index = 1; index < count; index += 1) {
    const at = index * entry
    if (table.half(at + (wide ? 6 : 14)) !== UNDEFINED || table.word(at) === 0) continue
    const version = indexes === undefined ? undefined : versions.get(indexes.half(index * 2) & 0x7fff)
    needs.push({ name: name(table.word(at)), version })
  }
  return needs
}

/**
 * How many symbols there are, which no field says: the old hash table has a link for each; GNU's ends with the last one,
 * as those that are looked up by others stand last. Where it has none, the sections tell.
 */
function symbolCount(bytes: ElfBytes, tables: SymbolTables, entry: number): number {
  if (tables.hash !== undefined) return bytes.table(tables.hash, 8).word(4)
  const hashed = tables.gnuHash === undefined ? 0 : lastHashed(bytes, tables.gnuHash) + 1
  if (hashed > 1) return hashed
  const bySections = dynamicSymbolsSize(bytes, tables.header)
  // Linkers put the names right behind the symbols.
  return Math.floor((bySections ?? Math.max(0, tables.strings - tables.symbols)) / entry)
}

/** The last symbol of GNU's hash table; 0 where it has none. Source: https://flapenguin.me/elf-dt-gnu-hash. */
function lastHashed(bytes: ElfBytes, at: number): number {
  const header = bytes.table(at, 16)
  const buckets = header.word(0)
  const first = header.word(4)
  if (buckets > MAX_SYMBOLS) throw new UnreadableElf(`a hash table of ${buckets}`)
  const start = at + 16 + header.word(8) * (bytes.order.wide ? 8 : 4)
  const table = bytes.table(start, buckets * 4)
  let last = 0
  for (let index = 0; index < buckets; index += 1) last = Math.max(last, table.word(index * 4))
  if (last < first || last === 0) return 0
  const chains = start + buckets * 4
  // The end of a chain is marked in its last hash.
  while (last <= MAX_SYMBOLS && (bytes.table(chains + (last - first) * 4, 4).word(0) & 1) === 0) last += 1
  return last
}

/** Bytes of the section of dynamic symbols; undefined where the sections were stripped off. */
function dynamicSymbolsSize(bytes: ElfBytes, header: Table): number | undefined {
  const { wide } = bytes.order
  const start = header.address(wide ? 40 : 32)
  const entry = header.half(wide ? 58 : 46)
  const count = header.half(wide ? 60 : 48)
  if (start === 0 || count === 0 || count > MAX_SECTIONS || entry < (wide ? 64 : 40)) return undefined
  const table = bytes.table(start, count * entry)
  for (let index = 0; index < count; index += 1) {
    const at = index * entry
    if (table.word(at + 4) === DYNAMIC_SYMBOLS) return table.address(at + (wide ? 32 : 20))
  }
  return undefined
}
