import type { Budget } from './budget.js'
import { TemplateError } from './template-error.js'

/**
 * What a template can hold. Nothing of JavaScript is among it: a function is a `Callable`, an object a `Namespace`, and
 * members are found by `member.ts` alone. As in Python, `bigint` is an int and `number` a float.
 */
export type Value =
  | string
  | bigint
  | number
  | boolean
  | null
  | readonly Value[]
  | Tuple
  | Dict
  | Callable
  | Namespace
  | Undefined

/** Keys are texts, numbers, booleans or none. */
export type Dict = ReadonlyMap<Value, Value>

export class Tuple {
  readonly items: readonly Value[]
  /** Names of the items, where they have some: those of `groupby`. */
  readonly names: readonly string[]

  constructor(items: readonly Value[], names: readonly string[] = []) {
    this.items = items
    this.names = names
  }
}

export interface Arguments {
  readonly positional: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
}

export class Callable {
  readonly name: string
  readonly call: (given: Arguments, budget: Budget) => Value

  constructor(name: string, call: (given: Arguments, budget: Budget) => Value) {
    this.name = name
    this.call = call
  }
}

/** A name that has members by name, each worked out when it is asked for: `settings`, `project`, `loop`. */
export class Namespace {
  readonly name: string
  readonly get: (member: string) => Value | undefined
  /** `loop` of a recursive loop can be called. */
  readonly call: Callable['call'] | undefined

  constructor(name: string, get: (member: string) => Value | undefined, call?: Callable['call']) {
    this.name = name
    this.get = get
    this.call = call
  }
}

/** `namespace()`: the only value that a template can change, by `{% set ns.member = … %}`. */
export class Cell extends Namespace {
  readonly #members: Map<string, Value>

  constructor(members: Map<string, Value>) {
    super('namespace', (member) => members.get(member))
    this.#members = members
  }

  set(member: string, value: Value): void {
    this.#members.set(member, value)
  }
}

/** What is not there: may be tested and defaulted, every other use is an error. */
export class Undefined {
  readonly what: string
  /** An `if` without `else` gives nothing, where Jinja2 is not strict: an empty text, false, no items. */
  readonly lenient: boolean

  constructor(what: string, lenient = false) {
    this.what = what
    this.lenient = lenient
  }

  fail(): never {
    throw new TemplateError(this.what)
  }
}

/** The name of a value's type in Python. */
export function typeName(value: Value): string {
  if (value === null) return 'None'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'float'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof Tuple) return 'tuple'
  if (value instanceof Map) return 'dict'
  if (value instanceof Callable) return 'function'
  if (value instanceof Namespace) return value.name
  return value instanceof Undefined ? value.fail() : 'list'
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isDict(value: Value): value is Dict {
  return value instanceof Map
}

/** The items of a list or tuple. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isList(value)) return value
  return value instanceof Tuple ? value.items : undefined
}

/** An item that is there, none included. */
export function itemOr(item: Value | undefined, missing: string): Value {
  return item === undefined ? new Undefined(missing) : item
}

/** What a loop over a value meets: items, keys, or characters. */
export function iterate(value: Value, budget: Budget): readonly Value[] {
  const items = itemsOf(value)
  if (items !== undefined) return items
  if (isDict(value)) return [...value.keys()]
  if (typeof value === 'string') {
    budget.items(value.length)
    return [...value]
  }
  if (value instanceof Undefined && value.lenient) return []
  throw new TemplateError(`'${typeName(value)}' object is not iterable`)
}

export function lengthOf(value: Value): number {
  if (typeof value === 'string') return codePoints(value)
  if (isDict(value)) return value.size
  const items = itemsOf(value)
  if (items === undefined) throw new TemplateError(`object of type '${typeName(value)}' has no len()`)
  return items.length
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

export function isTrue(value: Value): boolean {
  if (value instanceof Undefined) return value.lenient ? false : value.fail()
  if (value instanceof Map) return value.size > 0
  const items = itemsOf(value)
  if (items !== undefined) return items.length > 0
  return value !== null && value !== false && value !== '' && value !== 0n && value !== 0
}

/** A value as a number, for arithmetic and comparisons: booleans are 0 and 1. */
export function asNumber(value: Value): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined
}
