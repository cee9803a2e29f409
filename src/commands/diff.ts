import { diffLocks, type LockDiff } from '../lock/diff.js'
import type { Ports } from '../runtime/ports.js'
import type { DiffInputs } from './diff-inputs.js'
import { locksOfPlace } from './locks-of-place.js'

/** `giftwrap diff`: what is different between the locks of two places. Nothing is looked up. */
export async function diff({ from, to }: DiffInputs, ports: Ports): Promise<LockDiff> {
  return diffLocks(await locksOfPlace(from, ports), await locksOfPlace(to, ports))
}
