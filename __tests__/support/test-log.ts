import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LogFile, logFile } from '../../src/runtime/log-file.js'

/** A real log file in a folder, and what stands in it. */
export function testLog(folder: string): LogFile & { text(): string } {
  const log = logFile(join(folder, 'test.log'))
  return { ...log, text: () => readFileSync(log.path, 'utf8') }
}
