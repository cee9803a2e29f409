import { bind } from './arguments.js'
import type { Budget } from './budget.js'
import { relates } from './operators.js'
import type { Relation } from './syntax.js'
import { TemplateError } from './template-error.js'
import { isLower, isUpper } from './text-methods.js'
import { textOf } from './text-of.js'
import { type Arguments, Callable, isDict, itemsOf, Namespace, Undefined, type Value } from './value.js'

type IsTest = (value: Value, given: Arguments, budget: Budget) => boolean

/** Whether what follows `is` holds; undefined values pass only where Jinja2 takes them. */
export function applyTest(name: string, value: Value, given: Arguments, budget: Budget): boolean {
  const test = TESTS.get(name)
  if (test === undefined) throw new TemplateError(`no test is named '${name}'`)
  if (value instanceof Undefined && !TAKES_UNDEFINED.has(name)) value.fail()
  return test(value, given, budget)
}

/** They look at the kind of a value only, of which an undefined one has none. */
const TAKES_UNDEFINED: ReadonlySet<string> = new Set(
  `defined undefined none sameas true false boolean string integer float number mapping sequence`.split(' '),
)

const TESTS: ReadonlyMap<string, IsTest> = new Map<string, IsTest>([
  ['defined', (value) => !(value instanceof Undefined)],
  ['undefined', (value) => value instanceof Undefined],
  ['none', (value) => value === null],
  ['sameas', (value, given) => value === bind('sameas', given, ['other'])[0]],
  ['true', (value) => value === true],
  ['false', (value) => value === false],
  ['boolean', (value) => typeof value === 'boolean'],
  ['string', (value) => typeof value === 'string'],
  ['integer', (value) => typeof value === 'bigint'],
  ['float', (value) => typeof value === 'number'],
  ['number', (value) => ['bigint', 'number', 'boolean'].includes(typeof value)],
  ['mapping', isDict],
  ['sequence', (value) => typeof value === 'string' || isDict(value) || itemsOf(value) !== undefined],
  ['iterable', (value) => typeof value === 'string' || isDict(value) || itemsOf(value) !== undefined],
  ['callable', (value) => value instanceof Callable || (value instanceof Namespace && value.call !== undefined)],
  ['even', (value) => integer(value) % 2n === 0n],
  ['odd', (value) => integer(value) % 2n !== 0n],
  ['divisibleby', (value, given) => divides(integer(bind('divisibleby', given, ['num'])[0]), integer(value))],
  ['lower', (value, _, budget) => isLower(textOf(value, budget))],
  ['upper', (value, _, budget) => isUpper(textOf(value, budget))],
  ...relations(['eq', 'equalto', '=='], '=='),
  ...relations(['ne', '!='], '!='),
  ...relations(['lt', 'lessthan', '<'], '<'),
  ...relations(['le', '<='], '<='),
  ...relations(['gt', 'greaterthan', '>'], '>'),
  ...relations(['ge', '>='], '>='),
  ...relations(['in'], 'in'),
])

function relations(names: readonly string[], relation: Relation): [string, IsTest][] {
  return names.map((name) => [
    name,
    (value, given, budget) => relates(relation, value, bind(name, given, ['other'])[0] ?? null, budget),
  ])
}

function integer(value: Value | undefined): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'bigint') return value
  throw new TemplateError('the test needs an int')
}

function divides(divisor: bigint, value: bigint): boolean {
  if (divisor === 0n) throw new TemplateError('division by zero')
  return value % divisor === 0n
}
