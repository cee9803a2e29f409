import { asIndex, bind } from './arguments.js'
import type { Budget } from './budget.js'
import { TemplateError } from './template-error.js'
import { type Arguments, Callable, Cell, isDict, Namespace, type Value } from './value.js'

/** Functions that Jinja2 gives every template. */
export function findGlobal(name: string): Value | undefined {
  return GLOBALS.get(name)
}

const GLOBALS: ReadonlyMap<string, Value> = new Map(
  [
    new Callable('range', range),
    new Callable('dict', (given) => dict('dict', given)),
    new Callable('namespace', (given) => new Cell(namedMembers('namespace', given))),
    new Callable('joiner', joiner),
    new Callable('cycler', cycler),
  ].map((callable) => [callable.name, callable]),
)

function range(given: Arguments, budget: Budget): Value {
  const [first, second, step = 1n] = bind('range', given, ['start', 'stop', 'step'])
  const start = second === undefined ? 0 : asIndex('range', first)
  const stop = asIndex('range', second ?? first)
  const stride = asIndex('range', step)
  if (stride === 0) throw new TemplateError('range() arg 3 must not be zero')
  const count = Math.max(0, Math.ceil((stop - start) / stride))
  budget.items(count)
  return Array.from({ length: count }, (_, index) => BigInt(start + index * stride))
}

function dict(callee: string, { positional, named }: Arguments): Map<Value, Value> {
  const [initial, ...others] = positional
  if (others.length > 0 || (initial !== undefined && !isDict(initial))) {
    throw new TemplateError(`${callee}() takes a dict and named values`)
  }
  return new Map<Value, Value>([...(initial === undefined || !isDict(initial) ? [] : initial), ...named])
}

function namedMembers(callee: string, given: Arguments): Map<string, Value> {
  const members = new Map<string, Value>()
  for (const [key, value] of dict(callee, given)) {
    if (typeof key !== 'string') throw new TemplateError(`${callee}() takes members with names`)
    members.set(key, value)
  }
  return members
}

/** Gives nothing when it is called first, its separator from then on. */
function joiner(given: Arguments): Value {
  const [separator = ', '] = bind('joiner', given, ['sep'])
  let used = false
  return new Callable('joiner', () => {
    const result = used ? separator : ''
    used = true
    return result
  })
}

function cycler({ positional }: Arguments): Value {
  if (positional.length === 0) throw new TemplateError('cycler() needs values')
  let index = 0
  const current = (): Value => positional[index] ?? null
  const members = new Map<string, () => Value>([
    ['current', current],
    ['next', () => new Callable('next', () => takeNext())],
    [
      'reset',
      () =>
        new Callable('reset', () => {
          index = 0
          return null
        }),
    ],
  ])
  const takeNext = (): Value => {
    const value = current()
    index = (index + 1) % positional.length
    return value
  }
  return new Namespace('cycler', (name) => members.get(name)?.())
}
