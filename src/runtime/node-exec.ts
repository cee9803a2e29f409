import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { StringDecoder } from 'node:string_decoder'
import { ToolError } from '../errors.js'
import { toolEnvironment } from './environment.js'
import { type Command, type CommandOutput, type Exec, formatCommand } from './exec.js'
import type { LogFile } from './log-file.js'
import { OFFLINE_VARIABLES } from './offline.js'
import { redact } from './redact.js'

const MAX_CAPTURE = 64 * 1024 * 1024
const TAIL_LINES = 20
const MAX_COMMAND = 500
const DEFAULT_TIMEOUT_SECONDS = 3600
// The runner kills 10 s after the first signal: tools get less than that to go by themselves.
const KILL_AFTER_MS = 3000

const running = new Set<ChildProcess>()
/** Tools that were asked to end: what is left of their groups when this process ends is killed. */
const ending = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of ending) signalGroup(child, 'SIGKILL')
})
let interrupted = false

/** Runs tools as child processes, each in a process group of its own so that its children end with it. */
export function nodeExec(
  variables: Readonly<Record<string, string | undefined>>,
  onCommand: (line: string) => void,
  offline = false,
): Exec {
  const environment = { ...toolEnvironment(variables), ...(offline ? OFFLINE_VARIABLES : {}) }

  function start(command: Command, log: LogFile | undefined): ChildProcess {
    if (interrupted && command.cleanup !== true) throw new ToolError('interrupted')
    const line = redact(formatCommand(command.argv))
    onCommand(line)
    log?.write(`$ ${line}\n`)
    const [file = '', ...args] = command.argv
    const child = spawn(file, args, {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      env: { ...environment, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    running.add(child)
    return child
  }

  async function finish(
    child: ChildProcess,
    command: Command,
    log: LogFile | undefined,
    tail: () => string,
  ): Promise<void> {
    let timedOut = false
    const seconds = command.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS
    const timer = setTimeout(() => {
      timedOut = true
      endGroup(child)
    }, seconds * 1000)
    let outcome: string | undefined
    let status: number | undefined
    try {
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
      if (timedOut) outcome = `did not finish within ${seconds} s`
      else if (code === null) outcome = `was ended by ${signal}`
      else if (code !== 0) {
        outcome = `failed with exit code ${code}`
        status = code
      }
    } catch (error) {
      outcome = `could not be started: ${error instanceof Error ? error.message : String(error)}`
    } finally {
      clearTimeout(timer)
      running.delete(child)
    }
    if (outcome === undefined) return
    log?.write(`${outcome}\n`)
    throw new ToolError(describeFailure(command, outcome, tail(), log), {
      ...(status === undefined ? {} : { status }),
      timedOut,
      output: tail(),
    })
  }

  return {
    async run(command, log): Promise<CommandOutput> {
      const child = start(command, log)
      const stdout = collect(child.stdout, log)
      const stderr = collect(child.stderr, log)
      await finish(child, command, log, () => stderr() || stdout())
      return { stdout: stdout(), stderr: stderr() }
    },
    async stream(command, consume, log) {
      const child = start(command, log)
      const stderr = collect(child.stderr, log)
      const ended = finish(child, command, log, stderr)
      if (child.stdout === null) throw new ToolError(`${command.argv[0]}: no standard output`)
      const consumed = consume(child.stdout).catch((error: unknown) => {
        endGroup(child)
        throw error
      })
      const results = await Promise.allSettled([consumed, ended])
      for (const result of results) if (result.status === 'rejected') throw result.reason
    },
  }
}

/** Ends every tool that still runs and starts no more: what waits for one gets an error, and cleans up. */
export function endRunningTools(): void {
  interrupted = true
  for (const child of running) endGroup(child)
}

function endGroup(child: ChildProcess): void {
  ending.add(child)
  signalGroup(child, 'SIGTERM')
  setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS).unref()
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // the group is gone already
  }
}

function collect(stream: NodeJS.ReadableStream | null, log: LogFile | undefined): () => string {
  const chunks: Buffer[] = []
  let size = 0
  // Whole lines only: a credential that two chunks share would not be recognised. They may share a letter, too.
  let line = ''
  const decoder = new StringDecoder('utf8')
  stream?.on('data', (chunk: Buffer) => {
    if (log !== undefined) {
      const text = line + decoder.write(chunk)
      const end = text.lastIndexOf('\n') + 1
      if (end > 0) log.write(text.slice(0, end))
      line = text.slice(end)
    }
    size += chunk.length
    chunks.push(chunk)
    while (size > MAX_CAPTURE && chunks.length > 1) size -= chunks.shift()?.length ?? 0
  })
  stream?.on('end', () => {
    line += decoder.end()
    if (line !== '') log?.write(`${line}\n`)
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

function describeFailure(command: Command, outcome: string, output: string, log: LogFile | undefined): string {
  const lines = redact(output).trimEnd().split('\n').slice(-TAIL_LINES)
  const last = lines.length === 1 && lines[0] === '' ? [] : lines.map((line) => `    ${line}`)
  return [
    `${command.argv[0]} ${outcome}`,
    `  command: ${shorten(redact(formatCommand(command.argv)), log)}`,
    ...(last.length === 0 ? [] : ['  last lines:', ...last]),
    ...(log === undefined ? [] : [`  log: ${log.path}`]),
  ].join('\n')
}

/** The log has the whole of a long command. */
function shorten(command: string, log: LogFile | undefined): string {
  return log === undefined || command.length <= MAX_COMMAND ? command : `${command.slice(0, MAX_COMMAND)} …`
}
