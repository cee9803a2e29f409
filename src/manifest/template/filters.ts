import { bind } from './arguments.js'
import type { Budget } from './budget.js'
import { applyTest } from './is-tests.js'
import { LIST_FILTERS } from './list-filters.js'
import { reachAttribute } from './member.js'
import { NUMBER_FILTERS } from './number-filters.js'
import { TemplateError } from './template-error.js'
import { TEXT_FILTERS } from './text-filters.js'
import { toJson } from './to-json.js'
import { type Arguments, isTrue, iterate, Tuple, Undefined, type Value } from './value.js'

export type Filter = (value: Value, given: Arguments, budget: Budget) => Value

/** What a filter makes of a value; undefined values pass only where Jinja2 takes them. */
export function applyFilter(name: string, value: Value, given: Arguments, budget: Budget): Value {
  const filter = FILTERS.get(name)
  if (filter === undefined) throw new TemplateError(`no filter is named '${name}'`)
  if (value instanceof Undefined && !value.lenient && !TAKES_UNDEFINED.has(name)) value.fail()
  return filter(value, given, budget)
}

const TAKES_UNDEFINED = new Set(['default', 'd', 'items'])

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ...TEXT_FILTERS,
  ...LIST_FILTERS,
  ...NUMBER_FILTERS,
  ['default', withDefault],
  ['d', withDefault],
  ['attr', (value, given) => attribute(value, bind('attr', given, ['name'])[0])],
  ['tojson', toJson],
  ['map', map],
  ['select', choose('select', false, true)],
  ['reject', choose('reject', false, false)],
  ['selectattr', choose('selectattr', true, true)],
  ['rejectattr', choose('rejectattr', true, false)],
])

function withDefault(value: Value, given: Arguments): Value {
  const [initial = '', replaceFalse = false] = bind('default', given, ['default_value', 'boolean'])
  if (value instanceof Undefined) return initial
  return isTrue(replaceFalse) && !isTrue(value) ? initial : value
}

/** Items have no attributes: only the named parts of what `groupby` gives do. */
function attribute(value: Value, name: Value | undefined): Value {
  const index = value instanceof Tuple && typeof name === 'string' ? value.names.indexOf(name) : -1
  const found = value instanceof Tuple ? value.items[index] : undefined
  if (found !== undefined) return found
  return new Undefined(`there is no attribute '${typeof name === 'string' ? name : ''}'`)
}

function map(value: Value, { positional, named }: Arguments, budget: Budget): Value {
  const [name, ...rest] = positional
  const items = value === null ? [] : iterate(value, budget)
  budget.items(items.length)
  const path = named.get('attribute')
  if (name === undefined && path !== undefined) {
    const initial = named.get('default')
    return items.map((item) => withInitial(reachAttribute(item, path, budget), initial))
  }
  if (typeof name !== 'string') throw new TemplateError('map() needs the name of a filter or an attribute')
  return items.map((item) => applyFilter(name, item, { positional: rest, named }, budget))
}

function withInitial(value: Value, initial: Value | undefined): Value {
  return value instanceof Undefined && initial !== undefined ? initial : value
}

/** Keeps or drops the items for which a test holds; without a test, those that are true. */
function choose(callee: string, byAttribute: boolean, keep: boolean): Filter {
  return (value, { positional, named }, budget) => {
    const path = byAttribute ? positional[0] : undefined
    const [name, ...rest] = byAttribute ? positional.slice(1) : positional
    if (byAttribute && path === undefined) throw new TemplateError(`${callee}() needs the name of an attribute`)
    if (name !== undefined && typeof name !== 'string') throw new TemplateError(`${callee}() needs the name of a test`)
    return iterate(value, budget).filter((item) => {
      budget.spend()
      const tested = path === undefined ? item : reachAttribute(item, path, budget)
      const holds = name === undefined ? isTrue(tested) : applyTest(name, tested, { positional: rest, named }, budget)
      return holds === keep
    })
  }
}
