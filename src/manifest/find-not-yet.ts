import type { ManifestShape } from './check-shape.js'
import type { NotYet, NotYetKey } from './not-yet.js'
import type { ProblemList } from './problem-list.js'
import type { Project, Settings } from './schema.js'
import { entryOf, type MapNode, type YamlNode } from './yaml-tree.js'

/** The settings that each project has rendered for itself since there is a manifest. */
const RENDERED_BY_PROJECTS: ReadonlySet<string> = new Set(['base_path', 'install_path', 'package_name_format'])

export interface Found {
  readonly settings: Settings | undefined
  readonly settingsNode: MapNode | undefined
  readonly lateSettings: ReadonlySet<string>
  readonly projects: readonly {
    readonly index: number
    readonly node: MapNode
    readonly project: Project | undefined
    readonly late: ReadonlySet<string>
  }[]
}

/** Tells of keys that are given and have no effect yet: as problems where that would be unsafe, else as warnings. */
export function findNotYet(
  notYet: NotYet,
  shape: ManifestShape,
  found: Found,
  problems: ProblemList,
  warnings: ProblemList,
): void {
  const keys = new Map(notYet.keys.map((entry) => [entry.key, entry]))
  const tell = (entry: NotYetKey, label: string, offset: number | undefined): void => {
    if (entry.refused !== true) {
      warnings.add(`${label} has no effect yet; it comes with ${entry.piece}`, offset)
      return
    }
    const hint = 'Leave it out; built without it, the result would not be what you ask for.'
    problems.add(`${label} is not built yet; it comes with ${entry.piece}`, offset, hint)
  }
  const look = (
    node: MapNode | undefined,
    section: string,
    label: string,
    isValue: (value: unknown, key: string) => boolean,
  ): void => {
    for (const [key, { keyOffset }] of node?.entries ?? []) {
      const entry = keys.get(`${section}.${key}`)
      if (entry === undefined || entryOf(node, key) === undefined) continue
      if (!entry.today?.some((today) => isValue(today, key))) tell(entry, `${label}.${key}`, keyOffset)
    }
  }
  const parts = {
    targets: shape.targets,
    overrides: shape.overrides,
    superrepo: shape.superrepo && [{ node: shape.superrepo }],
  }
  for (const [key, [first] = []] of Object.entries(parts)) {
    const entry = keys.get(key)
    if (entry === undefined || first === undefined) continue
    tell(entry, key, 'node' in first ? first.node.offset : first.own.offset)
  }
  look(found.settingsNode, 'settings', 'settings', isIn(found.settings))
  for (const { index, node, project } of found.projects) look(node, 'projects', `projects[${index}]`, isIn(project))
  for (const { index, settings, project } of shape.overrides) {
    const label = `overrides[${index}]`
    look(settings, 'settings', label, (value, key) => isWritten(value, settings.entries.get(key)?.value))
    look(project, 'projects', label, (value, key) => isWritten(value, project.entries.get(key)?.value))
  }
  if (notYet.legs !== undefined) findLate(notYet.legs, found, problems)
}

function isIn(values: object | undefined): (value: unknown, key: string) => boolean {
  const typed = new Map<string, unknown>(Object.entries(values ?? {}))
  return (value, key) => JSON.stringify(value) === JSON.stringify(typed.get(key))
}

/** What an override lays over others has no type before a leg renders it; these values are simple enough without. */
function isWritten(value: unknown, node: YamlNode | undefined): boolean {
  if (node?.kind === 'scalar') {
    return value === false
      ? /^(?:false|no|off)$/i.test(node.text)
      : String(value) === node.text && !Array.isArray(value)
  }
  if (node?.kind === 'list') {
    if (!Array.isArray(value) || value.length !== node.items.length) return false
    return node.items.every((item, index) => isWritten(value[index], item))
  }
  return node?.kind === 'map' && node.entries.size === 0 && JSON.stringify(value) === '{}'
}

function findLate(piece: string, { settingsNode, lateSettings, projects }: Found, problems: ProblemList): void {
  const add = (label: string, node: MapNode | undefined, key: string, what: string): void => {
    const offset = node?.entries.get(key)?.value.offset ?? node?.offset
    problems.add(`${label}.${key} speaks of ${what}; that comes with ${piece}`, offset)
  }
  for (const key of lateSettings) {
    if (!RENDERED_BY_PROJECTS.has(key)) add('settings', settingsNode, key, 'a project or target')
  }
  for (const { index, node, late } of projects) {
    for (const key of late) add(`projects[${index}]`, node, key, 'the target')
    if (entryOf(node, 'system_dependencies')?.value.kind === 'map') {
      add(`projects[${index}]`, node, 'system_dependencies', 'platforms')
    }
  }
}
