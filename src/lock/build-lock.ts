import { ToolError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Constraint } from '../tested/constraints.js'
import { parseLock } from './lock-file.js'
import { type Resolution, resolve } from './resolve.js'

/** A source tree that is built, and what it needs for that. */
export interface BuiltTree {
  readonly name: string
  readonly requires: readonly string[]
}

export interface BuildLock {
  /** In requirements form. */
  readonly text: string
  /** Nothing in it was published later (ISO 8601); undefined where the index tells no dates, or there was nothing. */
  readonly asOf: string | undefined
  /** Trees whose requirements contradict those of the ones before. */
  readonly unlocked: readonly string[]
}

/** uv's exit code when there is no solution; others are about servers and files. */
export const NO_SOLUTION = 1

/**
 * Locks what builds the trees, the first of which is the project: under tested constraints and as of `date` where that
 * is possible, without one or both where it isn't. CI's isolated builds know no constraints: that a tested pbr goes with
 * the setuptools of the day is not said anywhere, so `builds` has to show it.
 */
export async function lockBuild(
  trees: readonly BuiltTree[],
  how: Pick<Resolution, 'interpreter' | 'pythonVersion' | 'platform'> & {
    readonly constraints: readonly Constraint[]
    /** ISO 8601. */
    readonly date: string
    /** Whether the project can be built under a lock. */
    builds(lock: string): Promise<boolean>
  },
  at: { readonly uv: string; readonly folder: string },
  exec: Exec,
  log: LogFile,
): Promise<BuildLock> {
  const { constraints, date, builds, ...target } = how
  const named = new Set(constraints.map(({ name }) => name))
  const settings = [
    { constraints, excludeNewer: date },
    { constraints: [], excludeNewer: date },
    { constraints, excludeNewer: undefined },
    { constraints: [], excludeNewer: undefined },
  ]
  /** Under the first settings that allow it. */
  async function tryAll(chosen: readonly BuiltTree[]): Promise<{ text: string; asOf: string | undefined }> {
    let failure: unknown
    for (const setting of settings) {
      const resolution: Resolution = {
        ...target,
        ...setting,
        requirements: [...new Set(chosen.flatMap(({ requires }) => requires))].toSorted(),
        ...{ overrides: [], leftOut: [], buildLock: '' },
      }
      try {
        const { text } = await resolve(resolution, at, exec, log)
        const mixed =
          setting.constraints.length > 0 && parseLock(text, 'the build lock').some(({ name }) => named.has(name))
        if (!mixed || (await builds(text))) return { text, asOf: text === '' ? undefined : setting.excludeNewer }
      } catch (error) {
        if (!(error instanceof ToolError && error.status === NO_SOLUTION)) throw error
        failure ??= error
      }
    }
    throw failure ?? new ToolError('there is no lock of build requirements under which the project can be built')
  }
  try {
    return { ...(await tryAll(trees)), unlocked: [] }
  } catch (error) {
    if (trees.length < 2 || !(error instanceof ToolError && error.status === NO_SOLUTION)) throw error
  }
  const [project, ...others] = trees
  let chosen = project === undefined ? [] : [project]
  let made = await tryAll(chosen)
  const unlocked: string[] = []
  for (const tree of others) {
    try {
      made = await tryAll([...chosen, tree])
      chosen = [...chosen, tree]
    } catch (error) {
      if (!(error instanceof ToolError && error.status === NO_SOLUTION)) throw error
      unlocked.push(tree.name)
    }
  }
  return { ...made, unlocked }
}
