import type { DiffSide, LockDiff, LockedProject, PackageChange, ProjectDiff } from '../lock/diff.js'

/** Titles of what is listed of the virtualenv and of build requirements, in their order. */
const TITLES: Readonly<Record<PackageChange['kind'], string>> = {
  changed: 'changed',
  added: 'added',
  removed: 'removed',
  rung: 'same version from another rung',
  files: 'same version with other hashes',
}

/** The differences for a person, by project; `equal` where there are none. */
export function describeDiff({ equal, projects, added, removed }: LockDiff): string[] {
  if (equal) return ['equal']
  const named = (project: LockDiff['added'][number]) => `  ${nameOf(project)}`
  const sections = [
    ...projects.map(describeProject),
    ...(added.length === 0 ? [] : [['projects added', ...added.map(named)]]),
    ...(removed.length === 0 ? [] : [['projects removed', ...removed.map(named)]]),
  ]
  return sections.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function describeProject(project: ProjectDiff): string[] {
  const { from, to, changes, build, only_from: onlyFrom, only_to: onlyTo } = project
  const counts = Object.keys(TITLES).flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length
    return count === 0 ? [] : [`${count} ${TITLES[kind as PackageChange['kind']]}`]
  })
  return [
    `${titleOf(from, to)}: ${counts.length === 0 ? 'the same versions' : counts.join(', ')}`,
    ...onlyFrom.map((words) => `  locked in A only: ${words}`),
    ...onlyTo.map((words) => `  locked in B only: ${words}`),
    ...listed(changes, ''),
    ...listed(build, 'build requirements '),
  ]
}

/** e.g. `keystone 27.0.1 → 27.0.2 (Python 3.9, 3.11)`. */
function titleOf(from: LockedProject, to: LockedProject): string {
  const name =
    from.project === to.project ? `${to.project} ${arrow(from.version, to.version)}` : arrow(nameOf(from), nameOf(to))
  const pythons = arrow(from.pythons.join(', '), to.pythons.join(', '))
  return `${name.trimEnd()}${pythons === '' ? '' : ` (Python ${pythons})`}`
}

function nameOf({ project, version }: Pick<LockedProject, 'project' | 'version'>): string {
  return version === '' ? project : `${project} ${version}`
}

function arrow(from: string, to: string): string {
  return from === to ? to : [from, to].filter((word) => word !== '').join(' → ')
}

function listed(changes: readonly PackageChange[], what: string): string[] {
  return Object.entries(TITLES).flatMap(([kind, title]) => {
    const ofKind = changes.filter((change) => change.kind === kind)
    if (ofKind.length === 0) return []
    const width = ofKind.reduce((most, { name }) => Math.max(most, name.length), 0)
    const lines = ofKind.map((change) => {
      const only = change.only === undefined ? '' : `  [${change.only}]`
      return `    ${change.name.padEnd(width)}  ${sidesOf(change)}${only}`
    })
    return [`  ${what}${title}`, ...lines]
  })
}

function sidesOf({ from, to, hashes }: PackageChange): string {
  if (hashes !== undefined && to !== undefined) return `${to.version}: ${hashes.gone} gone, ${hashes.more} more`
  return [from, to].flatMap((side) => (side === undefined ? [] : [sideOf(side)])).join(' → ')
}

function sideOf({ version, rung, not_tested: why }: DiffSide): string {
  if (rung === undefined) return version
  return `${version} (rung ${rung}${why === undefined ? '' : `, not tested: ${why}`})`
}
