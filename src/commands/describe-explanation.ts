import type { LockOverview, PackageExplanation } from '../lock/explain.js'
import { type LockView, MANIFEST, type NotTested } from '../lock/view.js'
import type { Explained, ExplainedVersion } from './explain.js'
import { sayTogether, type Topics } from './topics.js'

/** What was found, for a person: a title and its topics for each version of the project. */
export function describeExplanation(explained: Explained): string[] {
  const sections =
    explained.package === undefined
      ? explained.versions.map((version) => section('', version, overviewTopics))
      : explained.versions.map((version) => section(`: ${explained.package}`, version, packageTopics))
  return sections.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/** The same as data: a list of locks, none merged with another. */
export function explanationData(explained: Explained): object {
  const versions = explained.versions.map(({ project, version, locks }) => ({
    ...{ project, version },
    locks: locks.map(({ lock: { python, platforms, file }, about }) => ({ python, platforms, file, ...(about ?? {}) })),
  }))
  return { package: explained.package, versions }
}

function section<T>(
  of: string,
  { project, version, locks }: ExplainedVersion<T>,
  topics: (about: T, lock: LockView) => [string, readonly string[]][],
): string[] {
  const said = locks.map(({ lock, about }) => {
    const { file, platforms, facts } = lock
    const where = platforms.length === 0 ? file : `${file} (${platforms.join(', ')})`
    const record = facts === undefined ? ' without a record of where its versions come from' : ''
    return { lock, topics: asTopics([...topics(about, lock), ['lock', [where + record]]]) }
  })
  const pythons = [...new Set(locks.map(({ lock: { python } }) => python))].join(', ')
  return [`${project} ${version} (Python ${pythons})${of}`, ...sayTogether(said)]
}

/** Those that say something. */
function asTopics(topics: readonly [string, readonly string[]][]): Topics {
  return new Map(topics.filter(([, lines]) => lines.length > 0))
}

function packageTopics(about: PackageExplanation | undefined): [string, readonly string[]][] {
  if (about === undefined) return [['version', ['not in this lock']]]
  const { version, builds, from, required_by: requiredBy, asked, chain, yanked, overruled } = about
  return [
    ['version', version === undefined ? [] : [version]],
    ['decided by', decidedBy(about)],
    ['constraint', about.constraints],
    ...rungTopics(from),
    ['above', about.above.map(({ rung, why }) => `rung ${rung}: ${why}`)],
    ['overruled', overruled === undefined ? [] : [`${overruled.tested}, which was tested, by ${overruled.manifest}`]],
    ['not tested', notTested(about)],
    ['withdrawn', yanked === undefined ? [] : [`${yanked.version} is yanked from the index: ${yanked.why}`]],
    ['built', howBuilt(about)],
    ['required by', listOf([...requiredBy, ...(asked ? ['pip_dependencies of the manifest'] : [])])],
    ['by way of', chain.length === 0 ? [] : [chain.join(' > ')]],
    ['builds', builds === undefined ? [] : [`the project or its source archives: ${builds.version}${asOf(builds)}`]],
  ]
}

function decidedBy({ version, rung, from, files = [], not_tested: why }: PackageExplanation): string[] {
  if (version === undefined || rung === undefined) return []
  if (rung > MANIFEST)
    return [`rung ${rung}: nothing${why === 'newest' ? ' names it, so it is the newest that fits' : ''}`]
  if (why === 'override') return ["rung 5: the manifest's pip_overrides"]
  if (rung === MANIFEST)
    return [`rung 5: the manifest's constraints${files.length === 0 ? '' : ` (${files.join(', ')})`}`]
  return [`rung ${rung}: ${from?.what ?? 'what it was is not recorded'}`]
}

/** Where a rung is, and when. */
function rungTopics(from: PackageExplanation['from']): [string, readonly string[]][] {
  const { url, change, distance, requirements, date } = from ?? {}
  const behind =
    distance === undefined || distance === 0 ? '' : `, ${countOf(distance, 'commit')} before the one that is built`
  return [
    ['source', url === undefined ? [] : [url]],
    ['change', change === undefined ? [] : [change + behind]],
    ['requirements', requirements === undefined ? [] : [`openstack/requirements at ${requirements}`]],
    ['date', date === undefined ? [] : [date]],
  ]
}

function notTested({ override, relaxed, not_tested: why, constraints }: PackageExplanation): string[] {
  if (override !== undefined) {
    const { requirement, reason, instead_of: instead, git } = override
    const tags = git === undefined || git.tags.length === 0 ? '' : ` (${git.tags.join(', ')})`
    return [
      `${requirement} is wanted by the manifest${instead.length === 0 ? '' : ` instead of ${instead.join(', ')}`}`,
      ...(reason === undefined ? [] : [`reason: ${reason}`]),
      ...(git === undefined ? [] : [`built of ${git.url} at ${git.commit}${tags}, without a hash`]),
    ]
  }
  if (relaxed !== undefined) {
    const { pin, rung, why: reason } = relaxed
    return [`${pin} of rung ${rung} can't be had and was lifted: ${reason}`]
  }
  if (why === 'upgraded') return ['--upgrade-package let it go when the lock was made']
  if (why === 'postinstall') return ['postinstall_dependencies: installed after the project, outside the constraints']
  return why === 'newest' && constraints.length === 0 ? ['nobody is known to have tested this version'] : []
}

function howBuilt({ built }: PackageExplanation): string[] {
  if (built === undefined) return []
  const { locked, metadata_of: python } = built
  return [
    'from its source archive: there is no wheel for this Python and platform',
    ...(locked ? [] : ['what builds it is not locked, as it contradicts the rest']),
    ...(python === undefined
      ? []
      : [`its metadata is that of Python ${python}, to be resolved again where it is built`]),
  ]
}

function overviewTopics(about: LockOverview): [string, readonly string[]][] {
  const { packages, rungs, misses, overruled, yanked, built, built_elsewhere: elsewhere, build } = about
  const of = (why: NotTested) => about.not_tested.filter((one) => one.why === why).map(({ name }) => name)
  const list = (title: string, names: readonly string[]): [string, readonly string[]] => [title, listOf(names)]
  return [
    ['packages', [countOf(packages, 'package')]],
    ...rungs.map(({ rung, from, files = [], names }): [string, readonly string[]] => {
      const what =
        from?.what ??
        (rung > MANIFEST ? 'nothing names them' : `the manifest${files.length === 0 ? '' : ` (${files.join(', ')})`}`)
      const where = rungTopics(from).flatMap(([title, lines]) => lines.map((line) => `  ${title}: ${line}`))
      return [`rung ${rung}`, [`${countOf(names.length, 'package')}: ${what}`, ...where]]
    }),
    ...misses.map(({ rung, why }): [string, readonly string[]] => [`rung ${rung} said`, [why]]),
    [
      'overruled',
      overruled.map(({ name, tested, manifest }) => `${name}: ${tested} was tested, the manifest says ${manifest}`),
    ],
    list('not tested: overrides', of('override')),
    list('not tested: relaxed', of('relaxed')),
    list('not tested: upgraded', of('upgraded')),
    list('not tested: postinstall', of('postinstall')),
    list('not tested: newest', of('newest')),
    ['withdrawn', yanked.map(({ name, version, why }) => `${name} ${version} is yanked from the index: ${why}`)],
    list('built from source', built),
    [
      'metadata',
      elsewhere === undefined ? [] : [`of Python ${elsewhere.python}: ${someOf(['the project', ...elsewhere.names])}`],
    ],
    ['build requirements', build === undefined ? [] : [countOf(build.packages, 'package') + asOf(build)]],
    list('built unlocked', build?.unlocked ?? []),
  ]
}

function asOf({ as_of: date }: { readonly as_of?: string | undefined }): string {
  return date === undefined ? '' : `, as of ${date}`
}

const MOST_NAMES = 20

/** One line, or none. */
function listOf(names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [someOf(names)]
}

function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES
  return more <= 0 ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')}, … and ${more} more`
}

function countOf(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}
