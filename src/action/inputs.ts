import * as core from '@actions/core'
import type { BuildInputs } from '../commands/build-inputs.js'
import { InputError } from '../errors.js'

/** What the workflow asks for. */
export interface ActionInputs {
  readonly build: BuildInputs
  readonly upload: boolean
  readonly artifactName: string | undefined
  readonly debug: boolean
}

const COMMANDS = ['build']

/** Reads the action's inputs; an empty one counts as not given, all that are wrong are told at once. */
export function readInputs(): ActionInputs {
  const problems: { message: string; hint: string }[] = []
  const text = (name: string) => core.getInput(name) || undefined
  const list = (name: string) => {
    const words = core
      .getInput(name)
      .split(/[\n,]/)
      .map((word) => word.trim())
    const named = words.filter((word) => word !== '')
    return named.length === 0 ? undefined : named
  }
  const flag = (name: string, whenEmpty: boolean): boolean => {
    const value = core.getInput(name)
    if (value === '') return whenEmpty
    if (/^(true|yes|on)$/i.test(value)) return true
    if (/^(false|no|off)$/i.test(value)) return false
    problems.push({ message: `the input ${name} is ${JSON.stringify(value)}.`, hint: 'It can be true or false.' })
    return whenEmpty
  }
  const command = text('command') ?? 'build'
  if (!COMMANDS.includes(command)) {
    problems.push({
      message: `the input command is ${JSON.stringify(command)}.`,
      hint: `It can be ${COMMANDS.join(', ')}.`,
    })
  }
  const inputs: ActionInputs = {
    build: {
      manifest: text('manifest') ?? 'manifest.yml',
      version: text('version'),
      type: text('type'),
      packager: text('packager'),
      iteration: text('iteration'),
      projects: list('projects'),
      only: text('only'),
      outputDir: text('output-dir'),
      sequential: flag('sequential', false),
      reuse: flag('reuse', true),
      locked: flag('locked', false),
      forceOverwrite: flag('force-overwrite', false),
      dryRun: flag('dry-run', false),
      inPlace: flag('in-place', false),
      disposable: flag('disposable', false),
      provision: flag('provision', false),
      fpmGems: text('fpm-gems'),
    },
    upload: flag('upload', true),
    artifactName: text('artifact-name'),
    debug: flag('debug', core.isDebug()),
  }
  if (problems.length > 0) throw new InputError(problems)
  return inputs
}
