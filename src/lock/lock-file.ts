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

/** Reads a lock in requirements form: `name==version [; marker] --hash=sha256:…`, comments, continued lines. */
export function parseLock(text: string, file: string): LockedDistribution[] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n')
  const locked: LockedDistribution[] = []
  for (const raw of lines) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim()
    if (line === '') continue
    const [requirement = '', ...hashes] = line.split(/\s+--hash=/)
    const [, name, version, marker] = REQUIREMENT.exec(requirement.trim()) ?? []
    if (name === undefined || version === undefined || hashes.length === 0) {
      throw new ToolError(`${file}: ${JSON.stringify(raw.trim())} is not a locked requirement with a hash`)
    }
    locked.push({
      name: normalizeName(name),
      version,
      hashes,
      ...(marker === undefined ? {} : { marker: marker.trim() }),
    })
  }
  return locked
}
