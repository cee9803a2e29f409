import { InputError } from '../errors.js'
import type { LegInput } from './leg.js'
import type { Resolver } from './resolver.js'
import { NeedsLeg, type Rendering, type Section, Unavailable } from './section.js'
import type { Place, Sources } from './sources.js'
import { suggest } from './suggest.js'
import { toData, toWritten, type Written } from './written.js'
import { entryOf, type MapEntry, type MapNode, type Path } from './yaml-tree.js'

/** One of the places that give a value. */
export interface Origin {
  /** `default`, `--set vendor`, `an input or an option`, or the file. */
  readonly source: string
  /** Where it stands, when it is in a file. */
  readonly place?: Place
  /** As it is written there, templates and all. */
  readonly value: unknown
}

/** Where a value comes from. */
export interface Explanation {
  /** e.g. `projects[0].install_path`. */
  readonly key: string
  /** With all templates rendered and its type; absent when it needs a leg or is not given. */
  readonly value?: unknown
  /** True when it speaks of a project or target and none was named. */
  readonly needsLeg: boolean
  /** What counts first; below it what it replaced, down to the default. */
  readonly origins: readonly Origin[]
  /** The values that its templates ask for. */
  readonly uses: readonly string[]
}

/** What of a manifest an explanation needs. */
export interface Explained {
  readonly names: readonly string[]
  readonly vars: MapNode | undefined
  readonly sources: Sources
  resolver(onUse: Rendering['onUse']): Resolver
}

/** Tells where a value comes from; an `InputError` when there is no such key. */
export function explain(key: string, leg: LegInput | undefined, manifest: Explained): Explanation {
  const path = parseKey(key, manifest.names, leg)
  const uses = new Map<string, Set<string>>()
  const resolver = manifest.resolver((user, used) => {
    uses.set(user, (uses.get(user) ?? new Set()).add(used))
  })
  if (path.section === 'vars') {
    const origins = originsOf(manifest.vars, path.steps, undefined, manifest.sources)
    if (origins.length === 0) throw unknownKey(key, [...(manifest.vars?.entries.keys() ?? [])])
    return { key: `vars.${path.steps.join('.')}`, value: origins[0]?.value, needsLeg: false, origins, uses: [] }
  }
  const { section, node } = sectionOf(path, leg, resolver)
  const [name = ''] = path.steps
  if (!section.has(String(name))) throw unknownKey(key, section.keys())
  const shown = path.section === 'project' ? `projects[${path.index}]` : 'settings'
  const value = workOut(section, path.steps)
  return {
    key: [shown, ...path.steps].join('.'),
    ...(value === undefined || value === NEEDS_LEG ? {} : { value }),
    needsLeg: value === NEEDS_LEG,
    origins: originsOf(node, path.steps, section.initial(String(name)), manifest.sources),
    uses: [...(uses.get(`${path.section}.${name}`) ?? [])].toSorted(),
  }
}

type Key =
  | { readonly section: 'settings'; readonly steps: readonly string[] }
  | { readonly section: 'vars'; readonly steps: readonly string[] }
  | { readonly section: 'project'; readonly index: number; readonly steps: readonly string[] }

const BY_INDEX = /^projects\[(\d{1,9})\]\.(.+)$/

function parseKey(key: string, names: readonly string[], leg: LegInput | undefined): Key {
  const byIndex = BY_INDEX.exec(key)
  if (byIndex !== null) {
    const index = Number(byIndex[1])
    if (index >= names.length)
      throw new InputError({ message: `the manifest has ${names.length} projects, so no projects[${index}]` })
    return { section: 'project', index, steps: split(byIndex[2] ?? '') }
  }
  const [first = '', ...rest] = key.split('.')
  if (first === 'settings') return { section: 'settings', steps: split(rest.join('.')) }
  if (first === 'vars') return { section: 'vars', steps: split(rest.join('.')) }
  if (first === 'project' && leg !== undefined)
    return { section: 'project', index: leg.project, steps: split(rest.join('.')) }
  if (first !== 'projects') return { section: 'settings', steps: split(key) }
  // Names of projects may have dots in them: the longest that fits is meant.
  const text = rest.join('.')
  const fitting = names.filter((name) => text.startsWith(`${name}.`)).toSorted((a, b) => b.length - a.length)
  const [name] = fitting
  if (name === undefined)
    throw unknownKey(
      key,
      names.map((known) => `projects.${known}`),
    )
  return { section: 'project', index: names.indexOf(name), steps: split(text.slice(name.length + 1)) }
}

/** What is in a mapping has one name, which may have dots in it. */
function split(text: string): string[] {
  const dot = text.indexOf('.')
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

function unknownKey(key: string, known: readonly string[]): InputError {
  const near = suggest(key.split('.').at(-1) ?? key, known) ?? suggest(key, known)
  return new InputError({
    message: `there is no key ${JSON.stringify(key)} in the manifest`,
    ...(near === undefined ? {} : { hint: `Did you mean '${near}'?` }),
  })
}

function sectionOf(path: Exclude<Key, { section: 'vars' }>, leg: LegInput | undefined, resolver: Resolver) {
  const index = path.section === 'project' ? path.index : leg?.project
  if (index === undefined) return { section: resolver.shared, node: resolver.settingsNode }
  const sections = resolver.sections(index, leg?.project === index ? leg : undefined)
  if (sections === undefined) throw new Error('the manifest has no such project')
  const { settings, settingsNode, project, projectNode } = sections
  return path.section === 'project'
    ? { section: project, node: projectNode }
    : { section: settings, node: settingsNode }
}

const NEEDS_LEG = Symbol('needs a leg')

function workOut(section: Section, steps: readonly string[]): unknown {
  const [key = '', inner] = steps
  try {
    section.render(key)
    const value = section.valueOf(key)
    return inner === undefined ? value : memberOf(value, inner)
  } catch (error) {
    if (error instanceof NeedsLeg) return NEEDS_LEG
    if (error instanceof Unavailable) return undefined
    throw error
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}

function originsOf(node: MapNode | undefined, steps: Path, initial: Written, sources: Sources): Origin[] {
  const [key, inner] = steps
  const outer = entryOf(node, String(key))
  const entry = inner === undefined ? outer : entryOf(outer?.value, String(inner))
  const origins: Origin[] = []
  for (let current: MapEntry | undefined = entry; current !== undefined; current = current.shadowed) {
    const { offset } = current.value
    const label = sources.label(offset)
    const place = sources.place(current.keyOffset)
    const value = toData(toWritten(current.value))
    origins.push(label === undefined ? { source: place.file, place, value } : { source: label, value })
  }
  const isDefault = inner === undefined && initial !== undefined && origins.at(-1)?.source !== 'default'
  return isDefault ? [...origins, { source: 'default', value: toData(initial) }] : origins
}
