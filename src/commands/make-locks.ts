import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { Lock } from '../lock/obtain-lock.js'
import type { Manifest } from '../manifest/read-manifest.js'
import type { PinnedLeg } from '../plan/plan.js'
import { withHeldLog } from '../runtime/log-file.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { normalizeName } from '../tested/python-names.js'
import type { Interpreter } from '../venv/interpreter.js'
import { committedLock } from './confirm-lock.js'
import { type Constraints, findLockSource, inputsOf, type LockSource, resolveLock } from './leg-lock.js'
import { lookUpFirst, testedLookups, warningsOf } from './tested-ladder.js'
import { withWorkFolder } from './work-folder.js'

/** Locks that are resolved at once: each runs a resolver of its own, on all cores. */
const LOCKS_AT_ONCE = 2

/** A leg and a Python to lock it for, e.g. `3.11`. */
export interface WantedLock {
  readonly leg: PinnedLeg
  readonly python: string
}

export interface LegLock extends WantedLock {
  readonly source: LockSource
  readonly lock: Lock
}

export interface LocksManner {
  /** Committed locks don't count, nor those of the tool cache. */
  readonly anew: boolean
  readonly requireRung: number | undefined
  readonly relax: boolean
  /** Names of distributions that committed locks let go; all others are kept. */
  readonly upgrade: readonly string[]
  readonly interpreter: Interpreter
  /** Absolute; logs of what fails go to the legs' folders there. */
  readonly outputDir: string
}

/** Locks in the order of `wanted`; what is locked for the same inputs is the same object. */
export async function makeLocks(
  wanted: readonly WantedLock[],
  manifest: Manifest,
  constraints: Constraints,
  manner: LocksManner,
  ports: Ports,
): Promise<readonly LegLock[]> {
  const { interpreter, outputDir, anew, requireRung, relax, upgrade } = manner
  const siblings = manifest.projects.map(({ name }) => name)
  return withWorkFolder(ports, async (work) => {
    const lookups = testedLookups(manifest.directory, join(work, 'lookups'), ports)
    const how = { locked: false, anew: anew && upgrade.length === 0, upgrade: upgrade.length > 0 }
    const sources = new Map<string, LockSource>()
    for (const { leg, python } of wanted) {
      const key = keyOf(leg, python)
      if (!sources.has(key)) {
        sources.set(key, await findLockSource(leg, manifest, python, constraints, how, lookups))
      }
    }
    const open = [...sources.values()].filter(({ committed }) => committed.state !== 'current' || upgrade.length > 0)
    await lookUpFirst(open.map(({ ladder }) => ladder()))

    const made = new Map<string, Promise<Lock>>()
    async function one({ leg, python }: WantedLock, source: LockSource): Promise<Lock> {
      const { committed } = source
      const kept = committed.state === 'current' ? committedLock(committed) : undefined
      const upgraded = kept === undefined ? [] : upgrade.filter((name) => name in kept.facts.tested.packages)
      if (kept !== undefined && upgraded.length === 0) return kept
      const keep = kept === undefined ? undefined : { lock: kept.text, upgrade: upgraded, lifted: kept.facts.upgraded }
      const context = {
        ...{ interpreter, siblings, requireRung, keep, reuse: !anew },
        relax: relax || (kept?.facts.relaxed.length ?? 0) > 0,
        work: join(work, `${leg.id}-py${python}`),
      }
      return withHeldLog(join(outputDir, leg.id, 'lock.log'), (log) => resolveLock(leg, source, context, ports, log))
    }
    const locks = await mapLimit(wanted, LOCKS_AT_ONCE, async ({ leg, python }) => {
      const key = keyOf(leg, python)
      const source = sources.get(key)
      if (source === undefined) throw new Error(`no lock was looked for: ${key}`)
      const lock = made.get(key) ?? one({ leg, python }, source)
      made.set(key, lock)
      return { leg, python, source, lock: await lock }
    })
    // Most are the same for all of a project's locks.
    const warnings = locks.flatMap(({ leg, lock }) => warningsOf(lock).map((text) => `${leg.project.name}: ${text}`))
    for (const message of new Set(warnings)) ports.reporter.warning({ message })
    return locks
  })
}

/** Legs with the same key have the same lock. */
function keyOf(leg: PinnedLeg, python: string): string {
  const { constraints, gerrit_dependencies } = leg.settings
  return JSON.stringify([inputsOf(leg, leg.source, python), leg.source, constraints, gerrit_dependencies])
}

/** Names as locks have them; none of which is in no lock. */
export function checkUpgrades(names: readonly string[], locks: readonly Lock[]): readonly string[] {
  const known = new Set(locks.flatMap(({ facts }) => Object.keys(facts.tested.packages)))
  const normalized = names.map(normalizeName)
  const strange = normalized.filter((name) => !known.has(name))
  if (strange.length === 0) return normalized
  throw new InputError({
    message: `--upgrade-package: no lock has ${strange.join(', ')}.`,
    hint: 'Give the name of a distribution that a committed lock has.',
  })
}
