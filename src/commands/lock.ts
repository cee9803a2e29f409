import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import { writeCommittedLock } from '../lock/committed.js'
import { obtainLock } from '../lock/obtain-lock.js'
import { type Manifest, readManifest } from '../manifest/read-manifest.js'
import { makeLegs } from '../plan/make-legs.js'
import { pinLegs } from '../plan/pin-legs.js'
import type { PinnedLeg } from '../plan/plan.js'
import { isDisposable } from '../runtime/container.js'
import { type LogFile, withHeldLog } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { provideSystemNeeds } from '../tools/distribution-packages.js'
import { UV } from '../tools/pins.js'
import { findInterpreter } from '../venv/interpreter.js'
import { VERSION } from '../version.js'
import { findLockSource, type LockSource, manifestConstraints } from './leg-lock.js'
import { legRecord } from './leg-record.js'
import type { LockCommandInputs } from './lock-inputs.js'
import { describeMachine } from './machine.js'
import { needsOf } from './needs.js'
import { onDemand } from './on-demand.js'
import { toolbox } from './toolbox.js'
import { withWorkFolder } from './work-folder.js'

/** `giftwrap lock`: resolves every project anew and writes `locks/` beside the manifest; gives the files. */
export async function lock(inputs: LockCommandInputs, ports: Ports): Promise<string[]> {
  const manifest = await readManifest(inputs.manifest, { version: inputs.version })
  const pythons = inputs.pythonVersions?.map(checkPython)
  const provision = inputs.provision || (await isDisposable(ports.environment))
  const selection = { projects: inputs.projects, only: undefined }
  const legs = makeLegs(manifest, selection, await describeMachine(undefined, provision, ports))
  await provideSystemNeeds(await needsOf(legs, { packaging: false, inPlace: true }, ports.cache), provision, ports)
  const interpreter = await findInterpreter(ports.exec)
  const outputDir = resolve(manifest.settings.output_dir)
  const pinned = await pinLegs(legs, manifest, outputDir, ports)
  const constraints = manifestConstraints(manifest, ports)
  const files: string[] = []
  await withWorkFolder(ports, async (work) => {
    for (const leg of pinned) {
      for (const python of pythons ?? [interpreter.minor]) {
        const source = await findLockSource(leg, manifest, python, constraints, { locked: false, anew: true })
        const folder = join(work, `${leg.id}-py${python}`)
        const make = (log: LogFile) => lockLeg(leg, source, interpreter.path, folder, manifest, ports, log)
        files.push(await withHeldLog(join(outputDir, leg.id, 'lock.log'), make))
      }
    }
  })
  return files
}

async function lockLeg(
  leg: PinnedLeg,
  { inputs, constraintFiles }: LockSource,
  interpreter: string,
  work: string,
  manifest: Manifest,
  ports: Ports,
  log: LogFile,
): Promise<string> {
  await mkdir(work, { recursive: true })
  const record = { ...legRecord(leg, work, ports.reporter), log }
  const prepare = onDemand(leg, work, toolbox(undefined, ports), ports, record)
  const siblings = manifest.projects.map(({ name }) => name)
  const context = { interpreter, constraintFiles, siblings, reuse: false, work, prepare }
  const made = await obtainLock(inputs, context, (make) => record.stage('lock', make), ports, log)
  const madeBy = `giftwrap ${VERSION}, uv ${UV.version}`
  return writeCommittedLock(manifest.directory, inputs, { text: made.text, constraints: made.constraints, madeBy })
}

function checkPython(version: string): string {
  if (/^3\.\d{1,2}$/.test(version)) return version
  throw new InputError({
    message: `--python-version ${JSON.stringify(version)} is not a Python version.`,
    hint: 'Give major and minor, e.g. --python-version 3.11,3.13.',
  })
}
