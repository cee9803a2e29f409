import { Budget, MAX_TEXT, SharedBudget } from './template/budget.js'
import { parseTemplate } from './template/parse-template.js'
import { runStatements } from './template/run-statements.js'
import { Scope } from './template/scope.js'
import type { Statement } from './template/syntax.js'
import { TemplateError } from './template/template-error.js'
import type { Value } from './template/value.js'

const MAX_ROUNDS = 20
const MAX_PARSED = 10_000

/** Whether a text has anything of a template in it. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || text.includes('{#')
}

/** Renders the values of one manifest: keeps what it has parsed, and what all of them may spend together. */
export class Renderer {
  readonly #parsed = new Map<string, readonly Statement[]>()
  readonly #budget = new SharedBudget()

  /** A text rendered again until nothing changes; a `TemplateError` when it cannot be. */
  render(text: string, lookUp: (name: string) => Value | undefined): string {
    const seen = [text]
    let current = text
    while (isTemplate(current)) {
      current = this.#renderOnce(current, lookUp)
      if (seen.includes(current)) throw new TemplateError(`goes round in a circle: ${showValues([...seen, current])}`)
      if (seen.length > MAX_ROUNDS) {
        throw new TemplateError(`still changes after ${MAX_ROUNDS} rounds: ${showValues(seen.slice(-3))}`)
      }
      seen.push(current)
    }
    return current
  }

  #renderOnce(text: string, lookUp: (name: string) => Value | undefined): string {
    if (text.length > MAX_TEXT) throw new TemplateError(`is longer than ${MAX_TEXT} characters`)
    try {
      return runStatements(this.#parse(text), new Scope(lookUp), new Budget(this.#budget))
    } catch (error) {
      // The only RangeError left is the end of the stack: parentheses, lists or macros too deep in each other.
      if (error instanceof RangeError) throw new TemplateError('is nested too deeply', { cause: error })
      throw error
    }
  }

  #parse(text: string): readonly Statement[] {
    const known = this.#parsed.get(text)
    if (known !== undefined) return known
    const parsed = parseTemplate(text)
    if (this.#parsed.size < MAX_PARSED) this.#parsed.set(text, parsed)
    return parsed
  }
}

function showValues(values: readonly string[]): string {
  return values.map((value) => `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`).join(' → ')
}
