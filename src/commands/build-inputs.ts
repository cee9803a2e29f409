/** All inputs of `giftwrap build`, the same from the command line and the action; undefined means not given. */
export interface BuildInputs {
  /** Undefined with a plan. */
  readonly manifest: string | undefined
  /** A plan that was written before, instead of the manifest. */
  readonly plan: string | undefined
  readonly version: string | undefined
  readonly type: string | undefined
  readonly packager: string | undefined
  readonly iteration: string | undefined
  readonly projects: readonly string[] | undefined
  /** `KEY=VALUE` of settings, `NAME=VALUE` of variables, and paths of YAML files with variables. */
  readonly set: readonly string[]
  readonly vars: readonly string[]
  readonly varsFiles: readonly string[]
  readonly only: string | undefined
  /** Glob over leg ids. */
  readonly skip: string | undefined
  readonly outputDir: string | undefined
  readonly sequential: boolean
  readonly reuse: boolean
  readonly locked: boolean
  /** The lowest rung of tested versions that a lock may have, 1 to 5. */
  readonly requireRung: number | undefined
  /** Pins that can't be had any more are lifted. */
  readonly relax: boolean
  readonly forceOverwrite: boolean
  readonly dryRun: boolean
  /** Build in the real folder; the tree stays there. */
  readonly inPlace: boolean
  /** The machine is thrown away afterwards: build in place, install what is missing. */
  readonly disposable: boolean
  /** Distribution packages that are missing may be installed. */
  readonly provision: boolean
  /** Folder that holds fpm's gems. */
  readonly fpmGems: string | undefined
}
