import type { Budget } from './budget.js'
import { formatPercent } from './format-percent.js'
import type { Operator, Relation } from './syntax.js'
import { TemplateError } from './template-error.js'
import { textOf } from './text-of.js'
import { asNumber, isDict, isList, itemsOf, Tuple, typeName, Undefined, type Value } from './value.js'

/** Python's arithmetic, and Jinja2's `~`. */
export function calculate(operator: Operator, left: Value, right: Value, budget: Budget): Value {
  if (operator === '~') return joinTexts(textOf(left, budget), textOf(right, budget), budget)
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right, budget)
  const a = asNumber(left)
  const b = asNumber(right)
  if (typeof a === 'bigint' && typeof b === 'bigint' && operator !== '/') return onIntegers(operator, a, b, budget)
  if (a !== undefined && b !== undefined) return onFloats(operator, Number(a), Number(b))
  const joined =
    operator === '+' ? join(left, right, budget) : operator === '*' ? repeat(left, right, budget) : undefined
  if (joined !== undefined) return joined
  throw new TemplateError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`)
}

function onIntegers(operator: Exclude<Operator, '/' | '~'>, a: bigint, b: bigint, budget: Budget): Value {
  budget.bits(operator === '**' ? Number(b) * bitLength(a) : bitLength(a) + (operator === '*' ? bitLength(b) : 0))
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return plainly(operator, a, b)
    case '**':
      return b < 0n ? onFloats('**', Number(a), Number(b)) : a ** b
    case '//':
      return (a - modulo(a, b)) / b
    case '%':
      return modulo(a, b)
  }
}

/** What is the same for integers and floats. */
function plainly<N extends bigint | number>(operator: '+' | '-' | '*', a: N, b: N): N {
  // JavaScript has these for two of either kind, and its types can't say so.
  const [x, y] = [a as number, b as number]
  return (operator === '+' ? x + y : operator === '-' ? x - y : x * y) as N
}

/** As in Python the result has the sign of the divisor. */
function modulo(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new TemplateError('division by zero')
  const rest = a % b
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest
}

function bitLength(value: bigint): number {
  return value.toString(16).length * 4
}

function onFloats(operator: Exclude<Operator, '~'>, a: number, b: number): number {
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new TemplateError('division by zero')
  if (operator === '**' && a === 0 && b < 0) throw new TemplateError('zero cannot be raised to a negative power')
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return plainly(operator, a, b)
    case '/':
      return a / b
    case '//':
      return Math.floor(a / b)
    case '%':
      return a - Math.floor(a / b) * b
    case '**':
      return a ** b
  }
}

function join(left: Value, right: Value, budget: Budget): Value | undefined {
  if (typeof left === 'string' && typeof right === 'string') return joinTexts(left, right, budget)
  if (isList(left) && isList(right)) {
    budget.items(left.length + right.length)
    return [...left, ...right]
  }
  if (left instanceof Tuple && right instanceof Tuple) {
    budget.items(left.items.length + right.items.length)
    return new Tuple([...left.items, ...right.items])
  }
  return undefined
}

function joinTexts(left: string, right: string, budget: Budget): string {
  budget.text(left.length + right.length)
  return left + right
}

function repeat(left: Value, right: Value, budget: Budget): Value | undefined {
  const [sequence, number] = typeof asNumber(left) === 'bigint' ? [right, asNumber(left)] : [left, asNumber(right)]
  if (typeof number !== 'bigint') return undefined
  const times = number > 0n ? Number(number) : 0
  if (typeof sequence === 'string') {
    budget.text(sequence.length * times)
    return sequence.repeat(times)
  }
  const items = itemsOf(sequence)
  if (items === undefined) return undefined
  budget.items(items.length * times)
  const repeated = Array.from({ length: items.length * times }, (_, index) => items[index % items.length] ?? null)
  return sequence instanceof Tuple ? new Tuple(repeated) : repeated
}

/** Whether a relation of Python holds. */
export function relates(relation: Relation, left: Value, right: Value, budget: Budget): boolean {
  switch (relation) {
    case '==':
      return equals(left, right, budget)
    case '!=':
      return !equals(left, right, budget)
    case '<':
      return compare(left, right, relation, budget) < 0
    case '<=':
      return compare(left, right, relation, budget) <= 0
    case '>':
      return compare(left, right, relation, budget) > 0
    case '>=':
      return compare(left, right, relation, budget) >= 0
    case 'in':
      return contains(right, left, budget)
  }
}

export function equals(left: Value, right: Value, budget: Budget): boolean {
  if (left instanceof Undefined) return left.fail()
  if (right instanceof Undefined) return right.fail()
  budget.spend()
  const a = asNumber(left)
  const b = asNumber(right)
  // biome-ignore lint/suspicious/noDoubleEquals: an int and a float are equal by value
  if (a !== undefined && b !== undefined) return a == b
  if (isDict(left) && isDict(right)) {
    return (
      left.size === right.size &&
      [...left].every(([key, item]) => right.has(key) && equals(item, right.get(key) ?? null, budget))
    )
  }
  const items = itemsOf(left)
  const others = itemsOf(right)
  if (items === undefined || others === undefined || isList(left) !== isList(right)) return left === right
  return items.length === others.length && items.every((item, index) => equals(item, others[index] ?? null, budget))
}

/** Below, at or above zero as `left` sorts before, with or after `right`. */
export function compare(left: Value, right: Value, relation: Relation, budget: Budget): number {
  budget.spend()
  const a = asNumber(left)
  const b = asNumber(right)
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right)
  const items = itemsOf(left)
  const others = itemsOf(right)
  if (items === undefined || others === undefined || isList(left) !== isList(right)) {
    const types = `'${typeName(left)}' and '${typeName(right)}'`
    throw new TemplateError(`'${relation}' not supported between instances of ${types}`)
  }
  for (const [index, item] of items.entries()) {
    const other = others[index]
    if (other === undefined) return 1
    if (!equals(item, other, budget)) return compare(item, other, relation, budget)
  }
  return items.length - others.length
}

/** By code points; JavaScript's own order is by UTF-16 units. */
function compareTexts(left: string, right: string): number {
  let index = 0
  while (index < left.length && left[index] === right[index]) index += 1
  const a = left.codePointAt(index) ?? -1
  const b = right.codePointAt(index) ?? -1
  return a - b
}

function contains(container: Value, item: Value, budget: Budget): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') {
      throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(item)}`)
    }
    budget.text(container.length)
    return container.includes(item)
  }
  if (isDict(container)) return container.has(item)
  const items = itemsOf(container)
  if (items === undefined) throw new TemplateError(`argument of type '${typeName(container)}' is not iterable`)
  return items.some((candidate) => equals(candidate, item, budget))
}
