import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import * as z from 'zod'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { type Platform, uvPlatform } from './platform.js'

/** A locked distribution that has no wheel for the lock's Python and platform. */
export interface LockedSdist {
  readonly name: string
  readonly version: string
  readonly url: string
  /** Hexadecimal. */
  readonly sha256: string
}

// https://packaging.python.org/en/latest/specifications/pylock-toml/
const pylockSchema = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string().optional(),
      wheels: z.array(z.unknown()).optional(),
      sdist: z.object({ url: z.string(), hashes: z.object({ sha256: z.string() }) }).optional(),
    }),
  ),
})

/** Asks uv which files a lock's distributions have for a Python and a platform: those of source archives only. */
export async function findSdists(
  lock: string,
  target: { readonly interpreter: string; readonly pythonVersion: string; readonly platform: Platform },
  at: { readonly uv: string; readonly folder: string },
  exec: Exec,
  log: LogFile,
): Promise<LockedSdist[]> {
  const folder = join(at.folder, 'pylock')
  await mkdir(folder, { recursive: true })
  const [input, output] = [join(folder, 'lock.txt'), join(folder, 'pylock.toml')]
  await writeFile(input, lock)
  const argv = [
    at.uv,
    ...['pip', 'compile', '--quiet', '--no-header', '--no-annotate', '--no-deps', '--format', 'pylock.toml'],
    ...['--python', target.interpreter, '--python-version', target.pythonVersion],
    ...['--python-platform', uvPlatform(target.platform), '--output-file', output, input],
  ]
  await exec.run({ argv, cwd: folder }, log)
  const { packages } = pylockSchema.parse(parse(await readFile(output, 'utf8')))
  return packages.flatMap(({ name, version, wheels, sdist }) => {
    if (version === undefined || sdist === undefined || (wheels ?? []).length > 0) return []
    return [{ name, version, url: sdist.url, sha256: sdist.hashes.sha256 }]
  })
}
