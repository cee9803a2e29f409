import type { Project, Settings } from './schema.js'
import { asValue, type LookUp, NeedsLeg } from './section.js'
import { Namespace, type Value } from './template/value.js'

export type TargetData = string | number | boolean | readonly TargetData[] | { readonly [key: string]: TargetData }

/** What templates know as `target`; members that a target does not have are errors there. */
export interface LegTarget {
  readonly id: string
  /** Names that a mapping of system packages may go by, e.g. `['debian12', 'debian', 'dpkg']`. */
  readonly platforms: readonly string[]
  readonly [member: string]: TargetData | undefined
}

/** One project for one target. */
export interface LegInput {
  /** The leg's id, which `overrides` select by. */
  readonly id: string
  /** The project's index in `Manifest.projects`. */
  readonly project: number
  readonly target: LegTarget
  /** What overrides of `formats` add to: `own` is what the manifest gives the target, nearer than its settings. */
  readonly formats?: { readonly own: readonly string[] | undefined; readonly usual: readonly string[] }
}

/** What one leg is built from: all templates rendered, all overrides applied. */
export interface LegValues {
  readonly settings: Settings
  readonly project: Project
}

/** `target` as templates see it. */
export function targetNamespace(target: LegTarget): Namespace {
  return new Namespace('target', (member) => {
    const value = Object.hasOwn(target, member) ? target[member] : undefined
    return value === undefined ? undefined : asValue(value)
  })
}

/** What templates may ask for by name, besides a project's own names. */
export function scope(known: ReadonlyMap<string, () => Value>, late: ReadonlySet<string>): LookUp {
  return (name) => {
    if (late.has(name)) throw new NeedsLeg()
    return known.get(name)?.()
  }
}

/** The packages of a list, or those of a mapping's platforms that a target is. */
export function forPlatforms(
  packages: readonly string[] | Readonly<Record<string, readonly string[]>>,
  platforms: readonly string[],
): readonly string[] {
  if (isList(packages)) return packages
  return [...new Set(Object.entries(packages).flatMap(([key, list]) => (platforms.includes(key) ? list : [])))]
}

function isList(
  packages: readonly string[] | Readonly<Record<string, readonly string[]>>,
): packages is readonly string[] {
  return Array.isArray(packages)
}
