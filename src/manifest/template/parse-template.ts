import { parseExpression, parseFilters, parseTuple, parseUnconditional } from './parse-expression.js'
import type { Expression, MacroDefinition, Parameter, Statement, Target } from './syntax.js'
import { TemplateError } from './template-error.js'
import { TokenStream } from './token-stream.js'

/** The tree of a template; a `TemplateError` when it is not one. Tags that load other files are not part of the language. */
export function parseTemplate(source: string): readonly Statement[] {
  const tokens = new TokenStream(source)
  const body = parseBody(tokens)
  if (!tokens.atEnd) throw new TemplateError(`'${tokens.peek(1)?.value}' without its beginning`)
  return body
}

const BODY_ENDS = ['elif', 'else', 'endif', 'endfor', 'endset', 'endmacro', 'endfilter', 'endwith', 'endcall']

/** Statements up to a tag that ends or divides a block; that tag is left for the caller. */
function parseBody(tokens: TokenStream): Statement[] {
  const body: Statement[] = []
  while (!tokens.atEnd) {
    const token = tokens.peek()
    if (token?.kind === 'text') {
      body.push({ kind: 'text', text: tokens.take().value })
    } else if (token?.value === '{{') {
      tokens.take()
      body.push({ kind: 'output', value: parseTuple(tokens, () => tokens.is('close')) })
      tokens.expect('close', '}}')
    } else {
      if (BODY_ENDS.includes(tokens.peek(1)?.value ?? '')) return body
      tokens.expect('open', '{%')
      body.push(parseStatement(tokens))
    }
  }
  return body
}

function parseStatement(tokens: TokenStream): Statement {
  const tag = tokens.expect('name')
  switch (tag) {
    case 'if':
      return parseIf(tokens)
    case 'for':
      return parseFor(tokens)
    case 'set':
      return parseSet(tokens)
    case 'macro':
      return { kind: 'macro', macro: parseMacro(tokens, tokens.expect('name'), 'endmacro') }
    case 'call':
      return parseCallBlock(tokens)
    case 'with':
      return parseWith(tokens)
    case 'filter':
      return parseFilterBlock(tokens)
    default:
      throw new TemplateError(`the tag '${tag}' is not known here`)
  }
}

function parseIf(tokens: TokenStream): Statement {
  const test = parseExpression(tokens)
  tokens.expect('close', '%}')
  const body = parseBody(tokens)
  const end = takeTag(tokens)
  if (end === 'elif') return { kind: 'if', test, body, otherwise: [parseIf(tokens)] }
  tokens.expect('close', '%}')
  if (end === 'endif') return { kind: 'if', test, body, otherwise: [] }
  if (end !== 'else') throw new TemplateError(`expected 'endif', found '${end}'`)
  return { kind: 'if', test, body, otherwise: parseBodyTo(tokens, 'endif') }
}

function parseFor(tokens: TokenStream): Statement {
  const target = parseTargets(tokens)
  tokens.expect('name', 'in')
  const iterable = parseIterable(tokens)
  const condition = tokens.skip('name', 'if') ? parseExpression(tokens) : undefined
  const recursive = tokens.skip('name', 'recursive')
  tokens.expect('close', '%}')
  const body = parseBody(tokens)
  const end = takeTag(tokens)
  tokens.expect('close', '%}')
  if (end !== 'endfor' && end !== 'else') throw new TemplateError(`expected 'endfor', found '${end}'`)
  const otherwise = end === 'else' ? parseBodyTo(tokens, 'endfor') : []
  const conditional = condition === undefined ? {} : { condition }
  return { kind: 'for', target, iterable, ...conditional, recursive, body, otherwise }
}

/** A loop may go over a tuple without parentheses. */
function parseIterable(tokens: TokenStream): Expression {
  const first = parseUnconditional(tokens)
  if (!tokens.is('mark', ',')) return first
  const items = [first]
  while (tokens.skip('mark', ',')) {
    if (tokens.is('close') || tokens.is('name', 'if') || tokens.is('name', 'recursive')) break
    items.push(parseUnconditional(tokens))
  }
  return { kind: 'tuple', items }
}

