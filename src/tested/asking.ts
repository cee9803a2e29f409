import { GiftwrapError } from '../errors.js'
import { FetchError } from '../runtime/fetch.js'
import type { Miss, RungNumber } from './rung.js'

/** How rungs ask, so that what they miss is known. */
export interface Asking {
  /**
   * The answer; undefined where there is none, and where it could not be asked for: a server that fails is a rung less and
   * never the end. The second is a miss, the first where a reason is given.
   */
  ask<T>(rung: RungNumber, work: () => Promise<T | undefined>, none?: string): Promise<T | undefined>
  miss(rung: RungNumber, why: string): void
  /** True where something of the rung could not be asked for. */
  hasFailed(rung: RungNumber): boolean
}

export function askFor(): { readonly misses: readonly Miss[]; readonly asking: Asking } {
  const misses: Miss[] = []
  const miss = (rung: RungNumber, why: string, failed = false) => void misses.push({ rung, why, failed })
  return {
    misses,
    asking: {
      miss: (rung, why) => miss(rung, why),
      hasFailed: (rung) => misses.some((one) => one.rung === rung && one.failed),
      async ask(rung, work, none) {
        try {
          const answer = await work()
          if (answer === undefined && none !== undefined) miss(rung, none)
          return answer
        } catch (error) {
          if (!(error instanceof FetchError || error instanceof GiftwrapError)) throw error
          miss(rung, error.message.split('\n')[0] ?? '', true)
          return undefined
        }
      },
    },
  }
}
