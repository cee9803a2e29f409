import { asIndex } from './arguments.js'
import type { Budget } from './budget.js'
import { findMethod } from './methods.js'
import { TemplateError } from './template-error.js'
import { isDict, isList, itemsOf, Namespace, Tuple, typeName, Undefined, type Value } from './value.js'

// The only way from a value to what belongs to it: methods of an allow-list, members of namespaces, items of data.

/** `target.name`: a method or member, else the item with that key, as in Jinja2. */
export function attributeOf(target: Value, name: string): Value {
  if (target instanceof Undefined) return target.fail()
  const member = findMember(target, name)
  const found = member === undefined && isDict(target) ? target.get(name) : member
  return found === undefined ? missing(target, name) : found
}

/** `target[key]`: an item, else the method or member with that name, as in Jinja2. */
export function itemOf(target: Value, key: Value, budget: Budget): Value {
  if (target instanceof Undefined) return target.fail()
  if (key instanceof Undefined) return key.fail()
  const item = isDict(target) ? target.get(key) : itemAt(target, key, budget)
  if (item !== undefined) return item
  const member = typeof key === 'string' ? findMember(target, key) : undefined
  if (member !== undefined) return member
  return missing(target, String(typeof key === 'string' || typeof key === 'bigint' ? key : typeName(key)))
}

function findMember(target: Value, name: string): Value | undefined {
  if (target instanceof Namespace) return target.get(name)
  if (target instanceof Tuple && target.names.includes(name)) return target.items[target.names.indexOf(name)]
  return findMethod(target, name)
}

/** What `attribute='a.b.0'` of a filter reaches, step by step. */
export function reachAttribute(target: Value, path: Value, budget: Budget): Value {
  const steps = typeof path === 'string' ? path.split('.') : [path]
  return steps.reduce<Value>((value, step) => {
    const key = typeof step === 'string' && /^\d{1,15}$/.test(step) ? BigInt(step) : step
    return itemOf(value, key, budget)
  }, target)
}

function missing(target: Value, name: string): Undefined {
  return new Undefined(`'${typeName(target)}' has no '${name}'`)
}

function itemAt(target: Value, key: Value, budget: Budget): Value | undefined {
  const items = typeof target === 'string' ? characters(target, budget) : itemsOf(target)
  if (items === undefined || (typeof key !== 'bigint' && typeof key !== 'boolean')) return undefined
  return items.at(asIndex('[]', key))
}

/** `target[start:stop:step]` of texts, lists and tuples. */
export function sliceOf(target: Value, bounds: readonly (Value | undefined)[], budget: Budget): Value {
  const items = typeof target === 'string' ? characters(target, budget) : itemsOf(target)
  if (items === undefined) throw new TemplateError(`'${typeName(target)}' cannot be sliced`)
  const [start, stop, stepBound] = bounds.map((bound) => {
    return bound === undefined || bound === null ? undefined : asIndex('slice', bound)
  })
  const step = stepBound ?? 1
  if (step === 0) throw new TemplateError('slice step cannot be zero')
  const [lowest, highest] = step > 0 ? [0, items.length] : [-1, items.length - 1]
  const clamp = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + items.length : bound, lowest), highest)
  const from = start === undefined ? (step > 0 ? lowest : highest) : clamp(start)
  const to = stop === undefined ? (step > 0 ? highest : lowest) : clamp(stop)
  const picked: Value[] = []
  for (let index = from; step > 0 ? index < to : index > to; index += step) picked.push(items[index] ?? null)
  budget.items(picked.length)
  if (typeof target === 'string') return picked.join('')
  return isList(target) ? picked : new Tuple(picked)
}

/** Python counts characters by code points. */
function characters(text: string, budget: Budget): string[] {
  budget.text(text.length)
  return [...text]
}
