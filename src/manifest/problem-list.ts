import { InputError, type Problem } from '../errors.js'
import type { Sources } from './sources.js'

const MAX_SHOWN = 100
const MAX_KEPT = 10_000

interface Kept {
  readonly message: string
  readonly offset: number | undefined
  readonly hint: string | undefined
}

/** Collects what is wrong with a manifest, so that all of it can be told at once. */
export class ProblemList {
  readonly #sources: Sources
  readonly #problems = new Map<string, Kept>()
  #dropped = 0

  constructor(sources: Sources) {
    this.#sources = sources
  }

  get isEmpty(): boolean {
    return this.#problems.size === 0
  }

  /** The same message at the same place counts once, as many projects may share what is wrong. */
  add(message: string, offset: number | undefined, hint?: string): void {
    const key = `${offset} ${message}`
    if (this.#problems.size >= MAX_KEPT && !this.#problems.has(key)) this.#dropped += 1
    else this.#problems.set(key, { message, offset, hint })
  }

  /** In the order of their places, at most 100 and a last one that says how many more there are. */
  toProblems(): readonly Problem[] {
    const sorted = [...this.#problems.values()].toSorted((a, b) => position(a) - position(b))
    const shown = sorted.slice(0, MAX_SHOWN).map(({ message, offset, hint }): Problem => {
      return { message, ...(hint === undefined ? {} : { hint }), ...this.#sources.place(offset) }
    })
    const more = sorted.length - shown.length + this.#dropped
    if (more === 0) return shown
    return [...shown, { message: `… and ${more} more`, ...this.#sources.place(undefined) }]
  }

  throwIfAny(): void {
    if (!this.isEmpty) throw new InputError(this.toProblems())
  }
}

function position({ offset }: Kept): number {
  return offset ?? -1
}
