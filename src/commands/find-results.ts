import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { FoundResult, PackageFile } from '../publish/legs.js'
import { attemptOf, isPackageName } from '../publish/names.js'
import { sha256File } from '../runtime/files.js'
import { parseResult, RESULT_FILE } from './result.js'

const MAX_RESULT_BYTES = 4 * 1024 * 1024

/**
 * All results in a folder: `<leg>/result.json`, as a build leaves them, or `<artifact>/<leg>/result.json`, as artifacts
 * are unpacked. All of it comes from outside: links are not followed, and each package's bytes are held against its sum.
 */
export async function findResults(folder: string): Promise<readonly FoundResult[]> {
  const found: FoundResult[] = []
  for (const name of await foldersIn(folder)) {
    const path = join(folder, name)
    if (await isFile(join(path, RESULT_FILE))) {
      found.push(await readFound(name, path, 0))
      continue
    }
    for (const leg of await foldersIn(path)) {
      const inner = join(path, leg)
      if (await isFile(join(inner, RESULT_FILE))) found.push(await readFound(leg, inner, attemptOf(name)))
    }
  }
  return found
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ message: `the results in ${folder} can't be read: ${reason}` }, { cause })
  })
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted()
}

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false
}

async function readFound(leg: string, folder: string, attempt: number): Promise<FoundResult> {
  const path = join(folder, RESULT_FILE)
  const { size } = await lstat(path)
  const claims = size > MAX_RESULT_BYTES ? undefined : parseResult(await readFile(path, 'utf8'))
  const faults: string[] = []
  for (const file of claims?.packages ?? []) {
    const fault = await faultOf(file, folder)
    if (fault !== undefined) faults.push(fault)
  }
  return { leg, folder, attempt, claims, faults }
}

async function faultOf({ file, size, sha256 }: PackageFile, folder: string): Promise<string | undefined> {
  if (!isPackageName(file)) return `${JSON.stringify(file)} is no name of a package`
  const path = join(folder, file)
  const there = await lstat(path).catch(() => undefined)
  if (there === undefined) return `its ${file} is not there`
  if (!there.isFile()) return `its ${file} is no plain file`
  if (there.size !== size) return `its ${file} has ${there.size} bytes, and its result says ${size}`
  const found = await sha256File(path)
  return found === sha256 ? undefined : `its ${file} has the SHA-256 ${found}, and its result says ${sha256}`
}
