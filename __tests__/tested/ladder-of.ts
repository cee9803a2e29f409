import type { Constraint } from '../../src/tested/constraints.js'
import type { Ladder } from '../../src/tested/ladder.js'
import type { Miss, Rung } from '../../src/tested/rung.js'

/** `a==1` as a constraint. */
export function constraint(text: string): Constraint {
  const [name = '', specifier = ''] = text.split(/(?===)/)
  return { name, specifier }
}

export function rung(number: Rung['rung'], ...constraints: string[]): Rung {
  return { rung: number, what: `rung ${number}`, constraints: constraints.map(constraint) }
}

/** A ladder of these rungs, and how often it was climbed. */
export function ladderOf(rungs: readonly Rung[], misses: readonly Miss[] = []): Ladder & { climbs(): number } {
  let climbs = 0
  return { misses, climb: async () => rungs[climbs++], climbs: () => climbs }
}
