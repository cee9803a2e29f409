import { z } from 'zod'
import { isTemplate } from './templates.js'
import { isNothing, type YamlNode } from './yaml-tree.js'

/** A text as it stands in the manifest, or what holds such texts; a default may be a boolean or number. */
export type Written = string | null | undefined | boolean | number | readonly Written[] | ReadonlyMap<string, Written>

/** A key of a schema. */
export interface Field {
  readonly schema: z.core.$ZodType
  /** Its default, before any template is rendered. */
  readonly initial: Written
}

/** The keys of a schema, with the defaults that are the same everywhere read once. */
export class Fields {
  readonly all: ReadonlyMap<string, Field>
  /** Values of the defaults that have no template in them. */
  readonly constants: Readonly<Record<string, unknown>>
  /** Keys whose value has to be worked out even when it is not given. */
  readonly variable: readonly string[]

  constructor(schema: z.ZodObject) {
    this.all = new Map(
      Object.entries(schema.shape).map(([key, field]) => [key, { schema: field, initial: defaultOf(field) }]),
    )
    const parsed = [...this.all].flatMap(([key, field]) => {
      if (hasTemplate(field.initial)) return []
      const { success, data } = z.safeParse(field.schema, toData(field.initial))
      return success ? [[key, data] as const] : []
    })
    const constant = new Set(parsed.map(([key]) => key))
    this.constants = Object.freeze(Object.fromEntries(parsed.filter(([, value]) => value !== undefined)))
    this.variable = [...this.all.keys()].filter((key) => !constant.has(key))
  }
}

function defaultOf(field: z.core.$ZodType): Written {
  return field instanceof z.ZodPrefault ? fromData(field.def.defaultValue) : undefined
}

/** Whether a value, or something in it, has to be rendered. */
export function hasTemplate(written: Written): boolean {
  if (typeof written === 'string') return isTemplate(written)
  if (written instanceof Map) return [...written.values()].some(hasTemplate)
  return Array.isArray(written) && written.some(hasTemplate)
}

function fromData(data: unknown): Written {
  if (Array.isArray(data)) return data.map(fromData)
  if (typeof data === 'object' && data !== null) {
    return new Map(Object.entries(data).map(([key, value]) => [key, fromData(value)]))
  }
  return typeof data === 'string' || typeof data === 'boolean' || typeof data === 'number' ? data : undefined
}

/** Plain data for a schema; a key of a mapping that says nothing is not there. */
export function toData(written: Written): unknown {
  if (Array.isArray(written)) return written.map(toData)
  if (!(written instanceof Map)) return written
  const entries = [...written].filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, toData(value)]))
}

/** What a node of a file says. */
export function toWritten(node: YamlNode): Written {
  if (node.kind === 'map') return new Map([...node.entries].map(([key, { value }]) => [key, toWritten(value)]))
  if (node.kind === 'list') return node.items.map(toWritten)
  return isNothing(node) ? null : node.text
}

/** A value as a node, with one place for all its parts. */
export function toNode(written: Written, offset: number): YamlNode {
  if (written instanceof Map) {
    const entries = [...written].map(
      ([key, value]) => [key, { keyOffset: offset, value: toNode(value, offset) }] as const,
    )
    return { kind: 'map', offset, entries: new Map(entries) }
  }
  if (Array.isArray(written)) return { kind: 'list', offset, items: written.map((item) => toNode(item, offset)) }
  const isNull = written === null || written === undefined
  return { kind: 'scalar', offset, text: isNull ? '' : String(written), plain: isNull }
}
