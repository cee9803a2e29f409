import type { z } from 'zod'
import type { targetSchema } from './schema/manifest.js'
import type { projectSchema } from './schema/project.js'
import type { settingsSchema } from './schema/settings.js'

/** Settings that speak of `project` or `target` stay templates where they are asked for without a leg. */
export type Settings = Readonly<Omit<z.output<typeof settingsSchema>, 'upper_constraints'>>

/** `giturl` is always there, and counts when neither `sdist` nor `path` is given; a mapping of system packages is resolved. */
export type Project = Readonly<Omit<z.output<typeof projectSchema>, 'system_dependencies'>> & {
  readonly system_dependencies: readonly string[]
}

/** One of the manifest's targets; what is not given is that of the known target with its id. */
export type ManifestTarget = Readonly<z.output<typeof targetSchema>>
