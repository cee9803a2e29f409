import { InputError, ToolError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { type Constraint, withoutProjects } from '../tested/constraints.js'
import { type Resolution, type Resolved, resolve } from './resolve.js'
import { readUnavailable, type Unavailable } from './unavailable.js'

const MOST_ROUNDS = 50

/** Resolves; those of the pins that can't be had are lifted to find them all, which is an error unless it is asked for. */
export async function resolveRelaxing(
  resolution: Resolution,
  pins: readonly Constraint[],
  project: string,
  relax: boolean,
  at: { readonly uv: string; readonly folder: string },
  exec: Exec,
  log: LogFile,
): Promise<{ readonly resolved: Resolved; readonly relaxed: readonly Unavailable[] }> {
  const relaxed: Unavailable[] = []
  let { constraints, buildLock } = resolution
  for (let round = 0; ; round++) {
    try {
      const resolved = await resolve({ ...resolution, constraints, buildLock }, at, exec, log)
      if (relaxed.length > 0 && !relax) throw unavailableError(project, relaxed, resolved.requiredBy)
      return { resolved, relaxed }
    } catch (error) {
      if (!(error instanceof ToolError) || round === MOST_ROUNDS) throw error
      const found = readUnavailable(error.output, pins).filter(({ name }) => !relaxed.some((one) => one.name === name))
      if (found.length > 0) {
        relaxed.push(...found)
        constraints = withoutProjects(
          constraints,
          found.map(({ name }) => name),
        )
      } else if (buildLock !== '' && /build-system\.requires|Failed to build/.test(error.output)) {
        // A source archive may need other tools than the project; what builds it in the end is locked with it.
        buildLock = ''
      } else if (relaxed.length > 0 && !relax) {
        throw unavailableError(project, relaxed, new Map())
      } else {
        throw error
      }
    }
  }
}

function unavailableError(
  project: string,
  unavailable: readonly Unavailable[],
  requiredBy: ReadonlyMap<string, readonly string[]>,
): InputError {
  return new InputError(
    unavailable.map(({ name, pin, why }) => {
      const who = requiredBy.get(name) ?? []
      const needed = who.length === 0 ? '' : `, which ${who.join(' and ')} require${who.length === 1 ? 's' : ''},`
      return {
        message: `${project}: ${name}${pin}${needed} can't be had: ${why}.`,
        hint: `Name another version in pip_overrides, or lift pins that can't be had with --relax.`,
      }
    }),
  )
}
