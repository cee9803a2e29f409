import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readOverride } from '../manifest/check-requirement.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import type { LockInputs } from './inputs.js'
import { parseLock } from './lock-file.js'
import type { LockManner, LockTools } from './make-lock.js'
import type { Lock } from './obtain-lock.js'
import { ownRequirement, resolve } from './resolve.js'

/**
 * Resolves a lock once more, in its own versions, under the Python that it is for, where another one has read the
 * metadata of source archives. Gives the lock as it should be: the same, most of the time.
 */
export async function resolveAgain(
  lock: Lock,
  inputs: LockInputs,
  tools: LockTools,
  { interpreter, work }: Pick<LockManner, 'interpreter' | 'work'>,
  exec: Exec,
  log: LogFile,
): Promise<string> {
  const [source, uv] = [await tools.source(), await tools.uv()]
  const folder = join(work, 'lock-again')
  await mkdir(folder, { recursive: true })
  const locked = parseLock(lock.text, 'the lock')
  const overrides: string[] = []
  const leftOut = [source.distribution]
  for (const { requirement } of inputs.pipOverrides) {
    const read = readOverride(requirement)
    if (read?.kind !== 'git') {
      overrides.push(requirement)
      continue
    }
    const { folder: checkout } = await tools.override(read.name, read.url, read.commit)
    overrides.push(ownRequirement(read.name, [], checkout))
    leftOut.push(read.name)
  }
  const { text } = await resolve(
    {
      requirements: [
        ownRequirement(source.distribution, inputs.extras, source.folder),
        ...inputs.pipDependencies,
        ...inputs.postinstallDependencies,
      ],
      constraints: locked.map(({ name, version }) => ({ name, specifier: `==${version}` })),
      overrides,
      leftOut,
      interpreter: interpreter.path,
      pythonVersion: inputs.python,
      platform: inputs.platform,
      buildLock: lock.facts.build.unlocked.length > 0 ? '' : lock.build,
    },
    { uv, folder },
    exec,
    log,
  )
  return text
}
