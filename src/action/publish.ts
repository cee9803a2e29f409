import { readFile, stat } from 'node:fs/promises'
import * as core from '@actions/core'
import { type PublishOutcome, publish } from '../commands/publish.js'
import type { Destination } from '../commands/publish-inputs.js'
import { InputError } from '../errors.js'
import type { Artifacts } from '../runtime/artifacts.js'
import type { Environment } from '../runtime/environment.js'
import type { Ports } from '../runtime/ports.js'
import { githubReleases } from './github-releases.js'
import type { ActionInputs } from './inputs.js'
import type { ReleaseOptions } from './publish-options.js'
import { writeReport } from './summary.js'

const FOLDER = 'giftwrap-packages'
const MAX_EVENT_BYTES = 32 * 1024 * 1024

type Variables = Environment['variables']

/** Publishes the results of the run's legs, and gives what went wrong. */
export async function runPublish(
  inputs: ActionInputs,
  ports: Ports,
  artifacts: Artifacts,
): Promise<readonly unknown[]> {
  const { build, publish: options, artifactPrefix } = inputs
  const { variables } = ports.environment
  const { release } = options
  // A short one is no secret, and masking it would empty outputs.
  if (release !== undefined && release.token.length > 8) core.setSecret(release.token)
  const outcome = await publish(
    {
      plan: build.plan,
      results: options.results,
      artifactPrefix,
      folder: build.outputDir ?? FOLDER,
      allowPartial: options.allowPartial,
      replace: options.replace,
      destination: await destinationOf(inputs, variables),
    },
    ports,
    {
      artifacts,
      releases: release && (() => githubReleases(repositoryOf(release.token, variables), variables, ports.reporter)),
    },
  )
  setOutputs(outcome)
  await writeReport(outcome)
  return outcome.failure === undefined ? [] : [outcome.failure]
}

async function destinationOf(inputs: ActionInputs, variables: Variables): Promise<Destination> {
  const { upload, build, publish: options, artifactName, artifactPrefix, attempt } = inputs
  if (!upload || build.dryRun) return { kind: 'folder' }
  if (options.release !== undefined) return { kind: 'release', wish: await wishOf(options.release, variables) }
  return { kind: 'artifact', name: artifactName ?? `${artifactPrefix}packages-a${attempt}` }
}

async function wishOf({ tag: given, name, prerelease, draft }: ReleaseOptions, variables: Variables) {
  if (given === undefined && variables.GITHUB_EVENT_NAME === 'release') {
    return { kind: 'release' as const, id: await releaseOfEvent(variables.GITHUB_EVENT_PATH ?? '') }
  }
  const tag = given ?? (variables.GITHUB_REF_TYPE === 'tag' ? variables.GITHUB_REF_NAME : undefined)
  if (tag === undefined) {
    throw new InputError({
      message: `release: true is of a tag, and this run is of ${variables.GITHUB_REF ?? 'none'}.`,
      hint: 'Run it on the push of a tag (on: push: tags), on release: published, or name one with the input tag.',
    })
  }
  return {
    kind: 'tag' as const,
    tag,
    name: name ?? tag,
    prerelease,
    target: variables.GITHUB_SHA,
    keepDraft: draft,
  }
}

/** The release that the event is about: https://docs.github.com/webhooks/webhook-events-and-payloads#release */
async function releaseOfEvent(path: string): Promise<number> {
  try {
    const { size } = await stat(path)
    if (size > MAX_EVENT_BYTES) throw new Error(`it has ${size} bytes`)
    const event: { readonly release?: { readonly id?: unknown } } = JSON.parse(await readFile(path, 'utf8'))
    const id = event.release?.id
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw new Error('it names no release')
    return id
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ message: `the event's payload can't be used: ${reason}` }, { cause })
  }
}

function repositoryOf(token: string, variables: Variables) {
  const [owner = '', name = ''] = (variables.GITHUB_REPOSITORY ?? '').split('/')
  if (owner === '' || name === '') throw new InputError({ message: 'the runner names no repository.' })
  return { api: variables.GITHUB_API_URL || 'https://api.github.com', owner, name, token }
}

function setOutputs({ assembled, artifact, released }: PublishOutcome): void {
  if (assembled !== undefined) {
    const packages = assembled.packages.map(({ leg, path, size, sha256 }) => ({ leg, path, size, sha256 }))
    core.setOutput('packages', JSON.stringify(packages))
    core.setOutput('sums', assembled.sums.path)
    core.setOutput('report', assembled.report)
  }
  if (artifact !== undefined) core.setOutput('artifact-id', artifact.id)
  if (released !== undefined) core.setOutput('release-url', released.release.url)
}
