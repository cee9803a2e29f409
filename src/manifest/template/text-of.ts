import type { Budget } from './budget.js'
import { floatText } from './floats.js'
import { TemplateError } from './template-error.js'
import { Callable, isDict, isList, Namespace, Tuple, Undefined, type Value } from './value.js'

/** Python's `str()`. */
export function textOf(value: Value, budget: Budget): string {
  const text = typeof value === 'string' ? value : represent(value, budget, 0)
  budget.text(text.length)
  return text
}

/** Python's `repr()`. */
export function representationOf(value: Value, budget: Budget): string {
  return represent(value, budget, 0)
}

const MAX_DEPTH = 50

function represent(value: Value, budget: Budget, depth: number): string {
  if (depth > MAX_DEPTH) throw new TemplateError('holds lists too deep in each other')
  const text = representOne(value, budget, depth)
  budget.text(text.length)
  return text
}

function representOne(value: Value, budget: Budget, depth: number): string {
  if (value === null) return 'None'
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return floatText(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value instanceof Undefined) return value.lenient ? '' : value.fail()
  if (value instanceof Namespace || value instanceof Callable) {
    throw new TemplateError(`'${value.name}' is not a text; one of its members may be`)
  }
  if (isDict(value)) {
    const pairs = [...value].map(([key, item]) => {
      return `${represent(key, budget, depth + 1)}: ${represent(item, budget, depth + 1)}`
    })
    return `{${pairs.join(', ')}}`
  }
  const items = (isList(value) ? value : value.items).map((item) => represent(item, budget, depth + 1))
  if (value instanceof Tuple) return items.length === 1 ? `(${items.join()},)` : `(${items.join(', ')})`
  return `[${items.join(', ')}]`
}

const ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text.replaceAll(/[\\\p{C}\p{Zl}\p{Zp}']/gu, (character) => {
    if (character === "'") return mark === "'" ? "\\'" : "'"
    return ESCAPES.get(character) ?? escapeCode(character.codePointAt(0) ?? 0)
  })
  return `${mark}${body}${mark}`
}

function escapeCode(code: number): string {
  const digits = code.toString(16)
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
