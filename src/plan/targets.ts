import { InputError, type Problem } from '../errors.js'
import type { LegTarget } from '../manifest/read-manifest.js'
import { suggest } from '../manifest/suggest.js'
import type { OsRelease } from '../system/os-release.js'
import table from './targets.json' with { type: 'json' }

export const FAMILIES = ['debian', 'redhat', 'suse', 'alpine', 'arch'] as const
export type Family = (typeof FAMILIES)[number]

export const PACKAGE_FORMATS = ['deb', 'rpm', 'apk', 'archlinux', 'tar'] as const
export type PackageFormat = (typeof PACKAGE_FORMATS)[number]

/** A distribution's release that packages are built for. */
export interface Target {
  /** e.g. `debian12`; the middle part of a leg's id. */
  readonly id: string
  /** Empty for a machine's own target, where a manifest would have to name one. */
  readonly image: string
  readonly family: Family
  /** e.g. `rocky`. */
  readonly distribution: string
  readonly packageManager: string
  readonly formats: readonly PackageFormat[]
  /** e.g. `3.11`; that of the machine where it is not known. */
  readonly python: string | undefined
  /** e.g. `glibc 2.36`. */
  readonly libc: string
  readonly architectures: readonly Architecture[]
  /** Runner's label by architecture. */
  readonly runners: Readonly<Record<Architecture, string>>
  /** Ends a package's version, so that file names differ by target and an upgrade of the distribution is one here. */
  readonly suffix: string
  /** dpkg reads zstd from 1.21.18 on. */
  readonly zstd: boolean
  /** True for a target that the manifest makes up, which no machine says it is. */
  readonly own: boolean
}

export const ARCHITECTURE_NAMES = ['amd64', 'arm64'] as const
/** The word in leg ids, which is Debian's. */
export type Architecture = (typeof ARCHITECTURE_NAMES)[number]

/** The word for a Node processor name. */
export const ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'amd64', arm64: 'arm64' }

/** The known targets, from targets.json. */
export const TARGETS: readonly Target[] = table.targets.map((row) => ({
  id: row.id,
  image: row.image ?? '',
  family: asFamily(row.family),
  distribution: row.distribution,
  packageManager: row.package_manager,
  formats: row.formats.flatMap((format) => PACKAGE_FORMATS.find((known) => known === format) ?? []),
  python: row.python,
  libc: row.libc,
  architectures: ARCHITECTURE_NAMES.filter((name) => row.architectures.includes(name)),
  runners: table.runners,
  suffix: row.suffix,
  zstd: row.zstd ?? false,
  own: false,
}))

const BY_ID = new Map(TARGETS.map((target) => [target.id, target]))

function asFamily(name: string): Family {
  const family = FAMILIES.find((known) => known === name)
  if (family === undefined) throw new Error(`targets.json has an unknown family ${name}`)
  return family
}

/** The target that a machine of this distribution builds for. */
export function targetOf(release: OsRelease): Target | undefined {
  const row = table.targets.find(({ os_release: { id, version } }) => {
    // `VERSION_ID` of Rocky and AlmaLinux has a minor version, of Alpine a patch version.
    return id === release.id && (release.versionId === version || release.versionId.startsWith(`${version}.`))
  })
  return row && BY_ID.get(row.id)
}

/** What a manifest says of one of its targets. */
export interface TargetWish {
  readonly id: string
  readonly image?: string | undefined
  readonly formats?: readonly PackageFormat[] | undefined
  readonly runner?: string | Readonly<Record<string, string>> | undefined
  readonly python?: string | undefined
  readonly family?: string | undefined
}

