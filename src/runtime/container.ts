import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from './environment.js'
import { exists } from './files.js'

/**
 * True where the file system is thrown away after the job: in a container of GitHub's runner. A container alone is
 * no proof: people develop in containers too.
 */
export async function isDisposable(environment: Environment, root = '/'): Promise<boolean> {
  return environment.variables.GITHUB_ACTIONS === 'true' && (await inContainer(root))
}

async function inContainer(root: string): Promise<boolean> {
  if ((await exists(join(root, '.dockerenv'))) || (await exists(join(root, 'run/.containerenv')))) return true
  const groups = await readFile(join(root, 'proc/1/cgroup'), 'utf8').catch(() => '')
  return /docker|containerd|kubepods|libpod/.test(groups)
}
