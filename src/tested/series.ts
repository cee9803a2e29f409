import { below, type PlainYaml, readPlainYaml, textBelow, valuesOf } from './plain-yaml.js'
import { isPythonVersion } from './python-names.js'
import { KNOWN_SERIES } from './series-table.js'

/** A release series of OpenStack. */
export interface Series {
  /** What branches and tags are called after: `2025.1`, `zed`. */
  readonly id: string
  /** What its files in openstack/releases lie under: `epoxy`, `zed`. */
  readonly name: string
  /** `2025-04-02`; absent while nobody has set it. */
  readonly initialRelease: string | undefined
  readonly inDevelopment: boolean
}

/** What is known of a checkout without its change. */
export interface Checkout {
  /** Text of its `.gitreview`. */
  readonly gitreview?: string | undefined
  /** As git or the manifest calls it. */
  readonly branch?: string | undefined
  readonly tag?: string | undefined
  /** Of the commit or tag, ISO 8601, UTC. */
  readonly date?: string | undefined
  /** Texts of the project's `deliverables/<name>/<project>.yaml` by the series' name. */
  readonly deliverables?: ReadonlyMap<string, string> | undefined
}

/** A series, and what told it. */
export interface FoundSeries {
  readonly series: Series
  readonly by: 'tag of the series' | 'branch' | 'gitreview' | 'release' | 'date' | 'master'
}

const SERIES_NAME = /^[a-z0-9](?:[a-z0-9.]{0,38}[a-z0-9])?$/
const DATE = /^\d{4}-\d\d-\d\d/
/** Ends of a series: of life, of maintenance, extended maintenance, and the last of a project's. */
const SERIES_TAG = /^(?:refs\/tags\/)?([a-z0-9.]{1,40})-(?:eol|eom|em|last)$/
const SERIES_BRANCH = /^(?:refs\/heads\/|refs\/remotes\/[\w.-]+\/|origin\/)?(?:stable|unmaintained)\/([a-z0-9.]{1,40})$/
const MASTER = /^(?:refs\/heads\/|refs\/remotes\/[\w.-]+\/|origin\/)?(?:master|main)$/
/** `27.0.0` and its pre-releases: they are made on master, later ones on the series' branch. */
const FIRST_VERSION = /^\d+\.0\.0(?:\.0(?:a|b|rc)\d+)?$/
/** There were no upper constraints before. */
const FIRST_CONSTRAINED = '2014-10-16'

/** The branch that a `.gitreview` names; one that names none stands on master. Undefined for what is no `.gitreview`. */
export function branchOfGitreview(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  if (!lines.includes('[gerrit]')) return undefined
  const named = lines.map((line) => /^defaultbranch\s*=\s*(\S+)$/i.exec(line)?.[1])
  return named.find((branch) => branch !== undefined) ?? 'master'
}

/** The id or name of the series in a branch `stable/…` or `unmaintained/…`; other branches belong to none. */
export function seriesOfBranch(branch: string): string | undefined {
  return checkedName(SERIES_BRANCH.exec(branch)?.[1])
}

/** Reads `data/series_status.yaml`, oldest series first; empty for what is none. */
export function readSeriesStatus(text: string): Series[] {
  const series = valuesOf(readPlainYaml(text)).flatMap(readSeries)
  return series.toSorted((one, other) => (releaseOf(one) < releaseOf(other) ? -1 : 1))
}

/** Where the versions of a project in a series are listed, in openstack/releases. */
export function deliverablePath(series: Series, project: string): string {
  return `deliverables/${series.name}/${project.split('/').at(-1)}.yaml`
}

/** The series whose deliverable file lists a version; `deliverables` has the texts by the series' name. */
export function seriesOfVersion(version: string, deliverables: ReadonlyMap<string, string>): string | undefined {
  for (const [name, text] of deliverables) {
    const releases = valuesOf(below(readPlainYaml(text), 'releases'))
    if (releases.some((release) => textBelow(release, 'version') === version)) return checkedName(name)
  }
  return undefined
}

