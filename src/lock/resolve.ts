import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command, Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { type Constraint, formatConstraint } from '../tested/constraints.js'
import { readAnnotated } from './lock-file.js'
import { type Platform, uvPlatform } from './platform.js'

/** What is resolved: requirements under constraints, for one Python on one platform. */
export interface Resolution {
  readonly requirements: readonly string[]
  readonly constraints: readonly Constraint[]
  /** Requirements that count instead of all others of their names. */
  readonly overrides: readonly string[]
  /** Distributions that are no part of the lock: what is built from source beside it. */
  readonly leftOut: readonly string[]
  /** Interpreter that builds the metadata of source archives. */
  readonly interpreter: string
  /** Python that the lock is for, e.g. `3.11`. */
  readonly pythonVersion: string
  readonly platform: Platform
  /** Lock of what builds source archives; empty for none. */
  readonly buildLock: string
  /** Nothing that was published later (ISO 8601). */
  readonly excludeNewer?: string | undefined
  /** A lock whose versions are kept where they can be, but those of these distributions. */
  readonly keep?: { readonly lock: string; readonly upgrade: readonly string[] } | undefined
}

export interface Resolved {
  /** The lock in requirements form, without index URLs. */
  readonly text: string
  readonly requiredBy: ReadonlyMap<string, readonly string[]>
  /** What uv had to say. */
  readonly warnings: string
}

/** Resolves with uv to a lock with hashes; `folder` takes the files that uv reads and writes. */
export async function resolve(
  resolution: Resolution,
  at: { readonly uv: string; readonly folder: string },
  exec: Exec,
  log: LogFile,
): Promise<Resolved> {
  const { files, output, command } = compileCommand(resolution, at)
  for (const [path, text] of Object.entries(files)) await writeFile(path, text)
  // An output that is there would be kept to.
  await writeFile(output, resolution.keep?.lock ?? '')
  const { stderr } = await exec.run(command, log)
  return { ...readAnnotated(await readFile(output, 'utf8')), warnings: stderr }
}

/** A project as a requirement: its checkout with extras. */
export function ownRequirement(distribution: string, extras: readonly string[], checkout: string): string {
  const wanted = extras.length === 0 ? '' : `[${extras.join(',')}]`
  return `${distribution}${wanted} @ ${pathToFileURL(checkout).href}`
}

/** The files that `uv pip compile` reads, and its command. */
export function compileCommand(resolution: Resolution, at: { readonly uv: string; readonly folder: string }) {
  const path = (name: string) => join(at.folder, name)
  const output = path('lock.txt')
  const { overrides, buildLock, excludeNewer, keep } = resolution
  const files: Record<string, string> = {
    [path('requirements.in')]: lines(resolution.requirements),
    [path('constraints.txt')]: lines(resolution.constraints.map(formatConstraint)),
    ...(overrides.length === 0 ? {} : { [path('overrides.txt')]: lines(overrides) }),
    ...(buildLock === '' ? {} : { [path('build-constraints.txt')]: buildLock }),
  }
  const command: Command = {
    argv: [
      at.uv,
      ...['pip', 'compile', '--generate-hashes', '--no-header', '--annotation-style', 'split', '--no-sources'],
      ...resolution.leftOut.flatMap((name) => ['--no-emit-package', name]),
      ...['--python', resolution.interpreter, '--python-version', resolution.pythonVersion],
      ...['--python-platform', uvPlatform(resolution.platform)],
      ...['--constraints', path('constraints.txt')],
      ...(overrides.length === 0 ? [] : ['--overrides', path('overrides.txt')]),
      ...(buildLock === '' ? [] : ['--build-constraints', path('build-constraints.txt')]),
      ...(excludeNewer === undefined ? [] : ['--exclude-newer', excludeNewer]),
      ...(keep?.upgrade ?? []).flatMap((name) => ['--upgrade-package', name]),
      ...['--output-file', output, path('requirements.in')],
    ],
    cwd: at.folder,
    // Nothing above the checkout is its history, see `treeCommands`.
    env: { GIT_CEILING_DIRECTORIES: at.folder },
  }
  return { files, output, command }
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('')
}