/** The known target with the manifest's changes, or one that the manifest makes up; a problem for what is neither. */
export function resolveTarget(wish: TargetWish, place: Omit<Problem, 'message'>): Target | Problem {
  const known = BY_ID.get(wish.id)
  const base = known ?? ownTarget(wish, place)
  if ('message' in base) return base
  if (known !== undefined && wish.family !== undefined && wish.family !== known.family) {
    return { ...place, message: `the target ${wish.id} is of the family ${known.family}, not ${wish.family}.` }
  }
  if ((wish.image ?? base.image) === '') {
    const hint = `Name one: {id: ${wish.id}, image: …}.`
    return { ...place, message: `the target ${wish.id} has no image but that of a registry of its own.`, hint }
  }
  const runners = typeof wish.runner === 'string' ? { amd64: wish.runner, arm64: wish.runner } : wish.runner
  const strange = Object.keys(runners ?? {}).find((name) => !ARCHITECTURE_NAMES.some((known) => known === name))
  if (strange !== undefined) {
    const hint = `Known: ${ARCHITECTURE_NAMES.join(', ')}.`
    return { ...place, message: `the target ${wish.id} names a runner for the unknown processor ${strange}.`, hint }
  }
  return {
    ...base,
    image: wish.image ?? base.image,
    python: wish.python ?? base.python,
    formats: wish.formats ?? base.formats,
    runners: { ...base.runners, ...runners },
  }
}

function ownTarget({ id, image, family }: TargetWish, place: Omit<Problem, 'message'>): Target | Problem {
  if (image === undefined) {
    const near = suggest(id, BY_ID.keys())
    const sameName = TARGETS.filter(({ distribution }) => id.startsWith(distribution)).map((target) => target.id)
    const names = sameName.length > 0 ? sameName : TARGETS.map((target) => target.id)
    const meant = near === undefined ? '' : `Did you mean ${near}? `
    return {
      ...place,
      message: `there is no target ${JSON.stringify(id)}.`,
      hint: `${meant}Known: ${names.join(', ')}. One of your own needs at least an image and a family.`,
    }
  }
  const known = FAMILIES.find((name) => name === family)
  if (known === undefined) {
    const what = family === undefined ? 'needs a family' : `has an unknown family ${JSON.stringify(family)}`
    return { ...place, message: `the target ${id} ${what}.`, hint: `Families: ${FAMILIES.join(', ')}.` }
  }
  const { format, package_manager: packageManager, libc } = table.families[known]
  return {
    id,
    image,
    family: known,
    distribution: /^[a-z]+/.exec(id)?.[0] ?? id,
    packageManager,
    formats: PACKAGE_FORMATS.filter((name) => name === format),
    python: undefined,
    libc,
    architectures: ARCHITECTURE_NAMES,
    runners: table.runners,
    suffix: format === 'deb' ? `+${id}` : format === 'rpm' ? `.${id}` : '',
    zstd: format === 'deb',
    own: true,
  }
}

/** The target as templates and mappings by platform know it. */
export function legTarget(target: Target, architecture: Architecture): LegTarget {
  const { id, image, family, distribution, formats, libc, packageManager, python } = target
  const platforms = [...new Set([id, distribution, family, table.families[family].platform])]
  return {
    ...{ id, image, family, distribution, formats, libc, platforms, arch: architecture },
    package_manager: packageManager,
    ...(python === undefined ? {} : { python }),
  }
}

/** `<project>-<version>-<target>-<arch>`. */
export function legId(
  { name, version }: { readonly name: string; readonly version: string },
  target: string,
  architecture: Architecture,
): string {
  return `${name}-${version}-${target}-${architecture}`
}

/** The known targets as a sentence's list. */
export function knownTargets(family?: Family): string {
  return TARGETS.flatMap((target) => (family === undefined || target.family === family ? [target.id] : [])).join(', ')
}

/** The targets, or an `InputError` with all problems. */
export function unwrapTargets(found: readonly (Target | Problem)[]): Target[] {
  const problems = found.flatMap((one) => ('message' in one ? [one] : []))
  if (problems.length > 0) throw new InputError(problems)
  return found.flatMap((one) => ('message' in one ? [] : [one]))
}
