import type { Additions } from '../tools/fpm-options.js'
import type { FormattedPackage } from './formatted.js'
import { describe, rpmLicense } from './fpm.js'
import { PRIORITY, SECTION } from './model.js'
import { debVersion } from './native-deb.js'

type Fields = Readonly<Record<string, string>>

/** What relations and counters of a deb are called, which are compared elsewhere or by nobody. */
const COUNTED = ['Depends', 'Recommends', 'Provides', 'Conflicts', 'Replaces', 'Installed-Size']

/** One sentence for each field that is not what it should be. */
export function expectedFields(found: FormattedPackage, fields: Fields, additions: Additions): string[] {
  switch (found.format) {
    case 'deb':
      return debFields(found, fields, additions)
    case 'rpm':
      return different(rpmFields(found), fields)
    case 'apk':
    case 'archlinux':
      return different(pkginfoFields(found, fields), fields)
    case 'tar':
      return []
  }
}

function debFields(found: FormattedPackage, fields: Fields, additions: Additions): string[] {
  // fpm writes an empty field for what there is none of, and nfpm none; nfpm's debs have no vendor and no license.
  const ours = {
    Package: found.name,
    Version: debVersion(found),
    Architecture: found.architecture,
    Maintainer: found.maintainer,
    Description: describe(found),
    Homepage: found.homepage ?? '',
    Section: additions.fields.Section ?? SECTION,
    Priority: additions.fields.Priority ?? PRIORITY,
    ...(fields.Vendor === undefined ? {} : { Vendor: found.vendor ?? '' }),
    ...(fields.License === undefined ? {} : { License: found.license ?? '' }),
  }
  // The others of an option have a spelling of fpm's own, or are counted by it.
  const known = new Set([...Object.keys(ours), ...COUNTED])
  const asked = Object.keys(additions.fields).filter((name) => !known.has(name))
  const others = Object.keys(fields).filter((name) => !known.has(name))
  return [
    ...different(ours, { Homepage: '', ...fields }),
    ...asked.filter((name) => !others.includes(name)).map((name) => `the control field ${name} is missing`),
    ...others.filter((name) => !asked.includes(name)).map((name) => `the control field ${name} is there unasked`),
  ]
}

function rpmFields(found: FormattedPackage): Readonly<Record<string, string | undefined>> {
  return {
    Name: found.name,
    Epoch: found.epoch === 0 ? undefined : String(found.epoch),
    Version: found.version,
    Release: found.release,
    Architecture: found.architecture,
    Summary: found.summary,
    Description: describe(found),
    License: rpmLicense(found),
    Group: SECTION,
    Vendor: found.vendor,
    Packager: found.maintainer,
    URL: found.homepage,
    'Build Host': 'reproducible',
    OS: 'linux',
  }
}

function pkginfoFields(found: FormattedPackage, fields: Fields): Readonly<Record<string, string | undefined>> {
  const isApk = found.format === 'apk'
  const epoch = found.epoch === 0 ? '' : `${found.epoch}:`
  return {
    pkgname: found.name,
    pkgver: `${epoch}${found.version}-${isApk ? 'r' : ''}${found.release}`,
    arch: found.architecture,
    pkgdesc: found.summary,
    license: found.license,
    // nfpm's apks have it and its pacman packages don't say it where there is none.
    ...(fields.url === undefined ? {} : { url: found.homepage }),
    [isApk ? 'maintainer' : 'packager']: found.maintainer,
  }
}

function different(wanted: Readonly<Record<string, string | undefined>>, fields: Fields): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const there = fields[name]
    if (plain(there) === plain(value)) return []
    return [`${name} is ${JSON.stringify(there)} instead of ${JSON.stringify(value)}`]
  })
}

/** A text whatever a format made of its line breaks and blank lines. */
function plain(text: string | undefined): string | undefined {
  return text
    ?.trim()
    .split('\n')
    .map((line) => line.trim() || '.')
    .join('\n')
}
