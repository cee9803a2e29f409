import type { LockFacts } from '../lock/facts.js'
import type { Project, Settings } from '../manifest/read-manifest.js'
import type { PinnedSource } from '../source/pin.js'
import type { Architecture, PackageFormat, Target } from './targets.js'

export const PACKAGERS = ['fpm', 'nfpm', 'native'] as const
export type PackagerName = (typeof PACKAGERS)[number]

/** One thing to build: a project's version for one target. */
export interface Leg {
  /** `<project>-<version>-<target>-<arch>`, e.g. `keystone-27.0.2-debian12-amd64`. */
  readonly id: string
  /** With all that overrides say of this leg. */
  readonly project: Project
  /** Likewise. */
  readonly settings: Settings
  /** Its place in the manifest's list, for problems that later stages find. */
  readonly index: number
  readonly target: Target
  readonly architecture: Architecture
  readonly formats: readonly PackageFormat[]
  /** Decided before anything is built, and why; formats that it can't write have their own, `packagerOf`. */
  readonly packager: { readonly name: PackagerName; readonly why: string }
}

/** A leg whose source is decided down to its bytes. */
export interface PinnedLeg extends Leg {
  readonly source: PinnedSource
}

/** Where a planned source comes from; what this machine's cache has of it is no part of a plan. */
export type PlannedSource =
  | Exclude<PinnedSource, { kind: 'sdist' }>
  | Omit<Extract<PinnedSource, { kind: 'sdist' }>, 'file'>

/** A leg as a plan has it: not pinned by a dry run, locked where the plan is written to a file. */
export interface PlannedLeg extends Leg {
  readonly source?: PlannedSource | undefined
  /** File of one of the plan's locks. */
  readonly lock?: string | undefined
}

/** A lock that several legs may share. */
export interface PlannedLock {
  /** Name in `locks/`. */
  readonly file: string
  readonly sha256: string
  /** The lock of what builds the project and source archives. */
  readonly build_file: string
  /** e.g. `3.11`. */
  readonly python: string
  /** e.g. `amd64 glibc 2.36`. */
  readonly platforms: readonly string[]
  /** Where its versions come from, without credentials. */
  readonly facts: LockFacts
}

/** What a run builds. */
export interface Plan {
  readonly vars: Readonly<Record<string, unknown>>
  /** Names of all projects of the manifest: constraints on them don't count. */
  readonly siblings: readonly string[]
  readonly legs: readonly PlannedLeg[]
  readonly locks: readonly PlannedLock[]
}
