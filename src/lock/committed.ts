import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { sha256Text, writeFileAtomic } from '../runtime/files.js'
import { type LockFacts, lockFactsSchema } from './facts.js'
import type { LockInputs } from './inputs.js'
import { fitsPlatform, platformName } from './platform.js'

const FORMAT = 2

const SHA256 = z.string().regex(/^[0-9a-f]{64}$/)
/** In the folder of the record: names lead nowhere else. */
const FILE = z.string().regex(/^[A-Za-z0-9][^\s\p{C}/\\]*\.txt$/u)

const entrySchema = z.strictObject({
  python: z.string().regex(/^3\.\d{1,2}$/),
  /** e.g. `amd64 glibc 2.36`. */
  platforms: z.array(z.string()).min(1).readonly(),
  source: z.string(),
  subdirectory: z.string().optional(),
  extras: z.array(z.string()).readonly(),
  pip_dependencies: z.array(z.string()).readonly(),
  pip_overrides: z.array(z.strictObject({ requirement: z.string(), reason: z.string().optional() })).readonly(),
  postinstall_dependencies: z.array(z.string()).readonly(),
  file: FILE,
  sha256: SHA256,
  build_file: FILE,
  facts: lockFactsSchema,
  made_by: z.string(),
})

const recordSchema = z.strictObject({
  format: z.literal(FORMAT),
  project: z.string(),
  version: z.string(),
  locks: z.array(entrySchema).readonly(),
})

/** One lock of a project's version: what it was made of, and what is known of it. */
export type LockEntry = Readonly<z.infer<typeof entrySchema>>

/** `locks/<project>-<version>.json`: all locks of a project's version. */
export type LockRecord = Readonly<z.infer<typeof recordSchema>>

export type CommittedLock =
  | {
      readonly state: 'current'
      readonly text: string
      readonly build: string
      readonly file: string
      readonly facts: LockFacts
    }
  | { readonly state: 'stale'; readonly file: string; readonly why: string }
  | { readonly state: 'absent' }

/** A lock that is to be written. */
export interface NewLock {
  readonly inputs: LockInputs
  readonly text: string
  readonly build: string
  readonly facts: LockFacts
  readonly madeBy: string
}

type Named = Pick<LockInputs, 'project' | 'version'>

/** `locks/<project>-<version>.json` below the manifest's folder. */
export function lockRecordPath(directory: string, { project, version }: Named): string {
  return join(directory, 'locks', `${project}-${version}.json`)
}

/** The record that is there; undefined where there is none that can be read. */
export async function readLockRecord(directory: string, named: Named): Promise<LockRecord | undefined> {
  try {
    return parseLockRecord(await readFile(lockRecordPath(directory, named), 'utf8'))
  } catch {
    return undefined
  }
}

/** Reads a record, which anybody may have edited; throws what says where it is wrong. */
export function parseLockRecord(text: string): LockRecord {
  return recordSchema.parse(JSON.parse(text))
}

/** The lock that the user's repository holds for these inputs. */
export async function readCommittedLock(directory: string, inputs: LockInputs): Promise<CommittedLock> {
  const usual = join(directory, 'locks', `${baseName(inputs)}.txt`)
  const record = await readLockRecord(directory, inputs)
  if (record === undefined) {
    const there = await readFile(usual).catch(() => undefined)
    const why = `${lockRecordPath(directory, inputs)} does not say what it was made of`
    return there === undefined ? { state: 'absent' } : { state: 'stale', file: usual, why }
  }
  const ofPython = record.locks.filter(({ python }) => python === inputs.python)
  if (ofPython.length === 0) return { state: 'absent' }
  const fitting = ofPython.filter(({ platforms }) => platforms.some((name) => fitsPlatform(name, inputs.platform)))
  if (fitting.length === 0) {
    return { state: 'stale', file: usual, why: `it is not for ${platformName(inputs.platform)}` }
  }
  // One that was made for this very platform before those that hold for it too.
  const own = ({ platforms }: LockEntry) => (platforms.includes(platformName(inputs.platform)) ? 0 : 1)
  let stale: CommittedLock | undefined
  for (const entry of fitting.toSorted((a, b) => own(a) - own(b))) {
    const file = join(directory, 'locks', entry.file)
    const [text, build] = await Promise.all(
      [entry.file, entry.build_file].map((name) =>
        readFile(join(directory, 'locks', name), 'utf8').catch(() => undefined),
      ),
    )
    const why = firstDifference(entry, inputs) ?? editedOrGone(entry, text, build)
    if (why === undefined && text !== undefined && build !== undefined)
      return { state: 'current', text, build, file, facts: entry.facts }
    stale ??= { state: 'stale', file, why: why ?? 'it is not whole' }
  }
  return stale ?? { state: 'absent' }
}

function editedOrGone(entry: LockEntry, text: string | undefined, build: string | undefined): string | undefined {
  if (text === undefined) return 'it is gone'
  if (build === undefined) return `${entry.build_file} beside it is gone`
  if (sha256Text(text) !== entry.sha256) return 'it was edited by hand'
  return sha256Text(build) === entry.facts.build.sha256 ? undefined : `${entry.build_file} beside it was edited by hand`
}

