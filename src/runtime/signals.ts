import { constants } from 'node:os'
import { endRunningTools } from './node-exec.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** The runner sends SIGKILL 10 s after the first signal. */
const GIVE_UP_MS = 4500

/**
 * On a signal the tools that run are ended, and the run unwinds as it does when a tool fails: nothing half-made stays.
 * Gives the exit code of a run that was interrupted, undefined of one that wasn't.
 */
export function watchSignals(): () => number | undefined {
  let code: number | undefined
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const status = 128 + constants.signals[signal]
      if (code === undefined) setTimeout(() => process.exit(status), GIVE_UP_MS).unref()
      code = status
      endRunningTools()
    })
  }
  return () => code
}
