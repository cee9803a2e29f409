import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import { parseLock } from '../lock/lock-file.js'
import type { Command } from '../runtime/exec.js'
import { exists } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import type { Checkout } from '../source/checkout.js'
import { buildEnvironment, ownCommands, removeCommand, TOOLS_REQUIREMENT, VENV_TOOLS, type Wishes } from './commands.js'
import { copyConfig } from './copy-config.js'
import { type Caller, inNamespace, type Placement, prepareStage, withoutNetwork } from './final-path.js'
import { type Shipped, shipSources } from './finish-tree.js'
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
import { type CopySource, download, findIsolation, offline } from './isolation.js'
import { refuseLeaks } from './leak-scan.js'
import { normalizeTree } from './normalize.js'
import { ownNames } from './own-names.js'
import { settleInterpreter } from './settle-interpreter.js'
import { trimTree } from './trim.js'

/** What a tree is made of. */
export interface TreeInputs extends Wishes, Shipped {
  readonly interpreter: Interpreter
  readonly lock: TreeLock
  readonly includeConfig: boolean
  /** No network once all is downloaded. */
  readonly isolate: boolean
  /** Files for `<install path>/share/giftwrap/`: name and text. */
  readonly evidence: Readonly<Record<string, string>>
}

export interface TreeContext {
  readonly uv: string
  /** The project's source; its date in seconds since 1970. */
  readonly source: Checkout
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
  const caller = callerOf(ports)
  const isolation = inputs.isolate ? await findIsolation(placement, ports) : undefined
  const stage = await prepareStage(inputs.installPath, folder)
  // A command may run in it before there is a virtualenv.
  await mkdir(stage.tree)
  const place: Place = {
    folders: [folder, context.work],
    enter: (command, network) => inNamespace(command, stage, placement, caller, network),
    beside: (command, network) =>
      network === 'network' ? command : withoutNetwork(command, isolation ?? placement, caller),
  }
  await fillTree(inputs, context, stage.tree, place, ports, log)
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
  const isolation = inputs.isolate ? await findIsolation('in-place', ports) : undefined
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
  const run = (command: Command, network: Network) =>
    network === 'network' || isolation === undefined ? command : withoutNetwork(command, isolation, callerOf(ports))
  await fillTree(inputs, context, tree, { folders: [context.work], enter: run, beside: run }, ports, log)
}

function callerOf({ environment: { uid, gid, variables } }: Ports): Caller {
  return { uid, gid, path: variables.PATH ?? '/usr/bin:/bin' }
}

type Network = 'network' | 'no network'

/** Where a tree is made. */
interface Place {
  /** Folders that are this run's. */
  readonly folders: readonly string[]
  /** The command as it has to be run to see the tree at its final path. */
  enter(command: PlacedCommand, network: Network): Command
  /** The same for one that does not look at the tree. */
  beside(command: PlacedCommand, network: Network): Command
}

