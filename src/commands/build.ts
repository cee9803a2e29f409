import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { GiftwrapError, InputError, ToolError } from '../errors.js'
import { type Manifest, type ManifestOverrides, readManifest } from '../manifest/read-manifest.js'
import { makeLegs } from '../plan/make-legs.js'
import { pinLegs } from '../plan/pin-legs.js'
import type { PinnedLeg } from '../plan/plan.js'
import { isDisposable } from '../runtime/container.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { provideSystemNeeds } from '../tools/distribution-packages.js'
import { choosePlacement } from '../venv/final-path.js'
import { findInterpreter } from '../venv/interpreter.js'
import type { BuildInputs } from './build-inputs.js'
import { buildLeg } from './build-leg.js'
import { describeBuild } from './describe-build.js'
import type { LegContext } from './leg-context.js'
import { findLockSource, type LockSource, manifestConstraints } from './leg-lock.js'
import { describeMachine } from './machine.js'
import { needsOf } from './needs.js'
import type { Result } from './result.js'
import { toolbox } from './toolbox.js'
import { withWorkFolder } from './work-folder.js'

/** What a run built: the results of all its legs, and where they are. */
export interface BuildOutcome {
  /** Absolute. */
  readonly outputDir: string
  readonly results: readonly Result[]
}

/** `giftwrap build`: manifest → legs → pinned sources and locks → packages. */
export async function build(inputs: BuildInputs, ports: Ports): Promise<BuildOutcome> {
  const manifest = await readManifest(inputs.manifest, overridesOf(inputs))
  refuseImages(manifest)
  const outputDir = resolve(manifest.settings.output_dir)
  const disposable = inputs.disposable || (await isDisposable(ports.environment))
  const provision = inputs.provision || disposable
  const legs = makeLegs(manifest, inputs, await describeMachine(inputs.fpmGems, provision, ports))
  if (inputs.dryRun) {
    for (const line of describeBuild(legs, manifest)) ports.reporter.info(line)
    return { outputDir, results: [] }
  }
  await provideSystemNeeds(
    await needsOf(legs, { packaging: true, inPlace: disposable || inputs.inPlace }, ports.cache),
    provision,
    ports,
  )
  const interpreter = await findInterpreter(ports.exec)
  const placement = await choosePlacement({ inPlace: inputs.inPlace, disposable }, ports)
  const pinned = await pinLegs(legs, manifest, ports)
  const constraints = manifestConstraints(manifest, ports)
  const locks = await Promise.all(
    pinned.map((leg) =>
      findLockSource(leg, manifest, interpreter.minor, constraints, { locked: inputs.locked, anew: false }),
    ),
  )
  const results = await withWorkFolder(ports, (work) => {
    const context: LegContext = {
      settings: manifest.settings,
      interpreter,
      placement,
      disposable,
      forceOverwrite: inputs.forceOverwrite || manifest.settings.force_overwrite,
      reuse: inputs.reuse,
      outputDir,
      work,
      siblings: manifest.projects.map(({ name }) => name),
      toolbox: toolbox({ fpmGems: inputs.fpmGems, fpmOptions: manifest.settings.fpm_options }, ports),
      ports,
    }
    return buildLegs(pinned, locks, legsAtOnce(inputs, manifest), context)
  })
  return { outputDir, results }
}

/** The settings that the caller replaces. */
function overridesOf({ version, type, packager, iteration, outputDir }: BuildInputs): ManifestOverrides {
  return {
    ...(version === undefined ? {} : { version }),
    ...(type === undefined ? {} : { buildType: type }),
    ...(packager === undefined ? {} : { packager }),
    ...(iteration === undefined ? {} : { iteration }),
    ...(outputDir === undefined ? {} : { outputDir }),
  }
}

function refuseImages(manifest: Manifest): void {
  if (manifest.settings.build_type === 'package') return
  throw new InputError({
    ...manifest.locate(['settings', 'build_type']),
    message: 'this version builds packages, no images yet.',
    hint: 'Use build_type: package (-t package).',
  })
}

function legsAtOnce(inputs: BuildInputs, { settings }: Manifest): number {
  if (inputs.sequential || !settings.parallel_build) return 1
  return settings.jobs ?? availableParallelism()
}

/** Builds all legs, whatever becomes of one; then the failures are told as one. */
async function buildLegs(
  legs: readonly PinnedLeg[],
  locks: readonly LockSource[],
  atOnce: number,
  context: LegContext,
): Promise<Result[]> {
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
      if (!(error instanceof GiftwrapError)) throw error
      failures.push(error)
    }
  })
  const [first] = failures
  if (first !== undefined && failures.length === 1) throw first
  if (first !== undefined) {
    const inputs = failures.filter((failure) => failure instanceof InputError)
    if (inputs.length === failures.length) throw new InputError(inputs.flatMap(({ problems }) => problems))
    throw new ToolError(
      `${failures.length} of ${legs.length} legs failed:\n${failures.map((f) => f.message).join('\n')}`,
    )
  }
  return results.sort((a, b) => (a.leg < b.leg ? -1 : 1))
}
