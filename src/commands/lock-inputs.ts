/** All inputs of `giftwrap lock`; undefined means not given. */
export interface LockCommandInputs {
  readonly manifest: string
  readonly version: string | undefined
  readonly projects: readonly string[] | undefined
  /** `KEY=VALUE` of settings, `NAME=VALUE` of variables, and paths of YAML files with variables. */
  readonly set: readonly string[]
  readonly vars: readonly string[]
  readonly varsFiles: readonly string[]
  /** e.g. `3.11`; the distribution's own Python when undefined. */
  readonly pythonVersions: readonly string[] | undefined
  /** The lowest rung of tested versions that a lock may have, 1 to 5. */
  readonly requireRung: number | undefined
  /** Pins that can't be had any more are lifted. */
  readonly relax: boolean
  /** Nothing is written; locks that are not current are an error. */
  readonly check: boolean
  /** Distributions that the committed locks let go; all others are kept. */
  readonly upgrade: readonly string[]
  readonly provision: boolean
}
