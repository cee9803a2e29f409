import { createHash } from 'node:crypto'
import { lstatSync, readlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import { ToolError } from '../errors.js'
import { sha256File, sha256FileSync, walkTree } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import type { Additions } from '../tools/fpm-options.js'
import { type PackageModel, PRIORITY, SECTION } from './model.js'

/** What a package says of itself when it is read back. */
export interface PackageFacts {
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  /** Its control fields, e.g. `Package`, `Version`, `Depends`. */
  readonly fields: Readonly<Record<string, string>>
  readonly files: number
}

/** An entry of the data archive, its path as installed, e.g. `/opt/x`. */
interface ArchivedEntry {
  readonly type: Header['type']
  readonly mode: number
  readonly owner: string
  readonly content: string
}

const MAX_DIFFERENCES = 10

/** What a control archive has in it without being asked: no code, and nothing that dpkg acts upon but config files. */
const OWN_MEMBERS = ['control', 'md5sums', 'conffiles']

/**
 * Reads a deb back by dpkg-deb and compares it with its model and what was to be added: control fields, scripts and
 * other members of the control archive, every file's path, kind, mode, owner and bytes, and the list of config files.
 * The first differences are in the error.
 */
export async function verifyDeb(
  file: string,
  model: PackageModel,
  additions: Additions,
  ports: Ports,
  log: LogFile,
): Promise<PackageFacts> {
  const { stdout } = await ports.exec.run({ argv: ['dpkg-deb', '--field', file] }, log)
  const fields = parseControl(stdout)
  const control = new Map<string, ArchivedEntry>()
  await ports.exec.stream({ argv: ['dpkg-deb', '--ctrl-tarfile', file] }, (tar) => readEntries(tar, control), log)
  const members = [...control.keys()].filter((path) => path !== '/').map((path) => path.slice(1))
  const archived = new Map<string, ArchivedEntry>()
  const listing = { argv: ['dpkg-deb', '--fsys-tarfile', file] } as const
  await ports.exec.stream(listing, (tar) => readEntries(tar, archived), log)
  const conffiles = await readConffiles(file, ports)
  const differences = [
    ...compareFields(fields, model, additions),
    ...compareLists(
      'control member',
      members.filter((member) => !OWN_MEMBERS.includes(member)),
      additions.members,
    ),
    ...compareTree(archived, model),
    ...compareLists('config file', conffiles, model.configFiles),
  ]
  if (differences.length > 0) {
    const more = differences.length - MAX_DIFFERENCES
    const shown = [...differences.slice(0, MAX_DIFFERENCES), ...(more > 0 ? [`… and ${more} more`] : [])]
    throw new ToolError(`the package ${model.name} is not what was to be packaged:\n  ${shown.join('\n  ')}`)
  }
  const files = [...archived.values()].filter(({ type }) => type === 'file').length
  return { size: (await stat(file)).size, sha256: await sha256File(file), fields, files }
}

/** The fields of a control file; continued lines are joined by newlines. */
export function parseControl(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  let last: string | undefined
  for (const line of text.split('\n')) {
    const match = /^([!-9;-~]+):\s?(.*)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) {
      last = match[1]
      fields[last] = match[2]
    } else if (last !== undefined && /^\s/.test(line)) {
      fields[last] += `\n${line.trim()}`
    }
  }
  return fields
}

async function readEntries(tar: NodeJS.ReadableStream, entries: Map<string, ArchivedEntry>): Promise<void> {
  const reader = extract()
  reader.on('entry', (header, stream, next) => {
    const hash = createHash('sha256')
    stream.on('data', (chunk) => hash.update(chunk as Buffer))
    stream.on('error', next)
    stream.on('end', () => {
      const path = header.name.replace(/^\.?\/?/, '/').replace(/(.)\/$/, '$1')
      entries.set(path, {
        type: header.type,
        mode: (header.mode ?? 0) & 0o7777,
        owner: `${header.uid}:${header.gid}`,
        content: header.type === 'symlink' ? (header.linkname ?? '') : hash.digest('hex'),
      })
      next()
    })
    stream.resume()
  })
  await pipeline(tar, reader)
}

async function readConffiles(file: string, ports: Ports): Promise<string[]> {
  const list = await ports.exec.run({ argv: ['dpkg-deb', '--info', file, 'conffiles'] }).catch(() => undefined)
  return (list?.stdout ?? '').split('\n').filter((line) => line !== '')
}

