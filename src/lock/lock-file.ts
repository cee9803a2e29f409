import { ToolError } from '../errors.js'
import { normalizeName } from '../tested/python-names.js'

/** One distribution of a lock. */
export interface LockedDistribution {
  /** Normalised (PEP 503). */
  readonly name: string
  readonly version: string
  readonly marker?: string
  /** `sha256:…` of every file of the release that the index has. */
  readonly hashes: readonly string[]
}

const REQUIREMENT = /^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)(?:\s*;\s*(.+))?$/
const HASH = /^[a-z0-9]+:[0-9a-f]+$/

/** Reads a lock in requirements form: `name==version [; marker] --hash=sha256:…`, comments, continued lines. */
export function parseLock(text: string, file: string): LockedDistribution[] {
  return entriesOf(text).map((entry) => parseEntry(entry, file))
}

/** The lock without some of its distributions, or with nothing but them. */
export function partOfLock(text: string, names: readonly string[], part: 'without' | 'only'): string {
  const chosen = new Set(names.map(normalizeName))
  const entries = entriesOf(text).filter(
    (entry) => chosen.has(parseEntry(entry, 'the lock').name) === (part === 'only'),
  )
  return joinEntries(entries)
}

/** The lock with all of another one's distributions, which win over its own of the same name. */
export function overlaidLock(text: string, over: string): string {
  const nameOf = (entry: string) => parseEntry(entry, 'the lock').name
  const all = new Map([...entriesOf(text), ...entriesOf(over)].map((entry) => [nameOf(entry), entry]))
  const sorted = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return joinEntries(sorted.map(([, entry]) => entry))
}

/** A resolver's annotated lock: its text without the annotations, and who requires each distribution. */
export function readAnnotated(text: string): {
  readonly text: string
  readonly requiredBy: ReadonlyMap<string, readonly string[]>
} {
  const requiredBy = new Map<string, string[]>()
  const kept: string[] = []
  let current: string[] = []
  for (const line of text.split('\n')) {
    const comment = /^\s*#(?: via\b)?\s*(.*)$/.exec(line)
    if (comment === null) {
      kept.push(line)
      const name = /^([A-Za-z0-9][A-Za-z0-9._-]*)==/.exec(line)?.[1]
      if (name !== undefined) {
        current = []
        requiredBy.set(normalizeName(name), current)
      }
    } else if (line.startsWith(' ') && /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\[|$|\s)/.test(comment[1] ?? '')) {
      // Others are the files of requirements, constraints and overrides that name it.
      current.push(normalizeName(/^[A-Za-z0-9._-]+/.exec(comment[1] ?? '')?.[0] ?? ''))
    }
  }
  const joined = kept.join('\n').trimEnd()
  return { text: joined === '' ? '' : `${joined}\n`, requiredBy }
}

function parseEntry(entry: string, file: string): LockedDistribution {
  const line = entry.replaceAll(/\\\n\s*/g, ' ').trim()
  const [requirement = '', ...hashes] = line.split(/\s--hash=/).map((word) => word.trim())
  const [, name, version, marker] = REQUIREMENT.exec(requirement) ?? []
  if (name === undefined || version === undefined || hashes.length === 0 || !hashes.every((hash) => HASH.test(hash))) {
    throw new ToolError(`${file}: ${JSON.stringify(line)} is not a locked requirement with a hash`)
  }
  return {
    name: normalizeName(name),
    version,
    hashes,
    ...(marker === undefined ? {} : { marker: marker.trim() }),
  }
}

/** Requirements with their continued lines; comments and blanks are none. */
function entriesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trimEnd())
  return lines
    .join('\n')
    .replaceAll(/\\\n/g, '\\\u0000')
    .split('\n')
    .map((line) => line.replaceAll('\u0000', '\n').trim())
    .filter((entry) => entry !== '')
}

function joinEntries(entries: readonly string[]): string {
  return entries.map((entry) => `${entry}\n`).join('')
}
