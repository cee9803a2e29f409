import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expectedError, type GiftwrapError, InputError, NothingToDoError } from '../errors.js'
import type { Plan, PlannedLeg } from '../plan/plan.js'
import { checkLegs, type ExpectedLeg, type FoundResult, isExcused, type LegOutcome } from '../publish/legs.js'
import { assetName, attemptOf, legArtifact, newestOfLeg } from '../publish/names.js'
import { publishRelease, type Released } from '../publish/publish-release.js'
import { MAX_SUMMARY, reportText } from '../publish/report.js'
import type { Wanted } from '../publish/uploads.js'
import type { Artifacts, StoredArtifact } from '../runtime/artifacts.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import type { Releases } from '../runtime/releases.js'
import { sourceIdentity } from '../source/pin.js'
import { type Assembled, assemble, type PublishedFile } from './assemble.js'
import { findResults } from './find-results.js'
import type { PublishInputs } from './publish-inputs.js'
import { readPlan } from './read-plan.js'
import { withWorkFolder } from './work-folder.js'

const DOWNLOADS_AT_ONCE = 4

/** Where results come from and packages go to; a command line has neither. */
export interface PublishServices {
  readonly artifacts: Artifacts | undefined
  /** Asked for when a release is made. */
  readonly releases: (() => Promise<Releases>) | undefined
}

export interface PublishOutcome {
  /** What became of each leg, as Markdown, at most 1 MiB. */
  readonly report: string
  /** The folder that is published; undefined where the results were refused. */
  readonly assembled: Assembled | undefined
  readonly artifact: StoredArtifact | undefined
  readonly released: Released | undefined
  /** To be thrown once the rest is told. */
  readonly failure: GiftwrapError | undefined
}

/** `giftwrap publish`: results → checked against the plan → sums and report → an artifact or a release. */
export async function publish(inputs: PublishInputs, ports: Ports, services: PublishServices): Promise<PublishOutcome> {
  return withWorkFolder(ports, async (work) => {
    const plan = await readPlan(inputs.plan ?? (await downloadPlan(inputs, work, services)))
    const expected = plan.legs.map((leg) => expectedLeg(leg, plan))
    const found = await findAll(inputs, expected, work, services)
    warnOfOthers(found, expected, inputs, ports)
    const outcomes = checkLegs(expected, found)
    const toRelease = inputs.destination.kind === 'release'
    const nameOf = toRelease ? assetName : (file: string) => file
    const report = reportText(outcomes, { maxBytes: MAX_SUMMARY, reasons: true, nameOf })
    const nothing = { report, assembled: undefined, artifact: undefined, released: undefined }
    const failure = refusal(outcomes, inputs.allowPartial)
    if (failure !== undefined) return { ...nothing, failure }
    warnOfLeftOut(outcomes, ports)
    const assembled = await assemble(resolve(inputs.folder), outcomes, report, nameOf)
    try {
      return { ...nothing, assembled, ...(await handOver(inputs, outcomes, assembled, ports, services)) }
    } catch (error) {
      const expectedOne = expectedError(error)
      if (expectedOne === undefined) throw error
      return { ...nothing, assembled, failure: expectedOne }
    }
  })
}

function expectedLeg(leg: PlannedLeg, { locks }: Plan): ExpectedLeg {
  const { id, project, target, architecture, source } = leg
  return {
    id,
    project: project.name,
    version: project.version,
    target: `${target.id} ${architecture}`,
    mayMiss: project.allow_failure,
    source:
      source === undefined ? undefined : sourceIdentity(source.kind === 'sdist' ? { ...source, file: '' } : source),
    lock: locks.find(({ file }) => file === leg.lock)?.sha256,
  }
}

async function downloadPlan(inputs: PublishInputs, work: string, services: PublishServices): Promise<string> {
  const { artifacts } = services
  if (artifacts === undefined) throw new InputError({ message: 'no plan is named.' })
  const name = `${inputs.artifactPrefix}plan`
  const artifact = (await artifacts.list()).find((one) => one.name === name)
  if (artifact === undefined) {
    throw new InputError({
      message: `this run has no artifact ${name}.`,
      hint: 'Make it with command: plan in an earlier job, or name a plan.json with the input plan.',
    })
  }
  const folder = join(work, 'plan')
  await artifacts.download(artifact, folder)
  return join(folder, 'plan.json')
}

