import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Environment } from './environment.js'

/** The path of an executable of the caller's PATH. */
export async function which(name: string, environment: Environment): Promise<string | undefined> {
  const folders = (environment.variables.PATH ?? '/usr/local/bin:/usr/bin:/bin')
    .split(delimiter)
    .filter((f) => f !== '')
  // sbin is not on every user's PATH, but holds tools that any user may run.
  for (const folder of [...folders, '/usr/sbin', '/sbin']) {
    const path = join(folder, name)
    if (await isExecutable(path)) return path
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