/** The series whose initial release comes next: right for tags `X.0.0`, which are made on master weeks before it. */
export function seriesAt(date: string, known: readonly Series[] = KNOWN_SERIES): Series | undefined {
  if (!DATE.test(date)) return undefined
  const day = date.slice(0, 10)
  return known
    .filter((one) => releaseOf(one) >= day)
    .toSorted((one, other) => (releaseOf(one) < releaseOf(other) ? -1 : 1))[0]
}

/**
 * The series of a checkout. A tag of the series itself (`zed-eol`) and a branch of its own are sure; a version goes by the
 * release that lists it, because `X.0.0` is on master and says so; what stands on master belongs to the next release after it.
 */
export function seriesOfCheckout(checkout: Checkout, known: readonly Series[] = KNOWN_SERIES): FoundSeries | undefined {
  const { tag, branch, date } = checkout
  const reviewed = branchOfGitreview(checkout.gitreview ?? '')
  const ended = checkedName(SERIES_TAG.exec(tag ?? '')?.[1])
  if (ended !== undefined) return { series: findSeries(ended, known), by: 'tag of the series' }
  for (const [by, name] of [
    ['branch', branch],
    ['gitreview', reviewed],
  ] as const) {
    const series = seriesOfBranch(name ?? '')
    if (series !== undefined) return { series: findSeries(series, known), by }
  }
  const version = tag?.replace(/^refs\/tags\//, '')
  const isVersion = version !== undefined && isPythonVersion(version)
  const listed = isVersion ? seriesOfVersion(version, checkout.deliverables ?? new Map()) : undefined
  if (listed !== undefined) return { series: findSeries(listed, known), by: 'release' }

  const isFirst = reviewed === undefined && isVersion && FIRST_VERSION.test(version)
  const isMaster = reviewed !== undefined && [reviewed, branch ?? ''].some((name) => MASTER.test(name))
  if (!isFirst && !isMaster) return undefined
  const next = date === undefined ? undefined : seriesAt(date, known)
  if (next !== undefined) return { series: next, by: 'date' }
  const developed = known.find(({ inDevelopment }) => inDevelopment)
  return tag !== undefined || developed === undefined ? undefined : { series: developed, by: 'master' }
}

/** A series by its id or name; one that nobody knows is called the same in both. */
export function findSeries(name: string, known: readonly Series[] = KNOWN_SERIES): Series {
  const found = known.find((one) => one.id === name || one.name === name)
  return found ?? { id: name, name, initialRelease: undefined, inDevelopment: false }
}

/** The whole refs of openstack/requirements that may have a series' upper-constraints.txt, in the order to ask; none for the oldest. */
export function requirementsRefs(series: Series): readonly string[] {
  const { id, name, initialRelease, inDevelopment } = series
  if (initialRelease !== undefined && initialRelease < FIRST_CONSTRAINED) return []
  const tags = [...new Set([`refs/tags/${id}-eol`, `refs/tags/${name}-eol`])]
  const branches = [`stable/${id}`, `unmaintained/${id}`].map((branch) => `refs/heads/${branch}`)
  return [...branches, ...tags, ...(inDevelopment ? ['refs/heads/master'] : [])]
}

function readSeries(entry: PlainYaml): Series[] {
  const name = checkedName(textBelow(entry, 'name'))
  const id = checkedName(textBelow(entry, 'release-id')) ?? name
  if (name === undefined || id === undefined) return []
  const date = textBelow(entry, 'initial-release') ?? ''
  const status = textBelow(entry, 'status') ?? ''
  return [
    {
      id,
      name,
      initialRelease: DATE.test(date) ? date.slice(0, 10) : undefined,
      inDevelopment: /^(development|future)$/.test(status),
    },
  ]
}

/** Names become parts of refs, paths and URLs. */
function checkedName(name: string | undefined): string | undefined {
  return name !== undefined && SERIES_NAME.test(name) && !name.includes('..') ? name : undefined
}

/** What nobody has set a date for comes last. */
function releaseOf({ initialRelease }: Series): string {
  return initialRelease ?? '9999'
}
