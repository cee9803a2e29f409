import { join, posix } from 'node:path'
import { walkTree } from '../runtime/files.js'
import { type Compilation, type CompileContext, compile } from './compile.js'
import { rewriteRecords } from './record-file.js'

/** Compiles all modules of a `site-packages` into `__pycache__`, as importing them would, and records what was made. */
export async function shipBytecode(site: string, context: CompileContext): Promise<void> {
  const cached = cachedNames(context.interpreter.minor)
  const compilations: Compilation[] = walkTree(site).flatMap(({ path, kind }) =>
    kind === 'file' && path.endsWith('.py') ? [{ source: path, target: cached(path) }] : [],
  )
  const failed = await compile(compilations, context)
  const made = new Set(compilations.filter(({ source }) => !failed.has(source)).map(({ source }) => source))
  rewriteRecords(site, (path) => (made.has(path) ? [path, cached(path)] : [path]))
}

/** `a/b.py` → `a/__pycache__/b.cpython-311.pyc` (PEP 3147). */
function cachedNames(minor: string): (source: string) => string {
  const tag = `cpython-${minor.replace('.', '')}`
  return (source) => {
    const name = posix.basename(source, '.py')
    return join(posix.dirname(source), '__pycache__', `${name}.${tag}.pyc`)
  }
}
