import type { LogFile } from './log-file.js'

/** A command as a list of arguments: nothing here ever passes through a shell. */
export interface Command {
  /** The tool, by name or path, and its arguments. */
  readonly argv: readonly string[]
  readonly cwd?: string
  /** Added to the environment that every tool gets. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutSeconds?: number
  /** Removes what would stay behind: it is run even when the run was interrupted. */
  readonly cleanup?: boolean
}

export interface CommandOutput {
  readonly stdout: string
  readonly stderr: string
}

/** Runs foreign tools. A command that fails is a ToolError with its last lines and the path of the log. */
export interface Exec {
  /** Both streams of at most 64 MiB; all of it goes to `log` where there is one. */
  run(command: Command, log?: LogFile): Promise<CommandOutput>
  /** The same, handing standard output on as it comes. */
  stream(command: Command, consume: (stdout: NodeJS.ReadableStream) => Promise<void>, log?: LogFile): Promise<void>
}

/** The words of a command as a person could paste them into a shell. */
export function formatCommand(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
