import { join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import { writeCommittedLock } from '../lock/committed.js'
import { makeLegs } from '../plan/make-legs.js'
import { pinLegs } from '../plan/pin-legs.js'
import type { PinnedLeg } from '../plan/plan.js'
import { isDisposable } from '../runtime/container.js'
import { withHeldLog } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import type { LendFolder } from '../source/git.js'
import { provideSystemNeeds } from '../tools/distribution-packages.js'
import { UV } from '../tools/pins.js'
import { findInterpreter } from '../venv/interpreter.js'
import { VERSION } from '../version.js'
import { findLockSource, manifestConstraints, resolveLock } from './leg-lock.js'
import type { LockCommandInputs } from './lock-inputs.js'
import { describeMachine } from './machine.js'
import { overridesOf } from './manifest-inputs.js'
import { needsOf } from './needs.js'
import { readWholeManifest } from './superrepo-projects.js'
import { withWorkFolder } from './work-folder.js'

/** `giftwrap lock`: resolves every project anew and writes `locks/` beside the manifest; gives the files. */
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
  const siblings = manifest.projects.map(({ name }) => name)
  const constraints = manifestConstraints(manifest, more, ports)
  const files: string[] = []
  await withWorkFolder(ports, async (work) => {
    for (const leg of oneOfEach(pinned)) {
      for (const python of pythons ?? [leg.target.python ?? interpreter.minor]) {
        const source = await findLockSource(leg, manifest, python, constraints, { locked: false, anew: true }, ports)
        const how = {
          ...{ interpreter: interpreter.path, siblings, work: join(work, `${leg.id}-py${python}`), reuse: false },
          requireRung: inputs.requireRung,
        }
        const made = await withHeldLog(join(outputDir, leg.id, 'lock.log'), (log) =>
          resolveLock(leg, source, how, ports, log),
        )
        const madeBy = `giftwrap ${VERSION}, uv ${UV.version}`
        const lock = { text: made.text, constraints: made.constraints, tested: made.tested, madeBy }
        files.push(await writeCommittedLock(manifest.directory, source.inputs, lock))
      }
    }
  })
  return files
}

/** Legs of one project for different targets have one lock for each Python. */
function oneOfEach(legs: readonly PinnedLeg[]): readonly PinnedLeg[] {
  const keyOf = ({ project, target }: PinnedLeg) => JSON.stringify([project.name, project.version, target.python])
  return [...new Map(legs.map((leg) => [keyOf(leg), leg])).values()]
}

function checkPython(version: string): string {
  if (/^3\.\d{1,2}$/.test(version)) return version
  throw new InputError({
    message: `--python-version ${JSON.stringify(version)} is not a Python version.`,
    hint: 'Give major and minor, e.g. --python-version 3.11,3.13.',
  })
}
