import lexer from 'nunjucks/src/lexer.js'
import { withoutBlanksAfter, withoutBlanksBefore } from './blanks.js'
import { readString } from './string-literal.js'
import { TemplateError } from './template-error.js'

/** `text` stands outside of tags, `open` and `close` are their ends, `mark` is an operator or a bracket. */
export interface Token {
  readonly kind: 'text' | 'open' | 'close' | 'name' | 'string' | 'int' | 'float' | 'mark'
  readonly value: string
}

/** Splits a template into tokens as Jinja2 does; comments, blanks and whitespace control are dealt with here. */
export function tokenize(source: string): Token[] {
  return new Tokens(normaliseLines(source)).read()
}

/** Lines end with LF and the last line's end is not part of the text, as Jinja2 has it by default. */
function normaliseLines(source: string): string {
  const text = source.replaceAll(/\r\n|\r/g, '\n')
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

const TAG = /\{[{%#]/g
const RAW = /\s*raw\s*(-?)%\}/y
const END_OF_RAW = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy
const CLOSING = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
])

/**
 * nunjucks' lexer finds the ends of tags and comments, blanks and operators. What it reads otherwise than Jinja2 is read here:
 * texts, numbers, names, string literals, `raw`, and `}}` that closes two dictionaries.
 */
class Tokens {
  readonly #source: string
  readonly #lexer: ReturnType<typeof lexer.lex>
  readonly #tokens: Token[] = []
  readonly #brackets: string[] = []
  #trimNext = false

  constructor(source: string) {
    this.#source = source
    this.#lexer = lexer.lex(source)
  }

  read(): Token[] {
    while (this.#lexer.index < this.#source.length) {
      if (this.#lexer.in_code) this.#readCode()
      else this.#readText()
    }
    return this.#tokens
  }

  /** A text up to the next tag or comment, and the beginning of that one. */
  #readText(): void {
    const start = this.#lexer.index
    TAG.lastIndex = start
    const tag = TAG.exec(this.#source)
    const end = tag?.index ?? this.#source.length
    const sign = tag === null ? '' : (this.#source[end + 2] ?? '')
    this.#pushText(this.#source.slice(start, end), sign === '-')
    this.#lexer.index = end
    if (tag === null) return
    const { type, value } = this.#next()
    if (type === 'comment') {
      this.#trimNext = value.length > 5 && value.endsWith('-#}')
      return
    }
    // nunjucks takes the `-`, but not the `+` that keeps blanks.
    if (sign === '+') this.#lexer.index += 1
    if (type !== 'block-start' || !this.#readRaw()) this.#push('open', value.slice(0, 2))
  }

  #pushText(text: string, trimEnd: boolean): void {
    const begun = this.#trimNext ? withoutBlanksBefore(text) : text
    const trimmed = trimEnd ? withoutBlanksAfter(begun) : begun
    this.#trimNext = false
    if (trimmed !== '') this.#push('text', trimmed)
  }

  /** After `{% raw %}` the text up to `{% endraw %}` is one token, whatever stands in it. */
  #readRaw(): boolean {
    RAW.lastIndex = this.#lexer.index
    const begin = RAW.exec(this.#source)
    if (begin === null) return false
    END_OF_RAW.lastIndex = RAW.lastIndex
    const end = END_OF_RAW.exec(this.#source)
    if (end === null) throw new TemplateError('{% raw %} without {% endraw %}')
    this.#trimNext = begin[1] === '-'
    this.#pushText(this.#source.slice(RAW.lastIndex, end.index), end[1] === '-')
    this.#trimNext = end[2] === '-'
    this.#lexer.index = end.index + end[0].length
    this.#lexer.in_code = false
    return true
  }

  #readCode(): void {
    const { index } = this.#lexer
    const character = this.#source[index] ?? ''
    if (character === '"' || character === "'") {
      const { text, end } = readString(this.#source, index)
      this.#lexer.index = end
      this.#push('string', text)
      return
    }
    if (/\d/.test(character)) {
      const isMember = this.#tokens.at(-1)?.value === '.'
      if ((!isMember && this.#take('float', FLOAT)) || this.#take('int', INTEGER)) return
    }
    if (this.#take('name', NAME) || this.#takePlusBeforeEnd(index)) return
    this.#takeMark(this.#next(), index)
  }

  #take(kind: 'float' | 'int' | 'name', pattern: RegExp): boolean {
    pattern.lastIndex = this.#lexer.index
    const value = pattern.exec(this.#source)?.[0]
    if (value === undefined) return false
    this.#lexer.index += value.length
    this.#push(kind, kind === 'name' ? value.normalize('NFKC') : value.replaceAll('_', ''))
    return true
  }

  #takePlusBeforeEnd(index: number): boolean {
    if (this.#brackets.length > 0 || !this.#source.startsWith('+%}', index)) return false
    this.#lexer.index += 1
    return true
  }

  #takeMark({ type, value }: { type: string; value: string }, index: number): void {
    if (type === 'whitespace') return
    if (type === 'block-end' || type === 'variable-end') {
      if (this.#brackets.length === 0) {
        this.#trimNext = value.startsWith('-')
        this.#push('close', value.slice(-2))
        return
      }
      this.#lexer.index = index + 1
      this.#lexer.in_code = true
      this.#takeBracket(value[0] ?? '')
    } else if (type === 'symbol' || type === 'regex' || type === 'int') {
      throw new TemplateError(`unexpected ${JSON.stringify(this.#source[index])}`)
    } else {
      this.#takeBracket(value)
    }
  }

  #takeBracket(value: string): void {
    const closing = CLOSING.get(value)
    if (closing !== undefined) this.#brackets.push(closing)
    else if (')]}'.includes(value)) this.#closeBracket(value)
    this.#push('mark', value)
  }

  #closeBracket(value: string): void {
    const expected = this.#brackets.pop()
    if (expected === value) return
    throw new TemplateError(
      expected === undefined ? `unexpected '${value}'` : `expected '${expected}', found '${value}'`,
    )
  }

  #push(kind: Token['kind'], value: string): void {
    this.#tokens.push({ kind, value })
  }

  #next(): { type: string; value: string } {
    try {
      const token = this.#lexer.nextToken()
      if (token !== null) return { type: token.type, value: String(token.value) }
    } catch (error) {
      throw new TemplateError(error instanceof Error ? error.message : String(error), { cause: error })
    }
    throw new TemplateError('the template ends too early')
  }
}
