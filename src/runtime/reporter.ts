import type { Problem } from '../errors.js'

/** The stages of a leg, in the order in which they run; the keys of a result's `timings` and `cache`. */
export const STAGES = ['tools', 'source', 'lock', 'venv', 'system', 'package', 'verify'] as const
export type Stage = (typeof STAGES)[number]

/** Where a command tells the person in front of it what happens; each door has its own. */
export interface Reporter {
  stageStarted(leg: string, stage: Stage): void
  /** `note` says what was found instead of made, e.g. "reused". */
  stageEnded(leg: string, stage: Stage, seconds: number, note?: string): void
  info(message: string): void
  warning(problem: Problem): void
  /** Shown with `-d` only. */
  debug(message: string): void
  /** Ends what is being drawn, so that what follows starts on a line of its own. */
  close(): void
}