async function fillTree(
  inputs: TreeInputs,
  context: TreeContext,
  tree: string,
  place: Place,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const { exec, environment } = ports
  const { source, uv, work, warn } = context
  const { lock, project } = inputs
  const temporary = join(work, 'tmp')
  await mkdir(temporary, { recursive: true })
  const cache = join(work, 'uv-cache')
  const variables = buildEnvironment(environment.variables, temporary)
  if (inputs.isolate) {
    const online = { ...variables, UV_CACHE_DIR: cache }
    const folder = join(work, 'download')
    await download(folder, cache, (copy) => downloadAll(inputs, { ...context, work: folder }, online, copy, ports, log))
  }
  const network = inputs.isolate ? 'no network' : 'network'
  const always = inputs.isolate ? { ...variables, ...offline(cache) } : variables
  const withAlways = (command: PlacedCommand) => ({ ...command, env: { ...command.env, ...always } })
  const enter = (command: PlacedCommand) => place.enter(withAlways(command), network)
  const run = (command: PlacedCommand) => exec.run(enter(command), log)

  const { create, check, env, python } = treeCommands(inputs, { uv, work, date: source.date })
  const own = await prepareOwnCommands(inputs, context, ports)
  const install: InstallContext = {
    ...{
      uv,
      installer: inputs.installer,
      work,
      python,
      interpreter: inputs.interpreter.path,
      env,
      exec,
      log,
      enter,
      warn,
    },
    beside: (command) => place.beside(withAlways(command), network),
  }
  const fill = async () => {
    await run(own.create ?? create)
    if (own.create !== undefined) await settleInterpreter(project, tree, inputs.interpreter)
    if (own.tools !== undefined) await run(own.tools)
    await installLock(lock, 'before', install)
  }
  const build = async () => {
    if (own.installProject !== undefined) return undefined
    return buildWheel({ name: project, checkout: source.folder, build: lock.build }, install)
  }
  // The wheel doesn't need the environment: both at once, where there are two cores.
  const outcomes = await Promise.allSettled([build(), fill()])
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  const wheel = outcomes[0].status === 'fulfilled' ? outcomes[0].value : undefined
  for (const { name, url, commit } of lock.overrides) {
    const { folder } = await context.override(name, url, commit)
    await installWheel(await buildWheel({ name, checkout: folder, build: lock.build }, install), install)
  }
  if (own.installProject !== undefined) await run(own.installProject)
  else if (wheel !== undefined) await installWheel(wheel, install)
  await installLock(lock, 'after', install)
  const tools = await toolsBeside(inputs, tree)
  if (tools.length > 0 && !inputs.shippedTools) await run(removeCommand(tools, { ...context, ...inputs }))
  await checkInstalled(check, lock, install)
  if (inputs.includeConfig) await copyConfig(source.folder, tree)
  await trimTree(tree)
  // A wheel's name begins with its distribution's.
  const distribution = wheel === undefined ? source.distribution : (basename(wheel).split('-')[0] ?? project)
  await checkAgainstLock(inputs, distribution, inputs.shippedTools ? tools : [], tree)
  await shipSources(inputs, { ...inputs, distribution, source }, tree, work, run, ports, log)
  await mkdir(join(tree, EVIDENCE), { recursive: true })
  for (const [name, text] of Object.entries(inputs.evidence)) {
    await writeFile(join(tree, EVIDENCE, name), text)
  }
  await rm(join(tree, UNFINISHED), { force: true })
  const names = ownNames(place.folders, environment, inputs.installPath)
  refuseLeaks(project, tree, { ...inputs, interpreter: inputs.interpreter.path, names })
  normalizeTree(tree, source.date)
}

async function prepareOwnCommands(inputs: Wishes, { uv, work, source }: TreeContext, ports: Ports) {
  const toolsFile = join(work, 'tools.txt')
  await writeFile(toolsFile, TOOLS_REQUIREMENT)
  const { path } = callerOf(ports)
  return ownCommands(inputs, { uv, work, toolsFile, path, checkout: source.folder, date: source.date })
}

/** Asks an index for all that a build asks it for: the same steps, with what is thrown away. */
async function downloadAll(
  inputs: TreeInputs,
  context: TreeContext,
  environment: Readonly<Record<string, string>>,
  copy: CopySource,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const { uv, work, source } = context
  const { lock } = inputs
  const { exec } = ports
  const thrownAway = { ...inputs, installPath: join(work, 'venv') }
  const { create, env, python } = treeCommands(thrownAway, { uv, work, date: source.date })
  const { tools } = await prepareOwnCommands(thrownAway, context, ports)
  const enter = (command: PlacedCommand) => ({ ...command, env: { ...command.env, ...environment } })
  const install: InstallContext = {
    ...{ uv, installer: 'uv', work, python, interpreter: inputs.interpreter.path, env, exec, log },
    ...{ enter, beside: enter, warn: () => undefined },
  }
  for (const command of tools === undefined ? [create] : [create, tools]) await exec.run(enter(command), log)
  await installLock(lock, 'before', install)
  await buildWheel({ name: inputs.project, checkout: await copy(source), build: lock.build }, install)
  for (const { name, url, commit } of lock.overrides) {
    const { folder } = await context.override(name, url, commit)
    await buildWheel({ name, checkout: await copy({ root: folder, folder }), build: lock.build }, install)
  }
  await installLock(lock, 'after', install)
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

/** Names of the tools in a virtualenv that its lock does not name. */
async function toolsBeside({ lock, interpreter }: TreeInputs, tree: string): Promise<string[]> {
  const named = new Set([...parseLock(lock.text, 'the lock'), ...lock.overrides].map(({ name }) => name))
  const installed = await readInstalled(tree, interpreter.minor)
  return installed.map(({ name }) => name).filter((name) => VENV_TOOLS.has(name) && !named.has(name))
}

async function checkAgainstLock(
  inputs: TreeInputs,
  distribution: string,
  tools: readonly string[],
  tree: string,
): Promise<void> {
  const installed = await readInstalled(tree, inputs.interpreter.minor)
  const { text, overrides } = inputs.lock
  const beside = [distribution, ...overrides.map(({ name }) => name), ...tools]
  const differences = differencesFromLock(installed, parseLock(text, 'the lock'), beside)
  if (differences.length > 0) {
    throw new ToolError(`${inputs.project}: what is installed is not what is locked:\n  ${differences.join('\n  ')}`)
  }
}
