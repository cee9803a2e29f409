import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ToolError } from '../errors.js'
import { redact } from './redact.js'

/** The log of one leg: every command and all that it printed, without credentials. */
export interface LogFile {
  readonly path: string
  write(text: string): void
}

/** A log that begins with its first line: a run that never gets that far leaves no file. */
export function logFile(path: string): LogFile {
  let started = false
  return {
    path,
    write(text) {
      if (!started) {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, '')
        started = true
      }
      appendFileSync(path, redact(text))
    },
  }
}

/** Gives `work` a log that is written only when a tool fails: before there is a leg, a run leaves nothing else. */
export async function withHeldLog<T>(path: string, work: (log: LogFile) => Promise<T>): Promise<T> {
  const held: string[] = []
  try {
    return await work({ path, write: (text) => held.push(text) })
  } catch (error) {
    if (error instanceof ToolError) {
      const log = logFile(path)
      for (const text of held) log.write(text)
    }
    throw error
  }
}
