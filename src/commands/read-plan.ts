import { readFile, stat } from 'node:fs/promises'
import { InputError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { parsePlan } from '../plan/plan-file.js'

/** A leg is about 10 kB, and a matrix takes 256 jobs. */
const MAX_BYTES = 256 * 1024 * 1024

/** Reads and checks a `plan.json`. */
export async function readPlan(file: string): Promise<Plan> {
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, and ${MAX_BYTES} are the most`)
    return parsePlan(await readFile(file, 'utf8'), file)
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ message: `the plan ${file} can't be read: ${reason}` }, { cause })
  }
}
