import { anyGlob } from '../runtime/glob.js'
import type { ManifestShape } from './check-shape.js'
import { forPlatforms, type LegInput, type LegTarget, scope, targetNamespace } from './leg.js'
import { type Inherit, mergeMaps } from './merge-trees.js'
import { INHERIT, manifestSchema, overrideSchema, targetSchema } from './schema/manifest.js'
import { projectSchema, SOURCE_KEYS } from './schema/project.js'
import { RUN_SETTINGS, settingsSchema } from './schema/settings.js'
import type { ManifestTarget, Project, Settings } from './schema.js'
import { type LookUp, NeedsLeg, type Rendering, Section, Unavailable } from './section.js'
import { BudgetExhausted } from './template/budget.js'
import { Namespace, type Value } from './template/value.js'
import { varsNamespace } from './vars.js'
import { Fields, toNode } from './written.js'
import { entryOf, type MapEntry, type MapNode } from './yaml-tree.js'

const SETTINGS = new Fields(settingsSchema)
const PROJECT = new Fields(projectSchema)
const TARGET = new Fields(targetSchema)
const OVERRIDE = new Fields(overrideSchema)
const SUPERREPO = new Fields(manifestSchema.pick({ superrepo: true }))

/** What a project's templates may call by name alone, besides `settings`, `vars` and `target`. */
const PROJECT_NAMES = ['project', 'name', 'version', 'gitref', 'stackforge'] as const

const NOTHING: ReadonlySet<string> = new Set()
const TARGET_NAME: ReadonlySet<string> = new Set(['target'])
const LEG_NAMES: ReadonlySet<string> = new Set([...PROJECT_NAMES, 'target'])

/** An override with its globs; `settings` and `project` are what it lays over them. */
export interface Override {
  readonly index: number
  readonly select: readonly string[]
  readonly inherit: Inherit
  readonly settings: MapNode
  readonly project: MapNode
  readonly picks: (id: string) => boolean
}

/** The sections that one project, without or with a leg, is rendered by. */
export interface ProjectSections {
  readonly settings: Section
  readonly settingsNode: MapNode | undefined
  readonly project: Section
  readonly projectNode: MapNode
  readonly lookUp: LookUp
}

/** Works out values: settings that are the same everywhere once, all others for each project or leg. */
export class Resolver {
  readonly #shape: ManifestShape
  readonly #inputs: MapNode | undefined
  readonly #settingsNode: MapNode | undefined
  readonly #rendering: Rendering
  readonly #shared: Section
  readonly #defaultOffset: number
  #finished: Settings | undefined
  /** Settings that speak of a project or target. */
  readonly lateSettings: ReadonlySet<string>
  readonly overrides: readonly Override[]

