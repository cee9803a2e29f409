import { randomBytes } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** What marks end with, in names and labels: where the process numbers are from, the number, and chance. */
export const PROCESS_MARK = /(?<space>[\w.]+)-(?<pid>\d+)-[0-9a-f]{8}/

/** A mark of this process for what it makes and has to remove; another one each time. */
export function processMark(): string {
  return `${processSpace()}-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** True where the mark is of a process that is known to be gone; marks of other machines and containers tell nothing. */
export function isOfGoneProcess(mark: string): boolean {
  const found = PROCESS_MARK.exec(mark)?.groups
  return found?.space === processSpace() && !isAlive(Number(found.pid))
}

/** Where a process number means the same process: containers share caches and host names, not process numbers. */
function processSpace(): string {
  const namespace = processNamespace()
  return `${hostname()}${namespace === undefined ? '' : `_${namespace}`}`.replaceAll(/[^\w.]+/g, '_')
}

/** The number of this process's namespace of process numbers; undefined where the system has none. */
export function processNamespace(): string | undefined {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]
  } catch {
    // not Linux
    return undefined
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
