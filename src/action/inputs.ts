import type { BuildInputs } from '../commands/build-inputs.js'
import { GROUPINGS, type PlanInputs } from '../commands/plan-inputs.js'
import { InputError, type Problem } from '../errors.js'
import { settingsSchema } from '../manifest/schema/settings.js'
import type { Environment } from '../runtime/environment.js'
import { type PublishOptions, readPublishOptions } from './publish-options.js'

/** What the workflow asks for. */
export interface ActionInputs {
  readonly command: 'build' | 'plan' | 'publish'
  readonly build: BuildInputs
  readonly plan: PlanInputs
  readonly publish: PublishOptions
  readonly upload: boolean
  /** One a leg, named by it, when undefined. */
  readonly artifactName: string | undefined
  readonly artifactPrefix: string
  /** The run's, from 1. */
  readonly attempt: number
  readonly debug: boolean
}

const COMMANDS = ['build', 'plan', 'publish'] as const
const ARTIFACT_PREFIX = 'giftwrap-'
/** What a plan has decided can't be decided again. */
const DECIDED = ['version', 'type', 'packager', 'iteration', 'set', 'vars', 'vars-file'] as const

/** What artifact names can't have in them: https://github.com/actions/toolkit/tree/main/packages/artifact */
const NOT_IN_ARTIFACT_NAMES = /["<>|*?:\r\n\\/]/

/** Inputs that replace a setting, and so are checked as it is. */
const SETTINGS = { version: 'version', type: 'build_type', packager: 'packager', iteration: 'iteration' } as const

/**
 * Reads the action's inputs, each by `input(name)`; an empty one counts as not given. Throws an InputError with all
 * that are wrong.
 */
export function readInputs(input: (name: string) => string, variables: Environment['variables']): ActionInputs {
  const problems: Problem[] = []
  const text = (name: string) => input(name) || undefined
  const list = (name: string) => {
    const text = input(name)
    if (text.trim() === '') return undefined
    const named = text
      .split(/[\n,]/)
      .map((word) => word.trim())
      .filter((word) => word !== '')
    if (named.length === 0) problems.push(wrong(name, text, 'must name something'))
    return named
  }
  const lines = (name: string) => {
    const given = input(name).split('\n')
    return given.map((line) => line.trim()).filter((line) => line !== '')
  }
  const flag = (name: string, whenEmpty: boolean): boolean => {
    const value = input(name)
    if (value === '') return whenEmpty
    if (/^(true|yes|on)$/i.test(value)) return true
    if (/^(false|no|off)$/i.test(value)) return false
    problems.push(wrong(name, value, 'must be true or false'))
    return whenEmpty
  }
  const setting = (name: keyof typeof SETTINGS) => {
    const value = text(name)
    // A template is rendered, and checked, with the manifest.
    if (value === undefined || value.includes('{{') || value.includes('{%')) return value
    const { error } = settingsSchema.shape[SETTINGS[name]].safeParse(value)
    if (error !== undefined) problems.push(wrong(name, value, error.issues[0]?.message ?? 'is not valid'))
    return value
  }

  const oneOf = <const T extends string>(name: string, choices: readonly T[]): T | undefined => {
    const value = text(name)
    const known = choices.find((choice) => choice === value)
    if (value !== undefined && known === undefined) problems.push(wrong(name, value, `must be ${choices.join(' or ')}`))
    return known
  }
  const command = oneOf('command', COMMANDS) ?? 'build'
  const manifest = text('manifest') ?? 'manifest.yml'
  const plan = text('plan')
  const artifactText = (name: string) => {
    const value = text(name)
    if (value !== undefined && NOT_IN_ARTIFACT_NAMES.test(value)) {
      problems.push(wrong(name, value, 'must have none of " : < > | * ? \\ / and no line ends in it'))
    }
    return value
  }
  const artifactName = artifactText('artifact-name')
  const artifactPrefix = artifactText('artifact-prefix') ?? ARTIFACT_PREFIX
  const rung = oneOf('require-rung', ['1', '2', '3', '4', '5'])
  const build: BuildInputs = {
    manifest: plan === undefined ? manifest : undefined,
    plan,
    version: setting('version'),
    type: setting('type'),
    packager: setting('packager'),
    iteration: setting('iteration'),
    projects: list('projects'),
    set: lines('set'),
    vars: lines('vars'),
    varsFiles: lines('vars-file'),
    only: text('only'),
    skip: text('skip'),
    outputDir: text('output-dir'),
    sequential: flag('synchronous', false),
    reuse: flag('reuse', true),
    locked: flag('locked', false),
    requireRung: rung === undefined ? undefined : Number(rung),
    relax: flag('relax', false),
    forceOverwrite: flag('force-overwrite', false),
    dryRun: flag('dry-run', false),
    inPlace: flag('in-place', false),
    disposable: flag('disposable', false),
    provision: flag('provision', false),
    fpmGems: text('fpm-gems') ?? (variables.GIFTWRAP_FPM_GEMS || undefined),
  }
  const decided = DECIDED.find((name) => text(name) !== undefined)
  if (plan !== undefined && decided !== undefined) {
    const hint = 'Give it to the step that makes the plan.'
    problems.push({ message: `the inputs plan and ${decided} don't go together: the plan has decided it.`, hint })
  }
  const groupBy = oneOf('group-by', GROUPINGS)
  const folder = build.outputDir ?? 'giftwrap-plan'
  const inputs: ActionInputs = {
    command,
    build,
    // The folder of a plan is its own, not that of the builds.
    plan: { ...build, outputDir: undefined, manifest, folder, groupBy, matrix: true },
    publish: readPublishOptions({ text, flag, problems }, command === 'publish'),
    upload: flag('upload', true),
    artifactName,
    artifactPrefix,
    attempt: Number(variables.GITHUB_RUN_ATTEMPT) || 1,
    debug: flag('debug', variables.RUNNER_DEBUG === '1'),
  }
  if (needsArtifacts(inputs) && !(variables.ACTIONS_RUNTIME_TOKEN && variables.ACTIONS_RESULTS_URL)) {
    const hint = command === 'publish' ? ', and name plan and results where they lie' : ''
    problems.push({
      message: 'the packages could not be uploaded: the runner names no service for artifacts.',
      hint: `Say upload: false where there is none${hint}.`,
    })
  }
  if (problems.length > 0) throw new InputError(problems)
  return inputs
}

function needsArtifacts({ command, upload, build, publish }: ActionInputs): boolean {
  const uploads = upload && !build.dryRun
  if (command !== 'publish') return uploads
  return build.plan === undefined || publish.results === undefined || (uploads && publish.release === undefined)
}

function wrong(name: string, value: string, why: string): Problem {
  return { message: `the input ${name} is ${JSON.stringify(value)}; it ${why}.` }
}
