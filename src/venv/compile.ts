import { writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Command, CommandOutput } from '../runtime/exec.js'
import type { Interpreter } from './interpreter.js'

/** A module's source and where its byte code goes; both relative to `site-packages`. */
export interface Compilation {
  readonly source: string
  readonly target: string
}

/** What compiling needs of a tree that is being made. */
export interface CompileContext {
  /** `site-packages` as the commands see it: the path that tracebacks show. */
  readonly site: string
  readonly interpreter: Interpreter
  /** A folder for what is in between. */
  readonly work: string
  run(command: Command & { readonly cwd: string }): Promise<CommandOutput>
}

/**
 * How many processes share the work, whatever machine it is: what a process has compiled before shows in the byte code
 * of what follows (objects with a second reference are marked), so the division is part of the result.
 */
const PROCESSES = 4

// Byte code with the hash of its source (PEP 552) has no time in it; a source that was edited is compiled again.
const SCRIPT = `
import json, py_compile, sys
for source, target in json.load(open(sys.argv[1], encoding='utf-8')):
    try:
        py_compile.compile(source, target, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    except (py_compile.PyCompileError, SyntaxError, ValueError, RecursionError, MemoryError):
        print(json.dumps(source))
`

/** Compiles modules, the same bytes for the same sources and interpreter; gives the sources that are no Python of its version. */
export async function compile(
  compilations: readonly Compilation[],
  context: CompileContext,
): Promise<ReadonlySet<string>> {
  const { site, work, interpreter, run } = context
  const sorted = compilations.toSorted((a, b) => (a.source < b.source ? -1 : 1))
  const outputs = await Promise.all(
    Array.from({ length: PROCESSES }, async (_, process) => {
      const share = sorted.filter((_one, index) => index % PROCESSES === process)
      if (share.length === 0) return ''
      const list = join(work, `compile-${process}.json`)
      await writeFile(
        list,
        JSON.stringify(share.map(({ source, target }) => [posix.join(site, source), posix.join(site, target)])),
      )
      return (await run(compileCommand(interpreter, list, work))).stdout
    }),
  )
  const failed = outputs.flatMap((output) => output.split('\n').filter((line) => line !== ''))
  return new Set(failed.map((line) => posix.relative(site, String(JSON.parse(line)))))
}

/** Compiles what a list in JSON names: pairs of absolute paths of source and target. */
export function compileCommand(
  interpreter: Pick<Interpreter, 'path'>,
  list: string,
  work: string,
): Command & { readonly cwd: string } {
  return {
    argv: [interpreter.path, '-B', '-s', '-S', '-W', 'ignore', '-c', SCRIPT, list],
    cwd: work,
    // Before Python 3.11 sets of constants are written in the order of their hashes.
    env: { PYTHONHASHSEED: '0' },
  }
}
