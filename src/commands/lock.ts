import { resolve } from 'node:path'
import { InputError } from '../errors.js'
import { type NewLock, readCommittedLock, writeCommittedLocks } from '../lock/committed.js'
import { OLDEST_GLIBC } from '../lock/platform.js'
import type { Manifest } from '../manifest/read-manifest.js'
import { makeLegs } from '../plan/make-legs.js'
import { pinLegs } from '../plan/pin-legs.js'
import type { PinnedLeg } from '../plan/plan.js'
import { isDisposable } from '../runtime/container.js'
import type { Ports } from '../runtime/ports.js'
import type { LendFolder } from '../source/git.js'
import { provideSystemNeeds } from '../tools/distribution-packages.js'
import { UV } from '../tools/pins.js'
import { findInterpreter } from '../venv/interpreter.js'
import { VERSION } from '../version.js'
import { committedLock } from './confirm-lock.js'
import { type Constraints, findLockSource, manifestConstraints } from './leg-lock.js'
import type { LockCommandInputs } from './lock-inputs.js'
import { describeMachine } from './machine.js'
import { checkUpgrades, type LegLock, makeLocks, type WantedLock } from './make-locks.js'
import { overridesOf } from './manifest-inputs.js'
import { needsOf } from './needs.js'
import { readWholeManifest } from './superrepo-projects.js'
import { NO_LOOKUPS } from './tested-ladder.js'
import { withWorkFolder } from './work-folder.js'

/**
 * `giftwrap lock`: resolves every project anew, for each Python and platform of its targets, and writes `locks/` beside
 * the manifest; gives the files. With `check` it writes nothing, and locks that are not current are an error.
 */
export async function lock(inputs: LockCommandInputs, ports: Ports): Promise<string[]> {
  const { manifest, constraints: more } = await readWholeManifest(inputs.manifest, overridesOf(inputs), ports)
  for (const warning of manifest.warnings) ports.reporter.warning(warning)
  const pythons = inputs.pythonVersions?.map(checkPython)
  const provision = inputs.provision || (await isDisposable(ports.environment))
  const selection = { projects: inputs.projects }
  const legs = makeLegs(manifest, selection, await describeMachine(undefined, provision, ports))
  const outputDir = resolve(manifest.settings.output_dir)
  await provideSystemNeeds(
    await needsOf(legs, { packaging: false, inPlace: true }, ports.cache),
    provision,
    outputDir,
    ports,
  )
  const interpreter = await findInterpreter(ports.exec)
  const lend: LendFolder = (work) => withWorkFolder(ports, work)
  const pinned = await pinLegs(legs, manifest, outputDir, lend, ports)
  const constraints = manifestConstraints(manifest, more, ports)
  const wanted = pinned.flatMap((leg) =>
    pythons === undefined
      ? [{ leg, python: leg.target.python ?? interpreter.minor }]
      : pythons.map((python) => ({ leg: ofAnyDistribution(leg), python })),
  )
  if (inputs.check) return checkLocks(wanted, manifest, constraints)
  const upgrade =
    inputs.upgrade.length === 0
      ? []
      : checkUpgrades(inputs.upgrade, await committedLocks(wanted, manifest, constraints))
  const { requireRung, relax } = inputs
  const manner = { anew: true, requireRung, relax, upgrade, interpreter, outputDir }
  const locks = await makeLocks(wanted, manifest, constraints, manner, ports)
  const files: string[] = []
  for (const ofProject of byProject(locks)) files.push(...(await writeCommittedLocks(manifest.directory, ofProject)))
  return [...new Set(files)]
}

/** Other Pythons are other distributions': a lock for the oldest C library holds for all of them. */
function ofAnyDistribution(leg: PinnedLeg): PinnedLeg {
  return leg.target.libc.startsWith('glibc') ? { ...leg, target: { ...leg.target, libc: OLDEST_GLIBC } } : leg
}

/** The locks of each project's version, those for the same inputs once. */
function byProject(locks: readonly LegLock[]): NewLock[][] {
  const groups = new Map<string, Map<string, NewLock>>()
  for (const { source, lock: made } of locks) {
    const { inputs } = source
    const { text, build, facts } = made
    const key = JSON.stringify([inputs.project, inputs.version])
    const group = groups.get(key) ?? new Map<string, NewLock>()
    const madeBy = `giftwrap ${VERSION}, uv ${UV.version}`
    group.set(JSON.stringify(inputs), { inputs, text, build, facts, madeBy })
    groups.set(key, group)
  }
  return [...groups.values()].map((group) => [...group.values()])
}

async function committedLocks(wanted: readonly WantedLock[], manifest: Manifest, constraints: Constraints) {
  const how = { locked: false, anew: false, upgrade: true }
  const locks = []
  for (const { leg, python } of wanted) {
    const { committed } = await findLockSource(leg, manifest, python, constraints, how, NO_LOOKUPS)
    if (committed.state === 'current') locks.push(committedLock(committed))
  }
  return locks
}

/** Gives the files of the locks, all of which are current. */
async function checkLocks(
  wanted: readonly WantedLock[],
  manifest: Manifest,
  constraints: Constraints,
): Promise<string[]> {
  const files = new Set<string>()
  const problems = new Set<string>()
  for (const { leg, python } of wanted) {
    const how = { locked: false, anew: false }
    const { inputs } = await findLockSource(leg, manifest, python, constraints, how, NO_LOOKUPS)
    const found = await readCommittedLock(manifest.directory, inputs)
    const name = `${leg.project.name} ${leg.project.version} for Python ${python}`
    if (found.state === 'current') files.add(found.file)
    else
      problems.add(found.state === 'stale' ? `${found.file} is stale: ${found.why}.` : `there is no lock of ${name}.`)
  }
  if (problems.size === 0) return [...files]
  const hint = 'Make it anew by `giftwrap lock`.'
  throw new InputError([...problems].map((message) => ({ message, hint })))
}

function checkPython(version: string): string {
  if (/^3\.\d{1,2}$/.test(version)) return version
  throw new InputError({
    message: `--python-version ${JSON.stringify(version)} is not a Python version.`,
    hint: 'Give major and minor, e.g. --python-version 3.11,3.13.',
  })
}
