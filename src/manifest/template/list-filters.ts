import { asIndex, bind } from './arguments.js'
import type { Budget } from './budget.js'
import type { Filter } from './filters.js'
import { reachAttribute } from './member.js'
import { calculate, compare, equals } from './operators.js'
import { TemplateError } from './template-error.js'
import { textOf } from './text-of.js'
import { type Arguments, isDict, isTrue, itemOr, iterate, lengthOf, Tuple, Undefined, type Value } from './value.js'

/** Filters over lists, dictionaries and the characters of texts. */
export const LIST_FILTERS: readonly (readonly [string, Filter])[] = [
  ['length', (value) => BigInt(lengthOf(value))],
  ['count', (value) => BigInt(lengthOf(value))],
  ['list', (value, _, budget) => [...iterate(value, budget)]],
  ['first', (value, _, budget) => itemOr(iterate(value, budget).at(0), 'there is no first item')],
  ['last', (value, _, budget) => itemOr(iterate(value, budget).at(-1), 'there is no last item')],
  ['join', join],
  ['reverse', reverse],
  ['sort', sort],
  ['unique', unique],
  ['min', extreme('min', -1)],
  ['max', extreme('max', 1)],
  ['sum', sum],
  ['items', items],
  ['dictsort', dictSort],
  ['groupby', groupBy],
  ['batch', batch],
  ['slice', slice],
]

function join(value: Value, given: Arguments, budget: Budget): Value {
  const [separator = '', path = null] = bind('join', given, ['d', 'attribute'])
  const glue = textOf(separator, budget)
  const parts = iterate(value, budget).map((item) => textOf(attribute(item, path, budget), budget))
  budget.text(parts.reduce((length, part) => length + part.length + glue.length, 0))
  return parts.join(glue)
}

function attribute(item: Value, path: Value, budget: Budget): Value {
  return path === null ? item : reachAttribute(item, path, budget)
}

function reverse(value: Value, _: Arguments, budget: Budget): Value {
  const reversed = iterate(value, budget).toReversed()
  return typeof value === 'string' ? reversed.join('') : reversed
}

function sort(value: Value, given: Arguments, budget: Budget): Value {
  const names = ['reverse', 'case_sensitive', 'attribute']
  const [descending = false, caseSensitive = false, path = null] = bind('sort', given, names)
  const paths = typeof path === 'string' ? path.split(',') : [path]
  const key = (item: Value): Value => {
    const keys = paths.map((part) => folded(attribute(item, part, budget), caseSensitive))
    return paths.length === 1 ? (keys[0] ?? null) : keys
  }
  return sortBy(iterate(value, budget), key, isTrue(descending), budget)
}

function sortBy(list: readonly Value[], key: (item: Value) => Value, descending: boolean, budget: Budget): Value[] {
  const sign = descending ? -1 : 1
  const keyed = list.map((item) => ({ item, key: key(item) }))
  for (const entry of keyed) if (entry.key instanceof Undefined) entry.key.fail()
  return keyed.toSorted((a, b) => sign * compare(a.key, b.key, '<', budget)).map(({ item }) => item)
}

/** Jinja2 compares texts without their case unless it is asked not to. */
function folded(item: Value, caseSensitive: Value): Value {
  return typeof item === 'string' && !isTrue(caseSensitive) ? item.toLowerCase() : item
}

function unique(value: Value, given: Arguments, budget: Budget): Value {
  const [caseSensitive = false, path = null] = bind('unique', given, ['case_sensitive', 'attribute'])
  const seen = new Set<Value>()
  const seenOthers: Value[] = []
  return iterate(value, budget).filter((item) => {
    budget.spend()
    const key = folded(attribute(item, path, budget), caseSensitive)
    if (key instanceof Undefined) key.fail()
    if (typeof key === 'string') {
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    }
    if (seenOthers.some((other) => equals(other, key, budget))) return false
    seenOthers.push(key)
    return true
  })
}

