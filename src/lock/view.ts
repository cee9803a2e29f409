import { InputError } from '../errors.js'
import { printable } from '../runtime/printable.js'
import type { LockFacts } from './facts.js'
import { parseLock } from './lock-file.js'

/** Why nobody tested a version, where nobody did. */
export type NotTested = 'override' | 'relaxed' | 'upgraded' | 'postinstall' | 'newest'

/** Where a version stands among the rungs. */
export interface Standing {
  /** 1 to 4, 5 the manifest, 6 nothing. */
  readonly rung: number
  /** The lines that decided. */
  readonly constraints: readonly string[]
  readonly notTested: NotTested | undefined
}

/** The manifest's constraints and overrides; below it there is nothing. */
export const MANIFEST = 5

export interface LockedVersion {
  readonly version: string
  /** None where it is a git commit. */
  readonly hashes: ReadonlySet<string>
  /** Undefined where there is no record, and for what builds. */
  readonly standing: Standing | undefined
}

/** A lock as it is looked at, wherever it was read: committed, in a plan, in a package. */
export interface LockView {
  readonly project: string
  /** Empty where nothing says it. */
  readonly version: string
  /** e.g. `3.11`; empty where nothing says it. */
  readonly python: string
  /** e.g. `amd64 glibc 2.36`, or of a built leg `debian12-amd64`; none where nothing says it. */
  readonly platforms: readonly string[]
  /** Where it was read. */
  readonly file: string
  /** By normalised name; commits that are built instead of releases too. */
  readonly packages: ReadonlyMap<string, LockedVersion>
  /** The same of what builds the project and source archives. */
  readonly build: ReadonlyMap<string, LockedVersion>
  /** Undefined where there is no record. */
  readonly facts: LockFacts | undefined
  /** `pip_dependencies` as they were; undefined where nothing says it. */
  readonly asked: readonly string[] | undefined
}

/** A lock's texts, and what is known of it. */
export interface ReadLock extends Omit<LockView, 'packages' | 'build'> {
  readonly text: string
  readonly build: string | undefined
}

/** Nothing that a resolver writes; the reader goes through whatever else there is in one pass. */
const STRANGE = /[^\P{C}\n\t]|\p{Zl}|\p{Zp}/u

/** Reads a lock's texts, which come from outside; an `InputError` says what is none. */
export function viewLock({ text, build, ...read }: ReadLock): LockView {
  const { facts, file } = read
  const standings = facts === undefined ? undefined : standingsOf(facts)
  const packages = versionsOf(text, file, standings)
  for (const { name, git } of facts?.overrides ?? []) {
    // No line of the lock: hash mode refuses it.
    if (git === undefined) continue
    packages.set(name, { version: `commit ${git.commit}`, hashes: new Set(), standing: standings?.get(name) })
  }
  return {
    ...read,
    packages: new Map([...packages].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    build: versionsOf(build ?? '', `the lock of the build requirements of ${file}`, undefined),
  }
}

const MAX_SHOWN = 200

/** A name that stands several times, with other markers each, has all its versions. */
function versionsOf(text: string, file: string, standings: ReadonlyMap<string, Standing> | undefined) {
  const plain = text.replaceAll('\r\n', '\n')
  const wrong = (why: string) => new InputError({ message: `${printable(`${file} is no lock: ${why}`)}.` })
  if (STRANGE.test(plain)) throw wrong('it has control characters in it')
  const versions = new Map<string, LockedVersion>()
  for (const { name, version, marker, hashes } of parsed(plain, wrong)) {
    const shown = marker === undefined ? version : `${version}; ${marker}`
    const known = versions.get(name)
    versions.set(name, {
      version: known === undefined ? shown : `${known.version} | ${shown}`,
      hashes: new Set([...(known?.hashes ?? []), ...hashes]),
      standing: standings?.get(name),
    })
  }
  return versions
}

function parsed(text: string, wrong: (why: string) => InputError) {
  try {
    return parseLock(text, 'it')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw wrong(message.length > MAX_SHOWN ? `${message.slice(0, MAX_SHOWN)} …` : message)
  }
}

function standingsOf({ tested, overrides, relaxed, upgraded, postinstall }: LockFacts): Map<string, Standing> {
  const otherwise = new Map<string, NotTested>([
    ...postinstall.map((name) => [name, 'postinstall'] as const),
    ...upgraded.map((name) => [name, 'upgraded'] as const),
    ...relaxed.map(({ name }) => [name, 'relaxed'] as const),
    ...overrides.map(({ name }) => [name, 'override'] as const),
  ])
  const standings = new Map(
    Object.entries(tested.packages).map(([name, { rung, constraints }]): [string, Standing] => {
      return [name, { rung, constraints, notTested: otherwise.get(name) ?? (rung > MANIFEST ? 'newest' : undefined) }]
    }),
  )
  for (const { name, requirement } of overrides) {
    standings.set(name, { rung: MANIFEST, constraints: [requirement], notTested: 'override' })
  }
  return standings
}

/** Some locks of `all` in words, e.g. `Python 3.9, 3.10; Python 3.11 (arm64 glibc 2.36)`; undefined when it is all. */
export function nameLocks(some: readonly LockView[], all: readonly LockView[]): string | undefined {
  if (all.every((one) => some.includes(one))) return undefined
  const pythons = [...new Set(some.map(({ python }) => python))]
  const isWhole = (python: string) => all.every((one) => one.python !== python || some.includes(one))
  const whole = pythons.filter(isWhole)
  const parts = some.filter(({ python }) => !isWhole(python))
  return [
    ...(whole.length === 0 ? [] : [`Python ${whole.join(', ')}`]),
    ...parts.map(({ python, platforms, file }) => `Python ${python} (${platforms.join(', ') || file})`),
  ].join('; ')
}
