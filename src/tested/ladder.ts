import { GiftwrapError } from '../errors.js'
import { FetchError } from '../runtime/fetch.js'
import { type CiReport, readCiReport } from './ci-report.js'
import { type FoundChange, findChange, MAX_DISTANCE } from './find-change.js'
import type { GerritClient } from './gerrit.js'
import type { GitFiles } from './git-files.js'
import { readInventory } from './inventory.js'
import { chooseJobs, type JobChoice } from './job-choice.js'
import type { FoundRequirements, Requirements } from './requirements.js'
import type { Miss, Rung, RungNumber } from './rung.js'
import {
  branchOfGitreview,
  type Checkout,
  deliverablePath,
  readSeriesStatus,
  seriesOfBranch,
  seriesOfCheckout,
} from './series.js'
import { KNOWN_SERIES } from './series-table.js'
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

/** Asks no rung before the one above it has turned out to be not enough. */
export function ladder(question: Question, witnesses: Witnesses): Ladder {
  const misses: Miss[] = []
  const miss = (rung: RungNumber, why: string, failed = false) => void misses.push({ rung, why, failed })
  const rungs = climbRungs(question, witnesses, miss)
  return { misses, climb: async () => (await rungs.next()).value ?? undefined }
}

async function* climbRungs(
  question: Question,
  witnesses: Witnesses,
  miss: (rung: RungNumber, why: string, failed?: boolean) => void,
): AsyncGenerator<Rung, undefined> {
  /** A server that can't be asked is a rung less, and never the end. */
  async function ask<T>(rung: RungNumber, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof FetchError || error instanceof GiftwrapError)) throw error
      miss(rung, error.message.split('\n')[0] ?? '', true)
      return undefined
    }
  }
  const { gerrit, zuul, history } = witnesses
  const found = question.commit === undefined ? undefined : await ask(1, () => changeOf(question, witnesses))
  if (found === undefined) {
    miss(1, noChange(question))
    miss(2, noChange(question))
  }
  let reports: readonly CiReport[] = []
  if (found !== undefined) {
    const { change, commit } = found
    // Later patch sets are other commits.
    const own = change.revisions.get(commit)
    reports = change.messages
      .flatMap((message) => readCiReport(message) ?? [])
      .filter(({ patchset }) => own === undefined || patchset === undefined || patchset === own)
    const jobs = chooseJobs(reports, question.python, question.project)
    if (jobs.length === 0) miss(1, `no build of ${gerrit.urlOf(found.change)} passed that tells versions`)
    let logs: { readonly job: JobChoice; readonly url: string } | undefined
    for (const job of jobs.slice(0, MAX_BUILDS)) {
      const logUrl = await ask(1, () => logUrlOf(job, zuul))
      const freeze = logUrl === undefined ? 'expired' : await ask(1, () => zuul.freeze(logUrl, job.job))
      if (logUrl !== undefined && freeze !== undefined && freeze !== 'expired') logs ??= { job, url: logUrl }
      if (freeze === undefined) continue
      if (freeze === 'none' || freeze === 'expired') {
        miss(1, freeze === 'none' ? `the log of ${job.job} tells no versions` : `the logs of ${job.job} are gone`)
        // Others of the same age are gone too.
        if (freeze === 'expired') break
        continue
      }
      yield {
        ...{
          rung: 1,
          what: `freeze of ${job.job} (${job.pipeline ?? 'pipeline unknown'})`,
          url: freeze.url,
          date: job.date,
        },
        ...changeRecord(found, gerrit),
        constraints: [...freeze.freeze.versions].map(([name, version]) => ({ name, specifier: `==${version}` })),
      }
      break
    }
    if (logs === undefined) miss(2, 'there are no logs that name the commit of the requirements')
    else {
      const { url, job } = logs
      const rung = await ask(2, () => ofInventory(url, witnesses))
      if (rung === undefined) miss(2, 'the requirements of the build can not be had any more')
      else
        yield { rung: 2, what: `requirements of ${job.job}`, date: job.date, ...changeRecord(found, gerrit), ...rung }
    }
  }
  if (found?.change.submitted !== undefined) {
    const { branch, submitted } = found.change
    const rung = await ask(3, () => witnesses.requirements.ofBranch(branch, submitted))
    if (rung === undefined) miss(3, `there are no requirements of ${branch} as of ${submitted}`)
    else yield { rung: 3, what: `requirements of ${branch}`, date: submitted, ...changeRecord(found, gerrit), ...rung }
  } else {
    miss(3, found === undefined ? noChange(question) : 'the change is not merged')
  }
  const series = await ask(4, () => ofSeries(question, witnesses, history))
  if (series === undefined) miss(4, 'the source tells no series')
  else yield series
  return undefined
}

function noChange({ commit }: Question): string {
  if (commit === undefined) return 'a release of the package index names no commit'
  return `Gerrit knows neither the commit nor any of the ${MAX_DISTANCE} before it`
}

function changeRecord({ change, distance }: FoundChange, gerrit: GerritClient) {
  return { change: gerrit.urlOf(change), distance }
}

async function changeOf(question: Question, { gerrit, history }: Witnesses): Promise<FoundChange | undefined> {
  const { commit, project, branch } = question
  if (commit === undefined || history === undefined) return undefined
  await history.commitOf(commit, MAX_DISTANCE + 2)
  const commits = await history.firstParents(commit, MAX_DISTANCE + 1)
  return findChange(commits, { project, branch }, gerrit, history)
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

async function ofSeries(
  { project, commit, branch, tag }: Question,
  { requirements, releases }: Witnesses,
  history: GitFiles | undefined,
): Promise<Rung | undefined> {
  const gitreview = commit === undefined ? undefined : await history?.file(commit, '.gitreview')
  const [info] = commit === undefined || history === undefined ? [] : await history.firstParents(commit, 1)
  const checkout: Checkout = { gitreview, branch, tag, date: info?.date }
  const named = seriesOfBranch(branch ?? '') ?? seriesOfBranch(branchOfGitreview(gitreview ?? '') ?? '')
  // Only a version needs to be looked for in openstack/releases.
  const known = named === undefined && tag !== undefined ? await listed(project, tag, releases) : undefined
  const found = seriesOfCheckout({ ...checkout, deliverables: known?.deliverables }, known?.series)
  if (found === undefined) return undefined
  const there = await requirements.ofSeries(found.series, undefined)
  if (there === undefined) return undefined
  return { rung: 4, what: `requirements of the series ${found.series.id} (by ${found.by})`, ...there }
}

/** The series of openstack/releases with the project's file in each, the newest first until one lists the version. */
async function listed(project: string, version: string, releases: GitFiles) {
  const tip = await releases.commitOf('HEAD', 1)
  const status = tip === undefined ? undefined : await releases.file(tip, 'data/series_status.yaml')
  const read = status === undefined ? [] : readSeriesStatus(status)
  const series = read.length === 0 ? KNOWN_SERIES : read
  const deliverables = new Map<string, string>()
  if (tip === undefined) return { series, deliverables }
  for (const one of series.toReversed()) {
    const text = await releases.file(tip, deliverablePath(one, project))
    if (text === undefined) continue
    deliverables.set(one.name, text)
    if (text.includes(`version: ${version}`)) break
  }
  return { series, deliverables }
}
