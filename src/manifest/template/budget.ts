import { TemplateError } from './template-error.js'

/** Longest text that a template may make, in UTF-16 units. */
export const MAX_TEXT = 65_536
const MAX_ITEMS = 10_000
const MAX_BITS = 4_096
const STEPS_PER_VALUE = 100_000
const UNITS_PER_STEP = 64

/** The templates of a manifest have spent all that they may spend together: no further one is rendered. */
export class BudgetExhausted extends Error {
  override readonly name = 'BudgetExhausted'
}

// 100 000 projects with a few templates each stay below; a hostile manifest ends in seconds.
const STEPS_PER_MANIFEST = 20_000_000

/** What all templates of one manifest may still spend. */
export class SharedBudget {
  #left = STEPS_PER_MANIFEST

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new BudgetExhausted('the templates of the manifest take too many steps together')
  }
}

/** What a template may still spend: each node, loop turn and 64 characters of text cost a step. */
export class Budget {
  #left = STEPS_PER_VALUE
  readonly #shared: SharedBudget | undefined

  constructor(shared?: SharedBudget) {
    this.#shared = shared
  }

  spend(steps = 1): void {
    this.#left -= steps
    if (this.#left < 0) throw new TemplateError('takes too many steps')
    this.#shared?.spend(steps)
  }

  /** Pays for making a text; the length is checked before the text is there where it could be huge. */
  text(length: number): void {
    if (length > MAX_TEXT) throw new TemplateError(`makes a text longer than ${MAX_TEXT} characters`)
    this.spend(1 + Math.floor(length / UNITS_PER_STEP))
  }

  items(count: number | bigint): void {
    if (count > MAX_ITEMS) throw new TemplateError(`makes a list of more than ${MAX_ITEMS} items`)
    this.spend(1 + Math.floor(Number(count) / UNITS_PER_STEP))
  }

  bits(count: number): void {
    if (count > MAX_BITS) throw new TemplateError('makes a number that is too large')
  }
}
