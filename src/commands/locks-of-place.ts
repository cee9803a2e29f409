import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InputError } from '../errors.js'
import type { LockView } from '../lock/view.js'
import { exists } from '../runtime/files.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { printable } from '../runtime/printable.js'
import { readLockText, readPackageLock, readPlanLocks, readRecordLocks } from './read-locks.js'
import { readSmallFile } from './read-small-file.js'
import { parseResult } from './result.js'

const PLAN = 'plan.json'
const RESULT = 'result.json'
/** Packages that are unpacked at once. */
const PACKAGES_AT_ONCE = 2

/** The locks of a lock, a record of locks, a plan, a package, or a folder of one of them or of results. */
export async function locksOfPlace(place: string, ports: Ports): Promise<LockView[]> {
  const stats = await stat(place).catch(() => undefined)
  if (stats === undefined) throw new InputError({ message: `${place} is not there.` })
  if (stats.isDirectory()) return locksOfFolder(place, ports)
  if (place.endsWith('.txt')) return [await readLockText(place, ports)]
  if (!place.endsWith('.json')) return [await readPackageLock(place, ports)]
  if (await isPlan(place)) return readPlanLocks(place, ports)
  const views = (await readRecordLocks(place, ports)) ?? []
  if (views.length === 0) throw new InputError({ message: `${place} has no locks.` })
  return views
}

/** Whatever it is called: records have no legs. */
async function isPlan(file: string): Promise<boolean> {
  if (basename(file) === PLAN) return true
  try {
    const data: unknown = JSON.parse((await readSmallFile(file)) ?? '')
    return typeof data === 'object' && data !== null && 'legs' in data
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

async function locksOfFolder(folder: string, ports: Ports): Promise<LockView[]> {
  if (await exists(join(folder, PLAN))) return readPlanLocks(join(folder, PLAN), ports)
  const entries = (await readdir(folder)).toSorted()
  const legs: string[] = []
  for (const one of ['.', ...entries]) if (await exists(join(folder, one, RESULT))) legs.push(join(folder, one))
  if (legs.length > 0) return locksOfResults(legs, ports)
  const records = entries.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
  const views = await Promise.all(records.map((file) => readRecordLocks(file, ports)))
  const found = views.flatMap((view) => view ?? [])
  if (found.length > 0) return found
  throw new InputError({
    message: `${folder} has neither a ${PLAN}, nor results, nor records of locks.`,
    hint: 'Name the folder of a plan, of what was built, or locks/ beside a manifest.',
  })
}

/** Of each leg that was built its package, which has the lock in it. */
async function locksOfResults(folders: readonly string[], ports: Ports): Promise<LockView[]> {
  const packages: { readonly file: string; readonly leg: string }[] = []
  for (const folder of folders) {
    const result = parseResult((await readSmallFile(join(folder, RESULT))) ?? '')
    const files = (result?.packages ?? []).map(({ file }) => file).filter((file) => basename(file) === file)
    const file = files.find((name) => name.endsWith('.deb')) ?? files[0]
    if (result !== undefined && file !== undefined) packages.push({ file: join(folder, file), leg: result.leg })
    else {
      const why = result?.status === 'failed' ? 'its build failed' : `its ${RESULT} names no package`
      ports.reporter.warning({ message: `${printable(folder)} is left out: ${why}.` })
    }
  }
  if (packages.length === 0) throw new InputError({ message: `no leg of ${folders.join(', ')} was built.` })
  return mapLimit(packages, PACKAGES_AT_ONCE, async ({ file, leg }) => {
    const view = await readPackageLock(file, ports)
    const start = `${view.project}-${view.version}-`
    return { ...view, platforms: [leg.startsWith(start) ? leg.slice(start.length) : leg] }
  })
}
