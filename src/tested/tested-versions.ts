import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Text } from '../runtime/files.js'
import { redact } from '../runtime/redact.js'
import type { ToolCache } from '../runtime/tool-cache.js'
import type { Constraint } from './constraints.js'
import type { Ladder } from './ladder.js'
import { normalizeName } from './python-names.js'
import type { Miss, Rung } from './rung.js'

/** Where the versions of a lock come from; part of every package. */
export interface TestedRecord {
  readonly rungs: readonly Omit<Rung, 'constraints'>[]
  readonly misses: readonly Miss[]
  /** Of each package of the lock the number of its rung: 1 to 4, 5 the manifest's constraints, 6 nothing at all. */
  readonly packages: Readonly<Record<string, number>>
  /** What a rung says otherwise than the manifest, whose constraints win. */
  readonly overruled: readonly { readonly name: string; readonly tested: string; readonly manifest: string }[]
}

/** The manifest's constraints are the fifth rung and count before all others. */
const MANIFEST = 5
/** Below it there is nothing. */
export const NOTHING = 6

/**
 * Resolves under the first rung, and under further ones as long as there are packages that no rung names. `resolve` gives
 * the names of the lock that it makes under constraints.
 */
export async function climbWhileNeeded<L>(
  manifest: readonly Constraint[],
  ladder: Ladder,
  resolve: (constraints: readonly Constraint[]) => Promise<{ readonly lock: L; readonly names: readonly string[] }>,
): Promise<{ readonly lock: L; readonly record: TestedRecord }> {
  const rungs: Rung[] = []
  const climb = async () => {
    const rung = await ladder.climb()
    if (rung !== undefined) rungs.push(rung)
    return rung
  }
  await climb()
  for (;;) {
    const { lock, names } = await resolve(constraintsOf(manifest, rungs))
    const open = names.map(normalizeName).filter((name) => rungOf(name, manifest, rungs) === NOTHING)
    let useful = false
    while (open.length > 0 && !useful) {
      const rung = await climb()
      if (rung === undefined) break
      useful = rung.constraints.some(({ name }) => open.includes(name))
    }
    if (!useful) return { lock, record: recordOf(names, manifest, rungs, ladder.misses) }
  }
}

/** The lines of each package from the first rung that names it; the manifest's own are applied besides. */
export function constraintsOf(manifest: readonly Constraint[], rungs: readonly Rung[]): readonly Constraint[] {
  const taken = new Set(manifest.map(({ name }) => name))
  return rungs.flatMap(({ constraints }) => {
    const own = constraints.filter(({ name }) => !taken.has(name))
    for (const { name } of own) taken.add(name)
    return own
  })
}

function rungOf(name: string, manifest: readonly Constraint[], rungs: readonly Rung[]): number {
  const names = (constraints: readonly Constraint[]) => constraints.some((constraint) => constraint.name === name)
  if (names(manifest)) return MANIFEST
  return rungs.find(({ constraints }) => names(constraints))?.rung ?? NOTHING
}

function recordOf(
  names: readonly string[],
  manifest: readonly Constraint[],
  rungs: readonly Rung[],
  misses: readonly Miss[],
): TestedRecord {
  const sorted = names.map(normalizeName).toSorted()
  return {
    rungs: rungs.map(({ constraints: _, ...rung }) => withoutSecrets(rung)),
    misses: misses.map(withoutSecrets),
    packages: Object.fromEntries(sorted.map((name) => [name, rungOf(name, manifest, rungs)])),
    overruled: sorted.flatMap((name) => {
      const own = manifest.find((constraint) => constraint.name === name)
      const tested = rungs.flatMap(({ constraints }) => constraints).find((constraint) => constraint.name === name)
      if (own === undefined || tested === undefined || own.specifier === tested.specifier) return []
      return [{ name, tested: tested.specifier, manifest: own.specifier }]
    }),
  }
}

/** Records are shipped; servers may be named with credentials. */
function withoutSecrets<T extends object>(record: T): T {
  const entries = Object.entries(record).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value])
  return Object.fromEntries(entries) as T
}

const AN_HOUR_MS = 3600 * 1000

/** The same ladder, whose rungs are remembered: for ever where all above them had an answer, else for an hour. */
export function rememberedLadder(identity: readonly unknown[], make: () => Ladder, cache: ToolCache): Ladder {
  const misses: Miss[] = []
  let inner: Ladder | undefined
  let climbed = 0
  let asked = 0

  /** Brings the real ladder to where the remembered one is. */
  async function climbTo(step: number): Promise<Rung | undefined> {
    inner ??= make()
    let rung: Rung | undefined
    while (asked < step) {
      rung = await inner.climb()
      asked += 1
    }
    return rung
  }
  return {
    misses,
    async climb() {
      climbed += 1
      const step = climbed
      const version = sha256Text(JSON.stringify([FORMAT, identity, step])).slice(0, 32)
      const key = { name: 'giftwrap-tested', version, arch: 'any' }
      const found = await remembered(await cache.find(key))
      if (found !== undefined && (found.until === undefined || found.until > Date.now())) {
        misses.push(...found.misses)
        return found.rung
      }
      await cache.remove(key)
      const before = inner?.misses.length ?? 0
      const rung = await climbTo(step)
      const own = inner?.misses.slice(before) ?? []
      misses.push(...own)
      if (!own.some(({ failed }) => failed)) {
        const until = own.length === 0 ? undefined : Date.now() + AN_HOUR_MS
        const text = JSON.stringify({ rung, misses: own, until })
        await cache.obtain(key, (folder) => writeFile(join(folder, FILE), text))
      }
      return rung
    },
  }
}

const FORMAT = 1
const FILE = 'rung.json'

interface Remembered {
  readonly rung: Rung | undefined
  readonly misses: readonly Miss[]
  readonly until: number | undefined
}

/** Our own file, in the user's own cache. */
async function remembered(folder: string | undefined): Promise<Remembered | undefined> {
  if (folder === undefined) return undefined
  try {
    return JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Remembered
  } catch {
    return undefined
  }
}
