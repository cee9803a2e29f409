import { InputError, type Problem } from '../errors.js'
import type { Machine } from '../plan/make-legs.js'
import type { Leg } from '../plan/plan.js'
import { ARCHITECTURES, targetOf } from '../plan/targets.js'

/** Legs of other distributions and processors are built there, and images not yet. */
export function refuseUnbuildable(legs: readonly Leg[], machine: Machine): void {
  const here = machine.release === undefined ? undefined : targetOf(machine.release)
  const architecture = ARCHITECTURES[machine.processor]
  const problems = legs.flatMap((leg): Problem[] => {
    const { id, target, settings } = leg
    if (settings.build_type !== 'package') {
      const hint = 'Use build_type: package (-t package).'
      return [{ message: 'this version builds packages, no images yet.', hint }]
    }
    if (settings.isolate && settings.installer === 'pip') {
      const message = `${id}: isolate: true is not possible with installer: pip, which has no downloads of its own to build from.`
      return [{ message, hint: 'Leave one of them out; uv keeps what it downloads.' }]
    }
    // No machine says that it is a target of the manifest's own: those who start its image know.
    const isHere = target.own ? target.family === here?.family : target.id === here?.id
    if (!isHere || leg.architecture !== architecture) {
      const machineIs = `${here?.id ?? machine.release?.prettyName ?? 'unknown'} on ${architecture ?? machine.processor}`
      return [
        {
          message: `${id} is built on ${target.id}, ${leg.architecture}; this machine is ${machineIs}.`,
          hint: `Run it in the image ${target.image}, or choose this machine's legs: --only '*-${here?.id ?? '…'}-${architecture ?? '…'}'.`,
        },
      ]
    }
    return []
  })
  if (problems.length > 0) throw new InputError([...new Map(problems.map((one) => [one.message, one])).values()])
}
