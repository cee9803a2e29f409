import type { Budget } from './budget.js'
import { applyFilter } from './filters.js'
import { findGlobal } from './globals.js'
import { applyTest } from './is-tests.js'
import { attributeOf, itemOf, sliceOf } from './member.js'
import { calculate, relates } from './operators.js'
import type { Scope } from './scope.js'
import type { ArgumentList, Expression } from './syntax.js'
import { TemplateError } from './template-error.js'
import {
  type Arguments,
  asNumber,
  Callable,
  isTrue,
  Namespace,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './value.js'

/** Renders the statements of a block; `run-statements.ts` gives it, as each calls the other. */
export type RunBlock = (expression: Extract<Expression, { kind: 'block' }>, scope: Scope, budget: Budget) => string

/** The value of an expression; a `TemplateError` where Jinja2, with its strict undefined values, raises. */
export function evaluate(expression: Expression, scope: Scope, budget: Budget, runBlock: RunBlock): Value {
  const value = (part: Expression): Value => evaluate(part, scope, budget, runBlock)
  const given = (list: ArgumentList): Arguments => ({
    positional: list.positional.map(value),
    named: new Map(list.named.map(([name, part]) => [name, value(part)])),
  })
  budget.spend()
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'name':
      return named(expression.name, scope)
    case 'attribute':
      return attributeOf(value(expression.target), expression.name)
    case 'item':
      return itemOf(value(expression.target), value(expression.key), budget)
    case 'slice':
      return sliceOf(
        defined(value(expression.target)),
        expression.bounds.map((bound) => bound && value(bound)),
        budget,
      )
    case 'call':
      return call(defined(value(expression.target)), given(expression.given), budget)
    case 'filter':
      return applyFilter(expression.name, value(expression.target), given(expression.given), budget)
    case 'test':
      return applyTest(expression.name, value(expression.target), given(expression.given), budget)
    case 'not':
      return !isTrue(value(expression.target))
    case 'sign':
      return sign(expression.negative, value(expression.target))
    case 'both': {
      const left = value(expression.left)
      return isTrue(left) ? value(expression.right) : left
    }
    case 'either': {
      const left = value(expression.left)
      return isTrue(left) ? left : value(expression.right)
    }
    case 'arithmetic':
      return calculate(expression.operator, defined(value(expression.left)), defined(value(expression.right)), budget)
    case 'compare': {
      let left = defined(value(expression.first))
      return expression.rest.every(({ relation, negated, operand }) => {
        const right = defined(value(operand))
        const holds = relation === 'in' ? relates('in', left, right, budget) : relates(relation, left, right, budget)
        left = right
        return holds !== negated
      })
    }
    case 'choice':
      if (isTrue(value(expression.test))) return value(expression.chosen)
      return expression.otherwise === undefined
        ? new Undefined("the 'if' has no 'else'", true)
        : value(expression.otherwise)
    case 'list':
      return expression.items.map((item) => defined(value(item)))
    case 'tuple':
      return new Tuple(expression.items.map((item) => defined(value(item))))
    case 'dict':
      return new Map(expression.pairs.map(([key, item]) => [hashable(value(key)), defined(value(item))]))
    case 'block':
      return runBlock(expression, scope, budget)
  }
}

function named(name: string, scope: Scope): Value {
  const own = scope.get(name)
  return own === undefined ? (findGlobal(name) ?? new Undefined(`'${name}' is unknown`)) : own
}

function defined(value: Value): Value {
  return value instanceof Undefined && !value.lenient ? value.fail() : value
}

function call(target: Value, given: Arguments, budget: Budget): Value {
  const run = target instanceof Callable || target instanceof Namespace ? target.call : undefined
  if (run === undefined) throw new TemplateError(`'${typeName(target)}' object is not callable`)
  return run(given, budget)
}

function sign(negative: boolean, value: Value): Value {
  const number = asNumber(defined(value))
  if (number === undefined) throw new TemplateError(`bad operand type for a sign: '${typeName(value)}'`)
  return negative ? -number : number
}

function hashable(key: Value): Value {
  if (typeof key === 'string' || key === null || asNumber(key) !== undefined) return key
  throw new TemplateError(`unhashable type: '${typeName(key)}'`)
}
