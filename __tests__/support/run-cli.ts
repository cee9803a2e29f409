import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { REPOSITORY } from './paths.js'

/** The bundle, or another build of the command line that is to be tested. */
export const CLI = process.env.GIFTWRAP_TEST_CLI ?? join(REPOSITORY, 'dist', 'cli.js')

export interface CliOptions {
  readonly cwd?: string
  /** Added to the environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Words in front of the command, e.g. `setpriv …`. */
  readonly prefix?: readonly string[]
}

export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the command line as a child process. */
export function startCli(words: readonly string[], options: CliOptions = {}): ChildProcess {
  const [file = '', ...args] = [...(options.prefix ?? []), process.execPath, CLI, ...words]
  return spawn(file, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, GITHUB_ACTIONS: undefined, GIFTWRAP_FPM_GEMS: undefined, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs the command line to its end. */
export async function runCli(words: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = startCli(words, options)
  const stdout = textOf(child.stdout)
  const stderr = textOf(child.stderr)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout(), stderr: stderr() }
}

function textOf(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}
