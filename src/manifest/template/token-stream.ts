import { TemplateError } from './template-error.js'
import { type Token, tokenize } from './tokens.js'

/** Reads tokens one by one; every parsing function takes what is its own from the front. */
export class TokenStream {
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(source: string) {
    this.#tokens = tokenize(source)
  }

  get atEnd(): boolean {
    return this.#next >= this.#tokens.length
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#next + ahead]
  }

  get position(): number {
    return this.#next
  }

  /** Names that were read since a position, of those that are asked for. */
  namesSince(position: number, wanted: readonly string[]): ReadonlySet<string> {
    const read = this.#tokens.slice(position, this.#next)
    return new Set(wanted.filter((name) => read.some(({ kind, value }) => kind === 'name' && value === name)))
  }

  take(): Token {
    const token = this.peek()
    if (token === undefined) throw new TemplateError('the template ends too early')
    this.#next += 1
    return token
  }

  is(kind: Token['kind'], ...values: readonly string[]): boolean {
    const token = this.peek()
    return token?.kind === kind && (values.length === 0 || values.includes(token.value))
  }

  skip(kind: Token['kind'], value: string): boolean {
    if (!this.is(kind, value)) return false
    this.#next += 1
    return true
  }

  expect(kind: Token['kind'], value?: string): string {
    const token = this.take()
    if (token.kind !== kind || (value !== undefined && token.value !== value)) {
      throw new TemplateError(`expected ${value === undefined ? `a ${kind}` : `'${value}'`}, found '${token.value}'`)
    }
    return token.value
  }
}
