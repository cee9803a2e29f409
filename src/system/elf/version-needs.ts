import { type ElfBytes, UnreadableElf } from './bytes.js'

/** Versions that a file needs of a library's symbols, e.g. `GLIBC_2.34` of `libc.so.6`. */
export interface VersionNeed {
  readonly library: string
  readonly versions: readonly string[]
}

/** A version that a symbol names by its index. */
export interface SymbolVersion {
  readonly library: string
  readonly version: string
}

const MAX_LIBRARIES = 4096
const MAX_VERSIONS = 65_536
const ENTRY = 16
/** The loader goes on without it. */
const WEAK = 2

/** Reads the chain of `Verneed` and `Vernaux` records. Offsets only grow, so that no chain is endless. */
export function readVersionNeeds(
  bytes: ElfBytes,
  start: number,
  count: number,
  name: (offset: number) => string,
): { readonly versions: readonly VersionNeed[]; readonly byIndex: ReadonlyMap<number, SymbolVersion> } {
  if (count > MAX_LIBRARIES) throw new UnreadableElf(`versions of ${count} libraries`)
  const versions: VersionNeed[] = []
  const byIndex = new Map<number, SymbolVersion>()
  let left = MAX_VERSIONS
  let at = start
  for (let index = 0; index < count; index += 1) {
    const need = bytes.table(at, ENTRY)
    const library = name(need.word(4))
    const wanted: string[] = []
    let entry = at + need.word(8)
    for (let rest = need.half(2); rest > 0; rest -= 1) {
      left -= 1
      if (left < 0) throw new UnreadableElf(`more than ${MAX_VERSIONS} versions`)
      const aux = bytes.table(entry, ENTRY)
      const version = name(aux.word(8))
      byIndex.set(aux.half(6) & 0x7fff, { library, version })
      if ((aux.half(4) & WEAK) === 0) wanted.push(version)
      const next = aux.word(12)
      if (next === 0) break
      entry += next
    }
    versions.push({ library, versions: wanted })
    const next = need.word(12)
    if (next === 0) break
    at += next
  }
  return { versions, byIndex }
}
