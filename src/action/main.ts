import { dirname, join } from 'node:path'
import * as core from '@actions/core'
import { type BuildOutcome, build } from '../commands/build.js'
import { plan } from '../commands/plan.js'
import { legArtifact } from '../commands/publish-inputs.js'
import type { Result } from '../commands/result.js'
import { expectedError, InputError } from '../errors.js'
import type { StoredArtifact } from '../runtime/artifacts.js'
import { type Environment, readEnvironment } from '../runtime/environment.js'
import { exists } from '../runtime/files.js'
import { nodePorts } from '../runtime/node-ports.js'
import type { Ports } from '../runtime/ports.js'
import { redact } from '../runtime/redact.js'
import { watchSignals } from '../runtime/signals.js'
import { VERSION } from '../version.js'
import { actionReporter, annotateProblems } from './action-reporter.js'
import { runArtifacts } from './artifacts.js'
import { notingFailures, showLogs } from './failed-logs.js'
import { type ActionInputs, readInputs } from './inputs.js'
import { logLines } from './log-lines.js'
import { runPublish } from './publish.js'
import { writePlanSummary, writeSummary } from './summary.js'

/** What of a leg's folder is uploaded beside its packages; a leg that was reused may have no log. */
const REPORTS = ['result.json', 'provenance.json', 'sbom.cdx.json', 'build.log']

/** Runs the action's step and gives its exit code. */
export async function main(): Promise<number> {
  const interrupted = watchSignals()
  const environment = readEnvironment()
  const workspace = environment.variables.GITHUB_WORKSPACE || process.cwd()
  const failedLogs = new Set<string>()
  try {
    const failures = await run(readInputs(core.getInput, environment.variables), environment, workspace, failedLogs)
    return failures.length === 0 ? (interrupted() ?? 0) : await end(failures)
  } catch (error) {
    return end([error])
  }

  async function end(failures: readonly unknown[]): Promise<number> {
    const status = interrupted()
    if (status === undefined) return tell(failures, workspace, failedLogs)
    logLines('interrupted: the tools that ran are ended')
    return status
  }
}

/** Gives what went wrong with some legs, and then with the upload of the others: all of it is to be told. */
async function run(
  inputs: ActionInputs,
  environment: Environment,
  workspace: string,
  failedLogs: Set<string>,
): Promise<readonly unknown[]> {
  const plain = nodePorts(environment, actionReporter({ debug: inputs.debug, workspace }))
  const ports = { ...plain, exec: notingFailures(plain.exec, failedLogs) }
  if (inputs.command === 'plan') {
    await runPlan(inputs, ports)
    return []
  }
  if (inputs.command === 'publish') return runPublish(inputs, ports, runArtifacts())
  const outcome = await build(inputs.build, ports)
  // First of all: a later step can use the packages whatever becomes of the upload.
  setOutputs(outcome)
  const failures: unknown[] = outcome.failure === undefined ? [] : [outcome.failure]
  const uploaded: StoredArtifact[] = []
  try {
    if (inputs.upload) for await (const artifact of upload(outcome, inputs)) uploaded.push(artifact)
  } catch (error) {
    failures.push(error)
  }
  if (uploaded.length > 0) core.setOutput('artifact-id', uploaded.map(({ id }) => id).join('\n'))
  const names = uploaded.map(({ name }) => name)
  await writeSummary(outcome, names).catch((error: unknown) => failures.push(error))
  return failures
}

/** Plans, and hands the plan to later jobs: the matrix as an output, all else as an artifact. */
async function runPlan(inputs: ActionInputs, ports: Ports): Promise<void> {
  const outcome = await plan(inputs.plan, ports)
  const { plan: made, file, matrix } = outcome
  core.setOutput('matrix', JSON.stringify(matrix()))
  core.setOutput('plan', file ?? '')
  let artifact: StoredArtifact | undefined
  if (inputs.upload && file !== undefined) {
    const folder = dirname(file)
    const locks = made.locks.map((lock) => join(folder, 'locks', lock.file))
    const name = inputs.artifactName ?? `${inputs.artifactPrefix}plan`
    artifact = await runArtifacts().upload(name, [file, ...locks], folder)
    core.setOutput('artifact-id', artifact.id)
  }
  await writePlanSummary(outcome, artifact?.name)
}

function setOutputs({ results, outputDir }: BuildOutcome): void {
  const packages = results.flatMap(({ leg, packages }) =>
    packages.map(({ file, size, sha256 }) => ({ leg, path: join(outputDir, leg, file), size, sha256 })),
  )
  core.setOutput('packages', JSON.stringify(packages))
  core.setOutput('result', JSON.stringify(results.map(({ leg }) => join(outputDir, leg, 'result.json'))))
}

/** An artifact a leg, which `publish` finds by its name; or all legs as one of the name that the workflow gives. */
async function* upload({ results, outputDir }: BuildOutcome, inputs: ActionInputs): AsyncGenerator<StoredArtifact> {
  const { artifactName, artifactPrefix, attempt } = inputs
  if (results.length === 0) return
  const groups =
    artifactName === undefined
      ? results.map((result) => ({ name: legArtifact(artifactPrefix, result.leg, attempt), legs: [result] }))
      : [{ name: artifactName, legs: results }]
  const artifacts = runArtifacts()
  for (const { name, legs } of groups) {
    const files = await Promise.all(legs.map((result) => filesOf(result, outputDir)))
    yield await artifacts.upload(name, files.flat(), outputDir)
  }
}

/** A leg's packages with their reports. */
async function filesOf({ leg, packages }: Result, outputDir: string): Promise<string[]> {
  const files = packages.map(({ file }) => join(outputDir, leg, file))
  for (const report of REPORTS) {
    const path = join(outputDir, leg, report)
    if (await exists(path)) files.push(path)
  }
  return files
}

/** Tells all that went wrong, and gives the exit code of the first. */
async function tell(failures: readonly unknown[], workspace: string, failedLogs: ReadonlySet<string>): Promise<number> {
  const isTools = (error: unknown) =>
    expectedError(error) !== undefined && !(expectedError(error) instanceof InputError)
  if (failures.some(isTools)) await showLogs(failedLogs)
  const [first = 1] = failures.map((failure) => tellOne(failure, workspace))
  return first
}

function tellOne(error: unknown, workspace: string): number {
  const expected = expectedError(error)
  if (expected instanceof InputError) {
    annotateProblems(expected.problems, workspace)
    return expected.exitCode
  }
  if (expected !== undefined) {
    core.error(redact(expected.message), { title: 'giftwrap' })
    return expected.exitCode
  }
  logLines(error instanceof Error ? (error.stack ?? error.message) : String(error))
  core.error(`This is a bug of giftwrap ${VERSION}, please report it.`, { title: 'giftwrap' })
  return 1
}