/**
 * Writes the locks of one project's version into the user's repository, equal ones as one file; those of other Pythons
 * stay. Gives the files of locks, the record last.
 */
export async function writeCommittedLocks(directory: string, locks: readonly NewLock[]): Promise<string[]> {
  const [first] = locks
  if (first === undefined) return []
  const { project, version } = first.inputs
  const earlier = await readLockRecord(directory, first.inputs)
  const made = new Set(locks.map(({ inputs }) => inputs.python))
  const kept = (earlier?.locks ?? []).filter(({ python }) => !made.has(python))
  const entries: LockEntry[] = [...kept]
  const files = new Map<string, string>()
  for (const lock of locks.toSorted(byPlatform)) {
    const made = entryOf(lock, {
      file: nameOf(lock, '', lock.text, files),
      build: nameOf(lock, '-build', lock.build, files),
    })
    files.set(made.file, lock.text)
    files.set(made.build_file, lock.build)
    const same = entries.findIndex((entry) => isSame(entry, made))
    const entry = entries[same]
    if (entry === undefined) entries.push(made)
    else entries[same] = { ...entry, platforms: [...new Set([...entry.platforms, ...made.platforms])] }
  }
  const place = (name: string) => join(directory, 'locks', name)
  for (const [name, text] of files) await writeFileAtomic(place(name), text)
  const order = (entry: LockEntry) => `${entry.python.padStart(5)} ${entry.file}`
  const sorted = entries.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  const record: LockRecord = { format: FORMAT, project, version, locks: sorted }
  await writeFileAtomic(lockRecordPath(directory, first.inputs), `${JSON.stringify(record, null, 2)}\n`)
  const named = new Set(sorted.flatMap((entry) => [entry.file, entry.build_file]))
  for (const entry of earlier?.locks ?? []) {
    for (const name of [entry.file, entry.build_file]) {
      // Records may be edited: other projects' locks are not this one's to remove.
      const own = name.startsWith(baseName({ project, version, python: entry.python }))
      if (own && !named.has(name)) await rm(place(name), { force: true })
    }
  }
  return sorted.filter(({ python }) => made.has(python)).map(({ file }) => place(file))
}

/** Older and more usual platforms first: their locks have the plain names. */
function byPlatform(a: NewLock, b: NewLock): number {
  const order = ({ inputs: { python, platform } }: NewLock) =>
    `${python.padStart(5)} ${platform.libc.startsWith('glibc') ? 0 : 1} ${platformName(platform)}`
  return order(a) < order(b) ? -1 : 1
}

/** But for the platforms. */
function isSame(one: LockEntry, other: LockEntry): boolean {
  return JSON.stringify({ ...one, platforms: [] }) === JSON.stringify({ ...other, platforms: [] })
}

function entryOf({ inputs, text, facts, madeBy }: NewLock, names: { readonly file: string; readonly build: string }) {
  return {
    python: inputs.python,
    platforms: [platformName(inputs.platform)],
    ...wordsOf(inputs),
    ...{ file: names.file, sha256: sha256Text(text), build_file: names.build },
    facts,
    made_by: madeBy,
  } satisfies LockEntry
}

function baseName({ project, version, python }: Pick<LockInputs, 'project' | 'version' | 'python'>): string {
  return `${project}-${version}-py${python}`
}

/** A name for a file: the plain one, one with the platform in it, or one more with a number; equal files share one. */
function nameOf({ inputs }: NewLock, ending: string, text: string, taken: ReadonlyMap<string, string>): string {
  const base = baseName(inputs)
  const named = `${base}-${platformName(inputs.platform).replaceAll(' ', '-')}`
  const further = Array.from({ length: taken.size }, (_, index) => `${named}-${index + 2}`)
  const names = [base, named, ...further].map((name) => `${name}${ending}.txt`)
  return names.find((name) => (taken.get(name) ?? text) === text) ?? `${named}-${taken.size + 2}${ending}.txt`
}

/** The inputs as a record has them. */
function wordsOf(inputs: LockInputs) {
  return {
    source: inputs.source,
    ...(inputs.subdirectory === undefined ? {} : { subdirectory: inputs.subdirectory }),
    extras: inputs.extras,
    pip_dependencies: inputs.pipDependencies,
    pip_overrides: inputs.pipOverrides.map(({ requirement, reason }) => ({
      requirement,
      ...(reason === undefined ? {} : { reason }),
    })),
    postinstall_dependencies: inputs.postinstallDependencies,
  }
}

function firstDifference(entry: LockEntry, inputs: LockInputs): string | undefined {
  const { constraints: made } = entry.facts
  const now = inputs.constraints.map(({ source, sha256 }, index) => ({
    source,
    sha256: sha256 ?? made[index]?.sha256,
  }))
  const words: Readonly<Record<string, unknown>> = { subdirectory: undefined, ...wordsOf(inputs), constraints: now }
  const before: Readonly<Record<string, unknown>> = { ...entry, constraints: made }
  const different = Object.keys(words).find((key) => JSON.stringify(before[key]) !== JSON.stringify(words[key]))
  return different === undefined ? undefined : `its ${different} is not the manifest's`
}
