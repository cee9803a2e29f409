import { EVENT_ID, type Event, getScalarValue, parseEvents, YAMLException } from 'js-yaml'

/** A YAML value of which nothing is guessed: `3.10` is text, tags say nothing, an alias is the same value again. */
export type PlainYaml = string | readonly PlainYaml[] | PlainYamlMap
export interface PlainYamlMap extends ReadonlyMap<string, PlainYaml> {}

const MAX_BYTES = 8 * 1024 * 1024
/** Characters without which YAML has no further value: they bound the memory that a hostile file takes. */
const MAX_MARKS = 500_000
const MAX_DEPTH = 50

interface Open {
  readonly value: PlainYaml[] | Map<string, PlainYaml>
  key: PlainYaml | undefined
}

/** Reads the first document of a file from a service; undefined for what is no YAML or too large. */
export function readPlainYaml(text: string): PlainYaml | undefined {
  if (text.length > MAX_BYTES || marks(text) > MAX_MARKS) return undefined
  try {
    return build(text, parseEvents(text, { maxDepth: MAX_DEPTH }))
  } catch (error) {
    if (error instanceof YAMLException) return undefined
    throw error
  }
}

/** The value below the keys; undefined where one of them is missing. */
export function below(value: PlainYaml | undefined, ...keys: readonly string[]): PlainYaml | undefined {
  let found = value
  for (const key of keys) found = isMap(found) ? found.get(key) : undefined
  return found
}

/** The values of a map or list. */
export function valuesOf(value: PlainYaml | undefined): readonly PlainYaml[] {
  if (value === undefined || typeof value === 'string') return []
  return [...value.values()]
}

/** The text below the keys, where there is one. */
export function textBelow(value: PlainYaml | undefined, ...keys: readonly string[]): string | undefined {
  const found = below(value, ...keys)
  return typeof found === 'string' ? found : undefined
}

function isMap(value: PlainYaml | undefined): value is PlainYamlMap {
  return value instanceof Map
}

function marks(text: string): number {
  let count = 0
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (character === '\n' || character === ',' || character === ':' || character === '[' || character === '{')
      count += 1
  }
  return count
}

function build(source: string, events: readonly Event[]): PlainYaml | undefined {
  const anchors = new Map<string, PlainYaml>()
  const open: Open[] = []
  let root: PlainYaml | undefined
  const place = (value: PlainYaml) => {
    const parent = open.at(-1)
    // The roots of further documents go nowhere.
    if (parent === undefined) root ??= value
    else if (Array.isArray(parent.value)) parent.value.push(value)
    else if (parent.key === undefined) parent.key = value
    else {
      if (typeof parent.key === 'string') parent.value.set(parent.key, value)
      parent.key = undefined
    }
  }
  const anchor = ({ anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }, value: PlainYaml) => {
    if (anchorStart >= 0) anchors.set(source.slice(anchorStart, anchorEnd), value)
    return value
  }
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue
    if (event.type === EVENT_ID.SCALAR) {
      place(anchor(event, getScalarValue(source, event)))
    } else if (event.type === EVENT_ID.ALIAS) {
      place(anchors.get(source.slice(event.anchorStart, event.anchorEnd)) ?? '')
    } else if (event.type === EVENT_ID.POP) {
      open.pop()
    } else {
      const value = event.type === EVENT_ID.SEQUENCE ? [] : new Map<string, PlainYaml>()
      place(anchor(event, value))
      open.push({ value, key: undefined })
    }
  }
  return root
}