function parseSet(tokens: TokenStream): Statement {
  const target = parseTargets(tokens)
  if (tokens.skip('mark', '=')) {
    const value = parseTuple(tokens, () => tokens.is('close'))
    tokens.expect('close', '%}')
    return { kind: 'set', target, value }
  }
  // What the block holds is known only after its filters were read.
  const body: Statement[] = []
  const block: Expression = { kind: 'block', body }
  const value = tokens.skip('mark', '|') ? parseFilters(tokens, block) : block
  tokens.expect('close', '%}')
  body.push(...parseBodyTo(tokens, 'endset'))
  return { kind: 'set', target, value }
}

function parseWith(tokens: TokenStream): Statement {
  const pairs: [Target, Expression][] = []
  while (!tokens.is('close')) {
    if (pairs.length > 0) tokens.expect('mark', ',')
    const target = parseTarget(tokens)
    tokens.expect('mark', '=')
    pairs.push([target, parseExpression(tokens)])
  }
  tokens.expect('close', '%}')
  return { kind: 'with', pairs, body: parseBodyTo(tokens, 'endwith') }
}

function parseMacro(tokens: TokenStream, name: string, end: string): MacroDefinition {
  const parameters = parseParameters(tokens)
  tokens.expect('close', '%}')
  const start = tokens.position
  const body = parseBodyTo(tokens, end)
  return { name, parameters, body, takes: tokens.namesSince(start, ['varargs', 'kwargs', 'caller']) }
}

function parseParameters(tokens: TokenStream): Parameter[] {
  const parameters: Parameter[] = []
  tokens.expect('mark', '(')
  while (!tokens.skip('mark', ')')) {
    const name = tokens.expect('name')
    const initial = tokens.skip('mark', '=') ? parseExpression(tokens) : undefined
    if (initial === undefined && parameters.at(-1)?.initial !== undefined) {
      throw new TemplateError(`the parameter '${name}' without a default follows one that has one`)
    }
    parameters.push({ name, ...(initial === undefined ? {} : { initial }) })
    if (!tokens.is('mark', ')')) tokens.expect('mark', ',')
  }
  return parameters
}

/** `{% call(x) macro() %}…{% endcall %}`: the block is what the macro knows as `caller`. */
function parseCallBlock(tokens: TokenStream): Statement {
  const parameters = tokens.is('mark', '(') ? parseParameters(tokens) : []
  const call = parseExpression(tokens)
  if (call.kind !== 'call') throw new TemplateError("'call' needs a call of a macro")
  tokens.expect('close', '%}')
  const start = tokens.position
  const body = parseBodyTo(tokens, 'endcall')
  const takes = tokens.namesSince(start, ['varargs', 'kwargs'])
  return { kind: 'call', call, caller: { name: 'caller', parameters, body, takes } }
}

function parseFilterBlock(tokens: TokenStream): Statement {
  // What the block holds is known only after its filters were read.
  const body: Statement[] = []
  const value = parseFilters(tokens, { kind: 'block', body })
  tokens.expect('close', '%}')
  body.push(...parseBodyTo(tokens, 'endfilter'))
  return { kind: 'output', value }
}

/** Names with commas between them, with or without parentheses. */
function parseTargets(tokens: TokenStream): Target {
  const items = [parseTarget(tokens)]
  let comma = false
  while (tokens.skip('mark', ',')) {
    comma = true
    if (tokens.is('name', 'in') || tokens.is('mark', '=') || tokens.is('mark', ')')) break
    items.push(parseTarget(tokens))
  }
  const [first] = items
  return comma || first === undefined ? { kind: 'tuple', items } : first
}

function parseTarget(tokens: TokenStream): Target {
  if (tokens.skip('mark', '(')) {
    const target = parseTargets(tokens)
    tokens.expect('mark', ')')
    return target
  }
  const name = tokens.expect('name')
  if (CONSTANT_NAMES.has(name)) throw new TemplateError(`'${name}' cannot be given a value`)
  if (tokens.skip('mark', '.')) return { kind: 'member', namespace: name, name: tokens.expect('name') }
  return { kind: 'name', name }
}

const CONSTANT_NAMES = new Set(['true', 'True', 'false', 'False', 'none', 'None'])

function parseBodyTo(tokens: TokenStream, end: string): Statement[] {
  const body = parseBody(tokens)
  const found = takeTag(tokens)
  if (found !== end) throw new TemplateError(`expected '${end}', found '${found}'`)
  tokens.expect('close', '%}')
  return body
}

function takeTag(tokens: TokenStream): string {
  tokens.expect('open', '{%')
  return tokens.expect('name')
}
