import { mkdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { platformName } from '../lock/platform.js'
import { makeLegs } from '../plan/make-legs.js'
import { type Matrix, makeMatrix } from '../plan/matrix.js'
import { pinLegs } from '../plan/pin-legs.js'
import type { Plan, PlannedLeg, PlannedLock, PlannedSource } from '../plan/plan.js'
import { planText } from '../plan/plan-file.js'
import { isDisposable } from '../runtime/container.js'
import { sha256Text, writeFileAtomic } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'
import { isRemote } from '../source/git.js'
import type { PinnedSource } from '../source/pin.js'
import { provideSystemNeeds } from '../tools/distribution-packages.js'
import { findInterpreter } from '../venv/interpreter.js'
import { checkPackages } from './check-packages.js'
import { fpmOptionsPlace, settleFpmOptions, withFpmOptionsSeenFrom } from './fpm-options-of-legs.js'
import { manifestConstraints } from './leg-lock.js'
import { describeMachine } from './machine.js'
import { type LegLock, makeLocks } from './make-locks.js'
import { overridesOf } from './manifest-inputs.js'
import { needsOf } from './needs.js'
import { withOwnFiles } from './own-files.js'
import type { PlanInputs } from './plan-inputs.js'
import { readWholeManifest } from './superrepo-projects.js'
import { withWorkFolder } from './work-folder.js'

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
  const own = await withOwnFiles(legs, manifest.directory, (index, key) => manifest.locate(['projects', index, key]))
  if (manifest.settings.build_type === 'package') checkPackages(own, (index) => manifest.locate(['projects', index]))
  const settled = await settleFpmOptions(own, manifest.directory, ports.reporter, fpmOptionsPlace(manifest))
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
  const interpreter = await findInterpreter(ports.exec)
  const wanted = pinned.map((leg) => ({ leg, python: leg.target.python ?? interpreter.minor }))
  const { requireRung, relax } = inputs
  const manner = { anew: false, requireRung, relax, upgrade: [], interpreter, outputDir }
  const locks = (await makeLocks(wanted, manifest, constraints, manner, ports)).map(plannedLock)
  const locked = portable.map((leg, index) => ({ ...leg, lock: locks[index]?.lock.file }))
  const sorted = differentLocks(locks)
  const whole = made(
    locked,
    sorted.map(({ lock }) => lock),
  )
  await mkdir(join(outputDir, 'locks'), { recursive: true })
  for (const { texts } of sorted) {
    for (const [name, text] of Object.entries(texts)) await writeFileAtomic(join(outputDir, 'locks', name), text)
  }
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

/** A lock as the plan has it, and its texts by file. */
interface PlannedTexts {
  readonly lock: PlannedLock
  readonly texts: Readonly<Record<string, string>>
}

/** Legs with the same lock, whatever they asked for, share its files. */
function plannedLock({ leg, python, source, lock }: LegLock): PlannedTexts {
  const { text, build, facts } = lock
  const hash = sha256Text(JSON.stringify([text, build, facts])).slice(0, 12)
  const name = `${leg.project.name}-${leg.project.version}-py${python}-${hash}`
  const [file, build_file] = [`${name}.txt`, `${name}-build.txt`]
  const platforms = [platformName(source.inputs.platform)]
  return {
    lock: { file, build_file, sha256: sha256Text(text), python, platforms, facts },
    texts: { [file]: text, [build_file]: build },
  }
}

/** Each lock once, with all platforms that it is for, by file. */
function differentLocks(locks: readonly PlannedTexts[]): PlannedTexts[] {
  const different = new Map<string, PlannedTexts>()
  for (const one of locks) {
    const known = different.get(one.lock.file)?.lock.platforms ?? []
    const platforms = [...new Set([...known, ...one.lock.platforms])].toSorted()
    different.set(one.lock.file, { ...one, lock: { ...one.lock, platforms } })
  }
  return [...different.values()].toSorted((a, b) => (a.lock.file < b.lock.file ? -1 : 1))
}
