import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { type TreeEntry, walkTree } from '../runtime/files.js'
import { type PackageModel, PRIORITY, SECTION } from './model.js'

/** One entry of nfpm's `contents`. */
export interface NfpmContent {
  readonly src?: string
  readonly dst: string
  readonly type: 'tree' | 'file' | 'config|noreplace' | 'symlink' | 'dir'
  readonly file_info?: { readonly mode: number; readonly mtime: string }
}

const DOLLAR = 'GIFTWRAP_DOLLAR'
/** What nfpm's configuration needs of its environment: nfpm expands `$NAME` in texts and has no way to quote it. */
export const NFPM_ENVIRONMENT = { [DOLLAR]: '$' } as const

/** A text that nfpm writes as it stands: a project's summary must not read the caller's environment. */
function literal(text: string): string {
  return text.split('$').join(`\${${DOLLAR}}`)
}

/** nfpm's configuration for a deb of the model, as YAML. Source: nfpm 2.48's documentation. */
export function nfpmConfig(model: PackageModel, contents: readonly NfpmContent[]): string {
  return dump({
    name: model.name,
    arch: model.architecture,
    platform: 'linux',
    version: model.version,
    version_schema: 'none',
    release: model.revision,
    section: SECTION,
    priority: PRIORITY,
    maintainer: literal(model.maintainer),
    description: literal(model.summary),
    ...(model.vendor === undefined ? {} : { vendor: literal(model.vendor) }),
    ...(model.homepage === undefined ? {} : { homepage: literal(model.homepage) }),
    ...(model.license === undefined ? {} : { license: literal(model.license) }),
    mtime: isoTime(model.date),
    // Files may have names like `[x]`.
    disable_globbing: true,
    depends: [...model.dependencies],
    contents: [...contents],
    deb: { compression: model.compression },
  })
}

/**
 * The tree as nfpm's contents. A `tree` entry and a config file inside it collide, so only folders without config
 * files are handed over whole.
 */
export async function nfpmContents(model: PackageModel): Promise<NfpmContent[]> {
  const { folder, installPath } = model.tree
  const configFiles = new Set(model.configFiles)
  const holdsConfig = (path: string) => model.configFiles.some((file) => file.startsWith(`${path}/`))
  const info = async (path: string) => ({
    mode: (await lstat(path)).mode & 0o777,
    mtime: isoTime(model.date),
  })
  const contents: NfpmContent[] = [{ dst: installPath, type: 'dir', file_info: await info(folder) }]
  for (const name of (await readdir(folder)).sort()) {
    const entries: TreeEntry[] = [{ path: name, kind: await kindOf(join(folder, name)) }]
    if (holdsConfig(join(installPath, name))) {
      entries.push(...walkTree(join(folder, name)).map((e) => ({ ...e, path: join(name, e.path) })))
    }
    for (const { path, kind } of entries) {
      const src = join(folder, path)
      const dst = join(installPath, path)
      if (kind === 'symlink') contents.push({ src: await readlink(src), dst, type: 'symlink' })
      else if (kind === 'directory' && !holdsConfig(join(installPath, name))) contents.push({ src, dst, type: 'tree' })
      else if (kind === 'directory') contents.push({ dst, type: 'dir', file_info: await info(src) })
      else {
        const type = configFiles.has(dst) ? 'config|noreplace' : 'file'
        contents.push({ src, dst, type, file_info: await info(src) })
      }
    }
  }
  return contents
}

async function kindOf(path: string): Promise<TreeEntry['kind']> {
  const status = await lstat(path)
  return status.isDirectory() ? 'directory' : status.isSymbolicLink() ? 'symlink' : 'file'
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
