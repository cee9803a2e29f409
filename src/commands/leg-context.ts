import type { Ports } from '../runtime/ports.js'
import type { SystemNeed } from '../tools/distribution-packages.js'
import type { Placement } from '../venv/final-path.js'
import type { Interpreter } from '../venv/interpreter.js'
import type { Toolbox } from './toolbox.js'

/** What all legs of a run share. */
export interface LegContext {
  readonly interpreter: Interpreter
  readonly placement: Placement
  readonly disposable: boolean
  readonly forceOverwrite: boolean
  readonly reuse: boolean
  /** The lowest rung that versions may come from. */
  readonly requireRung: number | undefined
  /** Pins that can't be had any more are lifted. */
  readonly relax: boolean
  /** Absolute. */
  readonly outputDir: string
  /** What paths of settings are relative to; absolute. */
  readonly directory: string
  /** The run's own folder for what is in between, removed at its end. */
  readonly work: string
  /** Names of all projects of the manifest. */
  readonly siblings: readonly string[]
  readonly toolbox: Toolbox
  /** Installs what is missing, or says in an `InputError` what to install; one call after the other. */
  provide(needs: readonly SystemNeed[]): Promise<readonly string[]>
  /** True where distribution packages may be installed. */
  readonly provision: boolean
  readonly ports: Ports
}
