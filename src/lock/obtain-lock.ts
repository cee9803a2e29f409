import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Text } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { type Constraint, type ConstraintFile, formatConstraint, withoutProjects } from '../tested/constraints.js'
import type { Ladder } from '../tested/ladder.js'
import { climbWhileNeeded, type TestedRecord } from '../tested/tested-versions.js'
import { UV } from '../tools/pins.js'
import type { LockInputs, LockRecord } from './committed.js'
import { parseLock } from './lock-file.js'
import { resolve } from './resolve.js'

export interface Lock {
  /** Requirements form: `name==version --hash=sha256:…`. */
  readonly text: string
  readonly sha256: string
  readonly origin: 'committed' | 'cache' | 'resolved'
  readonly constraints: LockRecord['constraints']
  /** Where each version comes from; a lock of a plan has it in the plan. */
  readonly tested?: TestedRecord | undefined
}

/** What `obtainLock` needs beside the inputs. */
export interface LockContext {
  /** Path of the interpreter that builds the metadata of source archives. */
  readonly interpreter: string
  readonly constraintFiles: readonly ConstraintFile[]
  /** All projects of the manifest: constraints on them don't count. */
  readonly siblings: readonly string[]
  readonly reuse: boolean
  /** Tested versions, asked for as far as they are needed. */
  readonly ladder: Ladder
  /** A folder for what is in between. */
  readonly work: string
  /** Asked only when there is something to resolve. */
  readonly prepare: {
    source(): Promise<{ readonly folder: string; readonly distribution: string }>
    uv(): Promise<string>
  }
}

/** Runs the lock as a stage of its own, after what it needs has been prepared. */
type AsStage = (make: () => Promise<{ value: Lock; use: 'made' | 'reused' }>) => Promise<Lock>

/** The lock for these inputs, under as many rungs of tested versions as it takes to name all its packages. */
export async function obtainLock(
  inputs: LockInputs,
  context: LockContext,
  asStage: AsStage,
  ports: Ports,
  log: LogFile,
): Promise<Lock> {
  const projects = [inputs.project, ...context.siblings]
  const all = context.constraintFiles.flatMap((file) => file.constraints)
  const own = withoutProjects(all, projects)
  const { lock, record } = await climbWhileNeeded(own, context.ladder, async (tested) => {
    const constraints = [...own, ...withoutProjects(tested, projects)]
    const made = await lockUnder(constraints, inputs, context, asStage, ports, log)
    return { lock: made, names: parseLock(made.text, 'the lock').map(({ name }) => name) }
  })
  return { ...lock, tested: record }
}

/** From the tool cache or made by the resolver. */
async function lockUnder(
  constraints: readonly Constraint[],
  inputs: LockInputs,
  context: LockContext,
  asStage: AsStage,
  ports: Ports,
  log: LogFile,
): Promise<Lock> {
  const { constraintFiles, prepare, work } = context
  const key = lockKey(inputs, constraints.map(formatConstraint))
  if (!context.reuse) await ports.cache.remove(key)
  const found = await ports.cache.find(key)
  const needed = found === undefined ? { source: await prepare.source(), uv: await prepare.uv() } : undefined
  return asStage(async () => {
    const { folder, cached } = await ports.cache.obtain(key, async (partial) => {
      const source = needed?.source ?? (await prepare.source())
      const resolution = {
        distribution: source.distribution,
        extras: inputs.extras,
        furtherRequirements: inputs.pipDependencies,
        constraints: withoutProjects(constraints, [source.distribution]),
        interpreter: context.interpreter,
        pythonVersion: inputs.python,
      }
      const uv = needed?.uv ?? (await prepare.uv())
      const at = { uv, checkout: source.folder, folder: work }
      await writeFile(join(partial, LOCK), await resolve(resolution, at, ports.exec, log))
    })
    const text = await readFile(join(folder, LOCK), 'utf8')
    const value: Lock = {
      text,
      sha256: sha256Text(text),
      origin: cached ? 'cache' : 'resolved',
      constraints: constraintFiles.map(({ source, sha256 }) => ({ source, sha256 })),
    }
    return { value, use: cached ? 'reused' : 'made' }
  })
}

const LOCK = 'lock.txt'

function lockKey({ constraints: _, ...inputs }: LockInputs, constraints: readonly string[]) {
  const words = JSON.stringify([inputs, constraints, UV.version])
  return { name: 'giftwrap-lock', version: sha256Text(words).slice(0, 32), arch: process.arch }
}
