import { dirname, posix } from 'node:path'
import { InputError } from '../errors.js'
import { type PackageFormat, type PackageModel, RELATION_KINDS, type RelationKind, type Relations } from './model.js'
import { interpreterRelations, spellRelation } from './relations.js'
import type { Scripts } from './scripts/compose.js'
import { debScripts } from './scripts/deb.js'
import { eventScripts } from './scripts/events.js'
import { rpmScripts } from './scripts/rpm.js'
import { sysusersText, tmpfilesText } from './units.js'
import { formatVersion, hasEpochs } from './versions.js'

/** What a package has in it beside its tree; all of it is root's. */
export type Entry =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string }

/** A package as one format has it, in that format's words: what back-ends turn into arguments and files. */
export interface FormattedPackage {
  readonly format: PackageFormat
  readonly name: string
  /** 0 for none. */
  readonly epoch: number
  readonly version: string
  /** deb's revision, rpm's release, apk's number after `-r`, pacman's pkgrel. */
  readonly release: string
  /** In the format's words, e.g. `amd64` or `x86_64`. */
  readonly architecture: string
  /** One line. */
  readonly summary: string
  /** The lines after the first, or nothing. */
  readonly description: string
  readonly maintainer: string
  readonly vendor: string | undefined
  readonly homepage: string | undefined
  readonly license: string | undefined
  readonly relations: Relations
  readonly tree: PackageModel['tree']
  readonly entries: readonly Entry[]
  readonly configFiles: readonly string[]
  readonly scripts: Scripts
  readonly changelog: string | undefined
  readonly date: number
  readonly compression: PackageModel['compression']
}

/** Folders that are there on every system, or belong to another package. */
export const SYSTEM_FOLDERS = new Set(
  `/ /etc /etc/apk /etc/apk/protected_paths.d /home /mnt /opt /srv /usr /usr/bin /usr/lib /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d
  /usr/lib/tmpfiles.d /usr/libexec /usr/local /usr/local/lib /usr/local/share /usr/share /usr/share/doc
  /usr/share/licenses /var /var/lib /var/opt`.split(/\s+/),
)

/** The model in a format's words. Throws an `InputError` with all that the format can't hold. */
export function formatPackage(model: PackageModel, format: PackageFormat): FormattedPackage {
  refuseWhatCannotBe(model, format)
  const tmpfiles = format === 'apk' ? undefined : tmpfilesText(model.directories)
  const sysusers = format === 'apk' ? undefined : sysusersText(model)
  const tmpfilesPath = `/usr/lib/tmpfiles.d/${model.name}.conf`
  const entries = entriesOf(model, format, [
    ...(sysusers === undefined ? [] : [file(`/usr/lib/sysusers.d/${model.name}.conf`, sysusers)]),
    ...(tmpfiles === undefined ? [] : [file(tmpfilesPath, tmpfiles)]),
    ...(format === 'apk' ? protectedPaths(model) : []),
  ])
  const above = foldersAbove(model.tree.installPath)
  const at = { tmpfiles: tmpfiles === undefined ? undefined : tmpfilesPath, above }
  const [summary = '', ...description] = model.summary.trim().split('\n')
  return {
    ...{ format, name: model.name, ...versionOf(model, format), release: releaseOf(model, format) },
    architecture: architectureOf(model.architecture, format),
    ...{ summary: summary.trim(), description: description.join('\n') },
    ...{ maintainer: model.maintainer, vendor: model.vendor, homepage: model.homepage, license: model.license },
    relations: relationsOf(model, format),
    tree: model.tree,
    entries,
    configFiles: model.configFiles,
    scripts: scriptsOf(model, format, at),
    // The one who writes a deb compresses it, as fpm adds one of its own else.
    changelog: format === 'deb' ? model.changelog : undefined,
    ...{ date: model.date, compression: format === 'tar' && model.compression === 'zstd' ? 'gzip' : model.compression },
  }
}

function scriptsOf(model: PackageModel, format: PackageFormat, at: Parameters<typeof debScripts>[1]): Scripts {
  switch (format) {
    case 'deb':
      return debScripts(model, at)
    case 'rpm':
      return rpmScripts(model, at)
    case 'apk':
    case 'archlinux':
      return eventScripts(model, format, at)
    case 'tar':
      return {}
  }
}

function versionOf(
  model: Pick<PackageModel, 'name' | 'version' | 'epoch'>,
  format: PackageFormat,
): { readonly epoch: number; readonly version: string } {
  const own = formatVersion(model.version, format)
  if (model.epoch === undefined || model.epoch === 0) return own
  if (!hasEpochs(format))
    throw new InputError({ message: `${format} packages have no epoch.`, hint: forOthers('epoch') })
  if (own.epoch !== 0 && own.epoch !== model.epoch) {
    const message = `${model.name} has the epoch ${model.epoch}, and its version ${model.version} has another one.`
    throw new InputError({ message, hint: 'Leave one of them out.' })
  }
  return { ...own, epoch: model.epoch }
}

function releaseOf({ iteration, suffix }: Pick<PackageModel, 'iteration' | 'suffix'>, format: PackageFormat): string {
  const of = suffix.replace(/^[+.]/, '')
  if (of === '' || format === 'apk' || format === 'archlinux') return String(iteration)
  return format === 'rpm' ? `${iteration}.${of}` : `${iteration}+${of}`
}

function architectureOf(name: PackageModel['architecture'], format: PackageFormat): string {
  if (format === 'deb' || format === 'tar') return name
  return name === 'amd64' ? 'x86_64' : 'aarch64'
}

