import { join } from 'node:path'
import type { Leg } from '../plan/plan.js'
import { type LogFile, logFile } from '../runtime/log-file.js'
import type { Reporter, Stage } from '../runtime/reporter.js'

/** How much of a stage was found instead of made. */
export type CacheUse = 'made' | 'reused' | 'not needed'

/** What happens to one leg: its log, and how long each stage took. */
export interface LegRecord {
  readonly folder: string
  readonly log: LogFile
  readonly timings: Partial<Record<Stage, number>>
  readonly cache: Partial<Record<Stage, CacheUse>>
  readonly warnings: string[]
  warn(message: string): void
  /** Runs a stage, timed and shown; what `work` says of its cache use is kept. */
  stage<T>(stage: Stage, work: () => Promise<{ readonly value: T; readonly use: CacheUse }>): Promise<T>
}

export function legRecord(leg: Leg, outputDir: string, reporter: Reporter): LegRecord {
  const folder = join(outputDir, leg.id)
  const record: LegRecord = {
    folder,
    log: logFile(join(folder, 'build.log')),
    timings: {},
    cache: {},
    warnings: [],
    warn(message) {
      record.warnings.push(message)
      reporter.warning({ message: `${leg.project.name}: ${message}` })
    },
    async stage(stage, work) {
      const start = performance.now()
      reporter.stageStarted(leg.id, stage)
      const { value, use } = await work()
      const seconds = Math.round(performance.now() - start) / 1000
      // A stage may run in parts: uv and the packager are both tools.
      record.timings[stage] = (record.timings[stage] ?? 0) + seconds
      record.cache[stage] = record.cache[stage] === 'made' ? 'made' : use
      reporter.stageEnded(leg.id, stage, seconds, use === 'made' ? undefined : use)
      return value
    },
  }
  return record
}
