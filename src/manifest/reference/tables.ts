import { z } from 'zod'
import { isRequired, kindOf } from '../fields.js'
import { NOT_YET } from '../not-yet.js'
import {
  manifestSchema,
  OVERRIDABLE_PROJECT_KEYS,
  OVERRIDABLE_SETTINGS,
  overrideSchema,
  targetSchema,
} from '../schema/manifest.js'
import { projectSchema } from '../schema/project.js'
import { settingsSchema } from '../schema/settings.js'

/** The tables of `docs/manifest.md`, by the names of their markers. */
export function manifestTables(): ReadonlyMap<string, string> {
  const inOverrides = (keys: ReadonlySet<string>) => (key: string) => (keys.has(key) ? ', `overrides`' : '')
  const ofSettings = inOverrides(OVERRIDABLE_SETTINGS)
  const ofProject = inOverrides(OVERRIDABLE_PROJECT_KEYS)
  return new Map([
    ['top', table(manifestSchema, '', () => 'top level, included files')],
    [
      'settings',
      table(settingsSchema, 'settings.', (key) => `settings, \`--set\`${OPTIONS.get(key) ?? ''}${ofSettings(key)}`),
    ],
    ['projects', table(projectSchema, 'projects.', (key) => `project${ofProject(key)}`)],
    ['targets', table(targetSchema, 'targets.', () => 'target')],
    ['overrides', table(overrideSchema, 'overrides.', () => 'override')],
  ])
}

/** Options and inputs of the action that stand for a setting. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ['version', ', `-v`'],
  ['build_type', ', `-t`'],
  ['output_dir', ', `--output-dir`'],
  ['packager', ', `--packager`'],
  ['iteration', ', `--iteration`'],
  ['parallel_build', ', `-s`'],
])

const HEAD = ['| key | type | default | may be set in | meaning |', '|---|---|---|---|---|']

function table(schema: z.ZodObject, prefix: string, where: (key: string) => string): string {
  const rows = Object.entries(schema.shape).map(([key, field]) => {
    const cells = [
      `\`${key}\``,
      kindOf(field).type,
      defaultOf(field),
      where(key),
      `${meaning(field)}${notYet(prefix + key)}`,
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return [...HEAD, ...rows].join('\n')
}

function defaultOf(field: z.core.$ZodType): string {
  if (isRequired(field)) return 'required'
  const value = field instanceof z.ZodPrefault ? field.def.defaultValue : undefined
  return value === undefined ? '' : code(typeof value === 'string' ? value : JSON.stringify(value))
}

function meaning(field: z.core.$ZodType): string {
  const { description = '', examples = [] } = z.globalRegistry.get(field) ?? {}
  const [example] = Array.isArray(examples) ? examples : []
  return typeof example === 'string' ? `${description} Example: ${code(example)}` : description
}

function code(text: string): string {
  return `\`${text}\``
}

function notYet(key: string): string {
  const entry = NOT_YET.keys.find((candidate) => candidate.key === key)
  if (entry === undefined) return ''
  return ` *Not yet: comes with ${entry.piece}; until then ${entry.refused === true ? 'refused' : 'without effect, with a warning'}.*`
}
