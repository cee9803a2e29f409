import type { Constraint } from './constraints.js'

/** 1 CI's freeze, 2 CI's requirements, 3 the branch at the time, 4 the series; 5 the manifest's constraints, 6 nothing. */
export type RungNumber = 1 | 2 | 3 | 4

/** Versions that somebody tested, and where they come from. */
export interface Rung {
  readonly rung: RungNumber
  /** In words, e.g. `freeze of openstack-tox-py311 (gate)`. */
  readonly what: string
  readonly url?: string | undefined
  /** When it was tested or recorded; ISO 8601, UTC. */
  readonly date?: string | undefined
  /** The change's page. */
  readonly change?: string | undefined
  /** Gerrit's own word for the state of the change: `MERGED`, `NEW` or `ABANDONED`. */
  readonly status?: string | undefined
  /** How many commits the change is behind the commit that is built. */
  readonly distance?: number | undefined
  /** The commit of openstack/requirements. */
  readonly requirements?: string | undefined
  readonly constraints: readonly Constraint[]
}

/**
 * True where the answer stays: not for what the CI may still say of an open change, nor for an ancestor's change, because
 * the commit may get one of its own, nor for a series, which has no change and goes on.
 */
export function isSettled({ status, distance }: Rung): boolean {
  return status === 'MERGED' && distance === 0
}

/** A rung that gave nothing, and why; `failed` when it could not be asked, so that another time it may. */
export interface Miss {
  readonly rung: RungNumber
  readonly why: string
  readonly failed: boolean
}
