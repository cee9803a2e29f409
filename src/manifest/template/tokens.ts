import lexer from 'nunjucks/src/lexer.js'
import { TemplateError } from './template-error.js'

/** `text` stands outside of tags, `open` and `close` are their ends, `mark` is an operator or a bracket. */
export interface Token {
  readonly kind: 'text' | 'open' | 'close' | 'name' | 'string' | 'int' | 'float' | 'mark'
  readonly value: string
}

/** Splits a template into tokens with nunjucks' lexer; comments, blanks and whitespace control are dealt with here. */
export function tokenize(source: string): Token[] {
  const tokenizer = lexer.lex(source)
  const tokens: Token[] = []
  let trimNext = false
  for (let token = next(tokenizer); token !== null; token = next(tokenizer)) {
    const value = String(token.value)
    if (token.type === 'whitespace') continue
    if (token.type === 'data') {
      tokens.push({ kind: 'text', value: trimNext ? value.trimStart() : value })
      trimNext = false
    } else if (token.type === 'comment') {
      if (value.startsWith('{#-')) trimLast(tokens)
      trimNext = value.endsWith('-#}')
    } else if (token.type === 'block-start' || token.type === 'variable-start') {
      if (value.endsWith('-')) trimLast(tokens)
      tokens.push({ kind: 'open', value: value.slice(0, 2) })
      trimNext = false
    } else if (token.type === 'block-end' || token.type === 'variable-end') {
      trimNext = value.startsWith('-')
      tokens.push({ kind: 'close', value: value.slice(-2) })
      const raw = takeRaw(tokens, tokenizer, trimNext)
      if (raw !== undefined) trimNext = raw.trimNext
    } else {
      tokens.push({ kind: kindOf(token.type), value })
    }
  }
  return tokens
}

function next(tokenizer: ReturnType<typeof lexer.lex>): ReturnType<typeof tokenizer.nextToken> {
  try {
    return tokenizer.nextToken()
  } catch (error) {
    throw new TemplateError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function kindOf(type: string): Token['kind'] {
  switch (type) {
    case 'string':
    case 'int':
    case 'float':
      return type
    case 'symbol':
    case 'boolean':
    case 'none':
      return 'name'
    case 'regex':
      throw new TemplateError('regular expressions are not part of Jinja2')
    default:
      return 'mark'
  }
}

function trimLast(tokens: Token[]): void {
  const last = tokens.at(-1)
  if (last?.kind === 'text') tokens.splice(-1, 1, { kind: 'text', value: last.value.trimEnd() })
}

/** After `{% raw %}` the text up to `{% endraw %}` is one token, whatever stands in it. */
function takeRaw(
  tokens: Token[],
  tokenizer: ReturnType<typeof lexer.lex>,
  trimStart: boolean,
): { trimNext: boolean } | undefined {
  const [open, name] = tokens.slice(-3)
  if (open?.kind !== 'open' || open.value !== '{%' || name?.kind !== 'name' || name.value !== 'raw') return undefined
  const pattern = /\{%(-?)\s*endraw\s*(-?)%\}/g
  pattern.lastIndex = tokenizer.index
  const end = pattern.exec(tokenizer.str)
  if (end === null) throw new TemplateError('{% raw %} without {% endraw %}')
  let text = tokenizer.str.slice(tokenizer.index, end.index)
  if (trimStart) text = text.trimStart()
  if (end[1] === '-') text = text.trimEnd()
  tokens.splice(-3, 3, { kind: 'text', value: text })
  tokenizer.index = end.index + end[0].length
  return { trimNext: end[2] === '-' }
}
