import type { ManifestOverrides } from '../manifest/read-manifest.js'

/** What inputs of a command replace in the manifest; undefined means not given. */
export interface ManifestInputs {
  readonly version?: string | undefined
  readonly type?: string | undefined
  readonly packager?: string | undefined
  readonly iteration?: string | undefined
  readonly outputDir?: string | undefined
  readonly set: readonly string[]
  readonly vars: readonly string[]
  readonly varsFiles: readonly string[]
}

/** The same as the manifest knows it. */
export function overridesOf(inputs: ManifestInputs): ManifestOverrides {
  const { version, type, packager, iteration, outputDir, set, vars, varsFiles } = inputs
  return { version, buildType: type, packager, iteration, outputDir, set, vars, varsFiles }
}
