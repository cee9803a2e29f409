import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import type { Settings } from '../manifest/read-manifest.js'
import { type Machine, makeLegs } from '../plan/make-legs.js'
import { pinLegs } from '../plan/pin-legs.js'
import type { Leg, PinnedLeg, PlannedLeg, PlannedLock, PlannedSource } from '../plan/plan.js'
import { selectLegs, selectProjects } from '../plan/select.js'
import { sha256Text } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'
import { isRemote } from '../source/git.js'
import { pinPath } from '../source/path.js'
import { buildIdentity, type PinnedSource } from '../source/pin.js'
import { pinSdist } from '../source/sdist.js'
import type { Interpreter } from '../venv/interpreter.js'
import type { BuildInputs } from './build-inputs.js'
import { checkPackages } from './check-packages.js'
import { fpmOptionsPlace, settleFpmOptions } from './fpm-options-of-legs.js'
import { findLockSource, inputsOf, type LockSource, manifestConstraints } from './leg-lock.js'
import { overridesOf } from './manifest-inputs.js'
import { withOwnFiles } from './own-files.js'
import { readPlan } from './read-plan.js'
import { readWholeManifest } from './superrepo-projects.js'
import { lookUpFirst, NOBODY, testedLookups } from './tested-ladder.js'
import { withWorkFolder } from './work-folder.js'

/** What a build has to do, wherever it comes from. */
export interface Job {
  readonly legs: readonly Leg[]
  /** Absolute. */
  readonly outputDir: string
  /** The manifest's or the plan's folder; absolute. */
  readonly directory: string
  readonly siblings: readonly string[]
  readonly legsAtOnce: number
  /** Files of the locks that are there for a leg, whatever they were made of. */
  readLocks(): Promise<(leg: Leg) => readonly string[]>
  /** Sources and locks of the legs, in their order; what has to be fetched for that goes below `work`. */
  lookUp(
    interpreter: Interpreter,
    work: string,
  ): Promise<{ readonly pinned: readonly PinnedLeg[]; readonly locks: readonly LockSource[] }>
}

export async function jobOfManifest(inputs: BuildInputs, machine: Machine, ports: Ports): Promise<Job> {
  const { manifest, constraints: more } = await readWholeManifest(
    inputs.manifest ?? '',
    overridesOf(inputs),
    ports,
    inputs.dryRun,
  )
  for (const warning of manifest.warnings) ports.reporter.warning(warning)
  const outputDir = resolve(manifest.settings.output_dir)
  const made = await withOwnFiles(makeLegs(manifest, inputs, machine), manifest.directory, (index, key) =>
    manifest.locate(['projects', index, key]),
  )
  if (manifest.settings.build_type === 'package') checkPackages(made, (index) => manifest.locate(['projects', index]))
  const legs = await settleFpmOptions(made, manifest.directory, ports.reporter, fpmOptionsPlace(manifest))
  return {
    legs,
    outputDir,
    directory: manifest.directory,
    siblings: manifest.projects.map(({ name }) => name),
    legsAtOnce: legsAtOnce(manifest.settings),
    async readLocks() {
      const names: readonly string[] = await readdir(join(manifest.directory, 'locks')).catch(() => [])
      return ({ project: { name, version } }) =>
        names.filter(
          (file) => file.startsWith(`${name}-${version}-py3.`) && file.endsWith('.txt') && !file.endsWith('-build.txt'),
        )
    },
    async lookUp(interpreter, work) {
      const pinned = await pinLegs(legs, manifest, outputDir, (work) => withWorkFolder(ports, work), ports)
      const constraints = manifestConstraints(manifest, more, ports)
      const how = { locked: inputs.locked, anew: false }
      const lookups = testedLookups(manifest.directory, join(work, 'lookups'), ports)
      const locks = await Promise.all(
        pinned.map((leg) => findLockSource(leg, manifest, interpreter.minor, constraints, how, lookups)),
      )
      const open = locks.filter(({ committed }) => committed.state !== 'current')
      await lookUpFirst(open.map(({ ladder }) => ladder()))
      return { pinned, locks }
    },
  }
}

