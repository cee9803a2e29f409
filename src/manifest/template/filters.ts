import { asIndex, asText, bind } from './arguments.js'
import type { Budget } from './budget.js'
import { formatPercent } from './format-percent.js'
import { capitalize, replace, strip } from './methods.js'
import { calculate, compare, equals } from './operators.js'
import { TemplateError } from './template-error.js'
import { textOf } from './text-of.js'
import {
  type Arguments,
  asNumber,
  isDict,
  isTrue,
  iterate,
  lengthOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './value.js'

export type Filter = (value: Value, given: Arguments, budget: Budget) => Value

/** Filters that a template may use, by name. They take undefined values only where Jinja2 does. */
export function findFilter(name: string): Filter | undefined {
  return FILTERS.get(name)
}

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['default', withDefault],
  ['d', withDefault],
  ['upper', onText('upper', (text) => text.toUpperCase())],
  ['lower', onText('lower', (text) => text.toLowerCase())],
  ['capitalize', onText('capitalize', capitalize)],
  ['title', onText('title', (text) => text.replaceAll(/[^-\s({[<]+/gu, capitalize))],
  ['string', onText('string', (text) => text)],
  ['trim', trim],
  ['replace', replaceFilter],
  ['join', joinFilter],
  ['format', (value, given, budget) => formatPercent(asText('format', value), new Tuple(given.positional), budget)],
  ['length', (value) => BigInt(lengthOf(value))],
  ['count', (value) => BigInt(lengthOf(value))],
  ['list', (value, _, budget) => [...iterate(value, budget)]],
  ['first', (value, _, budget) => iterate(value, budget)[0] ?? new Undefined('there is no first item')],
  ['last', (value, _, budget) => iterate(value, budget).at(-1) ?? new Undefined('there is no last item')],
  ['reverse', reverse],
  ['sort', sort],
  ['unique', unique],
  ['min', extreme('min', -1)],
  ['max', extreme('max', 1)],
  ['sum', (value, _, budget) => iterate(value, budget).reduce((sum, item) => calculate('+', sum, item, budget), 0n)],
  ['int', toInt],
  ['float', toFloat],
  ['abs', absolute],
])

function withDefault(value: Value, given: Arguments): Value {
  const [initial = '', replaceFalse = false] = bind('default', given, ['default_value', 'boolean'])
  if (value instanceof Undefined) return initial
  return isTrue(replaceFalse) && !isTrue(value) ? initial : value
}

function onText(name: string, change: (text: string) => string): Filter {
  return (value, given, budget) => {
    bind(name, given, [])
    return change(textOf(value, budget))
  }
}

function trim(value: Value, given: Arguments, budget: Budget): Value {
  const [chars = null] = bind('trim', given, ['chars'])
  return strip(textOf(value, budget), chars === null ? undefined : asText('trim', chars))
}

function replaceFilter(value: Value, given: Arguments, budget: Budget): Value {
  const [from, to, count = null] = bind('replace', given, ['old', 'new', 'count'])
  const most = count === null ? -1 : asIndex('replace', count)
  return replace(textOf(value, budget), asText('replace', from), asText('replace', to), most, budget)
}

function joinFilter(value: Value, given: Arguments, budget: Budget): Value {
  const [separator = ''] = bind('join', given, ['d'])
  const glue = textOf(separator, budget)
  const parts = iterate(value, budget).map((item) => textOf(item, budget))
  budget.text(parts.reduce((sum, part) => sum + part.length + glue.length, 0))
  return parts.join(glue)
}

function reverse(value: Value, _: Arguments, budget: Budget): Value {
  const items = iterate(value, budget).toReversed()
  return typeof value === 'string' ? items.join('') : items
}

function sort(value: Value, given: Arguments, budget: Budget): Value {
  const [descending = false, caseSensitive = false] = bind('sort', given, ['reverse', 'case_sensitive'])
  const key = isTrue(caseSensitive) ? (item: Value) => item : fold
  const sign = isTrue(descending) ? -1 : 1
  return iterate(value, budget).toSorted((a, b) => sign * compare(key(a), key(b), '<', budget))
}

function fold(item: Value): Value {
  return typeof item === 'string' ? item.toLowerCase() : item
}

function unique(value: Value, _: Arguments, budget: Budget): Value {
  const kept: Value[] = []
  for (const item of iterate(value, budget)) {
    if (!kept.some((other) => equals(fold(other), fold(item), budget))) kept.push(item)
  }
  return kept
}

function extreme(name: string, sign: number): Filter {
  return (value, _, budget) => {
    const [first, ...rest] = iterate(value, budget)
    if (first === undefined) return new Undefined(`there is no ${name} of nothing`)
    return rest.reduce((best, item) => (sign * compare(fold(item), fold(best), '<', budget) > 0 ? item : best), first)
  }
}

function toInt(value: Value, given: Arguments): Value {
  const [initial = 0n] = bind('int', given, ['default'])
  const number = asNumber(value)
  if (typeof number === 'bigint') return number
  if (typeof value === 'string' && /^\s*[-+]?\d+(?:_\d+)*\s*$/.test(value))
    return BigInt(value.replaceAll(/[_+\s]/g, ''))
  const parsed = typeof value === 'string' ? parseFloatText(value) : number
  return parsed === undefined || !Number.isFinite(parsed) ? initial : BigInt(Math.trunc(parsed))
}

function toFloat(value: Value, given: Arguments): Value {
  const [initial = 0] = bind('float', given, ['default'])
  const parsed = typeof value === 'string' ? parseFloatText(value) : asNumber(value)
  return parsed === undefined ? initial : Number(parsed)
}

function parseFloatText(text: string): number | undefined {
  return /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : undefined
}

function absolute(value: Value): Value {
  const number = asNumber(value)
  if (number === undefined) {
    throw new TemplateError(`bad operand type for abs(): '${isDict(value) ? 'dict' : typeName(value)}'`)
  }
  return number < 0 ? -number : number
}
