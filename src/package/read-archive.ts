import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { type PackageContent, readTar } from './content.js'
import type { Relations } from './model.js'
import type { Slot } from './scripts/compose.js'

const NO_RELATIONS: Relations = { depends: [], recommends: [], provides: [], conflicts: [], replaces: [] }

const APK_SCRIPTS: Readonly<Partial<Record<Slot, string>>> = {
  preinstall: '/.pre-install',
  postinstall: '/.post-install',
  preupgrade: '/.pre-upgrade',
  postupgrade: '/.post-upgrade',
  preremove: '/.pre-deinstall',
  postremove: '/.post-deinstall',
}

const PACMAN_SCRIPTS: Readonly<Partial<Record<Slot, string>>> = {
  preinstall: 'pre_install',
  postinstall: 'post_install',
  preupgrade: 'pre_upgrade',
  postupgrade: 'post_upgrade',
  preremove: 'pre_remove',
  postremove: 'post_remove',
}

/** What stands at the top of an archive and is none of the package's files. */
const CONTROL = /^\/\.[^/]+$/

/** Reads an apk: gzip streams of tar, one after the other. Source: apk-package(5). */
export async function readApk(path: string): Promise<PackageContent> {
  const { entries, texts } = await readTar(gunzip(path), (name) => CONTROL.test(name))
  const { fields, lists } = parsePkginfo(texts.get('/.PKGINFO')?.toString('utf8') ?? '')
  const depends = lists.get('depend') ?? []
  const scripts = Object.entries(APK_SCRIPTS).flatMap(([slot, name]) => {
    const text = texts.get(name)?.toString('utf8')
    return text === undefined ? [] : [[slot, text]]
  })
  const known = new Set(['/.PKGINFO', ...Object.values(APK_SCRIPTS)])
  return {
    fields,
    relations: {
      ...NO_RELATIONS,
      depends: depends.filter((name) => !name.startsWith('!')),
      conflicts: depends.flatMap((name) => (name.startsWith('!') ? [name.slice(1)] : [])),
      ...{ provides: lists.get('provides') ?? [], replaces: lists.get('replaces') ?? [] },
    },
    ...{ entries: withoutControl(entries), configFiles: undefined, texts },
    scripts: Object.fromEntries(scripts),
    others: [...texts.keys()].filter((name) => !known.has(name)),
  }
}

/** Reads a package of pacman, by zstd. Source: PKGINFO(5), alpm-install-scriptlet(5). */
export async function readArchlinux(path: string, ports: Ports, log: LogFile): Promise<PackageContent> {
  const { entries, texts } = await decompressed(['zstd', '--decompress', '--stdout', '--quiet', path], ports, log)
  const { fields, lists } = parsePkginfo(texts.get('/.PKGINFO')?.toString('utf8') ?? '')
  const known = new Set(['/.PKGINFO', '/.MTREE', '/.INSTALL'])
  const list = (name: string) => lists.get(name) ?? []
  return {
    fields,
    relations: {
      ...{ depends: list('depend'), recommends: list('optdepend'), provides: list('provides') },
      ...{ conflicts: list('conflict'), replaces: list('replaces') },
    },
    ...{ entries: withoutControl(entries), texts },
    configFiles: list('backup').map((name) => `/${name}`),
    scripts: parseInstall(texts.get('/.INSTALL')?.toString('utf8') ?? ''),
    others: [...texts.keys()].filter((name) => !known.has(name)),
  }
}

/** Reads a plain archive, compressed by gzip or xz. */
export async function readPlainTar(path: string, ports: Ports, log: LogFile): Promise<PackageContent> {
  const { entries, texts } = path.endsWith('.xz')
    ? await decompressed(['xz', '--decompress', '--stdout', path], ports, log)
    : await readTar(gunzip(path), () => false)
  return { fields: {}, relations: NO_RELATIONS, entries, configFiles: undefined, scripts: {}, others: [], texts }
}

function gunzip(path: string): NodeJS.ReadableStream {
  const unpacked = createGunzip()
  createReadStream(path)
    .on('error', (error) => unpacked.destroy(error))
    .pipe(unpacked)
  return unpacked
}

async function decompressed(
  argv: readonly string[],
  ports: Ports,
  log: LogFile,
): Promise<Awaited<ReturnType<typeof readTar>>> {
  let read: Awaited<ReturnType<typeof readTar>> = { entries: new Map(), texts: new Map() }
  const consume = async (tar: NodeJS.ReadableStream) => {
    read = await readTar(tar, (name) => CONTROL.test(name))
  }
  await ports.exec.stream({ argv }, consume, log)
  return read
}

function withoutControl(entries: PackageContent['entries']): PackageContent['entries'] {
  return new Map([...entries].filter(([path]) => !CONTROL.test(path)))
}

/** `name = value` lines; those that may stand more than once as lists. Lines that begin with a blank go on the last. */
export function parsePkginfo(text: string): {
  readonly fields: Record<string, string>
  readonly lists: ReadonlyMap<string, readonly string[]>
} {
  const lists = new Map<string, string[]>()
  let last: string[] | undefined
  for (const line of text.split('\n')) {
    const match = /^([a-z]+) = (.*)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) {
      last = lists.get(match[1]) ?? []
      last.push(match[2])
      lists.set(match[1], last)
    } else if (last !== undefined && /^\s+\S/.test(line)) last.push(`${last.pop()}\n${line.trim()}`)
  }
  const single = [...lists].flatMap(([name, values]) => (values.length === 1 ? [[name, values[0] ?? '']] : []))
  return { fields: Object.fromEntries(single), lists }
}

/** The functions of an `.INSTALL` as nfpm writes it. */
export function parseInstall(text: string): Readonly<Partial<Record<Slot, string>>> {
  const found: Partial<Record<Slot, string>> = {}
  for (const part of text.split(/^function (?=\w+\(\) \{\n)/m).slice(1)) {
    const [, name, body] = /^(\w+)\(\) \{\n([\s\S]*?)\n\}\n*$/.exec(part) ?? []
    const slot = Object.entries(PACMAN_SCRIPTS).find(([, known]) => known === name)?.[0] as Slot | undefined
    if (slot !== undefined && body !== undefined) found[slot] = body
  }
  return found
}
