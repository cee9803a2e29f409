import { type Asking, askFor } from './asking.js'
import type { BuildFreeze } from './build-logs.js'
import { readCiReport } from './ci-report.js'
import type { Constraint } from './constraints.js'
import { type FoundChange, findChange, MAX_DISTANCE } from './find-change.js'
import type { GerritClient } from './gerrit.js'
import type { GitFiles } from './git-files.js'
import { readInventory } from './inventory.js'
import { chooseJobs, type JobChoice } from './job-choice.js'
import { markerHolds } from './markers.js'
import type { FoundRequirements, Requirements } from './requirements.js'
import type { Miss, Rung } from './rung.js'
import { seriesOfSource } from './series-of-source.js'
import type { ZuulClient } from './zuul.js'

/** What is asked about. */
export interface Question {
  /** The project's name in Gerrit, e.g. `openstack/keystone`. */
  readonly project: string
  /** 40 hexadecimal digits; undefined for a release of the package index. */
  readonly commit: string | undefined
  /** Branch or tag, as far as they are known. */
  readonly branch: string | undefined
  readonly tag: string | undefined
  /** Of the target, e.g. `3.11`. */
  readonly python: string
}

/** Whom to ask. */
export interface Witnesses {
  readonly gerrit: GerritClient
  readonly zuul: ZuulClient
  readonly requirements: Requirements
  /** The project's own history, fetched no further than needed; undefined where there is none. */
  readonly history: GitFiles | undefined
  /** openstack/releases. */
  readonly releases: GitFiles
}

/** The rungs of a project, one after the other, the best first. */
export interface Ladder {
  /** The next rung that has versions; undefined when there is none left. */
  climb(): Promise<Rung | undefined>
  /** What the rungs so far said that have none. */
  readonly misses: readonly Miss[]
}

/** Builds whose logs may be looked through for a freeze. */
const MAX_BUILDS = 2
const NO_CHANGE = 'there is no change to go by'
/** Of a checkout, or patched for a distribution: no package index has such a version. */
const UNRELEASED = /dev|\+/i

/** Asks no rung before the one above it has turned out to be not enough. */
export function ladder(question: Question, witnesses: Witnesses): Ladder {
  const { misses, asking } = askFor()
  const rungs = climbRungs(question, witnesses, asking)
  return { misses, climb: async () => (await rungs.next()).value ?? undefined }
}

async function* climbRungs(question: Question, witnesses: Witnesses, asking: Asking): AsyncGenerator<Rung, undefined> {
  const { ask, miss } = asking
  const { gerrit, requirements } = witnesses
  const forPython = (rung: Rung): Rung => {
    return { ...rung, constraints: rung.constraints.filter(({ marker }) => mayHold(marker, question.python)) }
  }
  const found = await ask(1, () => changeOf(question, witnesses), noChange(question))
  if (found === undefined) {
    miss(2, NO_CHANGE)
    miss(3, NO_CHANGE)
  } else {
    const { branch, submitted } = found.change
    const record = { change: gerrit.urlOf(found.change), status: found.change.status, distance: found.distance }
    const logs = yield* freezes(found, record, question, witnesses, asking)
    if (logs === undefined) miss(2, 'there are no logs that name the commit of the requirements')
    else {
      const none = 'the requirements of the build can not be had any more'
      const there = await ask(2, () => ofInventory(logs.url, witnesses), none)
      const what = `requirements of ${logs.job.job}`
      if (there !== undefined) yield forPython({ rung: 2, what, date: logs.job.date, ...record, ...there })
    }
    if (submitted === undefined) miss(3, 'the change is not merged')
    else {
      const none = `there are no requirements of ${branch} as of ${submitted}`
      const there = await ask(3, () => requirements.ofBranch(branch, submitted), none)
      const what = `requirements of ${branch}`
      if (there !== undefined) yield forPython({ rung: 3, what, date: submitted, ...record, ...there })
    }
  }
  const told = await seriesOfSource(question, witnesses, asking)
  if (told === undefined) return undefined
  const { series, by } = told
  const there = await ask(
    4,
    () => requirements.ofSeries(series),
    `there are no requirements of the series ${series.id}`,
  )
  if (there !== undefined)
    yield forPython({ rung: 4, what: `requirements of the series ${series.id} (by ${by})`, ...there })
  return undefined
}

