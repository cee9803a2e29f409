import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolError } from '../errors.js'
import { parseLock, partOfLock } from '../lock/lock-file.js'
import type { Command, Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { normalizeName } from '../tested/python-names.js'

/** A command that runs where the tree is at its final path. */
export type PlacedCommand = Command & { readonly cwd: string }

/** What is installed beside the project. */
export interface TreeLock {
  readonly text: string
  /** Lock of what builds the project and source archives; empty for none. */
  readonly build: string
  /** Source archives whose build requirements contradict that lock. */
  readonly unlocked: readonly string[]
  /** Distributions of the lock that are installed after the project. */
  readonly postinstall: readonly string[]
  /** Distributions in versions that the manifest wants, whatever others require. */
  readonly overridden: readonly string[]
  /** Distributions that are built of a commit, and are no part of the lock. */
  readonly overrides: readonly {
    readonly name: string
    readonly url: string
    readonly commit: string
    readonly tags: readonly string[]
  }[]
}

/** Where uv is and puts things, and what it installs with. */
export interface InstallContext {
  readonly uv: string
  /** That installs the lock. */
  readonly installer: 'uv' | 'pip'
  readonly work: string
  /** The virtualenv's, at its final path. */
  readonly python: string
  /** That makes virtualenvs. */
  readonly interpreter: string
  readonly env: Readonly<Record<string, string>>
  readonly exec: Exec
  readonly log: LogFile
  enter(command: PlacedCommand): Command
  /** The same for a command that does not look at the tree. */
  beside(command: PlacedCommand): Command
  warn(message: string): void
}

/** Installs those of the lock that come before the project, or those that come after it. */
export async function installLock(lock: TreeLock, when: 'before' | 'after', context: InstallContext): Promise<void> {
  const chosen = partOfLock(lock.text, lock.postinstall, when === 'before' ? 'without' : 'only')
  // Those that contradict the lock of build requirements can't be built under it.
  const parts = [
    { name: `lock-${when}`, text: partOfLock(chosen, lock.unlocked, 'without'), build: lock.build },
    { name: `lock-${when}-unlocked`, text: partOfLock(chosen, lock.unlocked, 'only'), build: '' },
  ]
  for (const { name, text, build } of parts) {
    if (text === '') continue
    const file = join(context.work, `${name}.txt`)
    await writeFile(file, text)
    const options =
      context.installer === 'pip' ? await pipBuildOptions(build, context) : await buildOptions(build, context)
    const argv = [...lockWords(context), ...options, '-r', file] as const
    await context.exec.run(context.enter({ argv, cwd: context.work, env: context.env }), context.log)
  }
}

/** Runs `uv pip check`; complaints about versions that the manifest wants are told and no more. */
export async function checkInstalled(check: PlacedCommand, lock: TreeLock, context: InstallContext): Promise<void> {
  try {
    await context.exec.run(context.enter(check), context.log)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    const complaints = error.output.split('\n').filter((line) => /^The package `/.test(line.trim()))
    const wanted = new Set(lock.overridden)
    const isWanted = (line: string) =>
      wanted.has(normalizeName(/ requires `([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(line)?.[1] ?? ''))
    if (complaints.length === 0 || !complaints.every(isWanted)) throw error
    for (const line of complaints) context.warn(`pip_overrides go against what is required: ${line.trim()}`)
  }
}

/** Installs one wheel that was just built. */
export async function installWheel(wheel: string, context: InstallContext): Promise<void> {
  const argv = [...installWords(context), '--offline', wheel] as const
  await context.exec.run(context.enter({ argv, cwd: context.work, env: context.env }), context.log)
}

/**
 * Builds a checkout's wheel under the lock of build requirements, and gives its path. What the build asks for and the
 * lock doesn't name is taken as it comes, with a warning.
 */
export async function buildWheel(
  what: { readonly name: string; readonly checkout: string; readonly build: string },
  context: InstallContext,
): Promise<string> {
  const folder = join(context.work, `wheels-${what.name}`)
  await mkdir(folder, { recursive: true })
  const run = (options: readonly string[]) =>
    context.exec.run(
      context.beside({
        argv: [...buildWords(context.uv, context.interpreter, folder), ...options, what.checkout],
        ...{ cwd: context.work, env: context.env },
      }),
      context.log,
    )
  const locked = await buildOptions(what.build, context)
  try {
    await run(locked.length === 0 ? [] : [...locked, '--require-hashes'])
  } catch (error) {
    const missing = error instanceof ToolError ? /no trusted hash was provided for: `([^`]+)`/.exec(error.output) : null
    if (missing === null) throw error
    context.warn(`building ${what.name} asks for ${missing[1]}, which its files do not say: it is not locked`)
    await run(locked)
  }
  const [wheel, ...others] = (await readdir(folder)).filter((name) => name.endsWith('.whl'))
  if (wheel === undefined || others.length > 0) throw new ToolError(`${what.name}: its build made no single wheel`)
  return join(folder, wheel)
}

/** `uv build` without what is built and how it is locked. */
export function buildWords(uv: string, interpreter: string, folder: string) {
  return [uv, 'build', '--wheel', '--no-sources', '--python', interpreter, '--out-dir', folder] as const
}

/** `uv pip install` without what is installed. */
export function installWords({ uv, python }: Pick<InstallContext, 'uv' | 'python'>) {
  return [uv, 'pip', 'install', '--quiet', '--python', python, '--no-deps', '--link-mode', 'copy'] as const
}

/** The installer's words for a lock, without its file. */
export function lockWords(context: Pick<InstallContext, 'uv' | 'python' | 'installer'>): readonly string[] {
  const byPip = [context.python, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile']
  return [...(context.installer === 'pip' ? byPip : installWords(context)), '--require-hashes']
}

async function buildOptions(build: string, { work }: InstallContext): Promise<readonly string[]> {
  if (parseLock(build, 'the lock of build requirements').length === 0) return []
  const file = join(work, 'build-constraints.txt')
  await writeFile(file, build)
  return ['--build-constraints', file]
}

/** pip takes no hashes there: with one, it wants every build requirement to be written with `==`. */
async function pipBuildOptions(build: string, { work }: InstallContext): Promise<readonly string[]> {
  const locked = parseLock(build, 'the lock of build requirements')
  if (locked.length === 0) return []
  const file = join(work, 'build-versions.txt')
  const lines = locked.map(
    ({ name, version, marker }) => `${name}==${version}${marker === undefined ? '' : ` ; ${marker}`}\n`,
  )
  await writeFile(file, lines.join(''))
  return ['--build-constraint', file]
}
