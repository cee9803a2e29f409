/** A text as it stands in the file; `plain` when it is not quoted, so that `~` can mean nothing at all. */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly offset: number
  readonly text: string
  readonly plain: boolean
}

export interface ListNode {
  readonly kind: 'list'
  readonly offset: number
  readonly items: YamlNode[]
}

/** A map, not an object, so that no key of a manifest can meet a prototype. */
export interface MapNode {
  readonly kind: 'map'
  readonly offset: number
  readonly entries: Map<string, MapEntry>
}

export interface MapEntry {
  readonly keyOffset: number
  readonly value: YamlNode
  /** What it replaced: the same key of an include, of the manifest, or merged by `<<`. */
  readonly shadowed?: MapEntry
}

/** Offsets count UTF-16 units from the start of all texts (`sources.ts`). An aliased node is shared, never copied. */
export type YamlNode = ScalarNode | ListNode | MapNode

/** What is wrong with a YAML text, and at which offset. */
export interface YamlProblem {
  readonly message: string
  readonly offset: number
}

export type Path = readonly (string | number)[]

const NOTHING = new Set(['', '~', 'null', 'Null', 'NULL'])

/** Whether a node says that there is no value: `key:`, `key: ~` or `key: null`. */
export function isNothing(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.plain && NOTHING.has(node.text)
}

/** The deepest node on a path that is there. */
export function nearestNode(root: YamlNode, path: Path): YamlNode {
  let node = root
  for (const step of path) {
    const child =
      node.kind === 'map' && typeof step === 'string'
        ? node.entries.get(step)?.value
        : node.kind === 'list' && typeof step === 'number'
          ? node.items[step]
          : undefined
    if (child === undefined) return node
    node = child
  }
  return node
}

/** Whether two values stand for the same text; other kinds of values never do. */
export function sameText(a: YamlNode | undefined, b: YamlNode | undefined): boolean {
  return a?.kind === 'scalar' && b?.kind === 'scalar' && a.text === b.text
}

/** The entry of a key that says something. */
export function entryOf(node: YamlNode | undefined, key: string): MapEntry | undefined {
  const entry = node?.kind === 'map' ? node.entries.get(key) : undefined
  return entry === undefined || isNothing(entry.value) ? undefined : entry
}

/** Where the key at the end of a path stands, when it is there. */
export function keyOffset(root: YamlNode, path: Path): number | undefined {
  const last = path.at(-1)
  const parent = nearestNode(root, path.slice(0, -1))
  return parent.kind === 'map' && typeof last === 'string' ? parent.entries.get(last)?.keyOffset : undefined
}
