import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'

/**
 * Builds a project's wheel under a lock of build requirements, to see that it can be. It is a copy that is built: what
 * builds leave in a source tree may become part of the next one.
 */
export async function canBuild(
  checkout: string,
  lock: string,
  interpreter: string,
  at: { readonly uv: string; readonly folder: string },
  exec: Exec,
  log: LogFile,
): Promise<boolean> {
  const file = join(at.folder, 'build-constraints.txt')
  await writeFile(file, lock)
  const copy = join(at.folder, 'source')
  await exec.run({ argv: ['cp', '--archive', '--reflink=auto', '--no-target-directory', checkout, copy] }, log)
  const argv = [
    at.uv,
    ...['build', '--wheel', '--no-sources', '--python', interpreter, '--build-constraints', file],
    ...['--out-dir', join(at.folder, 'wheels'), copy],
  ]
  try {
    await exec.run({ argv, cwd: at.folder, env: { GIT_CEILING_DIRECTORIES: at.folder } }, log)
    return true
  } catch (error) {
    if (error instanceof ToolError && error.status !== undefined) return false
    throw error
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}
