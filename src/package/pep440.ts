/** A version of PEP 440 in its parts; numbers as they were written, without leading zeros where that is said. */
export interface Pep440 {
  readonly epoch: number
  /** As written: `27.0.2`, `24.04`. */
  readonly release: readonly string[]
  readonly pre: { readonly phase: 'a' | 'b' | 'rc'; readonly number: string } | undefined
  readonly post: string | undefined
  readonly dev: string | undefined
  /** What follows `+`. */
  readonly local: string | undefined
}

// https://packaging.python.org/en/latest/specifications/version-specifiers/#appendix-parsing-version-strings-with-regular-expressions
const VERSION = new RegExp(
  [
    /^v?(?:(?<epoch>\d{1,9})!)?(?<release>\d+(?:\.\d+)*)/,
    /(?:[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)(?:[-_.]?(?<phaseNumber>\d+))?)?/,
    /(?:-(?<implicitPost>\d+)|(?<post>[-_.]?(?:post|rev|r)(?:[-_.]?(?<postNumber>\d+))?))?/,
    /(?<dev>[-_.]?dev(?:[-_.]?(?<devNumber>\d+))?)?/,
    /(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
  'i',
)

const PHASES: Readonly<Record<string, 'a' | 'b' | 'rc'>> = {
  ...{ a: 'a', alpha: 'a', b: 'b', beta: 'b' },
  ...{ rc: 'rc', c: 'rc', pre: 'rc', preview: 'rc' },
}

/** Reads a version in any spelling that PEP 440 allows; undefined for what is none. */
export function parsePep440(version: string): Pep440 | undefined {
  const groups = VERSION.exec(version)?.groups
  if (groups?.release === undefined) return undefined
  const { epoch = '0', release, phase, phaseNumber, implicitPost, post, postNumber, dev, devNumber, local } = groups
  const known = phase === undefined ? undefined : PHASES[phase.toLowerCase()]
  return {
    epoch: Number(epoch),
    release: release.split('.'),
    pre: known === undefined ? undefined : { phase: known, number: plain(phaseNumber) },
    post: implicitPost !== undefined ? plain(implicitPost) : post === undefined ? undefined : plain(postNumber),
    dev: dev === undefined ? undefined : plain(devNumber),
    local,
  }
}

/** A number without leading zeros; one that is left out is 0. */
function plain(digits = '0'): string {
  return digits.replace(/^0+(?=\d)/, '')
}
