import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { CommittedLock } from '../lock/committed.js'
import type { LockInputs } from '../lock/inputs.js'
import { parseLock } from '../lock/lock-file.js'
import type { Lock } from '../lock/obtain-lock.js'
import { resolveAgain } from '../lock/resolve-again.js'
import { sha256Text } from '../runtime/files.js'
import { NOTHING } from '../tested/tested-versions.js'
import { UV } from '../tools/pins.js'
import type { LegContext } from './leg-context.js'
import type { LegRecord } from './leg-record.js'
import type { OnDemand } from './on-demand.js'

/** A lock that the user's repository or a plan holds. */
export function committedLock({ text, build, facts }: Extract<CommittedLock, { state: 'current' }>): Lock {
  return { text, build, facts, sha256: sha256Text(text), origin: 'committed', failures: [] }
}

/**
 * Metadata of source archives that another Python than the lock's has made may be that Python's: under the right one it
 * is resolved again. What comes out differently is used with a warning, or refused where only the lock is allowed.
 */
export async function confirmLock(
  lock: Lock,
  inputs: LockInputs,
  strict: boolean,
  how: { readonly work: string; readonly prepare: OnDemand; readonly context: LegContext; readonly record: LegRecord },
): Promise<Lock> {
  const { context, prepare, record, work } = how
  const { interpreter, ports } = context
  const { built_elsewhere: elsewhere, ...facts } = lock.facts
  if (elsewhere === undefined || elsewhere.python === interpreter.minor) return lock
  const words = JSON.stringify([lock.sha256, facts.build.sha256, inputs, interpreter.version, UV.version])
  const key = { name: 'giftwrap-lock', version: sha256Text(words).slice(0, 32), arch: process.arch }
  const { folder } = await ports.cache.obtain(key, async (partial) => {
    const again = await resolveAgain(lock, inputs, prepare, { interpreter, work }, ports.exec, record.log)
    await writeFile(join(partial, 'lock.txt'), again)
  })
  const text = await readFile(join(folder, 'lock.txt'), 'utf8')
  const [before, now] = [versionsOf(lock.text), versionsOf(text)]
  const differences = [
    ...[...now].flatMap(([name, version]) =>
      before.get(name) === version ? [] : [`${name} ${version} is needed too`],
    ),
    ...[...before].flatMap(([name]) => (now.has(name) ? [] : [`${name} is not needed`])),
  ]
  if (differences.length === 0) return { ...lock, facts }
  const message =
    `the lock was made by Python ${elsewhere.python}, and under ${interpreter.minor} ` + `${differences.join(', ')}`
  if (strict) {
    throw new InputError({
      message: `--locked: ${inputs.project}: ${message}.`,
      hint: `Make the lock on a machine with Python ${interpreter.minor}.`,
    })
  }
  record.warn(`${message}: that is what is built`)
  const packages = Object.fromEntries(
    [...now.keys()].map((name) => [name, facts.tested.packages[name] ?? { rung: NOTHING, constraints: [] }]),
  )
  return { ...lock, text, sha256: sha256Text(text), facts: { ...facts, tested: { ...facts.tested, packages } } }
}

function versionsOf(text: string): ReadonlyMap<string, string> {
  return new Map(parseLock(text, 'the lock').map(({ name, version }) => [name, version]))
}
