import { InputError, type Problem } from '../errors.js'
import type { Settings } from '../manifest/read-manifest.js'
import type { PackagerName } from './plan.js'
import type { PackageFormat } from './targets.js'

/** What is known of fpm before the build. */
export interface FpmSituation {
  /** Where fpm could come from without a network, in words. */
  readonly atHand: string | undefined
  /** True where distribution packages (ruby) may be installed. */
  readonly provisioned: boolean
}

/** What each can write well: fpm's apk has no valid checksums, and nfpm knows no plain archives. */
const WRITES: Readonly<Record<PackagerName, readonly PackageFormat[]>> = {
  fpm: ['deb', 'rpm', 'tar'],
  nfpm: ['deb', 'rpm', 'apk', 'archlinux'],
  native: ['deb', 'rpm', 'tar'],
}

/** Formats that fpm is chosen for. */
const BY_FPM: readonly PackageFormat[] = ['deb', 'rpm']

/** A leg's packager and why: that of its first format. */
export interface ChosenPackager {
  readonly name: PackagerName
  readonly why: string
}

/**
 * The packager of a leg and why: the manifest's own, else for deb and rpm fpm where it is at hand or provisioned, else
 * nfpm. Throws an `InputError` where the manifest's own can't write one of the formats.
 */
export function choosePackager(
  wanted: Settings['packager'],
  fpm: FpmSituation,
  formats: readonly PackageFormat[],
  place: Omit<Problem, 'message'> = {},
): ChosenPackager {
  if (wanted !== 'auto') {
    const others = formats.filter((format) => !WRITES[wanted].includes(format))
    if (others.length === 0) return { name: wanted, why: 'the manifest or the caller asks for it' }
    const able = Object.entries(WRITES).filter(([, known]) => others.every((format) => known.includes(format)))
    const instead = ['auto', ...able.map(([name]) => name)].join(' or ')
    const message = `${wanted} makes no ${others.join(' and ')} packages.`
    throw new InputError({ ...place, message, hint: `Choose packager: ${instead}, for these legs by an override.` })
  }
  const [first] = formats.filter((format) => BY_FPM.includes(format))
  if (first === undefined) {
    const [other = 'deb'] = formats
    if (!WRITES.nfpm.includes(other)) return { name: 'native', why: 'GNU tar makes archives' }
    return { name: 'nfpm', why: `fpm is not used for ${formats.join(' and ')}` }
  }
  if (fpm.atHand !== undefined) return { name: 'fpm', why: fpm.atHand }
  if (fpm.provisioned) return { name: 'fpm', why: 'what it needs is installed in this container' }
  return { name: 'nfpm', why: 'fpm is not at hand' }
}

/** Who writes one of a leg's formats: its packager, or where `auto` chose one that can't, the one that can. */
export function packagerOf({ packager }: { readonly packager: ChosenPackager }, format: PackageFormat): PackagerName {
  if (WRITES[packager.name].includes(format)) return packager.name
  return WRITES.nfpm.includes(format) ? 'nfpm' : 'native'
}
