import { asIndex, bind } from './arguments.js'
import { type Budget, MAX_TEXT } from './budget.js'
import { floatText, oddText } from './floats.js'
import { compare } from './operators.js'
import { TemplateError } from './template-error.js'
import { textOf } from './text-of.js'
import { type Arguments, Callable, isDict, itemsOf, Namespace, typeName, Undefined, type Value } from './value.js'

const MAX_DEPTH = 50

/** Jinja2's `tojson`: Python's `json.dumps` with sorted keys, and what HTML reads otherwise as escapes. */
export function toJson(value: Value, given: Arguments, budget: Budget): string {
  const [indent = null] = bind('tojson', given, ['indent'])
  const width = indent === null ? undefined : Math.max(0, asIndex('tojson', indent))
  if (width !== undefined && width > MAX_TEXT) throw new TemplateError('tojson() takes no such indent')
  const text = dump(value, width, 1, budget)
  return text.replaceAll(/[<>&']/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function dump(value: Value, width: number | undefined, depth: number, budget: Budget): string {
  if (depth > MAX_DEPTH) throw new TemplateError('holds lists too deep in each other')
  budget.spend()
  const text = dumpOne(value, width, depth, budget)
  budget.text(text.length)
  return text
}

function dumpOne(value: Value, width: number | undefined, depth: number, budget: Budget): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return ODD.get(oddText(value) ?? '') ?? floatText(value)
  if (isDict(value)) {
    const keys = [...value.keys()].toSorted((a, b) => compare(a, b, '<', budget))
    const parts = keys.map(
      (key) => `${quote(keyText(key, budget))}: ${dump(value.get(key) ?? null, width, depth + 1, budget)}`,
    )
    return enclose('{', parts, '}', width, depth)
  }
  if (value instanceof Undefined) return value.fail()
  const items = value instanceof Namespace || value instanceof Callable ? undefined : itemsOf(value)
  if (items === undefined) throw new TemplateError(`'${typeName(value)}' cannot be written as JSON`)
  return enclose(
    '[',
    items.map((item) => dump(item, width, depth + 1, budget)),
    ']',
    width,
    depth,
  )
}

const ODD = new Map([
  ['nan', 'NaN'],
  ['inf', 'Infinity'],
  ['-inf', '-Infinity'],
])

function keyText(key: Value, budget: Budget): string {
  return key === null || typeof key === 'boolean' ? String(key) : textOf(key, budget)
}

function enclose(
  open: string,
  parts: readonly string[],
  close: string,
  width: number | undefined,
  depth: number,
): string {
  if (parts.length === 0 || width === undefined) return `${open}${parts.join(', ')}${close}`
  const line = `\n${' '.repeat(width * depth)}`
  return `${open}${line}${parts.join(`,${line}`)}\n${' '.repeat(width * (depth - 1))}${close}`
}

function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[\x7f-\uffff]/g, (unit) => {
    return unit === '\x7f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