function relationsOf(model: PackageModel, format: PackageFormat): Relations {
  const spelt = (kind: RelationKind) => model.relations[kind].map((relation) => spellRelation(relation, format))
  const none: readonly string[] = []
  if (format === 'tar') return { depends: none, recommends: none, provides: none, conflicts: none, replaces: none }
  return {
    depends: [...new Set([...interpreterRelations(model.python, format), ...spelt('depends')])],
    ...{ recommends: spelt('recommends'), provides: spelt('provides') },
    ...{ conflicts: spelt('conflicts'), replaces: spelt('replaces') },
  }
}

/** All that was asked for and that a package of this format would not have. */
function refuseWhatCannotBe(model: PackageModel, format: PackageFormat): void {
  const asked: string[] = []
  const { user, group } = model.account
  if (format === 'apk') {
    if (model.units.length > 0) asked.push('services (Alpine has no systemd)')
    if (model.relations.recommends.length > 0) asked.push('recommends')
  }
  if (format === 'tar') {
    if (Object.keys(model.scripts).length > 0) asked.push('scripts')
    if (model.units.length > 0) asked.push('services')
    if (user !== undefined || group !== undefined) asked.push('user and group')
    if (model.directories.length > 0) asked.push('directories')
    asked.push(...RELATION_KINDS.filter((kind) => kind !== 'depends' && model.relations[kind].length > 0))
  }
  if (asked.length === 0) return
  throw new InputError({
    message: `${format} packages can't have ${asked.join(', ')}.`,
    hint: forOthers(asked[0] ?? ''),
  })
}

function forOthers(key: string): string {
  return `Leave ${key.split(' ')[0]} out for this target, by an override, or build another format.`
}

function entriesOf(model: PackageModel, format: PackageFormat, more: readonly Entry[]): readonly Entry[] {
  const { installPath } = model.tree
  const documentation = documentationOf(model, format)
  const units = model.units.map(({ name, text }) => file(`/usr/lib/systemd/system/${name}`, text))
  const commands = model.commands.map((name): Entry => {
    return { kind: 'symlink', path: `/usr/bin/${name}`, target: `${installPath}/bin/${name}` }
  })
  const entries = [...units, ...commands, ...more, ...documentation]
  const own = [...new Set([...foldersAbove(installPath), ...documentation.map(({ path }) => dirname(path))])]
  const folders = own.map((path): Entry => ({ kind: 'directory', path }))
  return [...folders, ...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** apk keeps an operator's edits below /etc, and where a list of a package says so. Source: apk-protected_paths.d(5). */
function protectedPaths({ name, configFiles }: PackageModel): Entry[] {
  const folders = [...new Set(configFiles.map((path) => posix.dirname(path)))].sort()
  if (folders.length === 0) return []
  return [file(`/etc/apk/protected_paths.d/${name}.list`, folders.map((path) => `+${path.slice(1)}\n`).join(''))]
}

/** Where each family looks for it. */
function documentationOf(model: PackageModel, format: PackageFormat): readonly Extract<Entry, { kind: 'file' }>[] {
  const { name, copyright, changelog, sbom } = model
  const isDebian = format === 'deb'
  const copyrightPath = isDebian ? `/usr/share/doc/${name}/copyright` : `/usr/share/licenses/${name}/COPYRIGHT`
  return [
    ...(copyright === undefined ? [] : [file(copyrightPath, copyright)]),
    ...(sbom === undefined ? [] : [file(`/usr/share/doc/${name}/sbom.cdx.json`, sbom)]),
    ...(changelog === undefined || isDebian ? [] : [file(`/usr/share/doc/${name}/CHANGELOG`, changelog)]),
  ]
}

/** The package's own folders above a path, the outermost first. */
function foldersAbove(path: string): string[] {
  const folders: string[] = []
  for (let folder = posix.dirname(path); !SYSTEM_FOLDERS.has(folder); folder = posix.dirname(folder)) {
    folders.unshift(folder)
  }
  return folders
}

function file(path: string, text: string): Extract<Entry, { kind: 'file' }> {
  return { kind: 'file', path, text }
}

/** The name of a package's file, known before it is made. */
export function packageFileName(
  model: Pick<PackageModel, 'name' | 'version' | 'epoch' | 'iteration' | 'suffix' | 'architecture' | 'compression'>,
  format: PackageFormat,
): string {
  return fileName({
    ...{ format, name: model.name, version: versionOf(model, format).version, release: releaseOf(model, format) },
    ...{ architecture: architectureOf(model.architecture, format), compression: model.compression },
  })
}

/** The name of the package's file. Epochs are not part of it, as a colon can't be part of every file's name. */
export function fileName(
  found: Pick<FormattedPackage, 'format' | 'name' | 'version' | 'release' | 'architecture' | 'compression'>,
): string {
  const { format, name, version, release, architecture } = found
  switch (format) {
    case 'deb':
      return `${name}_${version}-${release}_${architecture}.deb`
    case 'rpm':
      return `${name}-${version}-${release}.${architecture}.rpm`
    case 'apk':
      return `${name}-${version}-r${release}.${architecture}.apk`
    case 'archlinux':
      return `${name}-${version}-${release}-${architecture}.pkg.tar.zst`
    case 'tar':
      return `${name}-${version}-${release}-${architecture}.tar.${found.compression === 'xz' ? 'xz' : 'gz'}`
  }
}