async function findAll(
  { results, artifactPrefix }: PublishInputs,
  legs: readonly ExpectedLeg[],
  work: string,
  { artifacts }: PublishServices,
): Promise<readonly FoundResult[]> {
  if (results !== undefined) return findResults(results)
  if (artifacts === undefined) throw new InputError({ message: 'no folder of results is named.' })
  const folder = join(work, 'results')
  await mkdir(folder)
  const there = await artifacts.list()
  const newest = legs.flatMap(({ id }) => {
    const artifact = newestOfLeg(there, artifactPrefix, id)
    return artifact === undefined ? [] : [{ leg: id, artifact }]
  })
  const broken: FoundResult[] = []
  await mapLimit(newest, DOWNLOADS_AT_ONCE, async ({ leg, artifact }) => {
    const place = join(folder, artifact.name)
    try {
      await artifacts.download(artifact, place)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      await rm(place, { recursive: true, force: true })
      broken.push({ leg, folder: place, attempt: attemptOf(artifact.name), claims: undefined, faults: [error.message] })
    }
  })
  const found = await findResults(folder)
  // An artifact speaks for its own leg, whatever else is in it.
  const own = found.filter(
    ({ leg, attempt, folder: place }) => place === join(folder, legArtifact(artifactPrefix, leg, attempt), leg),
  )
  return [...own, ...broken]
}

function warnOfOthers(
  found: readonly FoundResult[],
  expected: readonly ExpectedLeg[],
  inputs: PublishInputs,
  { reporter }: Ports,
): void {
  const others = found.filter(({ leg }) => !expected.some(({ id }) => id === leg)).map(({ leg }) => leg)
  if (others.length === 0) return
  const shown = others.slice(0, 5).join(', ')
  const more = others.length > 5 ? ` and ${others.length - 5} more` : ''
  reporter.warning({ message: `${inputs.results ?? 'the run'} has results of no leg of the plan: ${shown}${more}` })
}

/** All legs that would be left out, where none may be; and a run that is left with nothing. */
function refusal(outcomes: readonly LegOutcome[], allowPartial: boolean): GiftwrapError | undefined {
  const wrong = outcomes.filter((outcome) => outcome.status !== 'ok' && !isExcused(outcome))
  if (!allowPartial && wrong.length > 0) {
    const hint = 'Run the failed jobs again, or publish without them: allow-partial.'
    return new InputError(wrong.map(({ leg, status, why }) => ({ message: `${leg.id} is ${status}: ${why}.`, hint })))
  }
  if (outcomes.some(({ status }) => status === 'ok')) return undefined
  return new NothingToDoError('no leg has packages that could be published.')
}

function warnOfLeftOut(outcomes: readonly LegOutcome[], { reporter }: Ports): void {
  for (const outcome of outcomes) {
    if (outcome.status === 'ok') continue
    const excuse = isExcused(outcome) ? ', as it may' : ''
    reporter.warning({
      message: `${outcome.leg.id} is not published, it is ${outcome.status}${excuse}: ${outcome.why}`,
    })
  }
}

async function handOver(
  { destination, replace }: PublishInputs,
  outcomes: readonly LegOutcome[],
  assembled: Assembled,
  { reporter }: Ports,
  services: PublishServices,
): Promise<Pick<PublishOutcome, 'artifact' | 'released' | 'failure'>> {
  const done = { artifact: undefined, released: undefined, failure: undefined }
  const { packages, sums, report } = assembled
  if (destination.kind === 'artifact') {
    if (services.artifacts === undefined) throw new InputError({ message: 'there is no service for artifacts.' })
    const paths = [...packages.map(({ path }) => path), report, sums.path]
    return { ...done, artifact: await services.artifacts.upload(destination.name, paths, dirname(sums.path)) }
  }
  if (destination.kind === 'release') {
    if (services.releases === undefined) throw new InputError({ message: 'there is no service for releases.' })
    const job = {
      files: [...packages, sums].map(wanted),
      report: (maxBytes: number) => reportText(outcomes, { maxBytes, reasons: false, nameOf: assetName }),
      replace,
    }
    const releases = await services.releases()
    return { ...done, released: await publishRelease(destination.wish, job, { releases, reporter, sleep: wait }) }
  }
  return done
}

/** The label keeps the name that the build gave. */
function wanted({ name, original, path, size, sha256 }: Omit<PublishedFile, 'leg'>): Wanted {
  return { name, path, size, sha256, label: name === original ? undefined : original }
}
