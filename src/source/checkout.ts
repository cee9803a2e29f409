import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import { exists } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { distributionName } from './distribution-name.js'
import { checkoutGit, commitDate } from './git.js'
import { applyPatches } from './patches.js'
import { checkoutPath, pathDate } from './path.js'
import type { PinnedSource } from './pin.js'
import { checkoutSdist, sdistDate } from './sdist.js'

/** A project's source, ready to be built. */
export interface Checkout {
  /** The folder of the Python project: the subdirectory, where there is one. */
  readonly folder: string
  /** The folder of all of the source, `folder` itself or above it. */
  readonly root: string
  readonly kind: PinnedSource['kind']
  /** What the source calls its Python distribution; the project's name where it doesn't say. */
  readonly distribution: string
  /** When the source was made; seconds since 1970: the date of everything that is built of it. */
  readonly date: number
}

/** Makes a checkout of a pinned source, with its patches, in a new folder. */
export async function checkout(
  source: { readonly pin: PinnedSource; readonly subdirectory?: string | undefined; readonly project: string },
  folder: string,
  ports: Ports,
  log: LogFile,
): Promise<Checkout> {
  const date = await fetchSource(source.pin, folder, ports, log)
  await applyPatches(source.pin.patches ?? [], folder, source.project, ports, log)
  const project = source.subdirectory === undefined ? folder : await subfolder(folder, source.subdirectory)
  if (!(await exists(join(project, 'setup.py'))) && !(await exists(join(project, 'pyproject.toml')))) {
    const where = source.subdirectory === undefined ? 'its source' : `${source.subdirectory} of its source`
    throw new InputError({ message: `${source.project}: ${where} holds neither pyproject.toml nor setup.py.` })
  }
  const distribution = (await distributionName(project)) ?? source.project
  return { folder: project, root: folder, kind: source.pin.kind, distribution, date }
}

/** A repository may hold links to anywhere: only a folder that is really inside counts. */
async function subfolder(folder: string, name: string): Promise<string> {
  const path = await realpath(join(folder, name)).catch(() => undefined)
  if (path === undefined || !path.startsWith(`${await realpath(folder)}/`)) {
    throw new InputError({ message: `the source has no folder ${name} (subdirectory).` })
  }
  return path
}

async function fetchSource(pin: PinnedSource, folder: string, ports: Ports, log: LogFile): Promise<number> {
  switch (pin.kind) {
    case 'git':
      await checkoutGit(pin, folder, ports.exec, log)
      return commitDate(pin.commit, folder, ports.exec, log)
    case 'sdist':
      await checkoutSdist(pin, folder, ports, log)
      return sdistDate(folder)
    case 'path':
      await checkoutPath(pin, folder, ports.exec, log)
      return pin.commit === undefined ? pathDate(folder) : commitDate(pin.commit, folder, ports.exec, log)
  }
}
