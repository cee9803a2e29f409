import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import { parseLock } from '../lock/lock-file.js'
import type { Command } from '../runtime/exec.js'
import { exists } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { copyConfig } from './copy-config.js'
import { inNamespace, type Placement, prepareStage } from './final-path.js'
import {
  buildWheel,
  checkInstalled,
  type InstallContext,
  installLock,
  installWheel,
  type PlacedCommand,
  type TreeLock,
} from './install-lock.js'
import { differencesFromLock, readInstalled } from './installed.js'
import type { Interpreter } from './interpreter.js'
import { normalizeTree } from './normalize.js'
import { trimTree } from './trim.js'

/** What a tree is made of. */
export interface TreeInputs {
  readonly project: string
  readonly installPath: string
  readonly interpreter: Interpreter
  readonly lock: TreeLock
  readonly includeConfig: boolean
  /** Files for `<install path>/share/giftwrap/`: name and text. */
  readonly evidence: Readonly<Record<string, string>>
}

export interface TreeContext {
  readonly uv: string
  /** The project's source: its folder, and its date in seconds since 1970. */
  readonly source: { readonly folder: string; readonly date: number }
  /** The checkout of a distribution that is built of a commit. */
  override(name: string, url: string, commit: string): Promise<{ readonly folder: string }>
  warn(message: string): void
  /** A folder of this leg's own for what is in between. */
  readonly work: string
}

/** Builds the virtualenv in a private mount namespace and moves it to `<folder>/tree`. */
export async function buildStagedTree(
  inputs: TreeInputs,
  context: TreeContext,
  folder: string,
  placement: Exclude<Placement, 'in-place'>,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const stage = await prepareStage(inputs.installPath, folder)
  const { uid, gid, variables } = ports.environment
  const caller = { uid, gid, path: variables.PATH ?? '/usr/bin:/bin' }
  const enter = (command: PlacedCommand) => inNamespace(command, stage, placement, caller)
  await fillTree(inputs, context, stage.tree, enter, ports, log)
  await rename(stage.tree, join(folder, 'tree'))
  for (const rest of [stage.folder, stage.script]) await rm(rest, { recursive: true })
}

/** Says that a tree at an install path is ours and unfinished: the next run may remove it. */
const UNFINISHED = '.giftwrap-unfinished'
/** Where a tree says what it was made of; what has it was made by giftwrap. */
const EVIDENCE = join('share', 'giftwrap')

/** Builds the virtualenv in the real folder: in a disposable container, or where the caller asks for it. */
export async function buildTreeInPlace(
  inputs: TreeInputs,
  context: TreeContext,
  replace: 'any' | 'ours' | 'nothing',
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const tree = inputs.installPath
  if (await exists(tree)) {
    const leftover = await exists(join(tree, UNFINISHED))
    const ours = replace === 'ours' && (await exists(join(tree, EVIDENCE)))
    if (!leftover && !ours && replace !== 'any') {
      throw new InputError({
        message: `${tree} is there already, and building in place would replace it.`,
        hint: 'Remove it, or set force_overwrite: true.',
      })
    }
    await rm(tree, { recursive: true })
  }
  await mkdir(tree, { recursive: true })
  await writeFile(join(tree, UNFINISHED), '')
  await fillTree(inputs, context, tree, (command) => command, ports, log)
}

async function fillTree(
  inputs: TreeInputs,
  context: TreeContext,
  tree: string,
  enter: (command: PlacedCommand) => Command,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const { exec } = ports
  const { source, uv, work, warn } = context
  const { create, check, env, python } = treeCommands(inputs, { uv, work, date: source.date })
  const interpreter = inputs.interpreter.path
  const install: InstallContext = { uv, work, python, interpreter, env, exec, log, enter, warn }
  const { lock } = inputs
  const environment = async () => {
    await exec.run(enter(create), log)
    await installLock(lock, 'before', install)
  }
  const built = { name: inputs.project, checkout: source.folder, build: lock.build }
  // The wheel doesn't need the environment: both at once, where there are two cores.
  const outcomes = await Promise.allSettled([buildWheel(built, install), environment()])
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  const wheel = outcomes[0].status === 'fulfilled' ? outcomes[0].value : ''
  for (const { name, url, commit } of lock.overrides) {
    const { folder } = await context.override(name, url, commit)
    await installWheel(await buildWheel({ name, checkout: folder, build: lock.build }, install), install)
  }
  await installWheel(wheel, install)
  await installLock(lock, 'after', install)
  await checkInstalled(check, lock, install)
  if (inputs.includeConfig) await copyConfig(source.folder, tree)
  await trimTree(tree)
  // A wheel's name begins with its distribution's.
  await checkAgainstLock(inputs, basename(wheel).split('-')[0] ?? inputs.project, tree)
  await mkdir(join(tree, EVIDENCE), { recursive: true })
  for (const [name, text] of Object.entries(inputs.evidence)) {
    await writeFile(join(tree, EVIDENCE, name), text)
  }
  await rm(join(tree, UNFINISHED), { force: true })
  normalizeTree(tree, source.date)
}

/** Commands for an install path that they see at its final place. */
export function treeCommands(
  inputs: Pick<TreeInputs, 'project' | 'installPath' | 'interpreter'>,
  at: { readonly uv: string; readonly work: string; readonly date: number },
) {
  const cwd = at.work
  // A release's source has no .git: pbr would take authors and version of a repository that happens to lie above.
  const env = { SOURCE_DATE_EPOCH: String(at.date), GIT_CEILING_DIRECTORIES: at.work }
  const python = join(inputs.installPath, 'bin', 'python')
  const create: PlacedCommand = {
    argv: [
      at.uv,
      ...['venv', '--quiet', '--no-project', '--allow-existing', '--python', inputs.interpreter.path],
      ...['--prompt', inputs.project, inputs.installPath],
    ],
    ...{ cwd, env },
  }
  const check: PlacedCommand = { argv: [at.uv, 'pip', 'check', '--python', python], cwd, env }
  return { python, env, create, check }
}

async function checkAgainstLock(inputs: TreeInputs, distribution: string, tree: string): Promise<void> {
  const installed = await readInstalled(tree, inputs.interpreter.minor)
  const { text, overrides } = inputs.lock
  const beside = [distribution, ...overrides.map(({ name }) => name)]
  const differences = differencesFromLock(installed, parseLock(text, 'the lock'), beside)
  if (differences.length > 0) {
    throw new ToolError(`${inputs.project}: what is installed is not what is locked:\n  ${differences.join('\n  ')}`)
  }
}