  /** `inputs` are laid over the settings, and over what overrides make of them. */
  constructor(shape: ManifestShape, inputs: MapNode | undefined, rendering: Rendering, defaultOffset: number) {
    this.#shape = shape
    this.#inputs = inputs
    this.#settingsNode = shape.settings && mergeMaps(shape.settings, inputs)
    this.#rendering = rendering
    this.#defaultOffset = defaultOffset
    this.#shared = this.#settingsSection(this.#settingsNode, this.sharedLookUp)
    this.lateSettings = new Set(
      [...SETTINGS.all.keys()].filter((key) => !RUN_SETTINGS.has(key) && needsLeg(this.#shared, key)),
    )
    this.overrides = shape.overrides.flatMap((override) => this.#readOverride(override))
  }

  /** What may be spoken of where there is neither project nor target. */
  readonly sharedLookUp: LookUp = (name) => this.#sharedScope(name)

  #sharedScope(name: string): Value | undefined {
    const known = new Map<string, () => Value>([
      ['settings', () => this.#shared.namespace],
      ['vars', () => varsNamespace(this.#shape.vars, this.sharedLookUp, this.#rendering)],
    ])
    return scope(known, LEG_NAMES)(name)
  }

  #settingsSection(node: MapNode | undefined, lookUp: LookUp): Section {
    return new Section({ name: 'settings', label: 'settings', fields: SETTINGS, node, lookUp }, this.#rendering)
  }

  settings(): Settings | undefined {
    if (this.#settingsNode === undefined) return undefined
    const values = this.#shared.finish(this.lateSettings)
    return values && asSettings(values)
  }

  targets(): ManifestTarget[] {
    return this.#shape.targets.flatMap(({ index, node }) => {
      const source = { name: 'target', label: `targets[${index}]`, fields: TARGET, node, lookUp: this.sharedLookUp }
      const values = new Section(source, this.#rendering).finish(NOTHING)
      return values === undefined ? [] : [values as ManifestTarget]
    })
  }

  superrepo(): string | undefined {
    const node = this.#shape.superrepo
    if (node === undefined) return undefined
    const source = { name: 'manifest', label: '', fields: SUPERREPO, node, lookUp: this.sharedLookUp }
    const value = new Section(source, this.#rendering).finish(NOTHING)?.superrepo
    return typeof value === 'string' ? value : undefined
  }

  #readOverride(override: ManifestShape['overrides'][number]): Override[] {
    const label = `overrides[${override.index}]`
    const source = { name: 'override', label, fields: OVERRIDE, node: override.own, lookUp: this.sharedLookUp }
    const values = new Section(source, this.#rendering).finish(NOTHING)
    this.#checkLiterals(label, SETTINGS, override.settings)
    this.#checkLiterals(label, PROJECT, override.project)
    if (values === undefined) return []
    const select = Array.isArray(values.select) ? values.select.map(String) : []
    const inherit = INHERIT.find((known) => known === values.inherit) ?? 'none'
    return [{ ...override, select, inherit, picks: anyGlob(select) }]
  }

  /** Values without templates are checked at once; the others when a leg renders them. */
  #checkLiterals(label: string, fields: Fields, node: MapNode): void {
    const lookUp: LookUp = () => {
      throw new NeedsLeg()
    }
    const section = new Section({ name: label, label, fields, node, lookUp }, this.#rendering)
    section.check([...node.entries.keys()])
  }

  /** The sections of a project, and of a leg when one is given. */
  sections(index: number, leg?: LegInput): ProjectSections | undefined {
    const listed = this.#shape.projects[index]
    if (listed === undefined) return undefined
    const applied = leg === undefined ? [] : this.overrides.filter(({ picks }) => picks(leg.id))
    const settingsNode = this.#overriddenSettings(applied, leg?.formats)
    const projectNode = this.#overriddenProject(listed.node, applied)
    const known = new Map<string, () => Value>([
      ['settings', () => settingsNamespace],
      ['vars', () => varsNamespace(this.#shape.vars, lookUp, this.#rendering)],
      ['project', () => project.namespace],
    ])
    if (leg !== undefined) known.set('target', () => targetNamespace(leg.target))
    const named = scope(known, leg === undefined ? TARGET_NAME : NOTHING)
    const lookUp: LookUp = (name) => (isProjectName(name) ? project.member(name) : named(name))
    const own = this.#settingsSection(settingsNode, lookUp)
    const isOwn = settingsNode !== this.#settingsNode
    const settingsNamespace = new Namespace('settings', (key) => {
      return (isOwn || this.lateSettings.has(key) ? own : this.#shared).member(key)
    })
    const source = { name: 'project', label: `projects[${listed.index}]`, fields: PROJECT, node: projectNode, lookUp }
    const project = new Section(source, this.#rendering)
    const settings = isOwn || this.lateSettings.size > 0 ? own : this.#shared
    return { settings, settingsNode, project, projectNode, lookUp }
  }

  /** Looks at the settings that a project renders for itself: what is wrong with them shows nowhere else. */
  checkLateSettings({ settings }: ProjectSections): void {
    settings.check([...this.lateSettings])
  }

  /** Settings with their types for one leg. */
  legSettings({ settings }: ProjectSections): Settings | undefined {
    if (settings === this.#shared) this.#finished ??= this.settings()
    if (settings === this.#shared) return this.#finished
    const values = settings.finish(NOTHING)
    return values && asSettings(values)
  }

  #overriddenSettings(applied: readonly Override[], formats: LegInput['formats']): MapNode | undefined {
    const changing = applied.filter(({ settings }) => settings.entries.size > 0)
    if (changing.length === 0 || this.#shape.settings === undefined) return this.#settingsNode
    const ofFormats = changing.some(({ settings }) => settings.entries.has('formats'))
    const base = ofFormats ? this.#withFormats(this.#shape.settings, formats) : this.#shape.settings
    return mergeMaps(this.#overridden(base, changing, 'settings', SETTINGS), this.#inputs)
  }

  /** The default of `formats` is the target's to know. */
  #withFormats(node: MapNode, formats: LegInput['formats']): MapNode {
    const list = formats?.own ?? (entryOf(node, 'formats') === undefined ? formats?.usual : undefined)
    if (list === undefined) return node
    const entry = { keyOffset: this.#defaultOffset, value: toNode(list, this.#defaultOffset) }
    return { ...node, entries: new Map([...node.entries, ['formats', entry]]) }
  }

  #overriddenProject(node: MapNode, applied: readonly Override[]): MapNode {
    const changing = applied.filter(({ project }) => project.entries.size > 0)
    return changing.length === 0 ? node : this.#overridden(node, changing, 'project', PROJECT)
  }

  #overridden(node: MapNode, overrides: readonly Override[], part: 'settings' | 'project', fields: Fields): MapNode {
    return overrides.reduce((base, override) => {
      const over = override[part]
      const inherited = override.inherit === 'none' ? base : this.#withDefaults(base, over, fields)
      return mergeMaps(withoutOtherSources(inherited, over), over, override.inherit)
    }, node)
  }

  /** A list that is added to may be a default one. */
  #withDefaults(base: MapNode, over: MapNode, fields: Fields): MapNode {
    const missing = [...over.entries.keys()].flatMap((key): [string, MapEntry][] => {
      const initial = base.entries.has(key) ? undefined : fields.all.get(key)?.initial
      const isList = Array.isArray(initial) && initial.length > 0
      return isList ? [[key, { keyOffset: this.#defaultOffset, value: toNode(initial, this.#defaultOffset) }]] : []
    })
    return missing.length === 0 ? base : { ...base, entries: new Map([...base.entries, ...missing]) }
  }

  /** A project with its types, or nothing when a problem was reported. */
  project(sections: ProjectSections, target?: LegTarget): Project | undefined {
    const late = target === undefined ? this.lateKeys(sections) : NOTHING
    const values = sections.project.finish(late)
    return values && asProject(values, target?.platforms ?? [])
  }

  /** The settings as they stand, with what inputs lay over them. */
  get settingsNode(): MapNode | undefined {
    return this.#settingsNode
  }

  get shared(): Section {
    return this.#shared
  }

  /** Keys of a project that speak of the target. */
  lateKeys({ project, projectNode }: ProjectSections): ReadonlySet<string> {
    const keys = [...PROJECT.variable, ...projectNode.entries.keys()]
    const late = keys.filter((key) => PROJECT.all.has(key) && needsLeg(project, key))
    return late.length === 0 ? NOTHING : new Set(late)
  }
}

/** A project comes from one place only: what an override names takes the place of whatever was there. */
function withoutOtherSources(base: MapNode, over: MapNode): MapNode {
  if (!SOURCE_KEYS.some((key) => entryOf(over, key) !== undefined)) return base
  const sources: readonly string[] = SOURCE_KEYS
  return { ...base, entries: new Map([...base.entries].filter(([key]) => !sources.includes(key))) }
}

function isProjectName(name: string): boolean {
  return name === 'name' || name === 'version' || name === 'gitref' || name === 'stackforge'
}

function needsLeg(section: Section, key: string): boolean {
  try {
    section.render(key)
    return false
  } catch (error) {
    if (error instanceof NeedsLeg) return true
    if (error instanceof Unavailable || error instanceof BudgetExhausted) return false
    throw error
  }
}

/** The types are what the schema's fields gave, key by key. */
function asSettings(values: Readonly<Record<string, unknown>>): Settings {
  const { upper_constraints: further, ...settings } = values as Settings & { readonly upper_constraints?: string }
  return further === undefined ? settings : { ...settings, constraints: [...settings.constraints, further] }
}

function asProject(values: Readonly<Record<string, unknown>>, platforms: readonly string[]): Project {
  const project = values as Project
  return { ...project, system_dependencies: forPlatforms(project.system_dependencies, platforms) }
}
