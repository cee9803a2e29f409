import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
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
