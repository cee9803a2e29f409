import { InputError, type Problem } from '../errors.js'
import { formatPackage } from '../package/formatted.js'
import type { Leg } from '../plan/plan.js'
import { plannedModel } from './leg-model.js'

/** Throws an `InputError` with all that packages of these legs can't have, before anything is looked up or built. */
export function checkPackages(
  legs: readonly Leg[],
  placeOf: (index: number) => Omit<Problem, 'message'> = () => ({}),
): void {
  const problems = new Map<string, Problem>()
  for (const leg of legs) {
    for (const format of leg.formats) {
      try {
        formatPackage(plannedModel(leg), format)
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        for (const problem of error.problems) {
          const message = `${leg.project.name}: ${problem.message}`
          problems.set(message, { ...placeOf(leg.index), ...problem, message })
        }
      }
    }
  }
  if (problems.size > 0) throw new InputError([...problems.values()])
}
