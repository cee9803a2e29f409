import type { Asking } from './asking.js'
import type { GitFiles } from './git-files.js'
import {
  branchOfGitreview,
  deliverablePath,
  type FoundSeries,
  readSeriesStatus,
  type Series,
  seriesAt,
  seriesOfBranch,
  seriesOfCheckout,
  seriesOfVersion,
} from './series.js'
import { KNOWN_SERIES } from './series-table.js'

interface Source {
  readonly project: string
  readonly commit: string | undefined
  readonly branch: string | undefined
  readonly tag: string | undefined
}

/** The series of a project's source: of its branch or tag, of its `.gitreview`, of its version, of its date. */
export async function seriesOfSource(
  { project, commit, branch, tag }: Source,
  from: { readonly history: GitFiles | undefined; readonly releases: GitFiles },
  { ask, miss, hasFailed }: Asking,
): Promise<FoundSeries | undefined> {
  const named = seriesOfCheckout({ branch, tag })
  if (named !== undefined) return named
  const { history, releases } = from
  // What can't be read may not be needed.
  const info = commit === undefined ? undefined : await history?.info(commit)
  const gitreview = info === undefined ? undefined : await ask(4, async () => history?.file(info.commit, '.gitreview'))
  const date = info?.date
  const isNamed = seriesOfBranch(branchOfGitreview(gitreview ?? '') ?? '') !== undefined
  const later = date === undefined ? undefined : seriesAt(date)
  // Only a version is looked for in openstack/releases, and what comes after the table here.
  const isAsked = !isNamed && (tag !== undefined || (later !== undefined && later.initialRelease === undefined))
  const known = isAsked ? await ask(4, () => listed(project, tag, releases)) : undefined
  const found = seriesOfCheckout({ gitreview, branch, tag, date, deliverables: known?.deliverables }, known?.series)
  if (found === undefined && !hasFailed(4)) miss(4, 'the source tells no series')
  return found
}

/** The series of openstack/releases, and the project's file in the one, the newest first, that lists the version. */
async function listed(project: string, version: string | undefined, releases: GitFiles) {
  const tip = await releases.commitOf('HEAD')
  const status = tip === undefined ? undefined : await releases.file(tip, 'data/series_status.yaml')
  const read = status === undefined ? [] : readSeriesStatus(status)
  const series: readonly Series[] = read.length === 0 ? KNOWN_SERIES : read
  if (tip !== undefined && version !== undefined) {
    for (const one of series.toReversed()) {
      const text = await releases.file(tip, deliverablePath(one, project))
      const deliverables = new Map(text === undefined ? [] : [[one.name, text]])
      if (seriesOfVersion(version, deliverables) !== undefined) return { series, deliverables }
    }
  }
  return { series, deliverables: new Map<string, string>() }
}
