import { type LockedVersion, type LockView, type NotTested, nameLocks } from './view.js'

/** A version of one side, and where it comes from as far as that is known. */
export interface DiffSide {
  readonly version: string
  /** 1 to 4, 5 the manifest, 6 nothing. */
  readonly rung?: number | undefined
  readonly not_tested?: NotTested | undefined
}

/** `rung`: the same version from elsewhere; `files`: the same version with other hashes. */
export const CHANGE_KINDS = ['changed', 'added', 'removed', 'rung', 'files'] as const

export interface PackageChange {
  readonly kind: (typeof CHANGE_KINDS)[number]
  readonly name: string
  readonly from?: DiffSide | undefined
  readonly to?: DiffSide | undefined
  /** Hashes that are gone, and new ones. */
  readonly hashes?: { readonly gone: number; readonly more: number } | undefined
  /** The locks that it is so in, in words; undefined when it is so in all that were compared. */
  readonly only?: string | undefined
}

/** One project on both sides. */
export interface ProjectDiff {
  /** As A names it. */
  readonly project: string
  readonly from: LockedProject
  readonly to: LockedProject
  readonly changes: readonly PackageChange[]
  /** Of what builds the project and source archives. */
  readonly build: readonly PackageChange[]
  /** Locks that the other side has no counterpart of, in words. */
  readonly only_from: readonly string[]
  readonly only_to: readonly string[]
}

export interface LockedProject {
  readonly project: string
  readonly version: string
  /** Of the locks that were compared. */
  readonly pythons: readonly string[]
}

export interface LockDiff {
  readonly equal: boolean
  readonly projects: readonly ProjectDiff[]
  /** Projects, in their versions, that B alone has, and A alone. */
  readonly added: readonly Pick<LockedProject, 'project' | 'version'>[]
  readonly removed: readonly Pick<LockedProject, 'project' | 'version'>[]
}

/** All that is different between the locks of two sides, by project. */
export function diffLocks(a: readonly LockView[], b: readonly LockView[]): LockDiff {
  const { pairs, onlyFrom, onlyTo } = pairProjects(byProject(a), byProject(b))
  const projects = pairs.map(({ from, to }) => diffProject(from, to))
  const name = ([{ project, version }]: ProjectLocks) => ({ project, version })
  const [added, removed] = [onlyTo.map(name), onlyFrom.map(name)]
  return { equal: added.length + removed.length === 0 && projects.every(isEqual), projects, added, removed }
}

/** The locks of a project's version, at least one. */
type ProjectLocks = readonly [LockView, ...LockView[]]

function byProject(views: readonly LockView[]): ProjectLocks[] {
  const groups = new Map<string, ProjectLocks>()
  for (const view of views) {
    const key = JSON.stringify([view.project, view.version])
    const group = groups.get(key)
    groups.set(key, group === undefined ? [view] : [...group, view])
  }
  return [...groups].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group)
}

interface Paired<T> {
  readonly pairs: readonly { readonly from: T; readonly to: T }[]
  readonly onlyFrom: readonly T[]
  readonly onlyTo: readonly T[]
}

/** A project is compared with its own other version; where both sides have one project only, whatever it is called. */
function pairProjects(a: readonly ProjectLocks[], b: readonly ProjectLocks[]): Paired<ProjectLocks> {
  const [from, to] = [a[0], b[0]]
  if (a.length === 1 && b.length === 1 && from !== undefined && to !== undefined) {
    return { pairs: [{ from, to }], onlyFrom: [], onlyTo: [] }
  }
  const same = (one: ProjectLocks) => (other: ProjectLocks) => one[0].project === other[0].project
  return pair(a, b, (one, other) => {
    if (!same(one)(other)) return false
    if (one[0].version === other[0].version) return true
    return a.filter(same(one)).length === 1 && b.filter(same(other)).length === 1
  })
}

/** Pairs each with all that it fits. */
function pair<T>(a: readonly T[], b: readonly T[], fits: (from: T, to: T) => boolean): Paired<T> {
  const pairs = a.flatMap((from) => b.filter((to) => fits(from, to)).map((to) => ({ from, to })))
  return {
    pairs,
    onlyFrom: a.filter((one) => !pairs.some(({ from }) => from === one)),
    onlyTo: b.filter((one) => !pairs.some(({ to }) => to === one)),
  }
}