function noChange({ commit }: Question): string {
  if (commit === undefined) return 'a release of the package index names no commit'
  return `Gerrit knows neither the commit nor any of the ${MAX_DISTANCE} before it`
}

/** Lines for other Pythons are no versions for this one: they must not hide what a lower rung says. */
function mayHold(marker: string | undefined, python: string): boolean {
  return marker === undefined || markerHolds(marker, python) !== false
}

async function changeOf({ commit, project, branch }: Question, { gerrit, history }: Witnesses) {
  if (commit === undefined) return undefined
  const commits = (await history?.history(commit, MAX_DISTANCE + 1)) ?? []
  // There are servers that hand out no single commits: Gerrit may know it all the same.
  const alone = { commit, parents: [], date: '', message: '' }
  return findChange(commits.length === 0 ? [alone] : commits, { project, branch }, gerrit, history)
}

interface BuildLogs {
  readonly job: JobChoice
  readonly url: string
}

/** The first rung; what it comes to is the place of logs that are still there. */
async function* freezes(
  { change, commit }: FoundChange,
  record: Pick<Rung, 'change' | 'status' | 'distance'>,
  { python, project }: Question,
  { zuul }: Witnesses,
  { ask, miss }: Asking,
): AsyncGenerator<Rung, BuildLogs | undefined> {
  // Later patch sets are other commits.
  const own = change.revisions.get(commit)
  const reports = change.messages
    .flatMap((message) => readCiReport(message) ?? [])
    .filter(({ patchset }) => own === undefined || patchset === undefined || patchset === own)
  const jobs = chooseJobs(reports, python, project)
  if (jobs.length === 0) miss(1, `no build of ${record.change} passed that tells versions`)
  let logs: BuildLogs | undefined
  for (const job of jobs.slice(0, MAX_BUILDS)) {
    const url = await ask(1, () => logUrlOf(job, zuul), `Zuul has no logs of a success of ${job.job}`)
    if (url === undefined) continue
    const freeze = await ask(1, () => zuul.freeze(url, job.job))
    if (freeze === 'expired') {
      miss(1, `the logs of ${job.job} are gone`)
      // Others of the same age are gone too.
      break
    }
    logs ??= { job, url }
    if (freeze === undefined) continue
    const constraints = freeze === 'none' ? [] : constraintsOf(freeze)
    if (freeze === 'none' || constraints.length === 0) {
      miss(1, `the log of ${job.job} tells no versions`)
      continue
    }
    const what = `freeze of ${job.job} (${job.pipeline ?? 'pipeline unknown'})`
    yield { rung: 1, what, url: freeze.url, date: job.date, ...record, constraints }
    break
  }
  return logs
}

function constraintsOf({ freeze }: BuildFreeze): readonly Constraint[] {
  return [...freeze.versions].flatMap(([name, version]) => {
    return UNRELEASED.test(version) ? [] : [{ name, specifier: `==${version}` }]
  })
}

/** Where the logs of a build are: Zuul says it; Jenkins's were at the place that its message names. */
async function logUrlOf(job: JobChoice, zuul: ZuulClient): Promise<string | undefined> {
  if (job.tenant === undefined || job.uuid === undefined) return job.url
  const build = await zuul.build(job.tenant, job.uuid)
  return build?.result === 'SUCCESS' ? build.logUrl : undefined
}

async function ofInventory(logUrl: string, { zuul, requirements }: Witnesses): Promise<FoundRequirements | undefined> {
  const inventory = await zuul.inventory(logUrl)
  const commit = inventory === undefined ? undefined : readInventory(inventory).requirementsCommit
  return commit === undefined ? undefined : requirements.ofCommit(commit)
}
