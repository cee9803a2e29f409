import type { Budget } from './budget.js'
import { evaluate, type RunBlock } from './evaluate.js'
import { equals } from './operators.js'
import type { Scope } from './scope.js'
import type { Expression, MacroDefinition, Statement, Target } from './syntax.js'
import { TemplateError } from './template-error.js'
import { textOf } from './text-of.js'
import {
  type Arguments,
  Callable,
  Cell,
  isDict,
  isTrue,
  itemOr,
  itemsOf,
  iterate,
  Namespace,
  Tuple,
  Undefined,
  type Value,
} from './value.js'

/** The text that statements make. */
export function runStatements(statements: readonly Statement[], scope: Scope, budget: Budget): string {
  let output = ''
  for (const statement of statements) {
    output += runStatement(statement, scope, budget)
    budget.text(output.length)
  }
  return output
}

const runBlock: RunBlock = (block, scope, budget) => runStatements(block.body, scope.inner(), budget)

function evaluateHere(expression: Expression, scope: Scope, budget: Budget): Value {
  return evaluate(expression, scope, budget, runBlock)
}

function runStatement(statement: Statement, scope: Scope, budget: Budget): string {
  switch (statement.kind) {
    case 'text':
      return statement.text
    case 'output':
      return textOf(evaluateHere(statement.value, scope, budget), budget)
    case 'if': {
      const branch = isTrue(evaluateHere(statement.test, scope, budget)) ? statement.body : statement.otherwise
      return runStatements(branch, scope, budget)
    }
    case 'for':
      return runLoop(statement, scope, budget)
    case 'set':
      assign(scope, statement.target, evaluateHere(statement.value, scope, budget))
      return ''
    case 'with': {
      const inner = scope.inner()
      for (const [target, value] of statement.pairs) assign(inner, target, evaluateHere(value, scope, budget))
      return runStatements(statement.body, inner, budget)
    }
    case 'macro':
      scope.set(statement.macro.name, macro(statement.macro, scope))
      return ''
    case 'call': {
      const { call, caller } = statement
      const named = [...call.given.named, ['caller', { kind: 'literal', value: macro(caller, scope) }] as const]
      const given = { positional: call.given.positional, named }
      return textOf(evaluateHere({ ...call, given }, scope, budget), budget)
    }
  }
}

type Loop = Extract<Statement, { kind: 'for' }>

function runLoop(loop: Loop, scope: Scope, budget: Budget): string {
  return runTurns(loop, evaluateHere(loop.iterable, scope, budget), scope, budget, 1)
}

function runTurns(loop: Loop, iterable: Value, scope: Scope, budget: Budget, depth: number): string {
  const all = iterate(iterable, budget)
  const { condition } = loop
  const items =
    condition === undefined
      ? all
      : all.filter((item) => isTrue(evaluateHere(condition, turn(loop.target, item, scope), budget)))
  if (items.length === 0) return runStatements(loop.otherwise, scope.inner(), budget)
  const again = loop.recursive
    ? (given: Arguments, spent: Budget) => {
        const [inner = new Undefined('loop() needs something to go over')] = given.positional
        return runTurns(loop, inner, scope, spent, depth + 1)
      }
    : undefined
  const seen: { last: Value | undefined } = { last: undefined }
  let output = ''
  for (const [index, item] of items.entries()) {
    budget.spend()
    const inner = turn(loop.target, item, scope)
    inner.set('loop', loopNamespace(items, index, depth, seen, again))
    output += runStatements(loop.body, inner, budget)
    budget.text(output.length)
  }
  return output
}

function turn(target: Target, item: Value, scope: Scope): Scope {
  const inner = scope.inner()
  assign(inner, target, item)
  return inner
}

function assign(scope: Scope, target: Target, value: Value): void {
  if (target.kind === 'name') {
    scope.set(target.name, value)
  } else if (target.kind === 'member') {
    const cell = scope.get(target.namespace)
    if (!(cell instanceof Cell)) throw new TemplateError(`'${target.namespace}' is not a namespace()`)
    cell.set(target.name, value)
  } else {
    const items = value instanceof Undefined ? value.fail() : unpack(value)
    if (items?.length !== target.items.length) {
      throw new TemplateError(`expected ${target.items.length} values to unpack`)
    }
    for (const [index, part] of target.items.entries()) assign(scope, part, items[index] ?? null)
  }
}

function unpack(value: Value): readonly Value[] | undefined {
  if (typeof value === 'string') return [...value]
  return isDict(value) ? [...value.keys()] : itemsOf(value)
}

function loopNamespace(
  items: readonly Value[],
  index: number,
  depth: number,
  seen: { last: Value | undefined },
  again: Callable['call'] | undefined,
): Namespace {
  const members = new Map<string, Value | undefined>([
    ['index', BigInt(index + 1)],
    ['index0', BigInt(index)],
    ['revindex', BigInt(items.length - index)],
    ['revindex0', BigInt(items.length - index - 1)],
    ['first', index === 0],
    ['last', index === items.length - 1],
    ['length', BigInt(items.length)],
    ['depth', BigInt(depth)],
    ['depth0', BigInt(depth - 1)],
    ['previtem', itemOr(items[index - 1], 'there is no previous item')],
    ['nextitem', itemOr(items[index + 1], 'there is no next item')],
    ['cycle', new Callable('cycle', ({ positional }) => cycle(positional, index))],
    ['changed', new Callable('changed', ({ positional }, budget) => hasChanged(new Tuple(positional), seen, budget))],
  ])
  return new Namespace('loop', (name) => members.get(name), again)
}

function cycle(values: readonly Value[], index: number): Value {
  const value = values[index % values.length]
  if (value === undefined) throw new TemplateError('cycle() needs values')
  return value
}

function hasChanged(values: Tuple, seen: { last: Value | undefined }, budget: Budget): boolean {
  const changed = seen.last === undefined || !equals(seen.last, values, budget)
  seen.last = values
  return changed
}

function macro({ name, parameters, body, takes }: MacroDefinition, outer: Scope): Callable {
  return new Callable(name, (given: Arguments, budget) => {
    const scope = outer.inner()
    if (given.positional.length > parameters.length && !takes.has('varargs')) {
      throw new TemplateError(`${name}() takes at most ${parameters.length} arguments`)
    }
    const named = new Map(given.named)
    for (const [index, parameter] of parameters.entries()) {
      const byName = named.get(parameter.name)
      named.delete(parameter.name)
      const positional = given.positional[index]
      if (positional !== undefined && byName !== undefined) {
        throw new TemplateError(`${name}() got '${parameter.name}' twice`)
      }
      const own = positional === undefined ? byName : positional
      const initial = own === undefined ? parameter.initial : undefined
      const value = initial === undefined ? own : evaluateHere(initial, scope, budget)
      scope.set(parameter.name, itemOr(value, `the parameter '${parameter.name}' was not given`))
    }
    if (takes.has('caller')) {
      scope.set('caller', named.get('caller') ?? new Undefined('there is no caller'))
      named.delete('caller')
    }
    if (takes.has('varargs')) scope.set('varargs', new Tuple(given.positional.slice(parameters.length)))
    if (takes.has('kwargs')) scope.set('kwargs', named)
    else if (named.size > 0) throw new TemplateError(`${name}() takes no argument '${[...named.keys()][0]}'`)
    return runStatements(body, scope, budget)
  })
}
