import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { InputError } from '../errors.js'
import { type TreeEntry, walkTree } from '../runtime/files.js'
import type { FormattedPackage } from './formatted.js'
import { describe, rpmLicense } from './fpm.js'
import { type PackageModel, PRIORITY, SECTION } from './model.js'
import type { Slot } from './scripts/compose.js'
import { debChangelog, type Staged } from './stage.js'

/** One entry of nfpm's `contents`. */
export interface NfpmContent {
  readonly src?: string
  readonly dst: string
  readonly type: 'tree' | 'file' | 'config|noreplace' | 'symlink' | 'dir'
  readonly file_info?: { readonly mode: number; readonly mtime: string }
}

const DOLLAR = 'GIFTWRAP_DOLLAR'
/** What nfpm's configuration needs of its environment: nfpm expands `$NAME` in texts and has no way to quote it. */
export const NFPM_ENVIRONMENT = { [DOLLAR]: '$' } as const

/**
 * A text that nfpm writes as it stands: a project's summary must not read the caller's environment. It expands none in
 * license, rpm's summary and pacman's packager.
 */
function literal(text: string): string {
  return text.split('$').join(`\${${DOLLAR}}`)
}

/** nfpm's configuration for the package, as YAML. Source: nfpm 2.48's documentation. */
export function nfpmConfig(
  found: FormattedPackage,
  architecture: PackageModel['architecture'],
  contents: readonly NfpmContent[],
  staged: Staged,
): string {
  const { format, relations } = found
  if (format === 'tar') throw new InputError({ message: 'nfpm makes no archives.', hint: 'Choose packager: native.' })
  const license = format === 'rpm' ? rpmLicense(found) : found.license
  // apk writes what a package can't be installed beside as a dependency on its absence, and nfpm leaves it out.
  const conflicts = format === 'apk' ? [] : relations.conflicts
  const depends = [...relations.depends, ...(format === 'apk' ? relations.conflicts.map((name) => `!${name}`) : [])]
  return dump({
    name: found.name,
    arch: architecture,
    platform: 'linux',
    version: found.version,
    version_schema: 'none',
    ...(found.epoch === 0 ? {} : { epoch: String(found.epoch) }),
    release: format === 'apk' ? `r${found.release}` : found.release,
    section: SECTION,
    priority: PRIORITY,
    maintainer: literal(found.maintainer),
    // Neither apk's nor pacman's description has lines.
    description: literal(format === 'apk' || format === 'archlinux' ? found.summary : describe(found)),
    ...(found.vendor === undefined ? {} : { vendor: literal(found.vendor) }),
    ...(found.homepage === undefined ? {} : { homepage: literal(found.homepage) }),
    ...(license === undefined ? {} : { license }),
    mtime: isoTime(found.date),
    // Files may have names like `[x]`.
    disable_globbing: true,
    depends,
    ...given('recommends', relations.recommends),
    ...given('provides', relations.provides),
    ...given('conflicts', conflicts),
    ...given('replaces', relations.replaces),
    contents: [...contents],
    ...scriptsOf(staged),
    ...ownPart(found, staged),
  })
}

function given(key: string, values: readonly string[]): object {
  return values.length === 0 ? {} : { [key]: [...values] }
}

function scriptsOf({ scripts: { preinstall, postinstall, preremove, postremove } }: Staged): object {
  const scripts = defined({ preinstall, postinstall, preremove, postremove })
  return Object.keys(scripts).length === 0 ? {} : { scripts }
}

function defined(values: Readonly<Partial<Record<string, string>>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** What only one format's part of the configuration has. */
function ownPart(found: FormattedPackage, { scripts }: Staged): object {
  const slots = (...names: Slot[]) => defined(Object.fromEntries(names.map((name) => [name, scripts[name]])))
  switch (found.format) {
    case 'deb':
      return { deb: { compression: found.compression } }
    case 'rpm':
      return {
        rpm: {
          // nfpm takes the description's first line for the summary; one of its own it would not expand.
          ...{ group: SECTION, packager: literal(found.maintainer) },
          ...{ compression: found.compression, buildhost: 'reproducible' },
          scripts: defined({ posttrans: scripts.posttransaction }),
        },
      }
    case 'apk':
      return { apk: { scripts: slots('preupgrade', 'postupgrade') } }
    default:
      return {
        archlinux: {
          ...{ pkgbase: found.name, packager: found.maintainer },
          scripts: slots('preupgrade', 'postupgrade'),
        },
      }
  }
}

/**
 * Tree and entries as nfpm's contents. A `tree` entry and a config file inside it collide, so only folders without
 * config files are handed over whole.
 */
export async function nfpmContents(found: FormattedPackage, { root }: Pick<Staged, 'root'>): Promise<NfpmContent[]> {
  const { folder, installPath } = found.tree
  const configFiles = new Set(found.configFiles)
  const holdsConfig = (path: string) => found.configFiles.some((file) => file.startsWith(`${path}/`))
  const mtime = isoTime(found.date)
  const info = async (path: string) => ({ mode: (await lstat(path)).mode & 0o777, mtime })
  const contents: NfpmContent[] = [...entriesOf(found, root, mtime)]
  contents.push({ dst: installPath, type: 'dir', file_info: await info(folder) })
  for (const name of (await readdir(folder)).sort()) {
    const entries: TreeEntry[] = [{ path: name, kind: await kindOf(join(folder, name)) }]
    if (holdsConfig(join(installPath, name))) {
      entries.push(...walkTree(join(folder, name)).map((e) => ({ ...e, path: join(name, e.path) })))
    }
    for (const { path, kind } of entries) {
      const src = join(folder, path)
      const dst = join(installPath, path)
      if (kind === 'symlink') contents.push({ src: await readlink(src), dst, type: 'symlink' })
      else if (kind === 'directory' && !holdsConfig(join(installPath, name))) contents.push({ src, dst, type: 'tree' })
      else if (kind === 'directory') contents.push({ dst, type: 'dir', file_info: await info(src) })
      else {
        const type = configFiles.has(dst) ? 'config|noreplace' : 'file'
        contents.push({ src, dst, type, file_info: await info(src) })
      }
    }
  }
  return contents
}

function entriesOf(found: FormattedPackage, root: string, mtime: string): NfpmContent[] {
  const file = (path: string): NfpmContent => {
    return { src: join(root, path), dst: path, type: 'file', file_info: { mode: 0o644, mtime } }
  }
  const entries = found.entries.map((entry): NfpmContent => {
    if (entry.kind === 'file') return file(entry.path)
    if (entry.kind === 'symlink') return { src: entry.target, dst: entry.path, type: 'symlink' }
    return { dst: entry.path, type: 'dir', file_info: { mode: 0o755, mtime } }
  })
  return found.changelog === undefined ? entries : [...entries, file(debChangelog(found.name))]
}

async function kindOf(path: string): Promise<TreeEntry['kind']> {
  const status = await lstat(path)
  return status.isDirectory() ? 'directory' : status.isSymbolicLink() ? 'symlink' : 'file'
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
