import { InputError } from '../errors.js'

const PEP440 = /^(\d+(?:\.\d+)*)(?:\.?(a|b|rc)(\d+))?(?:\.?post(\d+))?(?:\.?dev(\d+))?$/
const DEB_UPSTREAM = /^\d[A-Za-z0-9.+~-]*$/

/**
 * A version in Debian's spelling: pre-releases and snapshots of PEP 440 sort before what they precede, by `~`; what is
 * no version of PEP 440 passes through where Debian allows it.
 */
export function debVersion(version: string): string {
  const [, release, phase, phaseNumber, post, dev] = PEP440.exec(version) ?? []
  if (release === undefined) {
    if (DEB_UPSTREAM.test(version)) return version
    throw new InputError({
      message: `${JSON.stringify(version)} can't be the version of a Debian package.`,
      hint: 'It must begin with a digit and hold letters, digits and . + ~ - only.',
    })
  }
  const pre = phase === undefined ? '' : `~${phase}${phaseNumber}`
  const after = post === undefined ? '' : `+post${post}`
  // For PEP 440 27.0.0.0rc1 precedes 27.0.0; for dpkg it does without the last zero, and pbr writes it so too.
  const numbers = pre === '' && dev === undefined ? release : release.replace(/^(\d+\.\d+\.\d+)(\.0)+$/, '$1')
  // A snapshot of a pre- or post-release sorts before it, one of a plain version before its pre-releases too.
  const snapshot = dev === undefined ? '' : pre === '' && after === '' ? `~~dev${dev}` : `~dev${dev}`
  return `${numbers}${pre}${after}${snapshot}`
}
