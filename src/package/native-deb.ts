import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, lstatSync, lutimesSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../runtime/exec.js'
import { walkTree } from '../runtime/files.js'
import type { FormattedPackage } from './formatted.js'
import { describe } from './fpm.js'
import { PRIORITY, SECTION } from './model.js'
import type { Slot } from './scripts/compose.js'
import type { Staged } from './stage.js'

export const DEB_SCRIPTS: Readonly<Partial<Record<Slot, string>>> = {
  preinstall: 'preinst',
  postinstall: 'postinst',
  preremove: 'prerm',
  postremove: 'postrm',
}

/** The version as dpkg compares it. */
export function debVersion({ epoch, version, release }: FormattedPackage): string {
  return `${epoch === 0 ? '' : `${epoch}:`}${version}-${release}`
}

/** The control file. Source: https://www.debian.org/doc/debian-policy/ch-controlfields.html */
export function debControl(found: FormattedPackage, installedKib: number): string {
  const { depends, recommends, provides, conflicts, replaces } = found.relations
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Package', found.name],
    ['Version', debVersion(found)],
    ['License', oneLine(found.license)],
    ['Vendor', oneLine(found.vendor)],
    ['Architecture', found.architecture],
    ['Maintainer', found.maintainer],
    ['Installed-Size', String(installedKib)],
    ['Depends', depends.join(', ')],
    ['Recommends', recommends.join(', ')],
    ['Conflicts', conflicts.join(', ')],
    ['Provides', provides.join(', ')],
    ['Replaces', replaces.join(', ')],
    ['Section', SECTION],
    ['Priority', PRIORITY],
    ['Homepage', oneLine(found.homepage)],
    ['Description', folded(describe(found))],
  ]
  return fields.flatMap(([name, value]) => (value ? [`${name}: ${value}\n`] : [])).join('')
}

function oneLine(text: string | undefined): string | undefined {
  return text?.replaceAll(/\s+/g, ' ').trim()
}

function folded(text: string): string {
  return text
    .split('\n')
    .map((line, index) => (index === 0 ? line : line.trim() === '' ? ' .' : ` ${line}`))
    .join('\n')
}

/** Writes the control archive's files into what is staged, for dpkg-deb. */
export function writeControl(found: FormattedPackage, { root, scripts }: Staged): void {
  const entries = walkTree(root)
  const folder = join(root, 'DEBIAN')
  mkdirSync(folder)
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text)
    settle(join(folder, name), 0o644, found.date)
  }
  const files = entries.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  // As dpkg-gencontrol counts: each file in whole KiB, each folder and link as one.
  const size = entries.reduce((sum, { path, kind }) => {
    return sum + (kind === 'file' ? Math.ceil(lstatSync(join(root, path)).size / 1024) : 1)
  }, 0)
  write('control', debControl(found, size))
  if (found.configFiles.length > 0) write('conffiles', found.configFiles.map((path) => `${path}\n`).join(''))
  write('md5sums', files.map((path) => `${md5(join(root, path))}  ${path}\n`).join(''))
  for (const [slot, source] of Object.entries(scripts)) {
    const name = Object.entries(DEB_SCRIPTS).find(([known]) => known === slot)?.[1]
    if (name === undefined) throw new Error(`a deb has no script for ${slot}`)
    copyFileSync(source, join(folder, name))
    settle(join(folder, name), 0o755, found.date)
  }
  settle(folder, 0o755, found.date)
  settle(root, 0o755, found.date)
}

function md5(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex')
}

function settle(path: string, mode: number, date: number): void {
  chmodSync(path, mode)
  lutimesSync(path, date, date)
}

/** Source: dpkg-deb(1). */
export function dpkgDebCommand(
  found: FormattedPackage,
  at: { readonly root: string; readonly output: string },
): Command {
  const level = found.compression === 'zstd' ? ['-z9'] : found.compression === 'gzip' ? ['-z6'] : []
  return {
    argv: ['dpkg-deb', '--root-owner-group', `-Z${found.compression}`, ...level, '--build', at.root, at.output],
    env: { SOURCE_DATE_EPOCH: String(found.date) },
  }
}
