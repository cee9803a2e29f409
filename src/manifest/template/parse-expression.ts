import type { ArgumentList, Comparison, Expression, Operator, Relation } from './syntax.js'
import { TemplateError } from './template-error.js'
import type { TokenStream } from './token-stream.js'
import type { Value } from './value.js'

/** An expression with Jinja2's precedences: `if else`, `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`. */
export function parseExpression(tokens: TokenStream): Expression {
  let value = parseUnconditional(tokens)
  while (tokens.skip('name', 'if')) {
    const test = parseUnconditional(tokens)
    const otherwise = tokens.skip('name', 'else') ? parseExpression(tokens) : undefined
    value = { kind: 'choice', test, chosen: value, ...(otherwise === undefined ? {} : { otherwise }) }
  }
  return value
}

/** An expression, or several with commas between them: a tuple. */
export function parseTuple(tokens: TokenStream, isEnd: () => boolean): Expression {
  const items = [parseExpression(tokens)]
  let comma = false
  while (tokens.skip('mark', ',')) {
    comma = true
    if (isEnd()) break
    items.push(parseExpression(tokens))
  }
  const [first] = items
  return comma || first === undefined ? { kind: 'tuple', items } : first
}

/** An expression without `if else` of its own, as a loop's `if` follows it. */
export function parseUnconditional(tokens: TokenStream): Expression {
  let left = parseAnd(tokens)
  while (tokens.skip('name', 'or')) left = { kind: 'either', left, right: parseAnd(tokens) }
  return left
}

function parseAnd(tokens: TokenStream): Expression {
  let left = parseNot(tokens)
  while (tokens.skip('name', 'and')) left = { kind: 'both', left, right: parseNot(tokens) }
  return left
}

function parseNot(tokens: TokenStream): Expression {
  return tokens.skip('name', 'not') ? { kind: 'not', target: parseNot(tokens) } : parseComparison(tokens)
}

const RELATIONS: readonly Relation[] = ['==', '!=', '<', '<=', '>', '>=']

function parseComparison(tokens: TokenStream): Expression {
  const first = parseSum(tokens)
  const rest: Comparison[] = []
  for (;;) {
    const relation = RELATIONS.find((candidate) => tokens.skip('mark', candidate))
    if (relation !== undefined) {
      rest.push({ relation, negated: false, operand: parseSum(tokens) })
    } else if (tokens.skip('name', 'in')) {
      rest.push({ relation: 'in', negated: false, operand: parseSum(tokens) })
    } else if (tokens.is('name', 'not') && tokens.peek(1)?.value === 'in') {
      tokens.take()
      tokens.take()
      rest.push({ relation: 'in', negated: true, operand: parseSum(tokens) })
    } else {
      return rest.length === 0 ? first : { kind: 'compare', first, rest }
    }
  }
}

const parseProduct = leftToRight(['*', '/', '//', '%'], leftToRight(['**'], parseUnary))
const parseSum = leftToRight(['+', '-'], leftToRight(['~'], parseProduct))

function leftToRight(operators: readonly Operator[], parseOperand: (tokens: TokenStream) => Expression) {
  return (tokens: TokenStream): Expression => {
    let left = parseOperand(tokens)
    for (;;) {
      const operator = operators.find((candidate) => tokens.skip('mark', candidate))
      if (operator === undefined) return left
      left = { kind: 'arithmetic', operator, left, right: parseOperand(tokens) }
    }
  }
}

/** Filters and tests bind looser than a sign: `-1 | abs` is 1. */
function parseUnary(tokens: TokenStream): Expression {
  return parseFiltersAndTests(tokens, parseSign(tokens))
}

function parseSign(tokens: TokenStream): Expression {
  const negative = tokens.skip('mark', '-')
  if (negative || tokens.skip('mark', '+')) return { kind: 'sign', negative, target: parseSign(tokens) }
  return parsePostfix(tokens, parsePrimary(tokens))
}

function parseFiltersAndTests(tokens: TokenStream, start: Expression): Expression {
  let target = start
  for (;;) {
    if (tokens.skip('mark', '|')) {
      target = parseFilters(tokens, target)
    } else if (tokens.skip('name', 'is')) {
      const negated = tokens.skip('name', 'not')
      const name = tokens.expect('name')
      const given = startsOperand(tokens) ? parseTestOperand(tokens) : parseOptionalArguments(tokens)
      target = { kind: 'test', target, name, given }
      if (negated) target = { kind: 'not', target }
    } else if (tokens.is('mark', '(')) {
      target = parsePostfix(tokens, target)
    } else {
      return target
    }
  }
}

/** The name of a filter with its arguments, and those that follow it. */
export function parseFilters(tokens: TokenStream, start: Expression): Expression {
  let target = start
  do {
    const name = tokens.expect('name')
    target = { kind: 'filter', target, name, given: parseOptionalArguments(tokens) }
  } while (tokens.skip('mark', '|'))
  return target
}

