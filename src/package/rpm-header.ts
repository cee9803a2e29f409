import { ToolError } from '../errors.js'

/** The tags that are read. Source: https://rpm-software-management.github.io/rpm/manual/tags.html */
export const RPM_TAGS = {
  ...{ name: 1000, version: 1001, release: 1002, epoch: 1003, summary: 1004, description: 1005, buildHost: 1007 },
  ...{ vendor: 1011, license: 1014, packager: 1015, group: 1016, url: 1020, os: 1021, arch: 1022 },
  ...{ preIn: 1023, postIn: 1024, preUn: 1025, postUn: 1026, preTrans: 1151, postTrans: 1152, verifyScript: 1079 },
  ...{ preInProg: 1085, postInProg: 1086, preUnProg: 1087, postUnProg: 1088, preTransProg: 1153, postTransProg: 1154 },
  ...{ triggerName: 1066, fileTriggerName: 5069, transFileTriggerName: 5079 },
  ...{ fileModes: 1030, fileTimes: 1034, fileDigests: 1035, fileLinks: 1036, fileFlags: 1037 },
  ...{ fileUsers: 1039, fileGroups: 1040, dirIndexes: 1116, baseNames: 1117, dirNames: 1118, digestAlgorithm: 5011 },
  ...{ provideName: 1047, provideFlags: 1112, provideVersion: 1113 },
  ...{ requireName: 1049, requireFlags: 1048, requireVersion: 1050 },
  ...{ conflictName: 1054, conflictFlags: 1053, conflictVersion: 1055 },
  ...{ obsoleteName: 1090, obsoleteFlags: 1114, obsoleteVersion: 1115 },
  ...{ recommendName: 5046, recommendFlags: 5048, recommendVersion: 5047 },
  ...{ suggestName: 5049, supplementName: 5052, enhanceName: 5055 },
  payloadDigest: 5092,
} as const
export type RpmTag = keyof typeof RPM_TAGS

/** The header of an rpm. */
export interface RpmHeader {
  /** All texts of a tag; none where there is no such tag. */
  texts(tag: RpmTag): readonly string[]
  numbers(tag: RpmTag): readonly number[]
  has(tag: RpmTag): boolean
  /** Bytes up to its end. */
  readonly length: number
}

const MAGIC = 0x8eade801
const MAX_INDEX = 1 << 16
const MAX_DATA = 1 << 27
/** Of the fixed part in front of index and data. */
export const HEADER_START = 16

/** Bytes of the header that begins with these 16; throws a `ToolError` for what is none. */
export function headerLength(start: Buffer): number {
  if (start.length < HEADER_START || start.readUInt32BE(0) !== MAGIC) throw damaged('it has no header')
  const entries = start.readUInt32BE(8)
  const data = start.readUInt32BE(12)
  if (entries > MAX_INDEX || data > MAX_DATA) throw damaged('its header is too large')
  return HEADER_START + entries * 16 + data
}

/** Reads a header, of which `bytes` are all. Source: https://rpm-software-management.github.io/rpm/manual/format_v4.html */
export function readHeader(bytes: Buffer): RpmHeader {
  const length = headerLength(bytes)
  if (bytes.length < length) throw damaged('its header is cut off')
  const entries = bytes.readUInt32BE(8)
  const data = bytes.subarray(HEADER_START + entries * 16, length)
  const index = new Map<number, { type: number; offset: number; count: number }>()
  for (let entry = 0; entry < entries; entry += 1) {
    const at = HEADER_START + entry * 16
    const [tag = 0, type = 0, offset = 0, count = 0] = [0, 4, 8, 12].map((part) => bytes.readUInt32BE(at + part))
    index.set(tag, { type, offset, count })
  }
  return {
    length,
    has: (tag) => index.has(RPM_TAGS[tag]),
    texts(tag) {
      const entry = index.get(RPM_TAGS[tag])
      if (entry === undefined) return []
      // One text, a list, or texts by language of which the first is the one without.
      if (![6, 8, 9].includes(entry.type)) throw damaged(`its tag ${tag} is no text`)
      return textsAt(data, entry.offset, entry.type === 6 ? 1 : entry.count)
    },
    numbers(tag) {
      const entry = index.get(RPM_TAGS[tag])
      if (entry === undefined) return []
      const width = { 2: 1, 3: 2, 4: 4 }[entry.type]
      if (width === undefined) throw damaged(`its tag ${tag} is no number`)
      if (entry.offset + entry.count * width > data.length) throw damaged('its header points out of itself')
      return Array.from({ length: entry.count }, (_, item) => data.readUIntBE(entry.offset + item * width, width))
    },
  }
}

function textsAt(data: Buffer, offset: number, count: number): string[] {
  const texts: string[] = []
  for (let start = offset; texts.length < count; ) {
    const end = data.indexOf(0, start)
    if (end < 0) throw damaged('a text of its header has no end')
    texts.push(data.toString('utf8', start, end))
    start = end + 1
  }
  return texts
}

function damaged(what: string): ToolError {
  return new ToolError(`the file is no rpm that can be read: ${what}`)
}
