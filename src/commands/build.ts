import { rmdir } from 'node:fs/promises'
import { expectedError, type GiftwrapError, joinErrors } from '../errors.js'
import type { PinnedLeg } from '../plan/plan.js'
import { isDisposable } from '../runtime/container.js'
import { exists } from '../runtime/files.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { provideSystemNeeds } from '../tools/distribution-packages.js'
import { choosePlacement, describePlacement } from '../venv/final-path.js'
import { findInterpreter } from '../venv/interpreter.js'
import type { BuildInputs } from './build-inputs.js'
import { buildLeg } from './build-leg.js'
import { describeBuild } from './describe-build.js'
import { jobOfManifest, jobOfPlan } from './job.js'
import type { LegContext } from './leg-context.js'
import type { LockSource } from './leg-lock.js'
import { pruneTrees } from './leg-tree.js'
import { describeMachine } from './machine.js'
import { needsOf } from './needs.js'
import { oneAtATime } from './one-at-a-time.js'
import { refuseUnbuildable } from './refuse-unbuildable.js'
import type { Result } from './result.js'
import { toolbox } from './toolbox.js'
import { withWorkFolder } from './work-folder.js'

/** What a run built: the results of all its legs, and where they are. */
export interface BuildOutcome {
  /** Absolute. */
  readonly outputDir: string
  /** Of the legs that were built, by id. */
  readonly results: readonly Result[]
  /** What went wrong with the others, told as one; to be thrown once the results are handed over. */
  readonly failure: GiftwrapError | undefined
}

/** `giftwrap build`: manifest or plan → legs → pinned sources and locks → packages. */
export async function build(inputs: BuildInputs, ports: Ports): Promise<BuildOutcome> {
  const disposable = inputs.disposable || (await isDisposable(ports.environment))
  const provision = inputs.provision || disposable
  const machine = await describeMachine(inputs.fpmGems, provision, ports)
  const job =
    inputs.plan === undefined
      ? await jobOfManifest(inputs, machine, ports)
      : await jobOfPlan(inputs.plan, inputs, ports)
  const { legs, outputDir } = job
  if (inputs.dryRun) {
    const placement = await choosePlacement({ inPlace: inputs.inPlace, disposable }, ports).then(
      describePlacement,
      (error: unknown) => `which this machine can't do: ${expectedError(error)?.message ?? String(error)}`,
    )
    for (const line of describeBuild(legs, placement, await job.readLocks())) ports.reporter.info(line)
    return { outputDir, results: [], failure: undefined }
  }
  refuseUnbuildable(legs, machine)
  await provideSystemNeeds(
    await needsOf(legs, { packaging: true, inPlace: disposable || inputs.inPlace }, ports.cache),
    provision,
    outputDir,
    ports,
  )
  const interpreter = await findInterpreter(ports.exec)
  const placement = await choosePlacement({ inPlace: inputs.inPlace, disposable }, ports)
  const wasThere = await exists(outputDir)
  const built = await withWorkFolder(ports, async (work) => {
    const { pinned, locks } = await job.lookUp(interpreter, work)
    const context: LegContext = {
      interpreter,
      placement,
      disposable,
      forceOverwrite: inputs.forceOverwrite,
      reuse: inputs.reuse,
      requireRung: inputs.requireRung,
      relax: inputs.relax,
      outputDir,
      directory: job.directory,
      work,
      siblings: job.siblings,
      toolbox: toolbox(inputs.fpmGems, ports),
      provide: oneAtATime((needs) => provideSystemNeeds(needs, provision, outputDir, ports)),
      provision,
      ports,
    }
    return buildLegs(pinned, locks, inputs.sequential ? 1 : job.legsAtOnce, context)
  })
  await pruneTrees(ports.cache)
  // Bad input leaves nothing; what is not empty stays.
  if (!wasThere) await rmdir(outputDir).catch(() => undefined)
  return { outputDir, ...built }
}

/** Builds all legs, whatever becomes of one. */
async function buildLegs(
  legs: readonly PinnedLeg[],
  locks: readonly LockSource[],
  atOnce: number,
  context: LegContext,
): Promise<Pick<BuildOutcome, 'results' | 'failure'>> {
  const results: Result[] = []
  const failures: GiftwrapError[] = []
  const pairs = legs.flatMap((leg, index) => {
    const lock = locks[index]
    return lock === undefined ? [] : [{ leg, lock }]
  })
  await mapLimit(pairs, atOnce, async ({ leg, lock }) => {
    try {
      results.push(await buildLeg(leg, lock, context))
    } catch (error) {
      const expected = expectedError(error)
      if (expected === undefined) throw error
      if (leg.project.allow_failure) {
        context.ports.reporter.warning({ message: `${leg.id} failed, as it may: ${expected.message}` })
        return
      }
      failures.push(expected)
    }
  })
  return {
    results: results.sort((a, b) => (a.leg < b.leg ? -1 : 1)),
    failure: joinErrors(failures, `${legs.length} legs`),
  }
}
