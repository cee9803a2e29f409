import { open } from 'node:fs/promises'
import * as core from '@actions/core'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { logLines } from './log-lines.js'

const MAX_SHOWN = 1024 * 1024

/** The same tools; the log of each that fails is noted in `failed`. */
export function notingFailures(exec: Exec, failed: Set<string>): Exec {
  async function noted<T>(run: Promise<T>, log: LogFile | undefined): Promise<T> {
    try {
      return await run
    } catch (error) {
      if (log !== undefined) failed.add(log.path)
      throw error
    }
  }
  return {
    run: (command, log) => noted(exec.run(command, log), log),
    stream: (command, consume, log) => noted(exec.stream(command, consume, log), log),
  }
}

/** Shows logs folded in the job's log: a hosted runner's files are gone when the job is. */
export async function showLogs(paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    const text = await readEnd(path).catch(() => undefined)
    if (text === undefined) continue
    core.startGroup(path)
    logLines(text)
    core.endGroup()
  }
}

async function readEnd(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - MAX_SHOWN)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start })
    const text = buffer.toString('utf8', 0, bytesRead)
    return start === 0 ? text : `… the first ${start} bytes are left out\n${text.slice(text.indexOf('\n') + 1)}`
  } finally {
    await file.close()
  }
}
