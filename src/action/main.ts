import { join } from 'node:path'
import * as core from '@actions/core'
import { type BuildOutcome, build } from '../commands/build.js'
import { GiftwrapError, InputError } from '../errors.js'
import { type Environment, readEnvironment } from '../runtime/environment.js'
import { nodePorts } from '../runtime/node-ports.js'
import { redact } from '../runtime/redact.js'
import { watchSignals } from '../runtime/signals.js'
import { VERSION } from '../version.js'
import { actionReporter, annotateProblems } from './action-reporter.js'
import { uploadArtifact } from './artifacts.js'
import { type ActionInputs, readInputs } from './inputs.js'
import { writeSummary } from './summary.js'

/** Runs the action's step and gives its exit code. */
export async function main(): Promise<number> {
  const interrupted = watchSignals()
  const environment = readEnvironment()
  const workspace = environment.variables.GITHUB_WORKSPACE ?? process.cwd()
  try {
    await run(readInputs(), environment, workspace)
    return 0
  } catch (error) {
    return interrupted() ?? tell(error, workspace)
  }
}

async function run(inputs: ActionInputs, environment: Environment, workspace: string): Promise<void> {
  const reporter = actionReporter({ debug: inputs.debug, workspace })
  const outcome = await build(inputs.build, nodePorts(environment, reporter))
  const artifact = inputs.upload && outcome.results.length > 0 ? await upload(outcome, inputs) : undefined
  setOutputs(outcome, artifact?.id)
  await writeSummary(outcome, artifact?.name)
}

/** The packages with their results, provenance and logs, as one artifact. */
async function upload(outcome: BuildOutcome, { artifactName }: ActionInputs) {
  const { results, outputDir } = outcome
  const files = results.flatMap(({ leg, packages }) =>
    [...packages.map(({ file }) => file), 'result.json', 'provenance.json'].map((file) => join(outputDir, leg, file)),
  )
  const [only, ...others] = results.map(({ leg }) => leg)
  const name = artifactName ?? (only !== undefined && others.length === 0 ? only : 'packages')
  return uploadArtifact(name, files, outputDir)
}

function setOutputs({ results, outputDir }: BuildOutcome, artifactId: number | undefined): void {
  const packages = results.flatMap(({ leg, packages }) =>
    packages.map(({ file, size, sha256 }) => ({ leg, path: join(outputDir, leg, file), size, sha256 })),
  )
  core.setOutput('packages', JSON.stringify(packages))
  core.setOutput('result', JSON.stringify(results.map(({ leg }) => join(outputDir, leg, 'result.json'))))
  if (artifactId !== undefined) core.setOutput('artifact-id', artifactId)
}

function tell(error: unknown, workspace: string): number {
  if (error instanceof InputError) {
    annotateProblems(error.problems, workspace)
    return error.exitCode
  }
  if (error instanceof GiftwrapError) {
    core.error(redact(error.message), { title: 'giftwrap' })
    return error.exitCode
  }
  core.error(`This is a bug of giftwrap ${VERSION}, please report it.`, { title: 'giftwrap' })
  core.info(redact(error instanceof Error ? (error.stack ?? error.message) : String(error)))
  return 1
}
