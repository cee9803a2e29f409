import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { walkTree } from '../runtime/files.js'

/** At the top and in `bin`, what uv makes for people who develop; `activate` stays for operators' shells. */
const TOP_FILES = ['.lock', '.gitignore', 'CACHEDIR.TAG']
const BIN_FILES = /^([aA]ctivate\..+|activate_this\.py|deactivate\.bat|pydoc\.bat)$/
/** In `*.dist-info`: the build's own folders and caches, which no installed package wants. */
const DIST_INFO_FILES = new Set(['uv_cache.json', 'uv_build.json', 'direct_url.json', 'REQUESTED', 'INSTALLER'])

/** Removes from a virtualenv what nobody wants to ship, in each distribution's RECORD too. */
export async function trimTree(tree: string): Promise<void> {
  for (const name of TOP_FILES) await rm(join(tree, name), { force: true })
  for (const name of await readdir(join(tree, 'bin'))) {
    if (BIN_FILES.test(name)) await rm(join(tree, 'bin', name))
  }
  const entries = walkTree(join(tree, 'lib'))
  for (const { path, kind } of entries) {
    if (kind === 'directory' && path.endsWith('/__pycache__')) {
      await rm(join(tree, 'lib', path), { recursive: true, force: true })
    } else if (kind === 'directory' && path.endsWith('.dist-info')) {
      await trimDistInfo(join(tree, 'lib', path))
    }
  }
}

async function trimDistInfo(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (DIST_INFO_FILES.has(name)) await rm(join(folder, name))
  }
  const record = join(folder, 'RECORD')
  const text = await readFile(record, 'utf8').catch(() => undefined)
  if (text === undefined) return
  const kept = text
    .split('\n')
    .filter((line) => !DIST_INFO_FILES.has(recordedName(line)) && !/__pycache__\//.test(line))
  await writeFile(record, kept.join('\n'))
}

/** The file name of a RECORD line in a `dist-info` folder, e.g. `INSTALLER`. */
function recordedName(line: string): string {
  return /\.dist-info\/([^/,]+),/.exec(line)?.[1] ?? ''
}