/** The legs of a plan that was written before: nothing is looked up, and what has changed since is refused. */
export async function jobOfPlan(file: string, inputs: BuildInputs, ports: Ports): Promise<Job> {
  const plan = await readPlan(file)
  const selected: readonly PlannedLeg[] = selectLegs(selectProjects(plan.legs, inputs.projects), inputs)
  const legs = await settleFpmOptions(selected, dirname(file), ports.reporter)
  const [first] = legs
  const settings = first?.settings
  return {
    legs,
    outputDir: resolve(inputs.outputDir ?? settings?.output_dir ?? '.'),
    directory: resolve(dirname(file)),
    siblings: plan.siblings,
    legsAtOnce: settings === undefined ? 1 : legsAtOnce(settings),
    readLocks: async () => (leg) => legs.flatMap(({ id, lock }) => (id === leg.id && lock !== undefined ? [lock] : [])),
    async lookUp(interpreter) {
      const pinned: PinnedLeg[] = []
      const locks: LockSource[] = []
      for (const leg of legs) {
        const source = await sourceOf(leg, file, ports)
        pinned.push({ ...leg, source })
        locks.push(await lockOf(leg, source, plan.locks, file, interpreter))
      }
      return { pinned, locks }
    },
  }
}

function legsAtOnce(settings: Settings): number {
  return settings.parallel_build ? (settings.jobs ?? availableParallelism()) : 1
}

async function sourceOf({ id, source }: PlannedLeg, file: string, ports: Ports): Promise<PinnedSource> {
  if (source === undefined) {
    throw new InputError({ message: `${file} says no commit for ${id}: it is of a dry run.`, hint: HINT })
  }
  const { patches } = source
  const found = { ...(await locate(source, dirname(file), ports)), ...(patches === undefined ? {} : { patches }) }
  if (buildIdentity(found) === identityOf(source)) return found
  throw new InputError({ message: `the source of ${id} is not the one of the plan any more.`, hint: HINT })
}

const HINT = 'Make the plan anew by `giftwrap plan -o DIR`.'

/** Archives come from the tool cache or the package index; local folders lie where they lay beside the plan. */
async function locate(source: PlannedSource, folder: string, ports: Ports): Promise<PinnedSource> {
  if (source.kind === 'sdist') return pinSdist(source.requirement, ports)
  if (source.kind === 'path') return pinPath(resolve(folder, source.path), source.leftOut, {}, ports.exec)
  if (source.kind === 'git' && !isRemote(source.url)) return { ...source, url: resolve(folder, source.url) }
  return source
}

function identityOf(source: PlannedSource): string {
  return buildIdentity(source.kind === 'sdist' ? { ...source, file: '' } : source)
}

async function lockOf(
  leg: PlannedLeg,
  source: PinnedSource,
  locks: readonly PlannedLock[],
  file: string,
  { minor }: Interpreter,
): Promise<LockSource> {
  const { id } = leg
  const planned = locks.find(({ file: name }) => name === leg.lock)
  if (planned === undefined) throw new InputError({ message: `${file} has no lock for ${id}.`, hint: HINT })
  if (planned.python !== minor) {
    throw new InputError({
      message: `the plan's lock of ${id} is for Python ${planned.python}, and this machine's is ${minor}.`,
      hint: `Give the target its python: {id: …, python: '${minor}'}.`,
    })
  }
  const read = async (name: string, sha256: string) => {
    const path = join(dirname(file), 'locks', name)
    const text = await readFile(path, 'utf8').catch(() => '')
    if (sha256Text(text) === sha256) return text
    throw new InputError({ message: `${path} is not the lock that the plan was written with.`, hint: HINT })
  }
  const text = await read(planned.file, planned.sha256)
  const { facts } = planned
  const build = await read(planned.build_file, facts.build.sha256)
  return {
    inputs: { ...inputsOf(leg, source, minor), constraints: facts.constraints },
    committed: { state: 'current', text, build, file: join(dirname(file), 'locks', planned.file), facts },
    constraintFiles: [],
    ladder: () => NOBODY,
    strict: false,
  }
}
