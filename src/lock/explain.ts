import type { LockFacts } from './facts.js'
import { type LockView, MANIFEST, type NotTested, type Standing } from './view.js'

type RungRecord = LockFacts['tested']['rungs'][number]

/** Why a lock has a package in a version; keys without a value don't hold. */
export interface PackageExplanation {
  readonly name: string
  /** Undefined for what only builds the project or source archives. */
  readonly version?: string | undefined
  /** 1 to 4, 5 the manifest, 6 nothing; undefined where there is no record. */
  readonly rung?: number | undefined
  readonly not_tested?: NotTested | undefined
  /** The lines that decided, as constraint files have them. */
  readonly constraints: readonly string[]
  /** The rung itself: what it is and where, the change and how far behind, when. */
  readonly from?: RungRecord | undefined
  /** The manifest's constraint files, where these decided. */
  readonly files?: readonly string[] | undefined
  /** Why the rungs above did not decide. */
  readonly above: readonly { readonly rung: number; readonly why: string }[]
  /** What a rung says otherwise than the manifest, which won. */
  readonly overruled?: LockFacts['tested']['overruled'][number] | undefined
  readonly override?: LockFacts['overrides'][number] | undefined
  readonly relaxed?: LockFacts['relaxed'][number] | undefined
  readonly yanked?: LockFacts['yanked'][number] | undefined
  /** There is no wheel of it: it is built from its source archive. */
  readonly built?:
    | {
        /** What builds it is locked. */
        readonly locked: boolean
        /** The Python that has read its metadata, where that is not the lock's. */
        readonly metadata_of?: string | undefined
      }
    | undefined
  /** It builds the project or source archives, in this version. */
  readonly builds?: { readonly version: string; readonly as_of?: string | undefined } | undefined
  readonly required_by: readonly string[]
  /** The manifest itself asks for it by `pip_dependencies`. */
  readonly asked: boolean
  /** From what nothing requires down to the package, the shortest way; where that is longer than two. */
  readonly chain: readonly string[]
}

/** Why the lock has the package (by its normalised name) as it has it; undefined when it doesn't. */
export function explainPackage(view: LockView, name: string): PackageExplanation | undefined {
  const { packages, build, facts } = view
  const locked = packages.get(name)
  const builds = build.get(name)?.version
  if (locked === undefined && builds === undefined) return undefined
  const standing = locked?.standing
  const of = <T extends { readonly name: string }>(list: readonly T[] | undefined) =>
    list?.find((one) => one.name === name)
  const requiredBy = facts === undefined || !Object.hasOwn(facts.required_by, name) ? [] : facts.required_by[name]
  return {
    ...{ name, version: locked?.version },
    ...{ rung: standing?.rung, not_tested: standing?.notTested, constraints: standing?.constraints ?? [] },
    from: facts?.tested.rungs.find(({ rung }) => rung === standing?.rung),
    files:
      standing?.rung === MANIFEST && standing.notTested === undefined
        ? facts?.constraints.map(({ source }) => source)
        : undefined,
    above: standing === undefined || facts === undefined ? [] : saidAbove(standing, facts),
    overruled: of(facts?.tested.overruled),
    override: of(facts?.overrides),
    relaxed: of(facts?.relaxed),
    yanked: of(facts?.yanked),
    built: locked === undefined || facts === undefined ? undefined : howBuilt(name, facts),
    builds: builds === undefined ? undefined : { version: builds, as_of: facts?.build.as_of },
    required_by: requiredBy ?? [],
    asked: view.asked?.some((line) => namesPackage(line, name)) ?? false,
    chain: facts === undefined ? [] : chainTo(name, facts.required_by),
  }
}

/** The manifest asks no rung, and what was let go of is no rung's fault. */
function saidAbove({ rung, notTested }: Standing, { tested }: LockFacts): PackageExplanation['above'] {
  if (rung === MANIFEST || (notTested !== undefined && notTested !== 'newest')) return []
  const silent = tested.rungs.map((one) => ({ rung: one.rung, why: `${one.what} does not name it` }))
  return [...tested.misses.map(({ rung: missed, why }) => ({ rung: missed, why })), ...silent]
    .filter((one) => one.rung < rung)
    .toSorted((a, b) => a.rung - b.rung)
}

function howBuilt(name: string, { build, built_elsewhere: elsewhere }: LockFacts): PackageExplanation['built'] {
  if (!build.sdists.includes(name)) return undefined
  const metadata = elsewhere?.names.includes(name) ? elsewhere.python : undefined
  return { locked: !build.unlocked.includes(name), metadata_of: metadata }
}

function namesPackage(line: string, name: string): boolean {
  const written = /^[A-Za-z0-9._-]+/.exec(line)?.[0] ?? ''
  return written.toLowerCase().replaceAll(/[-_.]+/g, '-') === name
}

/** Breadth first, up to what nothing requires. */
function chainTo(name: string, requiredBy: LockFacts['required_by']): string[] {
  const graph = new Map(Object.entries(requiredBy))
  const below = new Map<string, string | undefined>([[name, undefined]])
  for (const one of below.keys()) {
    const who = graph.get(one) ?? []
    if (who.length === 0) {
      const chain: string[] = []
      for (let at: string | undefined = one; at !== undefined; at = below.get(at)) chain.push(at)
      return chain.length > 2 ? chain : []
    }
    for (const requirer of who) if (!below.has(requirer)) below.set(requirer, one)
  }
  return []
}

/** What holds for a whole lock. */
export interface LockOverview {
  readonly packages: number
  /** By rung, with those that decided nothing; names sorted. Empty where there is no record. */
  readonly rungs: readonly {
    readonly rung: number
    readonly from?: RungRecord | undefined
    readonly files?: readonly string[] | undefined
    readonly names: readonly string[]
  }[]
  readonly misses: readonly { readonly rung: number; readonly why: string }[]
  readonly not_tested: readonly { readonly name: string; readonly why: NotTested }[]
  readonly overruled: LockFacts['tested']['overruled']
  readonly yanked: LockFacts['yanked']
  /** Built from source archives. */
  readonly built: readonly string[]
  readonly built_elsewhere?: LockFacts['built_elsewhere'] | undefined
  /** What builds the project and source archives; undefined where there is no record. */
  readonly build?:
    | { readonly packages: number; readonly as_of?: string | undefined; readonly unlocked: readonly string[] }
    | undefined
}

export function explainLock(view: LockView): LockOverview {
  const { packages, facts, build } = view
  const standings = [...packages].flatMap(([name, { standing }]) =>
    standing === undefined ? [] : [{ name, ...standing }],
  )
  const known = facts?.tested.rungs ?? []
  const numbers = new Set([...known, ...standings].map(({ rung }) => rung))
  return {
    packages: packages.size,
    rungs: [...numbers]
      .toSorted((a, b) => a - b)
      .map((rung) => ({
        rung,
        from: known.find((one) => one.rung === rung),
        files: rung === MANIFEST ? facts?.constraints.map(({ source }) => source) : undefined,
        names: standings.filter((one) => one.rung === rung).map(({ name }) => name),
      })),
    misses: (facts?.tested.misses ?? []).map(({ rung, why }) => ({ rung, why })),
    not_tested: standings.flatMap(({ name, notTested: why }) => (why === undefined ? [] : [{ name, why }])),
    overruled: facts?.tested.overruled ?? [],
    yanked: facts?.yanked ?? [],
    built: facts?.build.sdists ?? [],
    built_elsewhere: facts?.built_elsewhere,
    build:
      facts === undefined
        ? undefined
        : { packages: build.size, as_of: facts.build.as_of, unlocked: facts.build.unlocked },
  }
}
