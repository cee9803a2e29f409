import { parseExpression, parseFilters, parseTuple, parseUnconditional } from './parse-expression.js'
import type { Parameter, Statement } from './syntax.js'
import { TemplateError } from './template-error.js'
import { TokenStream } from './token-stream.js'

/** The tree of a template; a `TemplateError` when it is not one. Tags that load other files are not part of the language. */
export function parseTemplate(source: string): readonly Statement[] {
  const tokens = new TokenStream(source)
  const body = parseBody(tokens)
  if (!tokens.atEnd) throw new TemplateError(`'${tokens.peek(1)?.value}' without its beginning`)
  return body
}

const BODY_ENDS = ['elif', 'else', 'endif', 'endfor', 'endset', 'endmacro', 'endfilter']

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
      return parseMacro(tokens)
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
  const targets = parseTargets(tokens)
  tokens.expect('name', 'in')
  const iterable = parseUnconditional(tokens)
  const condition = tokens.skip('name', 'if') ? parseExpression(tokens) : undefined
  tokens.expect('close', '%}')
  const body = parseBody(tokens)
  const end = takeTag(tokens)
  tokens.expect('close', '%}')
  if (end !== 'endfor' && end !== 'else') throw new TemplateError(`expected 'endfor', found '${end}'`)
  const otherwise = end === 'else' ? parseBodyTo(tokens, 'endfor') : []
  return { kind: 'for', targets, iterable, ...(condition === undefined ? {} : { condition }), body, otherwise }
}

function parseSet(tokens: TokenStream): Statement {
  const targets = parseTargets(tokens)
  if (tokens.skip('mark', '=')) {
    const value = parseTuple(tokens, () => tokens.is('close'))
    tokens.expect('close', '%}')
    return { kind: 'set', targets, value }
  }
  tokens.expect('close', '%}')
  return { kind: 'set', targets, value: { kind: 'block', body: parseBodyTo(tokens, 'endset') } }
}

function parseMacro(tokens: TokenStream): Statement {
  const name = tokens.expect('name')
  const parameters: Parameter[] = []
  tokens.expect('mark', '(')
  while (!tokens.skip('mark', ')')) {
    const parameter = tokens.expect('name')
    const initial = tokens.skip('mark', '=') ? parseExpression(tokens) : undefined
    parameters.push({ name: parameter, ...(initial === undefined ? {} : { initial }) })
    if (!tokens.is('mark', ')')) tokens.expect('mark', ',')
  }
  tokens.expect('close', '%}')
  return { kind: 'macro', name, parameters, body: parseBodyTo(tokens, 'endmacro') }
}

function parseFilterBlock(tokens: TokenStream): Statement {
  // What the block holds is known only after its filters were read.
  const body: Statement[] = []
  const value = parseFilters(tokens, { kind: 'block', body })
  tokens.expect('close', '%}')
  body.push(...parseBodyTo(tokens, 'endfilter'))
  return { kind: 'output', value }
}

function parseTargets(tokens: TokenStream): string[] {
  const targets = [tokens.expect('name')]
  while (tokens.skip('mark', ',')) targets.push(tokens.expect('name'))
  return targets
}

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
