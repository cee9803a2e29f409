import { dump } from 'js-yaml'
import { cleanLine } from '../runtime/clean-text.js'
import type { Changes } from '../source/changes.js'

/** One version of a package in its changelog. */
export interface ChangelogEntry {
  readonly package: string
  /** As the format writes it, with epoch and revision, e.g. `27.0.2-1+deb12`. */
  readonly version: string
  /** `Name <address>`. */
  readonly maintainer: string
  /** One text a change. */
  readonly changes: readonly string[]
  /** The source's date; seconds since 1970. */
  readonly date: number
}

const MAX_CHANGE = 500
const COLUMNS = 78
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** What is told of a project's new version: that it is one, and what has changed in it. */
export function describeChanges(project: string, version: string, { since, subjects, more }: Changes): string[] {
  const what = since === undefined || since === version ? '' : `, since ${since}`
  return [
    `${project} ${version}${subjects.length === 0 ? '.' : `${what}:`}`,
    ...subjects,
    ...(more === 0 ? [] : [`… and ${more} more`]),
  ]
}

/** A changelog of Debian's form. Source: deb-changelog(5). */
export function debianChangelog(entry: ChangelogEntry, distribution = 'unstable'): string {
  const changes = wrapAll(entry.changes, '  * ', '    ')
  const date = new Date(entry.date * 1000).toUTCString().replace(/GMT$/, '+0000')
  return [
    `${entry.package} (${entry.version}) ${distribution}; urgency=medium`,
    '',
    ...changes,
    '',
    ` -- ${addressOf(entry.maintainer)}  ${date}`,
    '',
  ].join('\n')
}

/** A changelog as rpm shows it. */
export function rpmChangelog(entry: ChangelogEntry): string {
  const date = new Date(entry.date * 1000)
  const day = String(date.getUTCDate()).padStart(2, '0')
  const when = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${date.getUTCFullYear()}`
  const changes = wrapAll(entry.changes, '- ', '  ')
  return [`* ${when} ${addressOf(entry.maintainer)} - ${entry.version}`, ...changes, ''].join('\n')
}

/** The same for a spec file's `%changelog`, where rpmbuild would expand macros: `%(command)` runs commands. */
export function specChangelog(entry: ChangelogEntry): string {
  // A backslash at a line's end would take the next line, or the end of the file, with it.
  return rpmChangelog(entry).replaceAll('%', '%%').replaceAll(/\\$/gm, '\\%{nil}')
}

/** The same as the YAML file that nfpm's `changelog` names. */
export function nfpmChangelog(entry: ChangelogEntry): string {
  const date = new Date(entry.date * 1000).toISOString().replace('.000Z', 'Z')
  const changes = entry.changes.map((change) => ({ note: cleanLine(change, MAX_CHANGE) }))
  return dump([{ semver: entry.version, date, packager: addressOf(entry.maintainer), changes }])
}

/** Both formats end the name where the address begins. */
function addressOf(maintainer: string): string {
  const line = cleanLine(maintainer, MAX_CHANGE)
  return /^[^<>]+ <[^<>]*>$/.test(line) ? line : `${cleanLine(line.replaceAll(/[<>]/g, ''), MAX_CHANGE) || 'nobody'} <>`
}

function wrapAll(changes: readonly string[], first: string, rest: string): string[] {
  const lines = changes.map((change) => cleanLine(change, MAX_CHANGE)).filter((line) => line !== '')
  return lines.map((line) => wrap(line, first, rest))
}

function wrap(text: string, first: string, rest: string): string {
  const [start = '', ...words] = text.split(' ')
  const lines: string[] = []
  let line = `${first}${start}`
  for (const word of words) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = `${rest}${word}`
    } else {
      line += ` ${word}`
    }
  }
  return [...lines, line].join('\n')
}
