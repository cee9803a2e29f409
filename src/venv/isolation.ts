import { cp, mkdir, realpath, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { InputError } from '../errors.js'
import { walkTree } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'
import { type NamespaceKind, type Placement, unshare } from './final-path.js'

/** How commands are run without a network here: in a network namespace that has no interface up. */
export async function findIsolation(placement: Placement, ports: Ports): Promise<NamespaceKind> {
  const root = ports.environment.uid === 0
  const kinds = placement === 'in-place' ? (root ? IN_PLACE_AS_ROOT : IN_PLACE) : [placement]
  for (const kind of kinds) {
    const argv = [...unshare(kind, '--net'), 'true']
    const works = await ports.exec.run({ argv, timeoutSeconds: 20 }).then(
      () => true,
      () => false,
    )
    if (works) return kind
  }
  throw new InputError({
    message: 'isolate: true asks for builds without a network, and this machine allows no network namespace.',
    hint: 'Allow user namespaces or sudo without a password, give the container CAP_SYS_ADMIN, or leave isolate out.',
  })
}

const IN_PLACE = ['user-namespace', 'sudo'] as const
const IN_PLACE_AS_ROOT = ['root', 'user-namespace'] as const

/** Copies a checkout, from its top, to where it may be built in; gives the copy of `folder`. */
export type CopySource = (source: { readonly root: string; readonly folder: string }) => Promise<string>

/**
 * Fills uv's cache at `cache` with all that a build asks for, by doing it once, in `folder` and on copies of the sources.
 * uv finds out only by building what a source archive's build needs. What was built is forgotten: the real build, which
 * has no network, builds again.
 */
export async function download(
  folder: string,
  cache: string,
  fill: (copy: CopySource) => Promise<void>,
): Promise<void> {
  let copies = 0
  for (const path of [folder, cache]) await mkdir(path, { recursive: true })
  await fill(async (source) => {
    copies += 1
    const copy = join(folder, `source-${copies}`)
    await cp(source.root, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
    return join(copy, relative(await realpath(source.root), await realpath(source.folder)))
  })
  await forgetBuilt(cache)
  await rm(folder, { recursive: true })
}

/**
 * Removes the wheels that uv built of source archives, as files and as links to what is unpacked of them; the archives
 * (`src`) stay. The places are those of the pinned uv.
 */
export async function forgetBuilt(cache: string): Promise<void> {
  for (const { path, kind } of walkTree(cache, (entry) => !entry.startsWith('sdists-') || /\/src$/.test(entry))) {
    if (kind === 'symlink' || (kind === 'file' && path.endsWith('.whl'))) await rm(join(cache, path))
  }
}

/** Variables of the commands that have no network. */
export function offline(cache: string): Readonly<Record<string, string>> {
  return { UV_CACHE_DIR: cache, UV_OFFLINE: '1' }
}
