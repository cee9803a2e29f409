import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { sha256Text, writeFileAtomic } from '../runtime/files.js'

const FORMAT = 1

const rungNumber = z.literal([1, 2, 3, 4])
const rungSchema = z.object({
  rung: rungNumber,
  what: z.string(),
  url: z.string().optional(),
  date: z.string().optional(),
  change: z.string().optional(),
  distance: z.int().optional(),
  requirements: z.string().optional(),
})

const testedSchema = z.object({
  rungs: z.array(rungSchema).readonly(),
  misses: z.array(z.object({ rung: rungNumber, why: z.string(), failed: z.boolean() })).readonly(),
  packages: z.record(z.string(), z.int()),
  overruled: z.array(z.object({ name: z.string(), tested: z.string(), manifest: z.string() })).readonly(),
})

const recordSchema = z.object({
  format: z.literal(FORMAT),
  project: z.string(),
  version: z.string(),
  python: z.string(),
  source: z.string(),
  subdirectory: z.string().optional(),
  extras: z.array(z.string()),
  pip_dependencies: z.array(z.string()),
  constraints: z.array(z.object({ source: z.string(), sha256: z.string() })),
  /** Where each version comes from. */
  tested: testedSchema.optional(),
  /** Of the lock beside the record. */
  sha256: z.string(),
  made_by: z.string(),
})

/** What a committed lock was made of, stands beside it as JSON. */
export type LockRecord = z.infer<typeof recordSchema>

/** What a lock must have been made of to be current. */
export interface LockInputs {
  readonly project: string
  readonly version: string
  /** e.g. `3.11`. */
  readonly python: string
  readonly source: string
  readonly subdirectory?: string | undefined
  readonly extras: readonly string[]
  readonly pipDependencies: readonly string[]
  /** Sources of the constraints; the SHA-256 of those that are local files. */
  readonly constraints: readonly { readonly source: string; readonly sha256?: string | undefined }[]
}

export type CommittedLock =
  | { readonly state: 'current'; readonly text: string; readonly file: string; readonly record: LockRecord }
  | { readonly state: 'stale'; readonly file: string; readonly why: string }
  | { readonly state: 'absent' }

/** `locks/<project>-<version>-py3.X` below the manifest's folder, without suffix. */
export function committedLockPath(
  directory: string,
  inputs: Pick<LockInputs, 'project' | 'version' | 'python'>,
): string {
  return join(directory, 'locks', `${inputs.project}-${inputs.version}-py${inputs.python}`)
}

/** The lock that the user's repository holds for these inputs. */
export async function readCommittedLock(directory: string, inputs: LockInputs): Promise<CommittedLock> {
  const path = committedLockPath(directory, inputs)
  const file = `${path}.txt`
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { state: 'absent' }
  const record = parseRecord(await readFile(`${path}.json`, 'utf8').catch(() => ''))
  if (record === undefined) return { state: 'stale', file, why: `${path}.json does not say what it was made of` }
  const why =
    firstDifference(record, inputs) ?? (record.sha256 === sha256Text(text) ? undefined : 'it was edited by hand')
  return why === undefined ? { state: 'current', text, file, record } : { state: 'stale', file, why }
}

/** Writes a lock and its record into the user's repository. */
export async function writeCommittedLock(
  directory: string,
  inputs: LockInputs,
  lock: {
    readonly text: string
    readonly constraints: LockRecord['constraints']
    readonly tested?: LockRecord['tested']
    readonly madeBy: string
  },
): Promise<string> {
  const path = committedLockPath(directory, inputs)
  const record: LockRecord = {
    format: FORMAT,
    project: inputs.project,
    version: inputs.version,
    python: inputs.python,
    source: inputs.source,
    ...(inputs.subdirectory === undefined ? {} : { subdirectory: inputs.subdirectory }),
    extras: [...inputs.extras],
    pip_dependencies: [...inputs.pipDependencies],
    constraints: [...lock.constraints],
    ...(lock.tested === undefined ? {} : { tested: lock.tested }),
    sha256: sha256Text(lock.text),
    made_by: lock.madeBy,
  }
  await writeFileAtomic(`${path}.txt`, lock.text)
  await writeFileAtomic(`${path}.json`, `${JSON.stringify(record, null, 2)}\n`)
  return `${path}.txt`
}

function parseRecord(text: string): LockRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function firstDifference(record: LockRecord, inputs: LockInputs): string | undefined {
  const constraints = inputs.constraints.map(({ source, sha256 }, index) => ({
    source,
    sha256: sha256 ?? record.constraints[index]?.sha256,
  }))
  const pairs: [string, unknown, unknown][] = [
    ['source', record.source, inputs.source],
    ['subdirectory', record.subdirectory, inputs.subdirectory],
    ['extras', record.extras, inputs.extras],
    ['pip_dependencies', record.pip_dependencies, inputs.pipDependencies],
    ['constraints', record.constraints, constraints],
  ]
  const different = pairs.find(([, made, now]) => JSON.stringify(made) !== JSON.stringify(now))
  return different === undefined ? undefined : `its ${different[0]} is not the manifest's`
}
