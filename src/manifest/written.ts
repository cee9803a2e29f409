import { z } from 'zod'
import { isNothing, type MapNode, type YamlNode } from './yaml-tree.js'

/** A text as it stands in the manifest, or what holds such texts; a default may be a boolean or number. */
export type Written = string | null | undefined | boolean | number | readonly Written[] | ReadonlyMap<string, Written>

/** What a key says, or its default when it says nothing, before any template is rendered. */
export function writtenValue(schema: z.ZodObject, node: MapNode | undefined, key: string): Written {
  const given = node?.entries.get(key)?.value
  return given === undefined || isNothing(given) ? defaultOf(schema.shape[key]) : toWritten(given)
}

function defaultOf(field: unknown): Written {
  if (!(field instanceof z.ZodPrefault)) return undefined
  const { defaultValue } = field.def
  return isWritten(defaultValue) ? defaultValue : undefined
}

function isWritten(value: unknown): value is Written {
  return ['string', 'boolean', 'number'].includes(typeof value) || Array.isArray(value)
}

/** No key holds more than a list of texts, so what is deeper only has to be seen to be wrong. */
function toWritten(node: YamlNode): Written {
  if (node.kind === 'map') return new Map()
  return node.kind === 'list' ? node.items.map((item) => (item.kind === 'list' ? [] : toWritten(item))) : textOf(node)
}

function textOf(node: Extract<YamlNode, { kind: 'scalar' }>): Written {
  return isNothing(node) ? null : node.text
}
