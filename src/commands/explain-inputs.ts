import type { ManifestInputs } from './manifest-inputs.js'

/** All inputs of `giftwrap explain`; undefined means not given. */
export interface ExplainInputs extends ManifestInputs {
  readonly project: string
  /** The whole lock when undefined. */
  readonly package: string | undefined
  /** Where the locks are: beside a manifest, in a plan, in a package. */
  readonly from: { readonly kind: 'manifest' | 'plan' | 'package'; readonly file: string }
  /** e.g. `3.11`; all when undefined. */
  readonly pythons: readonly string[] | undefined
}
