// The part of nunjucks that `tokens.ts` builds on; its own types leave it out.
declare module 'nunjucks/src/lexer.js' {
  interface Token {
    readonly type: string
    readonly value: unknown
  }
  interface Tokenizer {
    readonly str: string
    index: number
    in_code: boolean
    nextToken(): Token | null
  }
  const lexer: { lex(source: string): Tokenizer }
  export = lexer
}
