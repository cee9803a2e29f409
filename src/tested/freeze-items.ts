import { isPythonName, isPythonVersion, normalizeName } from './python-names.js'

/** Versions by normalised name. */
export type Versions = Map<string, string>

/** They are part of every environment and come from it, never from a project's dependencies. */
const NEVER = new Set(['pip', 'setuptools', 'wheel'])
/** More than any environment of a real job holds. */
const MAX_PACKAGES = 10_000

/**
 * Takes `name==version`, with or without a comment behind it, over into the versions. False for anything else: `-e …`, `name @ …`,
 * comments, warnings.
 */
export function takeItem(item: string, versions: Versions): boolean {
  const comment = item.indexOf(' #')
  const text = (comment < 0 ? item : item.slice(0, comment)).trimEnd()
  const equals = text.indexOf('==')
  return equals > 0 && take(text.slice(0, equals), text.slice(equals + 2), versions)
}

/**
 * The items that tox joined with commas. What stands behind a comma and a blank is the rest of a warning's sentence,
 * even where it looks like an item.
 */
export function takeJoined(text: string, versions: Versions): void {
  for (const item of text.split(',')) takeItem(item, versions)
}

/**
 * The words behind pip's `Successfully installed`: `python-dateutil-2.9.0.post0`. Before 1.6 pip named no versions: nothing is
 * taken of a line where most words have none.
 */
export function takeInstalled(text: string, versions: Versions): void {
  const words = text.split(' ').filter((word) => word !== '')
  const found: Versions = new Map()
  let good = 0
  for (const word of words) {
    const hyphen = word.lastIndexOf('-')
    if (hyphen > 0 && take(word.slice(0, hyphen), word.slice(hyphen + 1), found)) good += 1
  }
  if (good * 2 <= words.length) return
  for (const [name, version] of found) put(name, version, versions)
}

function take(name: string, version: string, versions: Versions): boolean {
  if (!isPythonName(name) || !isPythonVersion(version)) return false
  put(normalizeName(name), version, versions)
  return true
}

function put(name: string, version: string, versions: Versions): void {
  if (!NEVER.has(name) && (versions.size < MAX_PACKAGES || versions.has(name))) versions.set(name, version)
}
