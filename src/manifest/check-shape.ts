import type { ProblemList } from './problem-list.js'
import {
  manifestSchema,
  OVERRIDABLE_PROJECT_KEYS,
  OVERRIDABLE_SETTINGS,
  overrideSchema,
  targetSchema,
} from './schema/manifest.js'
import { projectSchema, SOURCE_KEYS } from './schema/project.js'
import { settingsSchema } from './schema/settings.js'
import { suggest } from './suggest.js'
import { checkVariableNames } from './vars.js'
import { entryOf, isNothing, type MapNode, type YamlNode } from './yaml-tree.js'

/** The parts of a manifest that are there and have the right kind. */
export interface ManifestShape {
  readonly settings?: MapNode | undefined
  /** With the index that each has in the manifest. */
  readonly projects: readonly { readonly index: number; readonly node: MapNode }[]
  readonly superrepo?: MapNode | undefined
  readonly vars?: MapNode | undefined
  readonly targets: readonly { readonly index: number; readonly node: MapNode }[]
  readonly overrides: readonly OverrideShape[]
}

/** An override's own keys, and those that it lays over settings and projects. */
export interface OverrideShape {
  readonly index: number
  readonly own: MapNode
  readonly settings: MapNode
  readonly project: MapNode
}

/** Checks which keys there are and what kind of node each part is; what the values say is checked later. */
export function checkShape(root: YamlNode | undefined, problems: ProblemList): ManifestShape {
  const nothing = { projects: [], targets: [], overrides: [] }
  if (root === undefined || isNothing(root)) {
    problems.add('the manifest is empty', undefined, 'It needs `settings` and `projects`.')
    return nothing
  }
  if (root.kind !== 'map') {
    problems.add('a manifest is a mapping with `settings` and `projects`', root.offset)
    return nothing
  }
  return new ShapeChecker(problems).check(root)
}

class ShapeChecker {
  readonly #problems: ProblemList
  /** Suggestions, as a mistyped key may stand in each of 100 000 projects. */
  readonly #hints = new Map<string, string | undefined>()

  constructor(problems: ProblemList) {
    this.#problems = problems
  }

  check(root: MapNode): ManifestShape {
    this.#reportUnknown(root, Object.keys(manifestSchema.shape), '')
    const settings = this.#takeSettings(root)
    if (settings !== undefined) this.#reportUnknown(settings, Object.keys(settingsSchema.shape), 'settings.')
    const superrepo = entryOf(root, 'superrepo')
    const projects = this.#takeProjects(root, superrepo === undefined)
    for (const { index, node } of projects) {
      this.#reportUnknown(node, PROJECT_KEYS, `projects[${index}].`)
      this.#checkSource(`projects[${index}]`, node)
    }
    const own = superrepo && new Map([['superrepo', superrepo]])
    return {
      settings,
      projects,
      superrepo: own && { kind: 'map', offset: root.offset, entries: own },
      vars: this.#takeVars(root),
      targets: this.#takeTargets(root),
      overrides: this.#takeOverrides(root),
    }
  }

