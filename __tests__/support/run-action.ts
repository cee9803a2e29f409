import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY, TEST_CACHE } from './paths.js'

// Runs the action's bundle as GitHub's runner runs a step of it: a child process with INPUT_* and the runner's files
// and variables, whose standard output is searched for commands.

/** The bundle under test; another folder while `dist/` waits to be built. */
export const DIST = process.env.GIFTWRAP_TEST_DIST ?? join(REPOSITORY, 'dist')
/** One tool cache for all tests: its tools are fetched once. */
export const TOOL_CACHE = join(TEST_CACHE, 'tool-cache')

export interface ActionStep {
  /** GITHUB_WORKSPACE, and the process's working directory. */
  readonly workspace: string
  /** `with:`; names as in action.yml. */
  readonly inputs: Readonly<Record<string, string>>
  /** The results service; a runner always names one. */
  readonly service?: { readonly url: string; readonly token: string } | undefined
  readonly node?: string
  /** Folder of the bundle. */
  readonly dist?: string
  readonly toolCache?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A command found in standard output, unescaped. */
export interface RunnerCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

/** An error, warning or notice at its place, which is in the workspace. */
export interface Annotation {
  readonly level: string
  readonly message: string
  readonly file: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
}

export interface ActionRun {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  /** GITHUB_STEP_SUMMARY. */
  readonly summary: string
  /** GITHUB_STATE, GITHUB_ENV and GITHUB_PATH, one after the other: giftwrap writes none of them. */
  readonly otherFiles: string
  readonly commands: readonly RunnerCommand[]
  readonly annotations: readonly Annotation[]
}

export interface StartedAction {
  readonly child: ChildProcess
  readonly ended: Promise<ActionRun>
}

export async function runAction(step: ActionStep): Promise<ActionRun> {
  const { ended } = await startAction(step)
  return ended
}

/** Starts the step; for tests that do something to it while it runs. */
export async function startAction(step: ActionStep): Promise<StartedAction> {
  const runner = await mkdtemp(join(tmpdir(), 'giftwrap-runner-'))
  const files = {
    GITHUB_OUTPUT: join(runner, `output_${randomUUID()}`),
    GITHUB_STEP_SUMMARY: join(runner, `summary_${randomUUID()}`),
    GITHUB_STATE: join(runner, `state_${randomUUID()}`),
    GITHUB_ENV: join(runner, `env_${randomUUID()}`),
    GITHUB_PATH: join(runner, `path_${randomUUID()}`),
  }
  for (const file of Object.values(files)) await writeFile(file, '')
  const temp = join(runner, 'temp')
  const toolCache = step.toolCache ?? TOOL_CACHE
  await mkdir(temp)
  await mkdir(toolCache, { recursive: true })
  const env = {
    ...machineEnvironment(),
    ...runnerEnvironment(step.workspace),
    ...files,
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: toolCache,
    ...inputVariables(step.inputs),
    ...(step.service === undefined
      ? {}
      : { ACTIONS_RESULTS_URL: step.service.url, ACTIONS_RUNTIME_TOKEN: step.service.token }),
    ...step.env,
  }
  const entry = join(step.dist ?? DIST, 'index.js')
  if (!existsSync(entry)) throw new Error(`${entry} is not there: npm run build makes it`)
  const child = spawn(step.node ?? process.execPath, [entry], {
    cwd: step.workspace,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = finish(child, files).finally(() => rm(runner, { recursive: true, force: true }))
  return { child, ended }
}

async function finish(
  child: ChildProcess,
  files: Readonly<
    Record<'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY' | 'GITHUB_STATE' | 'GITHUB_ENV' | 'GITHUB_PATH', string>
  >,
): Promise<ActionRun> {
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, by) => resolve([code, by]))
  })
  const commands = parseCommands(stdout())
  const text = (file: string) => readFile(file, 'utf8')
  return {
    exitCode,
    signal,
    stdout: stdout(),
    stderr: stderr(),
    outputs: parseOutputs(await text(files.GITHUB_OUTPUT)),
    summary: await text(files.GITHUB_STEP_SUMMARY),
    otherFiles: `${await text(files.GITHUB_STATE)}${await text(files.GITHUB_ENV)}${await text(files.GITHUB_PATH)}`,
    commands,
    annotations: commands.flatMap(toAnnotation),
  }
}

/** The machine's own environment, its package index and proxies too, without what belongs to a runner or to tests. */
function machineEnvironment(): Record<string, string> {
  const foreign = /^(INPUT_|ACTIONS_|GITHUB_|RUNNER_|GIFTWRAP_|VITEST|TEST$|NODE_OPTIONS$|NODE_ENV$|npm_)/
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || foreign.test(name) ? [] : [[name, value]],
    ),
  )
}

/**
 * What the runner says of the run. GITHUB_ACTIONS is left out on purpose: in a developer's container it would make
 * giftwrap take the container for one that is thrown away, install packages and build in the real /opt.
 */
function runnerEnvironment(workspace: string): Record<string, string> {
  return {
    CI: 'true',
    GITHUB_WORKSPACE: workspace,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_REPOSITORY: 'octo/services',
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'build',
    GITHUB_ACTION: 'giftwrap',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_SHA: '0'.repeat(40),
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: process.arch === 'arm64' ? 'ARM64' : 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
  }
}

/** `INPUT_<NAME>`: upper case, blanks to `_`, dashes kept. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  )
}

/**
 * Commands as the runner finds them: `::name key=value,…::message` behind blanks at the start of a line, else
 * `##[name key=value;…]message` anywhere in it. https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function parseCommands(stdout: string): RunnerCommand[] {
  return stdout.split(/\r\n|\r|\n/).flatMap((line) => {
    const [, name, properties, message] =
      /^[\s\u0085]*::([A-Za-z-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)$/.exec(line) ??
      /##\[([A-Za-z-]+)(?: ([^\]]*))?\](.*)$/.exec(line) ??
      []
    if (name === undefined) return []
    const pairs = (properties ?? '').split(/[,;]/).flatMap((pair) => {
      const equals = pair.indexOf('=')
      return equals < 1 ? [] : [[pair.slice(0, equals).trim(), unescapeData(pair.slice(equals + 1))] as const]
    })
    return [{ name, properties: Object.fromEntries(pairs), message: unescapeData(message ?? '') }]
  })
}

function unescapeData(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }
  return text.replace(/%(0D|0A|3A|2C|25)/gi, (escaped) => escapes[escaped.toUpperCase()] ?? escaped)
}

function toAnnotation({ name, properties, message }: RunnerCommand): Annotation[] {
  if (!['error', 'warning', 'notice'].includes(name)) return []
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  const { file, line, col } = properties
  return [{ level: name, message, file, line: number(line), column: number(col) }]
}

/** The blocks `name<<delimiter`, value, delimiter of GITHUB_OUTPUT. */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  for (const [, name, , value] of text.matchAll(/^([^\n=<]+)<<([^\n]+)\n([\s\S]*?)\n?\2$/gm)) {
    if (name !== undefined && value !== undefined) outputs[name] = value
  }
  return outputs
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}
