import { z } from 'zod'
import { checkGlob } from '../../runtime/glob.js'
import { checkGitUrl } from '../check-git.js'
import { checkImage, checkOwnFile, checkPythonMinor, checkTargetId } from '../check-system.js'
import { about, checked, either, line, listOf, mapping, mappingOf, oneOf, oneOrMore, withKind } from '../fields.js'
import { projectSchema } from './project.js'
import { FORMATS, RUN_SETTINGS, settingsSchema } from './settings.js'

/** The keys of one of `targets`; a text stands for its `id`. */
export const targetSchema = z.strictObject({
  id: about(checked(checkTargetId), 'A known target, or a name of your own; part of leg ids.', 'debian12'),
  image: about(checked(checkImage).optional(), "Container image; the known target's when not given.", 'debian:12'),
  formats: about(listOf(oneOf(FORMATS)).optional(), 'Formats of the packages.', '[deb]'),
  arch: about(
    listOf(oneOf(['amd64', 'arm64'])).optional(),
    "Processors; the machine's own when not given.",
    '[amd64, arm64]',
  ),
  runner: about(
    either(
      line(),
      mappingOf(/^[a-z0-9_]+$/, line()),
      "must be a runner's label, or a mapping of labels by processor",
    ).optional(),
    'Label of the runner that builds it, or labels by processor.',
    '{amd64: ubuntu-24.04, arm64: ubuntu-24.04-arm}',
  ),
  python: about(
    checked(checkPythonMinor).optional(),
    "Version of Python; the distribution's when not given.",
    "'3.11'",
  ),
  family: about(checked(checkTargetId).optional(), 'Family of the distribution, for a target of your own.', 'debian'),
})

/** How an override's lists meet those that are there. */
export const INHERIT = ['none', 'append', 'prepend'] as const

/** What an override says of itself; besides it has keys of projects and settings. */
export const overrideSchema = z.strictObject({
  select: about(oneOrMore(checked(checkGlob, 'glob')), 'Globs over leg ids.', "'nova-*-rocky9-*'"),
  inherit: about(
    oneOf(INHERIT).prefault('none'),
    'Whether a list replaces the one that is there (`none`), or is added to its end or beginning; mappings are always merged.',
  ),
})

/** A project is known by its name and version, and legs by both: an override cannot change them. */
const IDENTITY: ReadonlySet<string> = new Set(['name', 'version'])

export const OVERRIDABLE_PROJECT_KEYS: ReadonlySet<string> = new Set(
  Object.keys(projectSchema.shape).filter((key) => !IDENTITY.has(key)),
)

export const OVERRIDABLE_SETTINGS: ReadonlySet<string> = new Set(
  Object.keys(settingsSchema.shape).filter((key) => !RUN_SETTINGS.has(key) && key !== 'upper_constraints'),
)

/** Names of variables, as templates speak of them. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What the top level holds; each part is read by itself, so this is for people and editors. */
export const manifestSchema = z.strictObject({
  settings: about(mappingKind('settings').optional(), 'Of the whole set.'),
  projects: about(mappingKind('list (project)').optional(), 'What is packaged.'),
  superrepo: about(
    checked(checkGitUrl).optional(),
    'Path or git URL of a repository whose subdirectories are projects, at branch or commit `settings.version`; what `projects` names wins.',
  ),
  vars: about(
    mappingKind('mapping (name: any value)').optional(),
    'Template variables of your own; `--var`, `--vars-file` and the `vars` input win.',
    "{series: '2025.1'}",
  ),
  include: about(
    oneOrMore(checked(checkOwnFile)).optional(),
    "Files below the manifest's folder that are merged in; what this file says wins.",
    '[common.yml]',
  ),
  targets: about(
    listOf(mapping(targetSchema.shape, 'id')).optional(),
    "What is built for; the machine's own distribution when not given.",
    '[debian12, rocky9]',
  ),
  overrides: about(mappingKind('list (override)').optional(), 'Other values for some legs; later ones win.'),
})

function mappingKind(type: string) {
  return withKind(z.unknown(), { type, json: {} })
}
