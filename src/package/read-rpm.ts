import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { ToolError } from '../errors.js'
import type { ArchivedEntry, PackageContent } from './content.js'
import type { Relations } from './model.js'
import { HEADER_START, headerLength, type RpmHeader, type RpmTag, readHeader } from './rpm-header.js'
import type { Slot } from './scripts/compose.js'

const LEAD = 96
const SHA256 = 8
const CONFIG = 1
const NO_REPLACE = 16
const GHOST = 64
const KINDS: Readonly<Record<number, ArchivedEntry['kind']>> = { 32768: 'file', 16384: 'directory', 40960: 'symlink' }
const OPERATORS = ['', '<', '>', '', '=', '<=', '>=', '']

const SCRIPT_TAGS: readonly (readonly [Slot, RpmTag, RpmTag])[] = [
  ['preinstall', 'preIn', 'preInProg'],
  ['postinstall', 'postIn', 'postInProg'],
  ['preremove', 'preUn', 'preUnProg'],
  ['postremove', 'postUn', 'postUnProg'],
  ['posttransaction', 'postTrans', 'postTransProg'],
]

/** What a package manager acts upon and giftwrap never writes. */
const OTHERS: readonly RpmTag[] = [
  ...(['preTrans', 'verifyScript', 'triggerName', 'fileTriggerName', 'transFileTriggerName'] as const),
  ...(['suggestName', 'supplementName', 'enhanceName'] as const),
]

/**
 * Reads an rpm's header, and compares the payload with the digest in it: what is said of files there is what rpm itself
 * checks them against when it unpacks them.
 */
export async function readRpm(path: string): Promise<PackageContent> {
  const header = await readChecked(path)
  const one = (tag: RpmTag) => header.texts(tag)[0]
  const fields = {
    ...{ Name: one('name'), Epoch: header.numbers('epoch')[0]?.toString(), Version: one('version') },
    ...{ Release: one('release'), Architecture: one('arch'), Summary: one('summary'), License: one('license') },
    ...{ Group: one('group'), Vendor: one('vendor'), Packager: one('packager'), URL: one('url') },
    ...{ Description: one('description'), 'Build Host': one('buildHost'), OS: one('os') },
  }
  const scripts = SCRIPT_TAGS.flatMap(([slot, tag, program]) => {
    const text = one(tag)
    if (text === undefined) return []
    const by = header.texts(program).join(' ')
    return [[slot, by === '/bin/sh' ? text : `#!${by}\n${text}`]]
  })
  const { entries, configFiles } = readFiles(header)
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) as Record<string, string>,
    relations: relationsOf(header),
    ...{ entries, configFiles },
    scripts: Object.fromEntries(scripts),
    others: OTHERS.filter((tag) => header.has(tag)),
    texts: new Map(),
  }
}

async function readChecked(path: string): Promise<RpmHeader> {
  const file = await open(path)
  try {
    const at = async (position: number, length: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
      return buffer.subarray(0, bytesRead)
    }
    // The signatures' header ends at a multiple of 8.
    const signatures = headerLength(await at(LEAD, HEADER_START))
    const start = LEAD + Math.ceil(signatures / 8) * 8
    const header = readHeader(await at(start, headerLength(await at(start, HEADER_START))))
    const hash = createHash('sha256')
    await pipeline(createReadStream(path, { start: start + header.length }), hash)
    const [expected] = header.texts('payloadDigest')
    const found = hash.digest('hex')
    if (found !== expected) throw new ToolError(`the rpm's payload has the SHA-256 ${found} instead of ${expected}`)
    return header
  } finally {
    await file.close()
  }
}

function readFiles(header: RpmHeader): Pick<PackageContent, 'entries'> & { configFiles: string[] } {
  const names = header.texts('baseNames')
  const [algorithm] = header.numbers('digestAlgorithm')
  if (names.length > 0 && algorithm !== SHA256) throw new ToolError(`the rpm's files have no SHA-256`)
  const folders = header.texts('dirNames')
  const folderOf = header.numbers('dirIndexes')
  const modes = header.numbers('fileModes')
  const flags = header.numbers('fileFlags')
  const digests = header.texts('fileDigests')
  const links = header.texts('fileLinks')
  const users = header.texts('fileUsers')
  const groups = header.texts('fileGroups')
  const entries = new Map<string, ArchivedEntry>()
  const configFiles: string[] = []
  names.forEach((name, index) => {
    const path = `${folders[folderOf[index] ?? -1] ?? ''}${name}`
    const mode = modes[index] ?? 0
    const kind = KINDS[mode & 0xf000] ?? 'other'
    const flag = flags[index] ?? 0
    if ((flag & GHOST) !== 0) throw new ToolError(`${path} is a ghost in the rpm`)
    if ((flag & CONFIG) !== 0) {
      if ((flag & NO_REPLACE) === 0) throw new ToolError(`an upgrade of the rpm would replace ${path}`)
      configFiles.push(path)
    }
    const owner = `${users[index]}:${groups[index]}`
    const content = (kind === 'symlink' ? links[index] : digests[index]) ?? ''
    entries.set(path, { kind, mode: mode & 0o7777, owner: owner === 'root:root' ? '0:0' : owner, content })
  })
  return { entries, configFiles }
}

function relationsOf(header: RpmHeader): Relations {
  const [name = ''] = header.texts('name')
  const relations = (names: RpmTag, flags: RpmTag, versions: RpmTag) => {
    const [flag, version] = [header.numbers(flags), header.texts(versions)]
    return header.texts(names).map((one, index) => {
      const operator = OPERATORS[((flag[index] ?? 0) >> 1) & 7] ?? ''
      return { name: one, text: operator === '' ? one : `${one} ${operator} ${version[index] ?? ''}` }
    })
  }
  // What rpm adds by itself: its own features, the shell of scriptlets, the package's name and its config files.
  const own = (one: string) => /^(?:rpmlib|config)\(|^\/bin\/sh$/.test(one)
  const self = (one: string) => own(one) || one === name || one.startsWith(`${name}(`)
  const texts = (list: ReturnType<typeof relations>, skip: (one: string) => boolean = () => false) =>
    list.flatMap((one) => (skip(one.name) ? [] : [one.text]))
  return {
    depends: texts(relations('requireName', 'requireFlags', 'requireVersion'), own),
    recommends: texts(relations('recommendName', 'recommendFlags', 'recommendVersion')),
    provides: texts(relations('provideName', 'provideFlags', 'provideVersion'), self),
    conflicts: texts(relations('conflictName', 'conflictFlags', 'conflictVersion')),
    replaces: texts(relations('obsoleteName', 'obsoleteFlags', 'obsoleteVersion')),
  }
}
