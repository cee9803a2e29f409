import { delimiter, join } from 'node:path'
import { InputError } from '../errors.js'
import { splitWords } from '../runtime/split-words.js'
import { PIP } from '../tools/pins.js'
import type { PlacedCommand } from './install-lock.js'

/** How a project wants its virtualenv to be filled. */
export interface Wishes {
  readonly project: string
  readonly installPath: string
  readonly installer: 'uv' | 'pip'
  readonly shippedTools: boolean
  /** As the manifest has them. */
  readonly venvCommand: string | undefined
  readonly installCommand: string | undefined
}

/** Commands in the place of uv's; see `treeCommands` for the usual ones. */
export interface OwnCommands {
  readonly create?: PlacedCommand
  /** Installs pip, for what follows and for people who want to have it. */
  readonly tools?: PlacedCommand
  /** Instead of building a wheel and installing it. */
  readonly installProject?: PlacedCommand
}

/** The requirement of `tools`, with its hash. */
export const TOOLS_REQUIREMENT = `${PIP.name}==${PIP.version} ${PIP.sha256.map((sum) => `--hash=sha256:${sum}`).join(' ')}\n`

/**
 * What a manifest's `installer`, `shipped_tools`, `venv_command` and `install_command` change. `path` is the PATH of
 * the caller; `toolsFile` holds `TOOLS_REQUIREMENT`.
 */
export function ownCommands(
  wishes: Wishes,
  at: {
    readonly uv: string
    readonly work: string
    readonly toolsFile: string
    readonly checkout: string
    readonly path: string
    readonly date: number
  },
): OwnCommands {
  const { installPath, venvCommand, installCommand } = wishes
  const python = join(installPath, 'bin', 'python')
  const env = { SOURCE_DATE_EPOCH: String(at.date), GIT_CEILING_DIRECTORIES: at.work }
  // As in an activated virtualenv, so that `pip` and `python` are its own. Byte code is a step of its own.
  const path = `${join(installPath, 'bin')}${delimiter}${at.path}`
  const activated = { ...env, PATH: path, VIRTUAL_ENV: installPath, PIP_NO_COMPILE: '1', PYTHONDONTWRITEBYTECODE: '1' }
  const written = (key: string, line: string, words: readonly string[]) => {
    if (words.length > 0) return { argv: words, cwd: installPath, env: activated }
    throw new InputError({ message: `${wishes.project}: ${key} has no words: ${JSON.stringify(line)}` })
  }
  return {
    ...(venvCommand === undefined
      ? {}
      : { create: written('venv_command', venvCommand, wordsOf('venv_command', venvCommand, wishes)) }),
    ...(needsPip(wishes)
      ? {
          tools: {
            argv: [
              ...[at.uv, 'pip', 'install', '--quiet', '--python', python, '--no-deps', '--link-mode', 'copy'],
              ...['--require-hashes', '-r', at.toolsFile],
            ],
            cwd: at.work,
            env,
          },
        }
      : {}),
    ...(installCommand === undefined
      ? {}
      : {
          installProject: written(
            'install_command',
            installCommand,
            withCheckout(wordsOf('install_command', installCommand, wishes), at.checkout),
          ),
        }),
  }
}

/** True where a virtualenv gets the pinned pip, to stay or not. */
export function needsPip({ installer, shippedTools, installCommand }: Wishes): boolean {
  return installer === 'pip' || shippedTools || installCommand !== undefined
}

function wordsOf(key: string, line: string, { project }: Wishes): readonly string[] {
  const words = splitWords(line)
  if (typeof words !== 'string') return words
  throw new InputError({ message: `${project}: ${key} ${words}` })
}

/** `%s` is the checkout, in each word that has it; without one it is the last word. */
function withCheckout(words: readonly string[], checkout: string): readonly string[] {
  if (words.length === 0) return words
  const filled = words.map((word) => word.replaceAll('%s', () => checkout))
  return words.some((word) => word.includes('%s')) ? filled : [...filled, checkout]
}

/** What makers of virtualenvs put into them; no program of a project's imports it unless the lock names it. */
export const VENV_TOOLS: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel'])

/** Removes distributions by their RECORDs. */
export function removeCommand(
  names: readonly string[],
  at: { readonly uv: string; readonly work: string; readonly installPath: string },
): PlacedCommand {
  const python = join(at.installPath, 'bin', 'python')
  return { argv: [at.uv, 'pip', 'uninstall', '--quiet', '--python', python, ...names], cwd: at.work }
}

/** What every command of a build gets: a folder for its temporary files that is this run's, and no debug paths. */
export function buildEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  temporary: string,
): Readonly<Record<string, string>> {
  // Debugging information names the folder of the build, which is another one each time.
  const without = (flags: string | undefined) => [flags, '-g0'].filter((word) => word).join(' ')
  return { TMPDIR: temporary, CFLAGS: without(variables.CFLAGS), CXXFLAGS: without(variables.CXXFLAGS) }
}
