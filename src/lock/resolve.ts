import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command, Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { type Constraint, formatConstraint } from '../tested/constraints.js'

/** What is resolved: a project's own requirements with extras, and further ones, under constraints. */
export interface Resolution {
  readonly project: string
  readonly extras: readonly string[]
  readonly furtherRequirements: readonly string[]
  readonly constraints: readonly Constraint[]
  /** Interpreter that builds the metadata of source archives. */
  readonly interpreter: string
  /** Python that the lock is for, e.g. `3.11`. */
  readonly pythonVersion: string
}

/** Resolves with uv to a lock with hashes, without the project itself and without index URLs. */
export async function resolve(
  resolution: Resolution,
  at: { readonly uv: string; readonly checkout: string; readonly folder: string },
  exec: Exec,
  log: LogFile,
): Promise<string> {
  const { requirements, constraints, output, command } = compileCommand(resolution, at)
  await writeFile(requirements.path, requirements.text)
  await writeFile(constraints.path, constraints.text)
  await exec.run(command, log)
  return readFile(output, 'utf8')
}

/** The files that `uv pip compile` reads, and its command. */
export function compileCommand(
  resolution: Resolution,
  at: { readonly uv: string; readonly checkout: string; readonly folder: string },
) {
  const extras = resolution.extras.length === 0 ? '' : `[${resolution.extras.join(',')}]`
  const own = `${resolution.project}${extras} @ ${pathToFileURL(at.checkout).href}`
  const requirements = join(at.folder, 'requirements.in')
  const constraints = join(at.folder, 'constraints.txt')
  const output = join(at.folder, 'lock.txt')
  const command: Command = {
    argv: [
      at.uv,
      ...['pip', 'compile', '--quiet', '--generate-hashes', '--no-header', '--no-annotate', '--no-sources'],
      ...['--no-emit-package', resolution.project, '--python', resolution.interpreter],
      ...['--python-version', resolution.pythonVersion, '--constraints', constraints, '--output-file', output],
      requirements,
    ],
    cwd: at.folder,
    // Nothing above the checkout is its history, see `treeCommands`.
    env: { GIT_CEILING_DIRECTORIES: at.folder },
  }
  return {
    requirements: { path: requirements, text: lines([own, ...resolution.furtherRequirements]) },
    constraints: { path: constraints, text: lines(resolution.constraints.map(formatConstraint)) },
    output,
    command,
  }
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('')
}
