import type { z } from 'zod'
import type { ManifestShape } from './check-shape.js'
import { type ManifestOverrides, overriddenText } from './overrides.js'
import { PER_PROJECT_SETTINGS, type Project, projectSchema, type Settings, settingsSchema } from './schema.js'
import { NeedsProject, type Rendering, Section, Unavailable } from './section.js'
import { Namespace, type Value } from './template/value.js'
import { Renderer } from './templates.js'
import { type Written, writtenValue } from './written.js'
import type { MapNode, Path } from './yaml-tree.js'

export interface ResolvedManifest {
  /** Absent when something is wrong with them. */
  readonly settings?: Settings
  readonly projects: readonly ResolvedProject[]
}

export interface ResolvedProject {
  /** Its place in the manifest. */
  readonly index: number
  /** Absent when something is wrong with it. */
  readonly project?: Project
  /** What no two projects may share; absent when something is wrong with one of them. */
  readonly identity?: Identity
}

export type Identity = Pick<Project, 'name' | 'version' | 'install_path' | 'package_name'>

type SettingsSection = Section<typeof settingsSchema>

/** Renders all values, types them by the schema and reports what does not fit. */
export function resolveManifest(
  shape: ManifestShape,
  overrides: ManifestOverrides,
  report: (path: Path, message: string) => void,
): ResolvedManifest {
  const rendering: Rendering = { renderer: new Renderer(), trail: [], report }
  const written = (key: string): Written =>
    overriddenText(overrides, key) ?? writtenValue(settingsSchema, shape.settings, key)
  const settingsFor = (lookUp: (name: string) => Value | undefined): SettingsSection =>
    new Section({ name: 'settings', path: ['settings'], schema: settingsSchema, written, lookUp }, rendering)

  const shared = settingsFor((name) => {
    if (PROJECT_NAMES.has(name)) throw new NeedsProject()
    return name === 'settings' ? shared.namespace : undefined
  })
  const perProject = new Set([...PER_PROJECT_SETTINGS].filter((key) => needsProject(shared, key)))
  const settings = shape.settings && shared.finish(perProject)

  const projects = shape.projects.map(({ index, node }) => {
    const variables = (own: SettingsSection): Value =>
      new Namespace('settings', (key) => (perProject.has(key) ? own : shared).member(key))
    return resolveProject(index, node, rendering, (lookUp) => variables(settingsFor(lookUp)))
  })
  return { ...(settings === undefined ? {} : { settings: mergeConstraints(settings) }), projects }
}

function needsProject(settings: SettingsSection, key: string): boolean {
  try {
    settings.render(key)
    return false
  } catch (error) {
    if (error instanceof NeedsProject) return true
    if (error instanceof Unavailable) return false
    throw error
  }
}

/** What a template may call by name alone, besides `settings`. */
const PROJECT_NAMES = new Set(['project', 'name', 'version', 'gitref', 'stackforge'])

function resolveProject(
  index: number,
  node: MapNode,
  rendering: Rendering,
  settingsFor: (lookUp: (name: string) => Value | undefined) => Value,
): ResolvedProject {
  const lookUp = (name: string): Value | undefined => {
    if (name === 'settings') return settings
    if (name === 'project') return project.namespace
    return PROJECT_NAMES.has(name) ? project.member(name) : undefined
  }
  const settings = settingsFor(lookUp)
  const written = (key: string): Written => writtenValue(projectSchema, node, key)
  const path = ['projects', index]
  const project = new Section({ name: 'project', path, schema: projectSchema, written, lookUp }, rendering)
  const finished = project.finish()
  if (finished !== undefined) return { index, project: finished, identity: finished }
  const identity = identityOf(project)
  return { index, ...(identity === undefined ? {} : { identity }) }
}

function identityOf(project: Section<typeof projectSchema>): Identity | undefined {
  try {
    const [name, version, path, packageName] = ['name', 'version', 'install_path', 'package_name'].map((key) => {
      return String(project.member(key))
    })
    if (name === undefined || version === undefined || path === undefined || packageName === undefined) return undefined
    return { name, version, install_path: path, package_name: packageName }
  } catch (error) {
    if (error instanceof Unavailable) return undefined
    throw error
  }
}

function mergeConstraints({ upper_constraints, ...settings }: z.output<typeof settingsSchema>): Settings {
  if (upper_constraints === undefined) return settings
  return { ...settings, constraints: [...settings.constraints, upper_constraints] }
}
