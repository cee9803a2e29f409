import { mkdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { Manifest } from '../manifest/read-manifest.js'
import { makeLegs } from '../plan/make-legs.js'
import { type Matrix, makeMatrix } from '../plan/matrix.js'
import { pinLegs } from '../plan/pin-legs.js'
import type { PinnedLeg, Plan, PlannedLeg, PlannedLock, PlannedSource } from '../plan/plan.js'
import { planText } from '../plan/plan-file.js'
import { isDisposable } from '../runtime/container.js'
import { sha256Text, writeFileAtomic } from '../runtime/files.js'
import { withHeldLog } from '../runtime/log-file.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { isRemote } from '../source/git.js'
import type { PinnedSource } from '../source/pin.js'
import { provideSystemNeeds } from '../tools/distribution-packages.js'
import { findInterpreter } from '../venv/interpreter.js'
import { fpmOptionsPlace, settleFpmOptions, withFpmOptionsSeenFrom } from './fpm-options-of-legs.js'
import { type Constraints, findLockSource, manifestConstraints, resolveLock } from './leg-lock.js'
import { describeMachine } from './machine.js'
import { overridesOf } from './manifest-inputs.js'
import { needsOf } from './needs.js'
import type { PlanInputs } from './plan-inputs.js'
import { readWholeManifest } from './superrepo-projects.js'
import { withWorkFolder } from './work-folder.js'

/** Locks that are resolved at once: each runs a resolver of its own, on all cores. */
const LOCKS_AT_ONCE = 2

export interface PlanOutcome {
  readonly plan: Plan
  /** Absolute path of `plan.json`, where it was written. */
  readonly file: string | undefined
  /** The strategy matrix of the legs; throws an `InputError` where GitHub would refuse it. */
  matrix(): Matrix
}

/** `giftwrap plan`: manifest → legs → commits, and locks where the plan is written. */
export async function plan(inputs: PlanInputs, ports: Ports): Promise<PlanOutcome> {
  const { manifest, constraints: more } = await readWholeManifest(
    inputs.manifest,
    overridesOf(inputs),
    ports,
    inputs.dryRun,
  )
  for (const warning of manifest.warnings) ports.reporter.warning(warning)
  const provision = inputs.provision || (await isDisposable(ports.environment))
  const legs = makeLegs(manifest, inputs, await describeMachine(inputs.fpmGems, provision, ports))
  const matrix = () => makeMatrix(legs, inputs.groupBy)
  const siblings = manifest.projects.map(({ name }) => name)
  const made = (planned: readonly PlannedLeg[], locks: readonly PlannedLock[]): Plan => {
    return { vars: manifest.vars, siblings, legs: planned, locks }
  }
  // Its limits are known before anything is looked up.
  if (inputs.matrix) matrix()
  const settled = await settleFpmOptions(legs, manifest.directory, ports.reporter, fpmOptionsPlace(manifest))
  if (inputs.dryRun) return { plan: made(legs, []), file: undefined, matrix }

  const outputDir = resolve(inputs.folder ?? manifest.settings.output_dir)
  await provideSystemNeeds(
    await needsOf(legs, { packaging: false, inPlace: true }, ports.cache),
    provision,
    outputDir,
    ports,
  )
  const pinned = await pinLegs(settled, manifest, outputDir, (work) => withWorkFolder(ports, work), ports)
  const portable = pinned.map((leg) => {
    const seen = withFpmOptionsSeenFrom(outputDir, leg)
    return { ...seen, source: portableSource(leg.source, outputDir) }
  })
  if (inputs.folder === undefined) return { plan: made(portable, []), file: undefined, matrix }

  const constraints = manifestConstraints(manifest, more, ports)
  const locks = await makeLocks(pinned, manifest, constraints, outputDir, inputs.requireRung, ports)
  const locked = portable.map((leg, index) => ({ ...leg, lock: locks[index]?.lock.file }))
  const different = new Map(locks.map(({ lock, text }) => [lock.file, { lock, text }]))
  const sorted = [...different.values()].toSorted((a, b) => (a.lock.file < b.lock.file ? -1 : 1))
  const whole = made(
    locked,
    sorted.map(({ lock }) => lock),
  )
  await mkdir(join(outputDir, 'locks'), { recursive: true })
  for (const { lock, text } of sorted) await writeFileAtomic(join(outputDir, 'locks', lock.file), text)
  const file = join(outputDir, 'plan.json')
  // Last: a plan that is there is whole.
  await writeFileAtomic(file, planText(whole))
  return { plan: whole, file, matrix }
}

/** Where a source comes from, without what only this machine has of it: local folders are seen from the plan's. */
function portableSource(source: PinnedSource, folder: string): PlannedSource {
  if (source.kind === 'path') return { ...source, path: relative(folder, source.path) }
  if (source.kind === 'git') {
    return isRemote(source.url) ? source : { ...source, url: `./${relative(folder, source.url)}` }
  }
  const { file: _, ...rest } = source
  return rest
}

/** A lock for each leg; legs that ask for the same share one. */
async function makeLocks(
  legs: readonly PinnedLeg[],
  manifest: Manifest,
  constraints: Constraints,
  outputDir: string,
  required: number | undefined,
  ports: Ports,
): Promise<readonly { readonly lock: PlannedLock; readonly text: string }[]> {
  const interpreter = await findInterpreter(ports.exec)
  const siblings = manifest.projects.map(({ name }) => name)
  const made = new Map<string, ReturnType<typeof one>>()
  async function one(leg: PinnedLeg, python: string, work: string) {
    const source = await findLockSource(leg, manifest, python, constraints, { locked: false, anew: false }, ports)
    const how = {
      ...{ interpreter: interpreter.path, siblings, work: join(work, leg.id), reuse: true },
      requireRung: required,
    }
    const lock =
      source.committed.state === 'current'
        ? { text: source.committed.text, constraints: source.committed.record.constraints }
        : await withHeldLog(join(outputDir, leg.id, 'lock.log'), (log) => resolveLock(leg, source, how, ports, log))
    const sha256 = sha256Text(lock.text)
    const file = `${leg.project.name}-${leg.project.version}-py${python}-${sha256.slice(0, 12)}.txt`
    return { lock: { file, sha256, python, constraints: lock.constraints }, text: lock.text }
  }
  return withWorkFolder(ports, (work) =>
    mapLimit(legs, LOCKS_AT_ONCE, (leg) => {
      const { project, source, target, settings } = leg
      const python = target.python ?? interpreter.minor
      const { name, version, subdirectory, extras, pip_dependencies } = project
      const asked = [name, version, python, source, subdirectory, extras, pip_dependencies, settings.constraints]
      const key = JSON.stringify(asked)
      const known = made.get(key)
      if (known !== undefined) return known
      const lock = one(leg, python, work)
      made.set(key, lock)
      return lock
    }),
  )
}
