import type { Budget } from './budget.js'
import { evaluate, type RunBlock } from './evaluate.js'
import type { Scope } from './scope.js'
import type { Expression, Statement } from './syntax.js'
import { TemplateError } from './template-error.js'
import { textOf } from './text-of.js'
import { type Arguments, Callable, isTrue, itemsOf, iterate, Namespace, Undefined, type Value } from './value.js'

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
      assign(scope, statement.targets, evaluateHere(statement.value, scope, budget))
      return ''
    case 'macro':
      scope.set(statement.name, macro(statement, scope))
      return ''
  }
}

function runLoop(loop: Extract<Statement, { kind: 'for' }>, scope: Scope, budget: Budget): string {
  const all = iterate(evaluateHere(loop.iterable, scope, budget), budget)
  const { condition } = loop
  const items =
    condition === undefined
      ? all
      : all.filter((item) => isTrue(evaluateHere(condition, turn(loop.targets, item, scope), budget)))
  if (items.length === 0) return runStatements(loop.otherwise, scope, budget)
  let output = ''
  for (const [index, item] of items.entries()) {
    budget.spend()
    const inner = turn(loop.targets, item, scope)
    inner.set('loop', loopNamespace(items, index))
    output += runStatements(loop.body, inner, budget)
    budget.text(output.length)
  }
  return output
}

function turn(targets: readonly string[], item: Value, scope: Scope): Scope {
  const inner = scope.inner()
  assign(inner, targets, item)
  return inner
}

function assign(scope: Scope, targets: readonly string[], value: Value): void {
  const [first = '', ...others] = targets
  if (value instanceof Undefined) value.fail()
  if (others.length === 0) {
    scope.set(first, value)
    return
  }
  const items = itemsOf(value)
  if (items?.length !== targets.length) throw new TemplateError(`expected ${targets.length} values to unpack`)
  for (const [index, target] of targets.entries()) scope.set(target, items[index] ?? null)
}

function loopNamespace(items: readonly Value[], index: number): Namespace {
  const members = new Map<string, Value | undefined>([
    ['index', BigInt(index + 1)],
    ['index0', BigInt(index)],
    ['revindex', BigInt(items.length - index)],
    ['revindex0', BigInt(items.length - index - 1)],
    ['first', index === 0],
    ['last', index === items.length - 1],
    ['length', BigInt(items.length)],
    ['previtem', items[index - 1]],
    ['nextitem', items[index + 1]],
  ])
  return new Namespace('loop', (name) => members.get(name))
}

function macro(statement: Extract<Statement, { kind: 'macro' }>, outer: Scope): Callable {
  return new Callable(statement.name, (given: Arguments, budget) => {
    const scope = outer.inner()
    if (given.positional.length > statement.parameters.length) {
      throw new TemplateError(`${statement.name}() takes at most ${statement.parameters.length} arguments`)
    }
    for (const [index, { name, initial }] of statement.parameters.entries()) {
      const value =
        given.positional[index] ?? given.named.get(name) ?? (initial && evaluateHere(initial, scope, budget))
      scope.set(name, value ?? new Undefined(`the parameter '${name}' was not given`))
    }
    return runStatements(statement.body, scope, budget)
  })
}
