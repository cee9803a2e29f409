/** Settings that an input or option gives, each as text; they win over the manifest before any template is rendered. */
export interface ManifestOverrides {
  readonly version?: string | undefined
  readonly buildType?: string | undefined
  readonly outputDir?: string | undefined
  readonly packager?: string | undefined
  readonly iteration?: string | undefined
  readonly jobs?: string | undefined
  readonly parallelBuild?: string | undefined
}

const OVERRIDES: ReadonlyMap<string, keyof ManifestOverrides> = new Map([
  ['version', 'version'],
  ['build_type', 'buildType'],
  ['output_dir', 'outputDir'],
  ['packager', 'packager'],
  ['iteration', 'iteration'],
  ['jobs', 'jobs'],
  ['parallel_build', 'parallelBuild'],
])

/** What replaces a setting, if anything does. */
export function overriddenText(overrides: ManifestOverrides, setting: string): string | undefined {
  const name = OVERRIDES.get(setting)
  return name && overrides[name]
}
