import type { ProblemList } from './problem-list.js'
import { projectSchema, SOURCE_KEYS, settingsSchema, TOP_LEVEL_KEYS } from './schema.js'
import { suggest } from './suggest.js'
import { isNothing, type ListNode, type MapNode, type YamlNode } from './yaml-tree.js'

/** The parts of a manifest that are there and have the right kind. */
export interface ManifestShape {
  readonly settings?: MapNode
  /** With the index that each has in the manifest. */
  readonly projects: readonly { readonly index: number; readonly node: MapNode }[]
}

/** Checks which keys there are and what kind of node each part is; what the values say is checked later. */
export function checkShape(root: YamlNode | undefined, problems: ProblemList): ManifestShape {
  if (root === undefined || isNothing(root)) {
    problems.add('the manifest is empty', undefined, 'It needs `settings` and `projects`.')
    return { projects: [] }
  }
  if (root.kind !== 'map') {
    problems.add('a manifest is a mapping with `settings` and `projects`', root.offset)
    return { projects: [] }
  }
  const unknownKeys = new UnknownKeys(problems)
  unknownKeys.report(root, TOP_LEVEL_KEYS, '')
  const settings = takeSettings(root, problems)
  if (settings !== undefined) unknownKeys.report(settings, Object.keys(settingsSchema.shape), 'settings.')
  const projects = takeProjects(root, problems)
  for (const { index, node } of projects) {
    unknownKeys.report(node, Object.keys(projectSchema.shape), `projects[${index}].`)
    checkSource(index, node, problems)
  }
  return { ...(settings === undefined ? {} : { settings }), projects }
}

/** Remembers suggestions, as a mistyped key may stand in each of 100 000 projects. */
class UnknownKeys {
  readonly #problems: ProblemList
  readonly #hints = new Map<string, string | undefined>()

  constructor(problems: ProblemList) {
    this.#problems = problems
  }

  report(node: MapNode, known: readonly string[], prefix: string): void {
    for (const [key, { keyOffset }] of node.entries) {
      if (known.includes(key)) continue
      const shown = key.length > 60 ? `${key.slice(0, 60)}…` : key
      this.#problems.add(`unknown key '${prefix}${shown}'`, keyOffset, this.#hint(key, known))
    }
  }

  #hint(key: string, known: readonly string[]): string | undefined {
    const memo = `${known[0]}:${key}`
    if (!this.#hints.has(memo)) {
      const near = key.length > 60 ? undefined : suggest(key, known)
      this.#hints.set(memo, near === undefined ? undefined : `Did you mean '${near}'?`)
    }
    return this.#hints.get(memo)
  }
}

function takeSettings(root: MapNode, problems: ProblemList): MapNode | undefined {
  const entry = root.entries.get('settings')
  if (entry === undefined) {
    problems.add("the manifest has no 'settings'", root.offset, 'They need at least a `version`.')
  } else if (entry.value.kind !== 'map') {
    problems.add("'settings' must be a mapping", entry.keyOffset)
  } else {
    return entry.value
  }
  return undefined
}

function takeProjects(root: MapNode, problems: ProblemList): { index: number; node: MapNode }[] {
  const entry = root.entries.get('projects')
  if (entry === undefined) {
    problems.add("the manifest has no 'projects'", root.offset, 'It needs a list of them, each with a `name`.')
    return []
  }
  if (entry.value.kind !== 'list' || entry.value.items.length === 0) {
    const empty = entry.value.kind === 'list' || isNothing(entry.value)
    problems.add(empty ? "'projects' is empty" : "'projects' must be a list", entry.keyOffset)
    return []
  }
  return takeMaps(entry.value, problems)
}

function takeMaps(list: ListNode, problems: ProblemList): { index: number; node: MapNode }[] {
  return list.items.flatMap((node, index) => {
    if (node.kind === 'map') return [{ index, node }]
    problems.add(`projects[${index}] must be a mapping with a 'name'`, node.offset)
    return []
  })
}

function checkSource(index: number, node: MapNode, problems: ProblemList): void {
  const given = SOURCE_KEYS.filter((key) => {
    const entry = node.entries.get(key)
    return entry !== undefined && !isNothing(entry.value)
  })
  const [first, second] = given
  if (second === undefined) return
  const message = `projects[${index}] has both '${first}' and '${second}', but comes from one place only`
  problems.add(message, node.entries.get(second)?.keyOffset)
}
