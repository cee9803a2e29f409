import { InputError } from '../errors.js'
import type { PackageFormat } from './model.js'
import { type Pep440, parsePep440 } from './pep440.js'

/** A version as a package of one format has it. */
export interface FormatVersion {
  /** 0 for none. */
  readonly epoch: number
  readonly version: string
}

/** How a format spells what PEP 440 knows, so that its own comparison orders it as PEP 440 does. */
interface Spelling {
  readonly manager: string
  readonly pre: (phase: 'a' | 'b' | 'rc', number: string) => string
  readonly post: (number: string) => string
  /** A snapshot sorts before what it is of: a plain version's before its pre-releases too. */
  readonly devOfPlain: (number: string) => string
  readonly devOfOther: (number: string) => string
  readonly epochs: boolean
  /** True where `1.04` is not `1.4`. */
  readonly zerosCount?: true
  /** What passes through though PEP 440 doesn't know it, and what to say of that in a hint. */
  readonly others: RegExp
  readonly allowed: string
}

const APK_PHASES = { a: '_alpha', b: '_beta', rc: '_rc' } as const

const TILDE = {
  pre: (phase: string, number: string) => `~${phase}${number}`,
  post: (number: string) => `+post${number}`,
  devOfPlain: (number: string) => `~~dev${number}`,
  devOfOther: (number: string) => `~dev${number}`,
  epochs: true,
} as const

const SPELLINGS: Readonly<Record<PackageFormat, Spelling>> = {
  // https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
  deb: {
    ...TILDE,
    manager: 'a Debian package',
    others: /^\d[A-Za-z0-9.+~-]*$/,
    allowed: 'It must begin with a digit and hold letters, digits and . + ~ - only.',
  },
  // https://rpm-software-management.github.io/rpm/manual/spec.html#version
  rpm: {
    ...TILDE,
    manager: 'an rpm package',
    others: /^[A-Za-z0-9][A-Za-z0-9._+~^]*$/,
    allowed: 'It must begin with a letter or digit and hold letters, digits and . _ + ~ ^ only.',
  },
  // apk compares `_pre` after anything as older than that without; `_alpha_pre1` so comes before `_alpha0`.
  apk: {
    manager: 'an apk package',
    pre: (phase, number) => `${APK_PHASES[phase]}${number}`,
    post: (number) => `_p${number}`,
    devOfPlain: (number) => `_alpha_pre${number}`,
    devOfOther: (number) => `_pre${number}`,
    epochs: false,
    zerosCount: true,
    others: /^\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*$/,
    allowed: 'It must be numbers between dots, with _alpha _beta _pre _rc _p and a number at its end or not.',
  },
  // libalpm has no tilde. A word that follows a number at once is older than the number alone, and DEV comes before a.
  archlinux: {
    manager: 'a package of pacman',
    pre: (phase, number) => `${phase}${number}`,
    post: (number) => `+post${number}`,
    devOfPlain: (number) => `DEV${number}`,
    devOfOther: (number) => `dev${number}`,
    epochs: true,
    others: /^[A-Za-z0-9][A-Za-z0-9._+]*$/,
    allowed: 'It must begin with a letter or digit and hold letters, digits and . _ + only: libalpm has no tilde.',
  },
  // Nothing compares archives: they have the version as it is.
  tar: {
    ...TILDE,
    manager: 'an archive',
    epochs: false,
    others: /^[A-Za-z0-9][A-Za-z0-9._+~!-]*$/,
    allowed: 'It must begin with a letter or digit and hold letters, digits and . _ + ~ - only.',
  },
}

/**
 * A version in a format's spelling, in the order of PEP 440 for the format's own comparison. What is no version of
 * PEP 440 passes through where the format allows it. `1.0` and `1.0.0` are one version for PEP 440 and two for every
 * package manager: zeros past the third number are dropped, as pbr writes `27.0.0.0rc1` and `27.0.0`; for the rest a
 * project has to keep to one number of numbers. Throws an `InputError` for a local part, and for what the format can't
 * hold or order.
 */
export function formatVersion(version: string, format: PackageFormat): FormatVersion {
  const spelling = SPELLINGS[format]
  const parsed = parsePep440(version)
  if (parsed?.local !== undefined && !(format === 'tar')) {
    throw new InputError({
      message: `${JSON.stringify(version)} has a local part (+${parsed.local}), which ${spelling.manager} can't order.`,
      hint: 'Give the project a version without it, and tell your builds apart by `iteration`.',
    })
  }
  if (parsed === undefined || format === 'tar') {
    if (spelling.others.test(version)) return { epoch: 0, version }
    throw new InputError({
      message: `${JSON.stringify(version)} can't be the version of ${spelling.manager}.`,
      hint: spelling.allowed,
    })
  }
  if (parsed.epoch > 0 && !spelling.epochs) {
    throw new InputError({
      message: `${JSON.stringify(version)} has an epoch, and ${spelling.manager} can't.`,
      hint: 'Give the project a version without one for this target.',
    })
  }
  return { epoch: parsed.epoch, version: spell(parsed, spelling) }
}

/** True where the format's package manager knows of epochs. */
export function hasEpochs(format: PackageFormat): boolean {
  return SPELLINGS[format].epochs
}

function spell({ release, pre, post, dev }: Pep440, spelling: Spelling): string {
  const numbers = release.map((number) => (spelling.zerosCount === true ? number.replace(/^0+(?=\d)/, '') : number))
  const kept = numbers.join('.').replace(/^(\d+\.\d+\.\d+(?:\.\d+)*?)(?:\.0+)+$/, '$1')
  const isPlain = pre === undefined && post === undefined
  return [
    kept,
    pre === undefined ? '' : spelling.pre(pre.phase, pre.number),
    post === undefined ? '' : spelling.post(post),
    dev === undefined ? '' : isPlain ? spelling.devOfPlain(dev) : spelling.devOfOther(dev),
  ].join('')
}
