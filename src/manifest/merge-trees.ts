import { entryOf, isNothing, type ListNode, type MapEntry, type MapNode, sameText, type YamlNode } from './yaml-tree.js'

export type Inherit = 'none' | 'append' | 'prepend'

/**
 * A mapping with what a later one says laid over it: mappings are merged key by key, lists and texts replaced, and each
 * entry remembers what it replaced. With `append` or `prepend` lists are joined.
 */
export function mergeMaps(base: MapNode | undefined, over: MapNode | undefined, inherit: Inherit = 'none'): MapNode {
  if (base === undefined || over === undefined) {
    return base ?? over ?? { kind: 'map', offset: 0, entries: new Map() }
  }
  const entries = new Map(base.entries)
  for (const [key, entry] of over.entries) {
    const earlier = base.entries.get(key)
    entries.set(key, earlier === undefined ? entry : mergeEntries(earlier, entry, inherit))
  }
  return { kind: 'map', offset: over.offset, entries }
}

function mergeEntries(base: MapEntry, over: MapEntry, inherit: Inherit): MapEntry {
  // A key that says nothing takes nothing away: `vendor:` is as if it were not there.
  if (isNothing(over.value)) return base
  const { keyOffset } = over
  return { keyOffset, value: mergeValues(base.value, over.value, inherit), shadowed: withShadow(base, over.shadowed) }
}

function withShadow(base: MapEntry, nearer: MapEntry | undefined): MapEntry {
  return nearer === undefined ? base : { ...nearer, shadowed: withShadow(base, nearer.shadowed) }
}

export function mergeValues(base: YamlNode, over: YamlNode, inherit: Inherit): YamlNode {
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, inherit)
  if (inherit === 'none' || over.kind === 'map' || base.kind === 'map') return over
  // A text stands for a list of one where a list is asked for; two texts replace each other.
  if (base.kind === 'scalar' && over.kind === 'scalar') return over
  const [first, second] = inherit === 'append' ? [base, over] : [over, base]
  return { kind: 'list', offset: over.offset, items: [...itemsOf(first), ...itemsOf(second)] }
}

function itemsOf(node: YamlNode): readonly YamlNode[] {
  return node.kind === 'list' ? node.items : isNothing(node) ? [] : [node]
}

/** A whole file over those that it includes: `projects` meet by name, `overrides` follow each other. */
export function mergeFiles(base: MapNode, over: MapNode): MapNode {
  const merged = mergeMaps(base, over)
  join('projects', mergeProjects)
  join('overrides', (first, second) => [...first, ...second])
  return merged

  function join(key: string, joined: (first: readonly YamlNode[], second: readonly YamlNode[]) => YamlNode[]): void {
    const first = entryOf(base, key)
    const second = entryOf(over, key)
    if (first?.value.kind !== 'list' || second?.value.kind !== 'list') return
    const value: ListNode = { ...second.value, items: joined(first.value.items, second.value.items) }
    merged.entries.set(key, { keyOffset: second.keyOffset, value })
  }
}

/** An included project takes what a later one of its name says: with its version, or where one of the two gives none. */
function mergeProjects(base: readonly YamlNode[], over: readonly YamlNode[]): YamlNode[] {
  const projects = [...base]
  const byName = new Map<string, number[]>()
  for (const [index, project] of base.entries()) {
    const name = nameOf(project)
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), index])
  }
  for (const project of over) {
    const index = theSame(project, byName.get(nameOf(project) ?? '') ?? [], base)
    const earlier = index === undefined ? undefined : projects[index]
    if (index !== undefined && earlier?.kind === 'map' && project.kind === 'map')
      projects[index] = mergeMaps(earlier, project)
    else projects.push(project)
  }
  return projects
}

function nameOf(project: YamlNode): string | undefined {
  const name = entryOf(project, 'name')?.value
  return name?.kind === 'scalar' ? name.text : undefined
}

function theSame(project: YamlNode, candidates: readonly number[], base: readonly YamlNode[]): number | undefined {
  const version = entryOf(project, 'version')?.value
  const versionAt = (index: number): YamlNode | undefined => entryOf(base[index], 'version')?.value
  const exact = candidates.find((index) => sameText(versionAt(index), version))
  if (exact !== undefined) return exact
  const [only, ...others] = candidates
  if (only === undefined || others.length > 0) return undefined
  return version === undefined || versionAt(only) === undefined ? only : undefined
}
