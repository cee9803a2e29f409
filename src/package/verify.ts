import { lstatSync, readlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ToolError } from '../errors.js'
import { sha256File, sha256FileSync, sha256Text, walkTree } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { type Additions, NO_ADDITIONS } from '../tools/fpm-options.js'
import type { ArchivedEntry, PackageContent } from './content.js'
import { expectedFields } from './expected-fields.js'
import type { FormattedPackage } from './formatted.js'
import { RELATION_KINDS } from './model.js'
import { DEB_SCRIPTS } from './native-deb.js'
import { readApk, readArchlinux, readPlainTar } from './read-archive.js'
import { readDeb } from './read-deb.js'
import { readRpm } from './read-rpm.js'
import type { Slot } from './scripts/compose.js'
import { debChangelog } from './stage.js'

/** What a package says of itself when it is read back. */
export interface PackageFacts {
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  /** In the format's words, e.g. `Package` of a deb and `Name` of an rpm. */
  readonly fields: Readonly<Record<string, string>>
  readonly files: number
}

const MAX_DIFFERENCES = 10
const SCRIPTS: readonly string[] = Object.values(DEB_SCRIPTS)

/** Reads a package of any format. Throws a `ToolError` for a file that is none. */
export async function readPackage(
  file: string,
  format: FormattedPackage['format'],
  ports: Ports,
  log: LogFile,
): Promise<PackageContent> {
  switch (format) {
    case 'deb':
      return readDeb(file, ports, log)
    case 'rpm':
      return readRpm(file)
    case 'apk':
      return readApk(file)
    case 'archlinux':
      return readArchlinux(file, ports, log)
    case 'tar':
      return readPlainTar(file, ports, log)
  }
}

/**
 * Reads a package back and compares it with what was to be packaged and what was to be added: fields, relations, scripts
 * and whatever else a package manager acts upon, every file's path, kind, mode, owner and bytes, and the list of config
 * files. The first differences are in the error.
 */
export async function verifyPackage(
  file: string,
  found: FormattedPackage,
  additions: Additions,
  ports: Ports,
  log: LogFile,
): Promise<PackageFacts> {
  const content = await readPackage(file, found.format, ports, log)
  // What fpm's options ask for is spelt by deb's words; rpms have none of it but relations.
  const added = found.format === 'deb' ? additions : { ...NO_ADDITIONS, templated: additions.templated }
  const differences = [
    ...expectedFields(found, content.fields, added),
    ...compareRelations(found, content, additions),
    ...compareScripts(found, content, added),
    ...compareLists(
      'control member',
      content.others,
      added.members.filter((member) => !SCRIPTS.includes(member)),
    ),
    ...compareEntries(found, content),
    ...(content.configFiles === undefined ? [] : compareLists('config file', content.configFiles, found.configFiles)),
  ]
  if (differences.length > 0) {
    const more = differences.length - MAX_DIFFERENCES
    const shown = [...differences.slice(0, MAX_DIFFERENCES), ...(more > 0 ? [`… and ${more} more`] : [])]
    throw new ToolError(`the package ${found.name} is not what was to be packaged:\n  ${shown.join('\n  ')}`)
  }
  const files = [...content.entries.values()].filter(({ kind }) => kind === 'file').length
  return { size: (await stat(file)).size, sha256: await sha256File(file), fields: content.fields, files }
}

function compareRelations(found: FormattedPackage, { relations }: PackageContent, additions: Additions): string[] {
  const added: Readonly<Record<string, string | undefined>> = {
    recommends: additions.fields.Recommends,
    provides: additions.fields.Provides,
    conflicts: additions.fields.Conflicts,
    replaces: additions.fields.Replaces,
  }
  return RELATION_KINDS.flatMap((kind) => {
    // An option's relation has a spelling of fpm's own.
    const isThere = added[kind] !== undefined
    const own = relations[kind].filter((one) => !isThere || found.relations[kind].includes(one))
    return compareLists(kind === 'depends' ? 'dependency' : `relation ${kind}`, own, found.relations[kind])
  })
}

function compareScripts(found: FormattedPackage, content: PackageContent, added: Additions): string[] {
  const slots = new Set([...Object.keys(found.scripts), ...Object.keys(content.scripts)])
  return [...slots].flatMap((slot) => {
    const wanted = textOf(found.scripts, slot)
    const there = textOf(content.scripts, slot)
    // fpm has some of its own for some options.
    const own = added.members.includes(DEB_SCRIPTS[slot as Slot] ?? '')
    if (wanted === undefined) return own ? [] : [`the script ${slot} is there unasked`]
    if (there === undefined) return [`the script ${slot} is missing`]
    return added.templated || wanted === there ? [] : [`the script ${slot} has another text`]
  })
}

