import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Text } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { type Constraint, type ConstraintFile, formatConstraint, withoutProjects } from '../tested/constraints.js'
import type { Ladder } from '../tested/ladder.js'
import { markerHolds } from '../tested/markers.js'
import type { Rung } from '../tested/rung.js'
import {
  climbWhileNeeded,
  constraintsOf,
  MANIFEST,
  NOTHING,
  placeOf,
  type TestedPackage,
} from '../tested/tested-versions.js'
import { UV } from '../tools/pins.js'
import type { LockFacts } from './facts.js'
import type { LockInputs } from './inputs.js'
import { parseLock } from './lock-file.js'
import { type LockManner, type LockTools, type MadeLock, makeLock } from './make-lock.js'

/** A lock and all that is known of it. */
export interface Lock {
  /** Requirements form: `name==version --hash=sha256:…`. */
  readonly text: string
  readonly sha256: string
  /** The same for what builds the project and source archives. */
  readonly build: string
  readonly origin: 'committed' | 'cache' | 'resolved'
  readonly facts: LockFacts
  /** What could not be asked when it was made, in words. */
  readonly failures: readonly string[]
}

/** What `obtainLock` needs beside the inputs. */
export interface LockContext extends LockManner {
  readonly constraintFiles: readonly ConstraintFile[]
  /** All projects of the manifest: constraints on them don't count. */
  readonly siblings: readonly string[]
  readonly reuse: boolean
  /** Tested versions, asked for as far as they are needed. */
  readonly ladder: Ladder
  /** Asked only when there is something to resolve. */
  readonly prepare: LockTools
}

/** A made lock from the tool cache, or just made. */
type Obtained = MadeLock & { readonly origin: 'cache' | 'resolved' }

/** Runs the lock as a stage of its own, after what it needs has been prepared. */
type AsStage = (make: () => Promise<{ value: Obtained; use: 'made' | 'reused' }>) => Promise<Obtained>

/** The lock for these inputs, under as many rungs of tested versions as it takes to name all its packages. */
export async function obtainLock(
  inputs: LockInputs,
  context: LockContext,
  asStage: AsStage,
  ports: Ports,
  log: LogFile,
): Promise<Lock> {
  const projects = [inputs.project, ...context.siblings]
  const own = withoutProjects(
    // A line for other Pythons names nothing here.
    context.constraintFiles
      .flatMap((file) => file.constraints)
      .filter(({ marker }) => marker === undefined || markerHolds(marker, inputs.python) !== false),
    projects,
  )
  let rungs: readonly Rung[] = []
  const { lock, record, failures } = await climbWhileNeeded(own, context.ladder, async (climbed) => {
    rungs = [...climbed]
    const constraints = [...own, ...withoutProjects(constraintsOf(own, rungs), projects)]
    const made = await lockUnder(constraints, inputs, context, asStage, ports, log)
    const names = parseLock(made.text, 'the lock').map(({ name }) => name)
    return { lock: made, names, decided: decidedOtherwise(made) }
  })
  const { text, build, origin, facts } = lock
  return {
    ...{ text, build, origin, failures, sha256: sha256Text(text) },
    facts: {
      ...facts,
      constraints: context.constraintFiles.map(({ source, sha256 }) => ({ source, sha256 })),
      tested: record,
      overrides: facts.overrides.map((override) => ({
        ...override,
        instead_of: placeOf(override.name, own, rungs).constraints,
      })),
      relaxed: facts.relaxed.map((one) => ({ ...one, rung: placeOf(one.name, own, rungs).rung })),
      build: { ...facts.build, sha256: sha256Text(build) },
    },
  }
}

/** What no rung decided although one may name it. */
function decidedOtherwise({ facts }: MadeLock): ReadonlyMap<string, TestedPackage> {
  const lifted = [...facts.relaxed.map(({ name }) => name), ...facts.upgraded]
  const decided = new Map<string, TestedPackage>()
  for (const name of [...lifted, ...facts.postinstall]) decided.set(name, { rung: NOTHING, constraints: [] })
  // The manifest's word, as its constraints are.
  for (const { name, requirement } of facts.overrides) {
    decided.set(name, { rung: MANIFEST, constraints: [requirement] })
  }
  return decided
}

/** From the tool cache or made by the resolver. */
async function lockUnder(
  constraints: readonly Constraint[],
  inputs: LockInputs,
  context: LockContext,
  asStage: AsStage,
  ports: Ports,
  log: LogFile,
): Promise<Obtained> {
  const key = lockKey(inputs, constraints.map(formatConstraint), context)
  if (!context.reuse) await ports.cache.remove(key)
  if ((await ports.cache.find(key)) === undefined) {
    await context.prepare.source()
    await context.prepare.uv()
  }
  return asStage(async () => {
    const { folder, cached } = await ports.cache.obtain(key, async (partial) => {
      const made = await makeLock(inputs, constraints, context.prepare, context, ports.exec, log)
      await writeFile(join(partial, LOCK), made.text)
      await writeFile(join(partial, BUILD), made.build)
      await writeFile(join(partial, FACTS), JSON.stringify(made.facts))
    })
    const [text = '', build = '', facts = ''] = await Promise.all(
      [LOCK, BUILD, FACTS].map((name) => readFile(join(folder, name), 'utf8')),
    )
    // Our own file, in the user's own cache.
    const made: MadeLock = { text, build, facts: JSON.parse(facts) as MadeLock['facts'] }
    return { value: { ...made, origin: cached ? 'cache' : 'resolved' }, use: cached ? 'reused' : 'made' }
  })
}

/** Changes whenever the same inputs give another lock, or files of it are named otherwise. */
const FORMAT = 2
const LOCK = 'lock.txt'
const BUILD = 'build.txt'
const FACTS = 'facts.json'

function lockKey({ constraints: _, ...inputs }: LockInputs, constraints: readonly string[], manner: LockManner) {
  const { relax, keep, interpreter } = manner
  const words = JSON.stringify([FORMAT, inputs, constraints, relax, keep, interpreter.minor, UV.version])
  return { name: 'giftwrap-lock', version: sha256Text(words).slice(0, 32), arch: process.arch }
}
