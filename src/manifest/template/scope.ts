import type { Value } from './value.js'

/** The names of a block, and through its parent those around it. */
export class Scope {
  readonly #names = new Map<string, Value>()
  readonly #lookUp: (name: string) => Value | undefined

  constructor(lookUp: (name: string) => Value | undefined) {
    this.#lookUp = lookUp
  }

  inner(): Scope {
    return new Scope((name) => this.get(name))
  }

  get(name: string): Value | undefined {
    const own = this.#names.get(name)
    return own === undefined ? this.#lookUp(name) : own
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value)
  }
}
