import { InputError } from '../errors.js'
import type { Command } from '../runtime/exec.js'
import { type FormattedPackage, SYSTEM_FOLDERS } from './formatted.js'
import { PRIORITY, SECTION } from './model.js'
import type { Slot } from './scripts/compose.js'
import type { Staged } from './stage.js'

const DEB_COMPRESSION = { zstd: 'zst', xz: 'xz', gzip: 'gz' } as const

/** What rpm calls a payload; fpm's own word for it has no zstd. */
export const RPM_PAYLOADS = { zstd: 'w3.zstdio', xz: 'w6.xzdio', gzip: 'w6.gzdio' } as const

/** What rpmbuild would take from the host else. */
export const RPM_DEFINES: readonly string[] = [
  'use_source_date_epoch_as_buildtime 1',
  'clamp_mtime_to_source_date_epoch 1',
  '_buildhost reproducible',
  '_build_id_links none',
  'debug_package %{nil}',
  '__os_install_post %{nil}',
]

const SCRIPT_OPTIONS: Readonly<Partial<Record<Slot, string>>> = {
  preinstall: '--before-install',
  postinstall: '--after-install',
  preremove: '--before-remove',
  postremove: '--after-remove',
  posttransaction: '--rpm-posttrans',
}

/** Where fpm finds and puts things. */
export interface FpmPlace {
  readonly fpm: string
  readonly work: string
  readonly output: string
  /** Further options, without scripts. */
  readonly options: readonly string[]
  readonly staged: Staged
}

/** The fpm command that makes the package at `output` of what is staged. Source: `fpm --help` of 1.18.0. */
export function fpmCommand(
  found: FormattedPackage,
  at: FpmPlace,
): Command & { readonly env: Readonly<Record<string, string>> } {
  const env = { SOURCE_DATE_EPOCH: String(found.date) }
  return {
    argv: [
      at.fpm,
      ...['--input-type', 'dir', '--output-type', outputType(found), '--package', at.output, '--workdir', at.work],
      ...['--name', found.name, '--version', found.version, '--iteration', found.release],
      ...(found.epoch === 0 ? [] : ['--epoch', String(found.epoch)]),
      ...(found.format === 'deb' ? debWords(found, at) : found.format === 'rpm' ? rpmWords(found) : []),
      ...Object.entries(at.staged.scripts).flatMap(([slot, file]) => [scriptOption(slot), file]),
      ...at.options,
      ...['--chdir', at.staged.root, '.'],
    ],
    env: found.format === 'tar' ? { ...env, TAR_OPTIONS: tarOptions(found.date).join(' ') } : env,
  }
}

/** What makes an archive of GNU tar the same everywhere. */
export function tarOptions(date: number): string[] {
  return ['--sort=name', '--format=gnu', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${date}`]
}

function outputType({ format }: FormattedPackage): string {
  if (format === 'deb' || format === 'rpm' || format === 'tar') return format
  // Its apk has no data hash, and its pacman packages no reproducible list of files.
  throw new InputError({ message: `fpm makes no good ${format} packages.`, hint: 'Choose packager: nfpm.' })
}

function scriptOption(slot: string): string {
  const option = Object.entries(SCRIPT_OPTIONS).find(([known]) => known === slot)?.[1]
  if (option === undefined) throw new Error(`fpm has no script for ${slot}`)
  return option
}

function debWords(found: FormattedPackage, { staged, options }: FpmPlace): string[] {
  const { depends, recommends, provides, conflicts, replaces } = found.relations
  const own = options.includes('--deb-changelog') || options.some((word) => word.startsWith('--deb-changelog='))
  return [
    ...['--architecture', found.architecture, '--maintainer', found.maintainer],
    ...['--description', describe(found), '--category', SECTION, '--deb-priority', PRIORITY],
    // Without these fpm writes the user's name, "unknown" and a page that isn't there.
    ...['--vendor', found.vendor ?? '', '--url', found.homepage ?? '', '--license', found.license ?? ''],
    ...each('--depends', depends),
    ...each('--deb-recommends', recommends),
    ...each('--provides', provides),
    ...each('--conflicts', conflicts),
    ...each('--replaces', replaces),
    ...['--deb-no-default-config-files', ...each('--config-files', found.configFiles)],
    ...['--deb-compression', DEB_COMPRESSION[found.compression]],
    ...(staged.changelog === undefined || own ? [] : ['--deb-changelog', staged.changelog]),
  ]
}

function rpmWords(found: FormattedPackage): string[] {
  const { depends, recommends, provides, conflicts, replaces } = found.relations
  if (found.homepage === undefined) {
    throw new InputError({
      message: `${found.name} has no home page, for which fpm would write one that isn't there into the rpm.`,
      hint: 'Set homepage, or choose packager: nfpm.',
    })
  }
  return [
    ...['--architecture', found.architecture, '--maintainer', macros(found.maintainer)],
    ...['--description', macros(describe(found)), '--rpm-summary', macros(found.summary)],
    ...['--category', SECTION, '--vendor', macros(found.vendor ?? '')],
    ...['--url', macros(found.homepage), '--license', macros(rpmLicense(found))],
    ...each('--depends', depends),
    ...recommends.flatMap((relation) => ['--rpm-tag', `Recommends: ${relation}`]),
    ...each('--provides', provides),
    ...each('--conflicts', conflicts),
    ...each('--replaces', replaces),
    ...each('--config-files', found.configFiles),
    ...['--rpm-os', 'linux', '--rpm-digest', 'sha256', '--rpm-auto-add-directories'],
    ...each('--rpm-auto-add-exclude-directories', [...SYSTEM_FOLDERS]),
    ...['--rpm-tag', `%define _binary_payload ${RPM_PAYLOADS[found.compression]}`],
    ...each('--rpm-rpmbuild-define', RPM_DEFINES),
  ]
}

/** The whole text about a package. */
export function describe({ summary, description }: Pick<FormattedPackage, 'summary' | 'description'>): string {
  return description === '' ? summary : `${summary}\n${description}`
}

/** An rpm without a license can't be. */
export function rpmLicense({ license }: Pick<FormattedPackage, 'license'>): string {
  return license?.replaceAll(/\s+/g, ' ').trim() || 'unspecified'
}

/** A text that rpmbuild takes as it stands. */
export function macros(text: string): string {
  return text.replaceAll('%', '%%')
}

function each(option: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [option, value])
}
