import type { MapNode, YamlNode, YamlProblem } from './yaml-tree.js'

export interface MapPair {
  readonly key: YamlNode
  readonly value: YamlNode
}

/** Fills a mapping from its pairs; its own keys win over those that `<<` merges, wherever `<<` stands. */
export function closeMap(node: MapNode, pairs: readonly MapPair[]): YamlProblem[] {
  const problems: YamlProblem[] = []
  for (const { key, value } of pairs) {
    if (key.kind !== 'scalar') {
      problems.push({ message: 'a key must be a text', offset: key.offset })
    } else if (!isMerge(key) && node.entries.has(key.text)) {
      problems.push({ message: `the key '${key.text}' is given twice`, offset: key.offset })
    } else if (!isMerge(key)) {
      node.entries.set(key.text, { keyOffset: key.offset, value })
    }
  }
  for (const { key, value } of pairs) {
    if (isMerge(key)) problems.push(...merge(node, value))
  }
  return problems
}

function isMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.plain && key.text === '<<'
}

function merge(node: MapNode, value: YamlNode): YamlProblem[] {
  const sources = value.kind === 'list' ? value.items : [value]
  const problems: YamlProblem[] = []
  for (const source of sources) {
    if (source.kind !== 'map') {
      problems.push({ message: '`<<` takes a mapping or a list of mappings', offset: value.offset })
      continue
    }
    for (const [key, entry] of source.entries) {
      const own = node.entries.get(key)
      if (own === undefined) node.entries.set(key, entry)
      else if (own.shadowed === undefined && own !== entry) node.entries.set(key, { ...own, shadowed: entry })
    }
  }
  return problems
}