const AFTER_A_TEST = new Set(['and', 'or', 'not', 'if', 'else', 'in', 'is'])

/** Whether a test is followed by its operand without parentheses, as in `x is divisibleby 3`. */
function startsOperand(tokens: TokenStream): boolean {
  const token = tokens.peek()
  if (token === undefined) return false
  if (token.kind === 'name') return !AFTER_A_TEST.has(token.value)
  return ['string', 'int', 'float'].includes(token.kind) || (token.kind === 'mark' && ['[', '{'].includes(token.value))
}

function parseTestOperand(tokens: TokenStream): ArgumentList {
  return { positional: [parsePostfix(tokens, parsePrimary(tokens))], named: [] }
}

function parsePostfix(tokens: TokenStream, start: Expression): Expression {
  let target = start
  for (;;) {
    if (tokens.skip('mark', '.')) {
      const member = tokens.take()
      if (member.kind === 'int')
        target = { kind: 'item', target, key: { kind: 'literal', value: BigInt(member.value) } }
      else if (member.kind === 'name') target = { kind: 'attribute', target, name: member.value }
      else throw new TemplateError(`expected a name after '.', found '${member.value}'`)
    } else if (tokens.skip('mark', '[')) {
      target = parseSubscript(tokens, target)
    } else if (tokens.is('mark', '(')) {
      target = { kind: 'call', target, given: parseOptionalArguments(tokens) }
    } else {
      return target
    }
  }
}

function parseSubscript(tokens: TokenStream, target: Expression): Expression {
  const bounds: (Expression | undefined)[] = []
  let bound: Expression | undefined
  while (!tokens.skip('mark', ']')) {
    if (tokens.skip('mark', ':')) {
      bounds.push(bound)
      bound = undefined
    } else if (bound === undefined) {
      bound = parseTuple(tokens, () => tokens.is('mark', ']'))
    } else {
      tokens.expect('mark', ']')
    }
  }
  if (bounds.length > 0 && bounds.length < 3) return { kind: 'slice', target, bounds: [...bounds, bound] }
  if (bounds.length > 0 || bound === undefined) throw new TemplateError("expected an index in '[]'")
  return { kind: 'item', target, key: bound }
}

function parseOptionalArguments(tokens: TokenStream): ArgumentList {
  const positional: Expression[] = []
  const named: [string, Expression][] = []
  if (!tokens.skip('mark', '(')) return { positional, named }
  while (!tokens.skip('mark', ')')) {
    const next = tokens.peek(1)
    if (tokens.is('name') && next?.kind === 'mark' && next.value === '=') {
      const name = tokens.take().value
      tokens.take()
      named.push([name, parseExpression(tokens)])
    } else if (named.length > 0) {
      throw new TemplateError('an argument without a name follows one with a name')
    } else {
      positional.push(parseExpression(tokens))
    }
    if (!tokens.is('mark', ')')) tokens.expect('mark', ',')
  }
  return { positional, named }
}

const CONSTANTS: ReadonlyMap<string, Value> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])

const RESERVED = new Set([...AFTER_A_TEST, 'for'])

function parsePrimary(tokens: TokenStream): Expression {
  const { kind, value } = tokens.take()
  if (kind === 'string') {
    let text = value
    while (tokens.is('string')) text += tokens.take().value
    return { kind: 'literal', value: text }
  }
  if (kind === 'int') return { kind: 'literal', value: BigInt(value) }
  if (kind === 'float') return { kind: 'literal', value: Number(value) }
  if (kind === 'name' && !RESERVED.has(value)) {
    const constant = CONSTANTS.get(value)
    return constant === undefined ? { kind: 'name', name: value } : { kind: 'literal', value: constant }
  }
  if (kind === 'mark' && value === '(') return parseParentheses(tokens)
  if (kind === 'mark' && value === '[') return { kind: 'list', items: parseItems(tokens, ']', parseExpression) }
  if (kind === 'mark' && value === '{') return { kind: 'dict', pairs: parseItems(tokens, '}', parsePair) }
  throw new TemplateError(`expected a value, found '${value}'`)
}

function parseParentheses(tokens: TokenStream): Expression {
  if (tokens.skip('mark', ')')) return { kind: 'tuple', items: [] }
  const value = parseTuple(tokens, () => tokens.is('mark', ')'))
  tokens.expect('mark', ')')
  return value
}

function parseItems<Item>(tokens: TokenStream, end: string, parseItem: (tokens: TokenStream) => Item): Item[] {
  const items: Item[] = []
  while (!tokens.skip('mark', end)) {
    items.push(parseItem(tokens))
    if (!tokens.is('mark', end)) tokens.expect('mark', ',')
  }
  return items
}

function parsePair(tokens: TokenStream): readonly [Expression, Expression] {
  const key = parseExpression(tokens)
  tokens.expect('mark', ':')
  return [key, parseExpression(tokens)]
}
