import { type ByteSource, ElfBytes, UnreadableElf } from './bytes.js'
import { readSymbols, type SymbolNeed } from './symbols.js'
import { readVersionNeeds, type VersionNeed } from './version-needs.js'

/** What an ELF file asks of the machine that loads it. */
export interface ElfFile {
  readonly bits: 32 | 64
  /** `EM_…`, e.g. 62 for x86-64. */
  readonly machine: number
  readonly soname: string | undefined
  /** Libraries by the names that are looked for, e.g. `libpq.so.5`. */
  readonly needed: readonly string[]
  /** Folders, with `$ORIGIN` as it stands; counts only where there is no `runpath`. */
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  readonly versions: readonly VersionNeed[]
  readonly symbols: readonly SymbolNeed[]
}

/** `e_machine` of the processors that packages are made for. */
export const MACHINES = { amd64: 62, arm64: 183 } as const

const HEADER = { narrow: 52, wide: 64 } as const
const SEGMENT = { narrow: 32, wide: 56 } as const
/** Real files have about ten. */
const MAX_SEGMENTS = 1000
/** Real files have about thirty. */
const MAX_DYNAMIC = 16_384
const MAX_STRINGS = 128 * 1024 * 1024
/** Longest path of Linux. */
const MAX_TEXT = 4096

const LOAD = 1
const DYNAMIC = 2

const TAG = {
  needed: 1,
  hash: 4,
  strings: 5,
  symbols: 6,
  stringsSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  gnuHash: 0x6ffffef5,
  versionOf: 0x6ffffff0,
  versionNeeds: 0x6ffffffe,
  versionNeedCount: 0x6fffffff,
} as const

interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly size: number
}

/**
 * Reads an ELF file's dynamic section: undefined for what is no ELF file, an `UnreadableElf` for what only begins like
 * one. Nothing but the tables that are asked for is read, each bounded. Source: the System V ABI (gabi), elf(5).
 */
export function readElf(source: ByteSource): ElfFile | undefined {
  if (source.size < 16 || source.read(0, 4).toString('latin1') !== '\x7fELF') return undefined
  const [width, order] = source.read(4, 2)
  if ((width !== 1 && width !== 2) || (order !== 1 && order !== 2)) throw new UnreadableElf('of an unknown class')
  const bytes = new ElfBytes(source, { little: order === 1, wide: width === 2 })
  const header = bytes.table(0, width === 2 ? HEADER.wide : HEADER.narrow)
  const segments = readSegments(bytes, header)
  const dynamic = segments.find(({ type }) => type === DYNAMIC)
  return {
    bits: width === 2 ? 64 : 32,
    machine: header.half(18),
    ...(dynamic === undefined ? NOTHING : readDynamic(bytes, header, segments, dynamic)),
  }
}

const NOTHING = { soname: undefined, needed: [], rpath: [], runpath: [], versions: [], symbols: [] } as const

function readSegments(bytes: ElfBytes, header: ReturnType<ElfBytes['table']>): Segment[] {
  const { wide } = bytes.order
  const size = wide ? SEGMENT.wide : SEGMENT.narrow
  const start = header.address(wide ? 32 : 28)
  const entry = header.half(wide ? 54 : 42)
  const count = header.half(wide ? 56 : 44)
  if (count === 0) return []
  if (count > MAX_SEGMENTS || entry < size) throw new UnreadableElf(`${count} segments of ${entry} bytes`)
  const table = bytes.table(start, count * entry)
  return Array.from({ length: count }, (_, index) => {
    const at = index * entry
    return {
      type: table.word(at),
      offset: table.address(at + (wide ? 8 : 4)),
      address: table.address(at + (wide ? 16 : 8)),
      size: table.address(at + (wide ? 32 : 16)),
    }
  })
}

function readDynamic(
  bytes: ElfBytes,
  header: ReturnType<ElfBytes['table']>,
  segments: readonly Segment[],
  dynamic: Segment,
): Omit<ElfFile, 'bits' | 'machine'> {
  const values = dynamicValues(bytes, dynamic)
  const first = (tag: number) => values.get(tag)?.[0]
  const place = (tag: number) => {
    const address = first(tag)
    return address === undefined ? undefined : offsetOf(address, segments)
  }
  const stringsAt = place(TAG.strings)
  // What names nothing needs nothing.
  if (stringsAt === undefined) return NOTHING
  const size = first(TAG.stringsSize) ?? 0
  if (size > MAX_STRINGS) throw new UnreadableElf(`names of ${size} bytes`)
  const strings = bytes.source.read(stringsAt, size)
  const name = (offset: number) => text(strings, offset)
  const names = (tag: number) => (values.get(tag) ?? []).map(name)
  const folders = (tag: number) => names(tag).flatMap((list) => list.split(':'))
  const versionsAt = place(TAG.versionNeeds)
  const { versions, byIndex } =
    versionsAt === undefined
      ? { versions: [], byIndex: new Map() }
      : readVersionNeeds(bytes, versionsAt, first(TAG.versionNeedCount) ?? 0, name)
  const symbolsAt = place(TAG.symbols)
  const tables = {
    header,
    symbols: symbolsAt ?? 0,
    strings: stringsAt,
    hash: place(TAG.hash),
    gnuHash: place(TAG.gnuHash),
    versionOf: place(TAG.versionOf),
  }
  return {
    soname: names(TAG.soname)[0],
    needed: [...new Set(names(TAG.needed))],
    rpath: folders(TAG.rpath),
    runpath: folders(TAG.runpath),
    versions,
    symbols: symbolsAt === undefined ? [] : readSymbols(bytes, tables, byIndex, name),
  }
}

function dynamicValues(bytes: ElfBytes, { offset, size }: Segment): Map<number, number[]> {
  const entry = bytes.order.wide ? 16 : 8
  const count = Math.floor(size / entry)
  if (count > MAX_DYNAMIC) throw new UnreadableElf(`a dynamic section of ${size} bytes`)
  const table = bytes.table(offset, count * entry)
  const values = new Map<number, number[]>()
  for (let index = 0; index < count; index += 1) {
    const tag = table.address(index * entry)
    if (tag === 0) break
    const value = table.address(index * entry + entry / 2)
    const known = values.get(tag)
    if (known === undefined) values.set(tag, [value])
    else known.push(value)
  }
  return values
}

/** Where in the file an address of the loaded library is. */
function offsetOf(address: number, segments: readonly Segment[]): number {
  const segment = segments.find(
    (one) => one.type === LOAD && address >= one.address && address - one.address < one.size,
  )
  if (segment === undefined) throw new UnreadableElf(`no segment holds the address ${address}`)
  return segment.offset + (address - segment.address)
}

/** The text that ends with a zero byte; bytes that are no UTF-8 stay distinct characters. */
function text(bytes: Buffer, offset: number): string {
  if (offset < 0 || offset >= bytes.length) throw new UnreadableElf('a name outside its table')
  const end = bytes.subarray(offset, offset + MAX_TEXT + 1).indexOf(0)
  if (end < 0) throw new UnreadableElf('a name without an end')
  return bytes.toString('utf8', offset, offset + end)
}
