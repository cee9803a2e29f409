import type { Constraint } from '../tested/constraints.js'
import { normalizeName } from '../tested/python-names.js'

/** A version that the constraints name and that can't be had. */
export interface Unavailable {
  readonly name: string
  /** e.g. `==1.2`. */
  readonly pin: string
  readonly why: string
}

/** From where a word begins: a long one is then read once. */
const NAME = '(?<![A-Za-z0-9._-])([A-Za-z0-9][A-Za-z0-9._-]*)'
const PIN = `\`?${NAME}==([A-Za-z0-9.!+_-]*[A-Za-z0-9])\`?`

/** What uv 0.13 says of a version that it can't use, by why. */
const COMPLAINTS: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: new RegExp(`there is no version of ${PIN}`, 'g'), why: 'the index does not have it (any more)' },
  { pattern: new RegExp(`${PIN} (?:is|was) yanked`, 'g'), why: 'it was withdrawn (yanked)' },
  {
    pattern: new RegExp(`${PIN} has no wheels? with a matching platform`, 'g'),
    why: 'there is no wheel for this platform',
  },
  { pattern: new RegExp(`${PIN} has no wheels? with a matching`, 'g'), why: 'there is no wheel for this Python' },
  { pattern: new RegExp(`${PIN} has no usable wheels`, 'g'), why: 'there is no wheel for this platform' },
  {
    pattern: new RegExp(`${PIN} has no (?:source|available)`, 'g'),
    why: 'there is neither a wheel nor a source archive',
  },
  { pattern: new RegExp(`${PIN} depends on Python`, 'g'), why: 'it is for other Pythons' },
  {
    pattern: new RegExp(`Failed to (?:build|download and build) ${PIN}`, 'g'),
    why: 'its source archive can not be built',
  },
]

const UNKNOWN = new RegExp(`${NAME} was not found in the package registry`, 'g')

/** Reads uv's explanation of a failure: which of the pins it could not have. */
export function readUnavailable(output: string, constraints: readonly Constraint[]): Unavailable[] {
  // It breaks lines where it likes.
  const text = output.replaceAll(/\s+/g, ' ')
  const found = new Map<string, Unavailable>()
  const add = (name: string, version: string | undefined, why: string) => {
    const normalized = normalizeName(name)
    const pin = constraints.find(
      (constraint) =>
        constraint.name === normalized &&
        /^===?/.test(constraint.specifier) &&
        (version === undefined || constraint.specifier.replace(/^=+/, '') === version),
    )
    if (pin !== undefined && !found.has(normalized)) {
      found.set(normalized, { name: normalized, pin: pin.specifier, why })
    }
  }
  for (const { pattern, why } of COMPLAINTS) {
    for (const [, name = '', version] of text.matchAll(pattern)) add(name, version, why)
  }
  for (const [, name = ''] of text.matchAll(UNKNOWN)) {
    add(name, undefined, 'the index does not have it (any more)')
  }
  return [...found.values()]
}

/** What uv warns of: versions that were withdrawn and are still there. */
export function readYanked(
  warnings: string,
): { readonly name: string; readonly version: string; readonly why: string }[] {
  const pattern = new RegExp(`^warning: ${PIN} is yanked(?: \\(reason: "?(.*?)"?\\))?\\.?$`, 'gm')
  return [...warnings.matchAll(pattern)].map(([, name = '', version = '', why]) => ({
    name: normalizeName(name),
    version,
    why: why || 'no reason is given',
  }))
}
