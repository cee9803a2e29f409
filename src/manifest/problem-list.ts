import { InputError, type Problem } from '../errors.js'
import { LineIndex, type Position } from './line-index.js'

/** Collects what is wrong with one file, so that all of it can be told at once. */
export class ProblemList {
  readonly #file: string
  readonly #lines: LineIndex
  readonly #problems = new Map<string, Problem>()

  constructor(file: string, text: string) {
    this.#file = file
    this.#lines = new LineIndex(text)
  }

  /** A place in the file; the whole file when there is no offset. */
  place(offset: number | undefined): { file: string } & Partial<Position> {
    return { file: this.#file, ...(offset === undefined ? {} : this.#lines.position(offset)) }
  }

  /** The same message at the same place counts once, as many projects may share what is wrong. */
  add(message: string, offset: number | undefined, hint?: string): void {
    const problem = { message, ...(hint === undefined ? {} : { hint }), ...this.place(offset) }
    this.#problems.set(`${offset} ${message}`, problem)
  }

  /** Throws an `InputError` with the problems in the order of their places, if there are any. */
  throwIfAny(): void {
    if (this.#problems.size > 0) throw new InputError([...this.#problems.values()].toSorted(byPlace))
  }
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}
