import type { ReleaseWish } from '../publish/publish-release.js'

export { legArtifact } from '../publish/names.js'

/** Where packages go, beside the folder that they are put into. */
export type Destination =
  | { readonly kind: 'folder' }
  | { readonly kind: 'artifact'; readonly name: string }
  | { readonly kind: 'release'; readonly wish: ReleaseWish }

/** All inputs of `giftwrap publish`, the same from the command line and the action; undefined means not given. */
export interface PublishInputs {
  /** A `plan.json`; the run's artifact of a plan when undefined. */
  readonly plan: string | undefined
  /** A folder of results; the run's artifacts when undefined. */
  readonly results: string | undefined
  /** What the names of the run's artifacts begin with. */
  readonly artifactPrefix: string
  /** Folder for what is published. */
  readonly folder: string
  /** Legs that are missing, or not what was planned, are left out instead of failing the run. */
  readonly allowPartial: boolean
  /** Other bytes in a release are replaced. */
  readonly replace: boolean
  readonly destination: Destination
}
