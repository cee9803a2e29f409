import type { ManifestShape } from './check-shape.js'
import { mergeMaps } from './merge-trees.js'
import type { Sources } from './sources.js'
import { entryOf, type MapNode } from './yaml-tree.js'

/** A project that is listed outside of the manifest, with values that are no templates. */
export interface ListedProject {
  readonly name: string
  readonly version: string
  readonly giturl: string
  readonly gitref: string
}

/** Keys by which a project of the manifest says itself where it comes from. */
const SOURCES = ['giturl', 'gitref', 'sdist', 'path'] as const

/**
 * Adds projects to those of the manifest, which win: one that says nothing of its source takes that and its version from
 * the list, others take nothing.
 */
export function withListed(shape: ManifestShape, listed: readonly ListedProject[], sources: Sources): ManifestShape {
  const offset = listed.length === 0 ? 0 : sources.addLabel('the superrepo')
  const known = new Map(listed.map((project) => [project.name, asNode(project, offset)]))
  const named = shape.projects.map(({ index, node }) => {
    const name = entryOf(node, 'name')?.value
    const text = name?.kind === 'scalar' ? name.text : ''
    const base = known.get(text)
    const ownSource = SOURCES.some((key) => entryOf(node, key) !== undefined)
    return { index, name: text, node: base === undefined || ownSource ? node : mergeMaps(base, node) }
  })
  const names = new Set(named.map(({ name }) => name))
  const others = [...known].flatMap(([name, node]) => (names.has(name) ? [] : [node]))
  const first = (shape.projects.at(-1)?.index ?? -1) + 1
  return {
    ...shape,
    projects: [...named, ...others.map((node, place) => ({ index: first + place, node }))],
  }
}

function asNode(project: ListedProject, offset: number): MapNode {
  const entries = Object.entries(project).map(([key, text]: [string, string]) => {
    return [key, { keyOffset: offset, value: { kind: 'scalar' as const, offset, text, plain: false } }] as const
  })
  return { kind: 'map', offset, entries: new Map(entries) }
}
