import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { walkTree } from '../runtime/files.js'
import { type CompileContext, compile } from './compile.js'
import { loadedByPath } from './loaded-by-path.js'
import { rewriteRecords } from './record-file.js'

/** Sources of compiled extensions, which nothing imports or runs. Types (`.pyi`) are read at run time by some. */
const NEVER_RUN = /\.(?:c|cc|cpp|cxx|pyx|pxd|pxi)$/

/**
 * Puts compiled modules in the place of sources (`a/b.pyc` for `a/b.py`, which is imported like it). Sources stay that
 * are executables, that programs load by path, or that are no Python of this version, as templates may be.
 */
export async function removeSources(site: string, context: CompileContext): Promise<void> {
  const files = walkTree(site).flatMap(({ path, kind }) => (kind === 'file' ? [path] : []))
  const stay = loadedByPath(files)
  const modules = files.filter((path) => path.endsWith('.py') && !stay.has(path) && !isExecutable(join(site, path)))
  const failed = await compile(
    modules.map((source) => ({ source, target: compiledName(source) })),
    context,
  )
  const compiled = new Set(modules.filter((path) => !failed.has(path)))
  const gone = new Set(files.filter((path) => compiled.has(path) || NEVER_RUN.test(path)))
  for (const path of gone) rmSync(join(site, path))
  rewriteRecords(site, (path) => {
    if (compiled.has(path)) return [compiledName(path)]
    return gone.has(path) ? [] : [path]
  })
}

function compiledName(source: string): string {
  return `${source}c`
}

/** A script that is started by its path. */
function isExecutable(file: string): boolean {
  if ((statSync(file).mode & 0o111) === 0) return false
  const start = Buffer.alloc(2)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, start, 0, start.length, 0)
  } finally {
    closeSync(descriptor)
  }
  return start.toString() === '#!'
}
