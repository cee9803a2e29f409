import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { exists, sha256File, writeFileAtomic } from '../runtime/files.js'
import { STAGES } from '../runtime/reporter.js'

export const RESULT_VERSION = 1
export const RESULT_FILE = 'result.json'

const packageSchema = z.object({
  /** File name, beside `result.json`. */
  file: z.string(),
  /** Bytes. */
  size: z.number(),
  sha256: z.string(),
  /** What the package says of itself. */
  fields: z.record(z.string(), z.string()),
})

const resultSchema = z.object({
  version: z.literal(RESULT_VERSION),
  leg: z.string(),
  status: z.enum(['ok', 'failed']),
  /** SHA-256 over all that decides what the packages are. */
  key: z.string(),
  project: z.string(),
  source: z.string(),
  python: z.string(),
  packager: z.object({ name: z.string(), why: z.string() }),
  packages: z.array(packageSchema),
  /** The key that each package of the folder was made with, those of earlier runs too; by file name. */
  keys: z.record(z.string(), z.string()),
  lock: z.object({ sha256: z.string(), origin: z.string(), distributions: z.number() }).optional(),
  /** Bytes of the files of each distribution of the virtualenv, by name, largest first. */
  sizes: z.record(z.string(), z.number()).optional(),
  /** Seconds a stage. */
  timings: z.partialRecord(z.enum(STAGES), z.number()),
  cache: z.partialRecord(z.enum(STAGES), z.string()),
  warnings: z.array(z.string()),
  error: z.string().optional(),
})

/** What became of a leg, as `result.json` beside its packages. */
export type Result = z.infer<typeof resultSchema>

export async function writeResult(folder: string, result: Result): Promise<string> {
  const path = join(folder, RESULT_FILE)
  await writeFileAtomic(path, `${JSON.stringify(result, null, 2)}\n`)
  return path
}

/** An earlier run's result, if there is one that can be read. */
export async function readResult(folder: string): Promise<Result | undefined> {
  const text = await readFile(join(folder, RESULT_FILE), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseResult(text)
}

/** The result that a text is, if it is one. */
export function parseResult(text: string): Result | undefined {
  try {
    return resultSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The keys of the packages that are in the folder still. */
export async function keysOf(folder: string, earlier: Result | undefined): Promise<Record<string, string>> {
  const there: readonly string[] = await readdir(folder).catch(() => [])
  return Object.fromEntries(Object.entries(earlier?.keys ?? {}).filter(([file]) => there.includes(file)))
}

/** True when every package of the result is there with the very bytes. */
export async function packagesAreThere(folder: string, result: Result): Promise<boolean> {
  for (const { file, sha256 } of result.packages) {
    const path = join(folder, file)
    if (!(await exists(path)) || (await sha256File(path)) !== sha256) return false
  }
  return result.packages.length > 0
}
