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

const BY_FPM: readonly PackageFormat[] = ['deb', 'rpm']

/** The packager of a leg and why: the manifest's own, else fpm where it is at hand or provisioned, else nfpm. */
export function choosePackager(
  wanted: Settings['packager'],
  fpm: FpmSituation,
  formats: readonly PackageFormat[],
): { readonly name: PackagerName; readonly why: string } {
  if (wanted !== 'auto') return { name: wanted, why: 'the manifest or the caller asks for it' }
  const others = formats.filter((format) => !BY_FPM.includes(format))
  if (others.length > 0) return { name: 'nfpm', why: `fpm is not used for ${others.join(' and ')}` }
  if (fpm.atHand !== undefined) return { name: 'fpm', why: fpm.atHand }
  if (fpm.provisioned) return { name: 'fpm', why: 'what it needs is installed in this container' }
  return { name: 'nfpm', why: 'fpm is not at hand' }
}
