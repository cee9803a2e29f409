import type { Project, Settings } from '../manifest/schema.js'
import type { PinnedSource } from '../source/pin.js'
import type { Target } from './targets.js'

export type PackagerName = 'fpm' | 'nfpm'

/** One thing to build: a project's version for one target. */
export interface Leg {
  /** `<project>-<version>-<target>-<arch>`, e.g. `keystone-27.0.2-debian12-amd64`. */
  readonly id: string
  readonly project: Project
  /** Its place in the manifest's list, for problems that later stages find. */
  readonly index: number
  readonly target: Target
  /** The package manager's word, e.g. `amd64`. */
  readonly architecture: string
  /** Decided before anything is built, and why. */
  readonly packager: { readonly name: PackagerName; readonly why: string }
}

/** A leg whose source is decided down to its bytes. */
export interface PinnedLeg extends Leg {
  readonly source: PinnedSource
}

/** What a run builds. */
export interface Plan {
  readonly settings: Settings
  readonly legs: readonly PinnedLeg[]
}
