import { normalizeName } from '../tested/python-names.js'
import type { Distribution } from './distributions.js'
import { judgeMarker, type MarkerEnvironment } from './marker.js'

/** A distribution that was asked for, with the extras that it was asked for with. */
export interface Root {
  readonly name: string
  readonly extras: readonly string[]
}

interface Requirement {
  readonly name: string
  readonly extras: readonly string[]
  readonly marker: string | undefined
}

/**
 * Which installed distributions each of them requires, names sorted, as the markers of their Requires-Dist say in this
 * environment. An extra counts once a root or another distribution asks for it. What can't be judged counts too: the
 * distribution that it names is installed, after all.
 */
export function dependencyGraph(
  distributions: readonly Distribution[],
  roots: readonly Root[],
  environment: MarkerEnvironment,
): ReadonlyMap<string, readonly string[]> {
  const requirements = new Map(
    distributions.map(({ name, requires }) => [name, requires.flatMap((text) => parseRequirement(text) ?? [])]),
  )
  const extras = new Map(distributions.map(({ name }) => [name, new Set<string>()]))
  const edges = new Map(distributions.map(({ name }) => [name, new Set<string>()]))
  const pending = distributions.map(({ name }) => name)
  const ask = (name: string, wanted: readonly string[]) => {
    const known = extras.get(name)
    const news = wanted.map(normalizeName).filter((extra) => known !== undefined && !known.has(extra))
    for (const extra of news) known?.add(extra)
    if (news.length > 0) pending.push(name)
  }
  for (const { name, extras: wanted } of roots) ask(normalizeName(name), wanted)
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    for (const requirement of requirements.get(name) ?? []) {
      if (!edges.has(requirement.name) || !applies(requirement, extras.get(name) ?? [], environment)) continue
      // Some ask for themselves, with another extra.
      if (requirement.name !== name) edges.get(name)?.add(requirement.name)
      ask(requirement.name, requirement.extras)
    }
  }
  return new Map([...edges].map(([name, required]) => [name, [...required].sort()]))
}

function applies({ marker }: Requirement, extras: Iterable<string>, environment: MarkerEnvironment): boolean {
  if (marker === undefined) return true
  // Extras are compared in their normalised form.
  const normalized = marker.replace(
    /\bextra\s*([=!]=)\s*(['"])([\w.-]+)\2/g,
    (_, operator, quote, name) => `extra ${operator} ${quote}${normalizeName(name)}${quote}`,
  )
  return ['', ...extras].some((extra) => judgeMarker(normalized, { ...environment, extra }) !== false)
}

const REQUIREMENT =
  /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?)\s*(?:\[([\w.,\s-]{0,1000})\])?([^;]*)(?:;(.*))?$/s

/** The parts of a requirement (PEP 508) that a graph needs; undefined for what is none. */
export function parseRequirement(text: string): Requirement | undefined {
  const [, name, extras = '', rest = '', marker] = REQUIREMENT.exec(text) ?? []
  if (name === undefined || !/^\s*(?:[(<>=!~@]|$)/.test(rest)) return undefined
  return {
    name: normalizeName(name),
    extras: extras.split(',').flatMap((extra) => extra.trim() || []),
    marker: marker?.trim(),
  }
}