/** Of the same Python, and of a common platform where there is a choice; the only ones of both sides in any case. */
function pairLocks(a: ProjectLocks, b: ProjectLocks): Paired<LockView> {
  if (a.length === 1 && b.length === 1) return { pairs: [{ from: a[0], to: b[0] }], onlyFrom: [], onlyTo: [] }
  const ofPython = (locks: ProjectLocks, python: string) => locks.filter((one) => one.python === python)
  return pair<LockView>(a, b, (one, other) => {
    if (one.python !== other.python) return false
    if (ofPython(a, one.python).length === 1 || ofPython(b, one.python).length === 1) return true
    return one.platforms.some((platform) => other.platforms.includes(platform))
  })
}

function diffProject(from: ProjectLocks, to: ProjectLocks): ProjectDiff {
  const { pairs, onlyFrom, onlyTo } = pairLocks(from, to)
  const named = ([{ project, version }]: ProjectLocks, locks: readonly LockView[]): LockedProject => ({
    ...{ project, version },
    pythons: [...new Set(locks.map(({ python }) => python))],
  })
  const words = (locks: readonly LockView[], all: ProjectLocks) =>
    locks.map((lock) => nameLocks([lock], all) ?? `Python ${lock.python}`)
  return {
    project: from[0].project,
    from: named(
      from,
      pairs.map((one) => one.from),
    ),
    to: named(
      to,
      pairs.map((one) => one.to),
    ),
    changes: merged(pairs, (one, other) => diffVersions(one.packages, other.packages)),
    build: merged(pairs, (one, other) => diffVersions(one.build, other.build)),
    only_from: words(onlyFrom, from),
    only_to: words(onlyTo, to),
  }
}

/** The changes of all pairs, each once with the locks that it is so in. */
function merged(
  pairs: Paired<LockView>['pairs'],
  diff: (from: LockView, to: LockView) => readonly PackageChange[],
): PackageChange[] {
  const changes = new Map<string, { readonly change: PackageChange; readonly locks: Set<LockView> }>()
  for (const { from, to } of pairs) {
    for (const change of diff(from, to)) {
      const key = JSON.stringify(change)
      const known = changes.get(key) ?? { change, locks: new Set() }
      known.locks.add(to)
      changes.set(key, known)
    }
  }
  const all = [...new Set(pairs.map(({ to }) => to))]
  return [...changes.values()]
    .map(({ change, locks }) => ({ ...change, only: nameLocks([...locks], all) }))
    .toSorted((one, other) => orderOf(one, other))
}

/** By kind, then by name; locks of one name stay in their order. */
function orderOf(one: PackageChange, other: PackageChange): number {
  const kinds = CHANGE_KINDS.indexOf(one.kind) - CHANGE_KINDS.indexOf(other.kind)
  return kinds !== 0 ? kinds : one.name < other.name ? -1 : one.name > other.name ? 1 : 0
}

type Versions = ReadonlyMap<string, LockedVersion>

function diffVersions(a: Versions, b: Versions): PackageChange[] {
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name): PackageChange[] => {
    const [one, other] = [a.get(name), b.get(name)]
    const sides = { ...(one && { from: sideOf(one) }), ...(other && { to: sideOf(other) }) }
    if (one === undefined) return [{ kind: 'added', name, ...sides }]
    if (other === undefined) return [{ kind: 'removed', name, ...sides }]
    if (one.version !== other.version) return [{ kind: 'changed', name, ...sides }]
    const hashes = { gone: countOf(one.hashes, other.hashes), more: countOf(other.hashes, one.hashes) }
    return [
      ...(isElsewhere(sides) ? [{ kind: 'rung', name, ...sides } as const] : []),
      ...(hashes.gone + hashes.more > 0 ? [{ kind: 'files', name, ...sides, hashes } as const] : []),
    ]
  })
}

function sideOf({ version, standing }: LockedVersion): DiffSide {
  return { version, rung: standing?.rung, not_tested: standing?.notTested }
}

/** How many of the one the other has not. */
function countOf(some: ReadonlySet<string>, others: ReadonlySet<string>): number {
  return [...some].filter((one) => !others.has(one)).length
}

/** What one side does not say is no difference. */
function isElsewhere({ from, to }: Pick<PackageChange, 'from' | 'to'>): boolean {
  if (from?.rung === undefined || to?.rung === undefined) return false
  return from.rung !== to.rung || from.not_tested !== to.not_tested
}

function isEqual({ from, to, changes, build, only_from, only_to }: ProjectDiff): boolean {
  const lists = [changes, build, only_from, only_to]
  return lists.every((list) => list.length === 0) && from.project === to.project && from.version === to.version
}
