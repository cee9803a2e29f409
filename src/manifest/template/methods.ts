import { asIndex, asText, bind } from './arguments.js'
import type { Budget } from './budget.js'
import { equals } from './operators.js'
import { TemplateError } from './template-error.js'
import { type Arguments, Callable, type Dict, isDict, itemsOf, iterate, Tuple, type Value } from './value.js'

type Method<Self> = (self: Self, given: Arguments, budget: Budget) => Value

/** A method of Python's that a template may call on a value, bound to that value. */
export function findMethod(self: Value, name: string): Callable | undefined {
  if (typeof self === 'string') return bound(TEXT_METHODS, self, name)
  if (isDict(self)) return bound(DICT_METHODS, self, name)
  const items = itemsOf(self)
  return items === undefined ? undefined : bound(LIST_METHODS, items, name)
}

function bound<Self>(methods: ReadonlyMap<string, Method<Self>>, self: Self, name: string): Callable | undefined {
  const method = methods.get(name)
  return method && new Callable(name, (given, budget) => method(self, given, budget))
}

const TEXT_METHODS: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ['upper', plain('upper', (text) => text.toUpperCase())],
  ['lower', plain('lower', (text) => text.toLowerCase())],
  ['capitalize', plain('capitalize', capitalize)],
  ['title', plain('title', titleCase)],
  ['strip', stripping('strip', true, true)],
  ['lstrip', stripping('lstrip', true, false)],
  ['rstrip', stripping('rstrip', false, true)],
  ['replace', replaceMethod],
  ['split', splitMethod],
  ['startswith', affix('startswith', (text, part) => text.startsWith(part))],
  ['endswith', affix('endswith', (text, part) => text.endsWith(part))],
  ['join', joinMethod],
  ['find', (text, given, budget) => BigInt(findIn(text, given, budget, 'find'))],
  ['count', countMethod],
  ['isdigit', plain('isdigit', (text) => /^\p{Nd}+$/u.test(text))],
])

const LIST_METHODS: ReadonlyMap<string, Method<readonly Value[]>> = new Map<string, Method<readonly Value[]>>([
  ['index', indexMethod],
  [
    'count',
    (items, given, budget) => {
      const [wanted = null] = bind('count', given, ['value'])
      return BigInt(items.filter((item) => equals(item, wanted, budget)).length)
    },
  ],
])

const DICT_METHODS: ReadonlyMap<string, Method<Dict>> = new Map<string, Method<Dict>>([
  ['items', (dict) => [...dict].map((pair) => new Tuple(pair))],
  ['keys', (dict) => [...dict.keys()]],
  ['values', (dict) => [...dict.values()]],
  [
    'get',
    (dict, given) => {
      const [key = null, initial = null] = bind('get', given, ['key', 'default'])
      return dict.get(key) ?? initial
    },
  ],
])

function plain(name: string, change: (text: string) => string | boolean): Method<string> {
  return (text, given, budget) => {
    bind(name, given, [])
    budget.text(text.length)
    return change(text)
  }
}

export function capitalize(text: string): string {
  const [first = '', ...rest] = text
  return first.toUpperCase() + rest.join('').toLowerCase()
}

function titleCase(text: string): string {
  return text.replaceAll(/\p{L}+/gu, capitalize)
}

function stripping(name: string, start: boolean, end: boolean): Method<string> {
  return (text, given, budget) => {
    const [chars = null] = bind(name, given, ['chars'])
    budget.text(text.length)
    return strip(text, chars === null ? undefined : asText(name, chars), start, end)
  }
}

/** Removes characters of a set, blanks by default, from the ends of a text. */
export function strip(text: string, chars: string | undefined, start = true, end = true): string {
  const set = new Set(chars)
  const drops = (character: string): boolean => (chars === undefined ? /\s/.test(character) : set.has(character))
  const characters = [...text]
  let from = 0
  let to = characters.length
  while (start && from < to && drops(characters[from] ?? '')) from += 1
  while (end && to > from && drops(characters[to - 1] ?? '')) to -= 1
  return characters.slice(from, to).join('')
}

function replaceMethod(text: string, given: Arguments, budget: Budget): Value {
  const [from, to, count = -1n] = bind('replace', given, ['old', 'new', 'count'])
  return replace(text, asText('replace', from), asText('replace', to), asIndex('replace', count), budget)
}

/** The first `count` places of a part replaced, all of them when it is negative. */
export function replace(text: string, from: string, to: string, count: number, budget: Budget): string {
  budget.text(text.length)
  const parts = from === '' ? ['', ...text, ''] : text.split(from)
  const places = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1)
  budget.text(text.length + places * (to.length - from.length))
  return (
    parts.slice(0, places + 1).join(to) +
    parts
      .slice(places + 1)
      .map((part) => from + part)
      .join('')
  )
}

function splitMethod(text: string, given: Arguments, budget: Budget): Value {
  const [separator = null, limit = -1n] = bind('split', given, ['sep', 'maxsplit'])
  const most = asIndex('split', limit)
  budget.text(text.length)
  if (separator === '') throw new TemplateError('empty separator')
  const parts = separator === null ? splitAtBlanks(text, most) : splitAt(text, asText('split', separator), most)
  budget.items(parts.length)
  return parts
}

function splitAtBlanks(text: string, most: number): string[] {
  const parts: string[] = []
  let rest = text.trimStart()
  while (rest !== '') {
    const blank = most >= 0 && parts.length >= most ? -1 : rest.search(/\s/)
    parts.push(blank < 0 ? (most >= 0 && parts.length >= most ? rest : rest.trimEnd()) : rest.slice(0, blank))
    rest = blank < 0 ? '' : rest.slice(blank).trimStart()
  }
  return parts
}

function splitAt(text: string, separator: string, most: number): string[] {
  const parts = text.split(separator)
  if (most < 0 || parts.length <= most + 1) return parts
  return [...parts.slice(0, most), parts.slice(most).join(separator)]
}

function affix(name: string, has: (text: string, part: string) => boolean): Method<string> {
  return (text, given, budget) => {
    const [part = null] = bind(name, given, ['part'])
    budget.text(text.length)
    return part instanceof Tuple
      ? part.items.some((one) => has(text, asText(name, one)))
      : has(text, asText(name, part))
  }
}

function joinMethod(separator: string, given: Arguments, budget: Budget): Value {
  const [list = null] = bind('join', given, ['iterable'])
  const parts = iterate(list, budget).map((item) => asText('join', item))
  budget.text(parts.reduce((sum, part) => sum + part.length + separator.length, 0))
  return parts.join(separator)
}

function findIn(text: string, given: Arguments, budget: Budget, name: string): number {
  const [part] = bind(name, given, ['sub'])
  budget.text(text.length)
  const index = text.indexOf(asText(name, part))
  return index < 0 ? -1 : [...text.slice(0, index)].length
}

function countMethod(text: string, given: Arguments, budget: Budget): Value {
  const part = asText('count', bind('count', given, ['sub'])[0])
  budget.text(text.length)
  return BigInt((part === '' ? [...text, ''] : text.split(part)).length - (part === '' ? 0 : 1))
}

function indexMethod(items: readonly Value[], given: Arguments, budget: Budget): Value {
  const [wanted = null] = bind('index', given, ['value'])
  const index = items.findIndex((item) => equals(item, wanted, budget))
  if (index < 0) throw new TemplateError('the value is not in the list')
  return BigInt(index)
}
