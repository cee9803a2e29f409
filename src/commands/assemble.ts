import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { LegOutcome } from '../publish/legs.js'
import { REPORT_FILE, SUMS_FILE } from '../publish/names.js'
import { sumsText } from '../publish/sums.js'
import { partialPath, removeAbandoned, sha256Text, writeFileAtomic } from '../runtime/files.js'

/** A file of the folder that is published. */
export interface PublishedFile {
  readonly name: string
  /** As the build named it. */
  readonly original: string
  /** Absolute. */
  readonly path: string
  readonly leg: string
  readonly size: number
  readonly sha256: string
}

/** What was put together. */
export interface Assembled {
  readonly packages: readonly PublishedFile[]
  readonly sums: Omit<PublishedFile, 'leg'>
  /** Path of the report. */
  readonly report: string
}

/**
 * Puts the packages with their sums and the report into one folder, under the names that they are published by. A folder
 * that holds other files is an `InputError`: they would pass for published.
 */
export async function assemble(
  folder: string,
  outcomes: readonly LegOutcome[],
  report: string,
  nameOf: (file: string) => string,
): Promise<Assembled> {
  const packages = outcomes.flatMap((outcome) =>
    outcome.packages.map(({ file, size, sha256 }) => {
      const name = nameOf(file)
      const published = { name, original: file, path: join(folder, name), leg: outcome.leg.id, size, sha256 }
      return { published, source: join(outcome.folder, file) }
    }),
  )
  await refuseOthers(folder, [...packages.map(({ published }) => published.name), SUMS_FILE, REPORT_FILE])
  await mkdir(folder, { recursive: true })
  // Last of all they come back: sums that are there are complete.
  await rm(join(folder, SUMS_FILE), { force: true })
  for (const { published, source } of packages) await copyWhole(source, published.path)
  await writeFileAtomic(join(folder, REPORT_FILE), report)
  const text = sumsText(packages.map(({ published }) => published))
  const sums = {
    name: SUMS_FILE,
    original: SUMS_FILE,
    path: join(folder, SUMS_FILE),
    size: Buffer.byteLength(text),
    sha256: sha256Text(text),
  }
  await writeFileAtomic(sums.path, text)
  return { packages: packages.map(({ published }) => published), sums, report: join(folder, REPORT_FILE) }
}

async function refuseOthers(folder: string, names: readonly string[]): Promise<void> {
  await removeAbandoned(folder)
  const there: readonly string[] = await readdir(folder).catch(() => [])
  const other = there.find((name) => !names.includes(name))
  if (other === undefined) return
  throw new InputError({
    message: `${folder} holds ${other}, which is no part of what is published.`,
    hint: 'Name an empty folder, or one that does not exist: output-dir.',
  })
}

async function copyWhole(source: string, path: string): Promise<void> {
  const partial = partialPath(path)
  try {
    await copyFile(source, partial, constants.COPYFILE_FICLONE)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}