function compareFields(fields: Readonly<Record<string, string>>, model: PackageModel, additions: Additions): string[] {
  // fpm writes an empty field for what there is none of, and nfpm none; nfpm's debs have no vendor and no license.
  const ours: Readonly<Record<string, string>> = {
    Package: model.name,
    Version: `${model.version}-${model.revision}`,
    Architecture: model.architecture,
    Maintainer: model.maintainer,
    Description: controlText(model.summary),
    Homepage: model.homepage ?? '',
    Section: additions.fields.Section ?? SECTION,
    Priority: additions.fields.Priority ?? PRIORITY,
    ...(fields.Vendor === undefined ? {} : { Vendor: model.vendor ?? '' }),
    ...(fields.License === undefined ? {} : { License: model.license ?? '' }),
  }
  const written: Readonly<Record<string, string | undefined>> = {
    Homepage: '',
    ...fields,
    Description: controlText(fields.Description ?? ''),
  }
  const differences = Object.entries(ours)
    .filter(([name, value]) => written[name] !== value)
    .map(([name, value]) => `${name} is ${JSON.stringify(written[name])} instead of ${JSON.stringify(value)}`)
  const relations = (fields.Depends ?? '').split(/,\s*/).filter((relation) => relation !== '')
  // The others of an option have a spelling of fpm's own, or are counted by it.
  const asked = Object.keys(additions.fields).filter((name) => ours[name] === undefined)
  const others = Object.keys(fields).filter((name) => ours[name] === undefined && !COUNTED.includes(name))
  return [
    ...differences,
    ...compareLists('dependency', relations, model.dependencies),
    ...compareLists('control field', others, asked),
  ]
}

/** What is compared as a list, and what is counted by the packager. */
const COUNTED = ['Depends', 'Installed-Size']

/** A text as a control field has it once its continued lines are joined. */
function controlText(text: string): string {
  const lines = text.trim().split('\n')
  return lines.map((line) => line.trim() || '.').join('\n')
}

function compareTree(archived: ReadonlyMap<string, ArchivedEntry>, model: PackageModel): string[] {
  const { folder, installPath } = model.tree
  const differences: string[] = []
  const expected = new Set<string>()
  for (const { path, kind } of [{ path: '', kind: 'directory' }, ...walkTree(folder)]) {
    const installed = join(installPath, path)
    expected.add(installed)
    const entry = archived.get(installed)
    const source = join(folder, path)
    if (entry === undefined) differences.push(`${installed} is missing`)
    else if (entry.type !== kind) differences.push(`${installed} is a ${entry.type} instead of a ${kind}`)
    else if (kind === 'symlink') {
      if (entry.content !== readlinkSync(source)) differences.push(`${installed} links to ${entry.content}`)
    } else {
      const mode = lstatSync(source).mode & 0o7777
      if (entry.mode !== mode)
        differences.push(`${installed} has mode ${entry.mode.toString(8)}, not ${mode.toString(8)}`)
      if (kind === 'file' && entry.content !== sha256FileSync(source)) differences.push(`${installed} has other bytes`)
    }
  }
  for (const [path, { owner, mode }] of archived) {
    if (!expected.has(path) && (mode & 0o7000) !== 0) differences.push(`${path} has mode ${mode.toString(8)}`)
    if (owner !== '0:0') differences.push(`${path} belongs to ${owner}, not to root`)
    if (!expected.has(path) && !isAllowedBeside(path, model)) differences.push(`${path} is in the package unasked`)
  }
  return differences
}

/** The folders above the tree, and the documentation that packagers add. */
function isAllowedBeside(path: string, model: PackageModel): boolean {
  const documentation = `/usr/share/doc/${model.name}`
  const above = new Set(['/'])
  for (const start of [model.tree.installPath, documentation]) {
    for (let folder = dirname(start); folder !== '/'; folder = dirname(folder)) above.add(folder)
  }
  return above.has(path) || path === documentation || path.startsWith(`${documentation}/`)
}

function compareLists(what: string, found: readonly string[], expected: readonly string[]): string[] {
  return [
    ...expected.filter((item) => !found.includes(item)).map((item) => `the ${what} ${item} is missing`),
    ...found.filter((item) => !expected.includes(item)).map((item) => `the ${what} ${item} is there unasked`),
  ]
}
