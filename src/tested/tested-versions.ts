import { satisfies, valid } from '@renovatebot/pep440'
import { redact } from '../runtime/redact.js'
import { type Constraint, formatConstraint } from './constraints.js'
import type { Ladder } from './ladder.js'
import { normalizeName } from './python-names.js'
import type { Miss, Rung } from './rung.js'

/** Where one version of a lock comes from. */
export interface TestedPackage {
  /** 1 to 4, 5 the manifest's constraints, 6 nothing at all. */
  readonly rung: number
  /** The lines that decided, as constraint files have them. */
  readonly constraints: readonly string[]
}

/** Where the versions of a lock come from; part of every package, so without what differs from try to try. */
export interface TestedRecord {
  readonly rungs: readonly Omit<Rung, 'constraints'>[]
  readonly misses: readonly Miss[]
  readonly packages: Readonly<Record<string, TestedPackage>>
  /** What a rung says otherwise than the manifest, whose constraints win. */
  readonly overruled: readonly { readonly name: string; readonly tested: string; readonly manifest: string }[]
}

/** A lock, where its versions come from, and what could not be asked, in words. */
export interface Climbed<L> {
  readonly lock: L
  readonly record: TestedRecord
  readonly failures: readonly string[]
}

/** The manifest's constraints are the fifth rung and count before all others. */
export const MANIFEST = 5
/** Below it there is nothing. */
export const NOTHING = 6

/**
 * Resolves under the first rung, and under further ones as long as there are packages that no rung names. `resolve` gives
 * the names of the lock that it makes under constraints.
 */
export async function climbWhileNeeded<L>(
  manifest: readonly Constraint[],
  ladder: Ladder,
  resolve: (rungs: readonly Rung[]) => Promise<{
    readonly lock: L
    readonly names: readonly string[]
    /** What neither rungs nor constraints decided. */
    readonly decided: ReadonlyMap<string, TestedPackage>
  }>,
): Promise<Climbed<L>> {
  const rungs: Rung[] = []
  const climb = async () => {
    const rung = await ladder.climb()
    if (rung !== undefined) rungs.push(rung)
    return rung
  }
  await climb()
  for (;;) {
    const { lock, names, decided } = await resolve(rungs)
    const open = names.map(normalizeName).filter((name) => !decided.has(name) && isOpen(name, manifest, rungs))
    let useful = false
    while (open.length > 0 && !useful) {
      const rung = await climb()
      if (rung === undefined) break
      useful = rung.constraints.some(({ name }) => open.includes(name))
    }
    if (useful) continue
    const failures = ladder.misses.flatMap(({ rung, why, failed }) =>
      failed ? [`tested versions (rung ${rung}) could not be asked for: ${redact(why)}`] : [],
    )
    return { lock, record: recordOf(names, manifest, rungs, ladder.misses, decided), failures }
  }
}

/**
 * The lines of each package from the first rung that names it, without those that contradict the manifest, whose own are
 * applied besides.
 */
export function constraintsOf(manifest: readonly Constraint[], rungs: readonly Rung[]): readonly Constraint[] {
  const taken = new Set<string>()
  return rungs.flatMap(({ constraints }) => {
    const own = constraints.filter(({ name }) => !taken.has(name))
    for (const { name } of own) taken.add(name)
    return own.filter((tested) => !contradict(tested, manifest))
  })
}

/** What decides a package: the first rung that names it, unless the manifest says otherwise or is alone. */
export function placeOf(name: string, manifest: readonly Constraint[], rungs: readonly Rung[]): TestedPackage {
  const own = linesOf(name, manifest)
  const found = rungs.find(({ constraints }) => linesOf(name, constraints).length > 0)
  const tested = found === undefined ? [] : linesOf(name, found.constraints)
  if (found !== undefined && !tested.some((one) => contradict(one, own))) {
    return { rung: found.rung, constraints: tested.map(formatConstraint) }
  }
  return { rung: own.length > 0 ? MANIFEST : NOTHING, constraints: own.map(formatConstraint) }
}

/** True where a lower rung may still name the version: a bound such as `<2` in the manifest is none. */
function isOpen(name: string, manifest: readonly Constraint[], rungs: readonly Rung[]): boolean {
  if (rungs.some(({ constraints }) => linesOf(name, constraints).length > 0)) return false
  return !linesOf(name, manifest).some(({ specifier }) => /(?:^|,)===?[^,*]+(?:,|$)/.test(specifier))
}

function linesOf(name: string, constraints: readonly Constraint[]): readonly Constraint[] {
  return constraints.filter((constraint) => constraint.name === name)
}

/** True where a tested version is none that all of the manifest's lines allow. */
function contradict({ name, specifier }: Constraint, manifest: readonly Constraint[]): boolean {
  const own = linesOf(name, manifest).filter((line) => line.specifier !== specifier)
  const version = /^==([^,*]+)$/.exec(specifier)?.[1]
  if (version === undefined || valid(version) === null) return own.length > 0
  return own.some((line) => !satisfies(version, line.specifier, { prereleases: true }))
}

function recordOf(
  names: readonly string[],
  manifest: readonly Constraint[],
  rungs: readonly Rung[],
  misses: readonly Miss[],
  decided: ReadonlyMap<string, TestedPackage>,
): TestedRecord {
  const sorted = names.map(normalizeName).toSorted()
  return {
    rungs: rungs.map(({ constraints: _, ...rung }) => withoutSecrets(rung)),
    // How a server could not be reached depends on the machine, and packages are the same from every machine.
    misses: misses.map((miss) => (miss.failed ? { ...miss, why: 'it could not be asked' } : withoutSecrets(miss))),
    packages: Object.fromEntries(sorted.map((name) => [name, decided.get(name) ?? placeOf(name, manifest, rungs)])),
    overruled: sorted.flatMap((name) => {
      const own = linesOf(name, manifest)
      const tested = rungs.flatMap(({ constraints }) => constraints).find((constraint) => constraint.name === name)
      if (tested === undefined || decided.has(name) || !contradict(tested, own)) return []
      return [{ name, tested: tested.specifier, manifest: own.map(({ specifier }) => specifier).join(',') }]
    }),
  }
}

/** Records are shipped; servers may be named with credentials. */
function withoutSecrets<T extends object>(record: T): T {
  const entries = Object.entries(record).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value])
  return Object.fromEntries(entries) as T
}
