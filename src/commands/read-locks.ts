import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import * as z from 'zod'
import { InputError } from '../errors.js'
import { type LockRecord, lockRecordPath, parseLockRecord } from '../lock/committed.js'
import { lockFactsSchema } from '../lock/facts.js'
import { type LockView, viewLock } from '../lock/view.js'
import { readDebEvidence } from '../package/deb-evidence.js'
import { parsePlan } from '../plan/plan-file.js'
import { sha256Text } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'
import { printable } from '../runtime/printable.js'
import { readSmallFile } from './read-small-file.js'

/** The locks of a record `locks/<project>-<version>.json`; undefined where there is none. */
export async function readRecordLocks(file: string, ports: Ports): Promise<LockView[] | undefined> {
  const record = await readRecord(file)
  if (record === undefined) return undefined
  return Promise.all(record.locks.map((entry) => viewEntry(file, record, entry, ports)))
}

/** Those of a project's version beside the manifest. */
export async function readCommittedLocks(
  directory: string,
  named: Pick<LockRecord, 'project' | 'version'>,
  ports: Ports,
): Promise<LockView[] | undefined> {
  return readRecordLocks(lockRecordPath(directory, named), ports)
}

/** A lock's text, with what the record beside it says, where there is one. */
export async function readLockText(file: string, ports: Ports): Promise<LockView> {
  const { project = '', python = '' } =
    /^(?<project>.+)-py(?<python>3\.\d{1,2})(?:-.*)?\.txt$/.exec(basename(file))?.groups ?? {}
  const recordFile = join(dirname(file), `${project}.json`)
  const record = project === '' ? undefined : await readRecord(recordFile)
  const entry = record?.locks.find((one) => one.file === basename(file))
  if (record !== undefined && entry !== undefined) return viewEntry(recordFile, record, entry, ports)
  const text = await readText(file)
  const unknown = { version: '', platforms: [], facts: undefined, asked: undefined, build: undefined }
  return viewLock({ ...unknown, project: project === '' ? basename(file) : project, python, file, text })
}

/** The locks of a plan's legs. */
export async function readPlanLocks(file: string, ports: Ports): Promise<LockView[]> {
  const plan = parsePlan(await readText(file), file)
  const views = await Promise.all(
    plan.locks.map(async ({ file: name, build_file, sha256, python, platforms, facts }) => {
      const leg = plan.legs.find(({ lock }) => lock === name)
      if (leg === undefined) return undefined
      const { project } = leg
      const path = join(dirname(file), 'locks', name)
      const text = await readUnedited(path, sha256, ports)
      const build = await readUnedited(join(dirname(file), 'locks', build_file), facts.build.sha256, ports)
      const named = { project: project.name, version: project.version, python, platforms, file: path }
      return viewLock({ ...named, text, build, facts, asked: project.pip_dependencies })
    }),
  )
  const found = views.flatMap((view) => view ?? [])
  if (found.length > 0) return found
  throw new InputError({
    message: `${file} has no locks.`,
    hint: 'Write the plan by `giftwrap plan -o DIR`: without a folder nothing is locked.',
  })
}

/** What a package has below its install path. */
const provenanceSchema = z.object({
  format: z.literal(1),
  project: z.string(),
  version: z.string(),
  python: z.string().regex(/^3\.\d{1,2}\b/),
  lock: lockFactsSchema.extend({ sha256: z.string() }),
})

/** The lock of a built package. */
export async function readPackageLock(file: string, ports: Ports): Promise<LockView> {
  const ending = extname(file)
  if (ending !== '.deb') {
    throw new InputError({
      message: `${file}: ${ending === '' ? 'files without an ending' : `packages of the format ${ending}`} are not read yet.`,
      hint: 'Name a .deb, or what it was made of: a lock, a plan.',
    })
  }
  // dpkg-deb would say that it failed.
  const stats = await stat(file).catch(() => undefined)
  if (!stats?.isFile()) throw new InputError({ message: `${file} is not there, or no file.` })
  const evidence = await readDebEvidence(file, ports.exec)
  const { 'lock.txt': text = '', 'build-lock.txt': build } = evidence
  const read = parsed(() => provenanceSchema.parse(JSON.parse(evidence['provenance.json'] ?? '')))
  if ('why' in read) {
    throw new InputError({
      message: `${file} does not say where its versions come from: ${read.why}`,
      hint: 'It was built by another version of giftwrap.',
    })
  }
  const { project, version, python, lock } = read.value
  const { sha256: _, ...facts } = lock
  const minor = python.split('.').slice(0, 2).join('.')
  return viewLock({ project, version, python: minor, platforms: [], file, text, build, facts, asked: undefined })
}

async function readRecord(file: string): Promise<LockRecord | undefined> {
  const text = await readSmallFile(file)
  if (text === undefined) return undefined
  const read = parsed(() => parseLockRecord(text))
  if ('value' in read) return read.value
  throw new InputError({
    message: `${file} is no record of locks that can be read: ${read.why}`,
    hint: 'Make it anew by `giftwrap lock`, with this version of giftwrap.',
  })
}

async function viewEntry(
  recordFile: string,
  { project, version }: LockRecord,
  entry: LockRecord['locks'][number],
  ports: Ports,
): Promise<LockView> {
  const { python, platforms, facts, sha256, pip_dependencies: asked } = entry
  const file = join(dirname(recordFile), entry.file)
  const text = await readUnedited(file, sha256, ports)
  const build = await readUnedited(join(dirname(recordFile), entry.build_file), facts.build.sha256, ports)
  return viewLock({ project, version, python, platforms, file, text, build, facts, asked })
}

/** What a lock is now counts, not what it was; but then its record may be wrong. */
async function readUnedited(file: string, sha256: string, { reporter }: Ports): Promise<string> {
  const text = await readText(file)
  if (sha256Text(text) !== sha256) {
    reporter.warning({ message: `${file} was edited by hand: where its versions come from may be said wrongly.` })
  }
  return text
}

async function readText(file: string): Promise<string> {
  const text = await readSmallFile(file)
  if (text !== undefined) return text
  throw new InputError({ message: `${file} is not there.` })
}

/** What a reader gives, or in one line what is wrong. */
function parsed<T>(read: () => T): { readonly value: T } | { readonly why: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof z.ZodError) {
      const [issue] = error.issues
      return { why: printable(`${issue?.path.join('.')}: ${issue?.message}`) }
    }
    return { why: printable(error instanceof Error ? error.message : String(error)) }
  }
}