function textOf(scripts: FormattedPackage['scripts'], slot: string): string | undefined {
  return Object.entries(scripts)
    .find(([known]) => known === slot)?.[1]
    ?.trim()
}

function compareEntries(found: FormattedPackage, { entries, texts }: PackageContent): string[] {
  const expected = new Map([...treeEntries(found), ...ownEntries(found)])
  const differences = [...expected].flatMap(([path, wanted]) => compareEntry(path, wanted, entries.get(path)))
  const above = foldersAbove([...expected.keys()])
  for (const [path, { owner, mode, kind }] of entries) {
    if (owner !== '0:0') differences.push(`${path} belongs to ${owner}, not to root`)
    if (expected.has(path)) continue
    if ((mode & 0o7000) !== 0) differences.push(`${path} has mode ${mode.toString(8)}`)
    const isFolder = above.has(path) && kind === 'directory' && found.format !== 'rpm'
    if (!isFolder && !isOfPackager(path, found)) differences.push(`${path} is in the package unasked`)
  }
  const changelog = texts.get(debChangelog(found.name))
  if (found.changelog !== undefined && textOfGzip(changelog) !== found.changelog) {
    differences.push(`${debChangelog(found.name)} is not the changelog`)
  }
  return differences
}

function textOfGzip(bytes: Buffer | undefined): string | undefined {
  try {
    return bytes === undefined ? undefined : gunzipSync(bytes, { maxOutputLength: 1 << 26 }).toString('utf8')
  } catch {
    return undefined
  }
}

type Wanted = Pick<ArchivedEntry, 'kind' | 'mode' | 'content'>

function treeEntries({ tree: { folder, installPath } }: FormattedPackage): [string, Wanted][] {
  return [{ path: '', kind: 'directory' as const }, ...walkTree(folder)].map(({ path, kind }) => {
    const source = join(folder, path)
    const content = kind === 'symlink' ? readlinkSync(source) : kind === 'file' ? sha256FileSync(source) : ''
    return [join(installPath, path), { kind, mode: lstatSync(source).mode & 0o7777, content }]
  })
}

function ownEntries(found: FormattedPackage): [string, Wanted][] {
  return found.entries.map((entry) => {
    const { kind, path } = entry
    if (kind === 'file') return [path, { kind, mode: 0o644, content: sha256Text(entry.text) }]
    return [path, { kind, mode: 0o755, content: kind === 'symlink' ? entry.target : '' }]
  })
}

function compareEntry(path: string, wanted: Wanted, entry: ArchivedEntry | undefined): string[] {
  if (entry === undefined) return [`${path} is missing`]
  if (entry.kind !== wanted.kind) return [`${path} is a ${entry.kind} instead of a ${wanted.kind}`]
  if (wanted.kind === 'symlink') return entry.content === wanted.content ? [] : [`${path} links to ${entry.content}`]
  const { mode } = wanted
  return [
    ...(entry.mode === mode ? [] : [`${path} has mode ${entry.mode.toString(8)}, not ${mode.toString(8)}`]),
    ...(wanted.kind === 'file' && entry.content !== wanted.content ? [`${path} has other bytes`] : []),
  ]
}

function foldersAbove(paths: readonly string[]): ReadonlySet<string> {
  const above = new Set(['/'])
  for (const path of paths) {
    for (let folder = dirname(path); !above.has(folder); folder = dirname(folder)) above.add(folder)
  }
  return above
}

/** The documentation that packagers add to a deb. */
function isOfPackager(path: string, { format, name }: FormattedPackage): boolean {
  const documentation = `/usr/share/doc/${name}`
  const folders = ['/usr', '/usr/share', '/usr/share/doc', documentation]
  return format === 'deb' && (folders.includes(path) || path.startsWith(`${documentation}/changelog`))
}

function compareLists(what: string, found: readonly string[], expected: readonly string[]): string[] {
  return [
    ...expected.filter((item) => !found.includes(item)).map((item) => `the ${what} ${item} is missing`),
    ...found.filter((item) => !expected.includes(item)).map((item) => `the ${what} ${item} is there unasked`),
  ]
}