function extreme(name: string, sign: number): Filter {
  return (value, given, budget) => {
    const [caseSensitive = false, path = null] = bind(name, given, ['case_sensitive', 'attribute'])
    const key = (item: Value): Value => folded(attribute(item, path, budget), caseSensitive)
    const [first, ...rest] = iterate(value, budget)
    if (first === undefined) return new Undefined(`there is no ${name} of nothing`)
    return rest.reduce((best, item) => (sign * compare(key(item), key(best), '<', budget) > 0 ? item : best), first)
  }
}

function sum(value: Value, given: Arguments, budget: Budget): Value {
  const [path = null, start = 0n] = bind('sum', given, ['attribute', 'start'])
  const parts = iterate(value, budget).map((item) => attribute(item, path, budget))
  return parts.reduce((total, part) => calculate('+', total, part, budget), start)
}

function items(value: Value): Value {
  if (value instanceof Undefined) return []
  if (!isDict(value)) throw new TemplateError('items() needs a dict')
  return [...value].map((pair) => new Tuple(pair))
}

function dictSort(value: Value, given: Arguments, budget: Budget): Value {
  const names = ['case_sensitive', 'by', 'reverse']
  const [caseSensitive = false, by = 'key', descending = false] = bind('dictsort', given, names)
  if (!isDict(value)) throw new TemplateError('dictsort() needs a dict')
  if (by !== 'key' && by !== 'value') throw new TemplateError("dictsort() sorts by 'key' or 'value'")
  const part = by === 'key' ? 0 : 1
  const pairs = [...value].map((pair) => new Tuple(pair))
  const key = (pair: Value): Value => folded((pair instanceof Tuple ? pair.items[part] : null) ?? null, caseSensitive)
  return sortBy(pairs, key, isTrue(descending), budget)
}

function groupBy(value: Value, given: Arguments, budget: Budget): Value {
  const names = ['attribute', 'default', 'case_sensitive']
  const [path = null, initial = null, caseSensitive = false] = bind('groupby', given, names)
  const own = (item: Value): Value => {
    const found = attribute(item, path, budget)
    return found instanceof Undefined && initial !== null ? initial : found
  }
  const key = (item: Value): Value => folded(own(item), caseSensitive)
  const groups: Value[][] = []
  for (const item of sortBy(iterate(value, budget), key, false, budget)) {
    const last = groups.at(-1)
    const [first] = last ?? []
    if (last !== undefined && first !== undefined && equals(key(first), key(item), budget)) last.push(item)
    else groups.push([item])
  }
  return groups.map((group) => new Tuple([own(group[0] ?? null), group], ['grouper', 'list']))
}

function batch(value: Value, given: Arguments, budget: Budget): Value {
  const [count, fill = null] = bind('batch', given, ['linecount', 'fill_with'])
  const size = asIndex('batch', count)
  const list = iterate(value, budget)
  if (size < 1) throw new TemplateError('batch() needs a count from 1 on')
  const batches: Value[][] = []
  for (let start = 0; start < list.length; start += size) batches.push(list.slice(start, start + size))
  const last = batches.at(-1)
  if (last !== undefined && fill !== null) {
    budget.items(size)
    while (last.length < size) last.push(fill)
  }
  return batches
}

function slice(value: Value, given: Arguments, budget: Budget): Value {
  const [count, fill = null] = bind('slice', given, ['slices', 'fill_with'])
  const slices = asIndex('slice', count)
  const list = iterate(value, budget)
  if (slices < 1) throw new TemplateError('slice() needs a count from 1 on')
  budget.items(slices)
  const size = Math.floor(list.length / slices)
  const longer = list.length % slices
  let start = 0
  return Array.from({ length: slices }, (_, index) => {
    const end = start + size + (index < longer ? 1 : 0)
    const part = list.slice(start, end)
    start = end
    return fill !== null && index >= longer ? [...part, fill] : part
  })
}