  #takeSettings(root: MapNode): MapNode | undefined {
    const entry = root.entries.get('settings')
    if (entry === undefined) {
      this.#problems.add("the manifest has no 'settings'", root.offset, 'They need at least a `version`.')
    } else if (entry.value.kind !== 'map') {
      this.#problems.add("'settings' must be a mapping", entry.keyOffset)
    } else {
      return entry.value
    }
    return undefined
  }

  #takeProjects(root: MapNode, needed: boolean): { index: number; node: MapNode }[] {
    const entry = root.entries.get('projects')
    if (entry === undefined) {
      if (needed)
        this.#problems.add(
          "the manifest has no 'projects'",
          root.offset,
          'It needs a list of them, each with a `name`.',
        )
      return []
    }
    const isEmpty = isNothing(entry.value) || (entry.value.kind === 'list' && entry.value.items.length === 0)
    if (isEmpty && needed) this.#problems.add("'projects' is empty", entry.keyOffset)
    return isEmpty ? [] : this.#takeMaps(root, 'projects', "a mapping with a 'name'")
  }

  #takeMaps(root: MapNode, key: string, what: string): { index: number; node: MapNode }[] {
    return this.#takeList(root, key).flatMap((node, index) => {
      if (node.kind === 'map') return [{ index, node }]
      this.#problems.add(`${key}[${index}] must be ${what}`, node.offset)
      return []
    })
  }

  #takeList(root: MapNode, key: string): readonly YamlNode[] {
    const entry = entryOf(root, key)
    if (entry === undefined) return []
    if (entry.value.kind === 'list') return entry.value.items
    this.#problems.add(`'${key}' must be a list`, entry.keyOffset)
    return []
  }

  #checkSource(label: string, node: MapNode): void {
    const [first, second] = SOURCE_KEYS.filter((key) => entryOf(node, key) !== undefined)
    if (second === undefined) return
    const message = `${label} has both '${first}' and '${second}', but comes from one place only`
    this.#problems.add(message, node.entries.get(second)?.keyOffset)
  }

  #takeVars(root: MapNode): MapNode | undefined {
    const entry = entryOf(root, 'vars')
    if (entry === undefined) return undefined
    if (entry.value.kind !== 'map') {
      this.#problems.add("'vars' must be a mapping", entry.keyOffset)
      return undefined
    }
    checkVariableNames(entry.value, this.#problems)
    return entry.value
  }

  #takeTargets(root: MapNode): { index: number; node: MapNode }[] {
    const targets = this.#takeList(root, 'targets').flatMap((node, index) => {
      if (node.kind === 'map') return [{ index, node }]
      if (node.kind === 'scalar' && !isNothing(node)) return [{ index, node: targetOf(node) }]
      this.#problems.add(`targets[${index}] must be the id of a target, or a mapping with an 'id'`, node.offset)
      return []
    })
    for (const { index, node } of targets) {
      this.#reportUnknown(node, Object.keys(targetSchema.shape), `targets[${index}].`)
    }
    return targets
  }

  #takeOverrides(root: MapNode): OverrideShape[] {
    return this.#takeMaps(root, 'overrides', "a mapping with a 'select'").map(({ index, node }) => {
      const label = `overrides[${index}]`
      const settings = entryOf(node, 'settings')
      if (settings !== undefined && settings.value.kind !== 'map') {
        this.#problems.add(`'${label}.settings' must be a mapping`, settings.keyOffset)
      }
      const nested = settings?.value.kind === 'map' ? settings.value : undefined
      if (nested !== undefined) this.#reportFixed(nested, OVERRIDABLE_SETTINGS, `${label}.settings.`)
      const others = pick(node, (key) => !OVERRIDE_KEYS.has(key))
      this.#reportFixed(others, OVERRIDABLE, `${label}.`)
      this.#checkSource(label, others)
      const own = pick(others, (key) => OVERRIDABLE_SETTINGS.has(key) && !OVERRIDABLE_PROJECT_KEYS.has(key))
      const given = nested === undefined ? [] : pick(nested, (key) => OVERRIDABLE_SETTINGS.has(key)).entries
      return {
        index,
        own: pick(node, (key) => OVERRIDE_KEYS.has(key) && key !== 'settings'),
        settings: { ...own, entries: new Map([...own.entries, ...given]) },
        project: pick(others, (key) => OVERRIDABLE_PROJECT_KEYS.has(key)),
      }
    })
  }

  /** Keys that no override may have: unknown ones, and those that say what a leg is or are the whole run's. */
  #reportFixed(node: MapNode, known: ReadonlySet<string>, prefix: string): void {
    for (const [key, { keyOffset }] of node.entries) {
      if (known.has(key) || !(PROJECT_KEYS.includes(key) || Object.hasOwn(settingsSchema.shape, key))) continue
      this.#problems.add(
        `'${prefix}${key}' is the same for all legs of a project, so no override can change it`,
        keyOffset,
      )
    }
    const all = pick(node, (key) => !PROJECT_KEYS.includes(key) && !Object.hasOwn(settingsSchema.shape, key))
    this.#reportUnknown(all, [...OVERRIDE_KEYS, ...known], prefix)
  }

  #reportUnknown(node: MapNode, known: readonly string[], prefix: string): void {
    for (const [key, { keyOffset }] of node.entries) {
      if (!known.includes(key)) {
        this.#problems.add(`unknown key '${prefix}${shorten(key)}'`, keyOffset, this.#hint(key, known))
      }
    }
  }

  #hint(key: string, known: readonly string[]): string | undefined {
    const memo = `${known[0]}:${known.length}:${key}`
    if (!this.#hints.has(memo)) {
      const near = key.length > 60 ? undefined : suggest(key, known)
      this.#hints.set(memo, near === undefined ? undefined : `Did you mean '${near}'?`)
    }
    return this.#hints.get(memo)
  }
}

const PROJECT_KEYS: readonly string[] = Object.keys(projectSchema.shape)
const OVERRIDE_KEYS: ReadonlySet<string> = new Set([...Object.keys(overrideSchema.shape), 'settings'])
const OVERRIDABLE: ReadonlySet<string> = new Set([...OVERRIDABLE_PROJECT_KEYS, ...OVERRIDABLE_SETTINGS])

function shorten(key: string): string {
  return key.length > 60 ? `${key.slice(0, 60)}…` : key
}

function targetOf(node: Extract<YamlNode, { kind: 'scalar' }>): MapNode {
  return { kind: 'map', offset: node.offset, entries: new Map([['id', { keyOffset: node.offset, value: node }]]) }
}

function pick(node: MapNode, wanted: (key: string) => boolean): MapNode {
  return { ...node, entries: new Map([...node.entries].filter(([key]) => wanted(key))) }
}
