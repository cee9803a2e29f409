import type { Grouping } from '../plan/matrix.js'
import type { ManifestInputs } from './manifest-inputs.js'

export { GROUPINGS } from '../plan/matrix.js'

/** All inputs of `giftwrap plan`, the same from the command line and the action; undefined means not given. */
export interface PlanInputs extends ManifestInputs {
  readonly manifest: string
  readonly projects: readonly string[] | undefined
  /** Globs over leg ids. */
  readonly only: string | undefined
  readonly skip: string | undefined
  /** Look nothing up: refs stay refs. */
  readonly dryRun: boolean
  /** The lowest rung of tested versions that a lock may have, 1 to 5. */
  readonly requireRung: number | undefined
  /** Pins that can't be had any more are lifted. */
  readonly relax: boolean
  /** Make locks, and write the plan with them into this folder. */
  readonly folder: string | undefined
  readonly groupBy: Grouping | undefined
  /** The matrix is asked for: what GitHub would refuse is refused before anything is looked up. */
  readonly matrix: boolean
  readonly provision: boolean
  readonly fpmGems: string | undefined
}
