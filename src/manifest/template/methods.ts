import { bind } from './arguments.js'
import type { Budget } from './budget.js'
import { formatBraces } from './format-braces.js'
import { equals } from './operators.js'
import { TemplateError } from './template-error.js'
import { type Method, TEXT_METHODS } from './text-methods.js'
import { type Arguments, Callable, type Dict, isDict, itemsOf, Tuple, type Value } from './value.js'

/** A method of Python's that a template may call on a value, bound to that value; none of them changes it. */
export function findMethod(self: Value, name: string): Callable | undefined {
  if (typeof self === 'string') return bound(METHODS_OF_TEXTS, self, name)
  if (isDict(self)) return bound(DICT_METHODS, self, name)
  const items = itemsOf(self)
  return items === undefined ? undefined : bound(LIST_METHODS, items, name)
}

function bound<Self>(methods: ReadonlyMap<string, Method<Self>>, self: Self, name: string): Callable | undefined {
  const method = methods.get(name)
  return method && new Callable(name, (given, budget) => method(self, given, budget))
}

const METHODS_OF_TEXTS: ReadonlyMap<string, Method<string>> = new Map([
  ...TEXT_METHODS,
  ['format', (text, given, budget) => formatBraces(text, given, budget)] as const,
])

const LIST_METHODS: ReadonlyMap<string, Method<readonly Value[]>> = new Map<string, Method<readonly Value[]>>([
  ['index', indexMethod],
  ['copy', (items) => [...items]],
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
  ['copy', (dict) => new Map(dict)],
  [
    'get',
    (dict, given) => {
      const [key = null, initial = null] = bind('get', given, ['key', 'default'])
      return dict.has(key) ? (dict.get(key) ?? null) : initial
    },
  ],
])

function indexMethod(items: readonly Value[], given: Arguments, budget: Budget): Value {
  const [wanted = null] = bind('index', given, ['value'])
  const index = items.findIndex((item) => equals(item, wanted, budget))
  if (index < 0) throw new TemplateError('the value is not in the list')
  return BigInt(index)
}
