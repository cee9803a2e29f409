import { InputError, type Problem } from '../errors.js'
import type { ListedProject } from './lay-projects.js'
import { OVERRIDABLE_SETTINGS } from './schema/manifest.js'
import { RUN_SETTINGS } from './schema/settings.js'
import { suggest } from './suggest.js'

/** What an input or option gives, as text; it wins over the manifest before any template is rendered. */
export interface ManifestOverrides {
  readonly version?: string | undefined
  readonly buildType?: string | undefined
  readonly outputDir?: string | undefined
  readonly packager?: string | undefined
  readonly iteration?: string | undefined
  readonly jobs?: string | undefined
  readonly parallelBuild?: string | undefined
  /** `--set`: `KEY=VALUE`, with `KEY.NAME` for what is in a mapping; `[…]` and `{…}` are read as YAML. */
  readonly set?: readonly string[] | undefined
  /** `--var`: `NAME=VALUE`. */
  readonly vars?: readonly string[] | undefined
  /** `--vars-file`: paths of YAML mappings; later ones win, `vars` win over them. */
  readonly varsFiles?: readonly string[] | undefined
  /** Projects of a superrepo, below those of the manifest. */
  readonly projects?: readonly ListedProject[] | undefined
}

/** A text that replaces a setting, or a part of one. */
export interface GivenSetting {
  readonly path: readonly string[]
  readonly text: string
  /** For problems and explanations. */
  readonly origin: string
}

const NAMED: readonly (readonly [
  string,
  Exclude<keyof ManifestOverrides, 'set' | 'vars' | 'varsFiles' | 'projects'>,
])[] = [
  ['version', 'version'],
  ['build_type', 'buildType'],
  ['output_dir', 'outputDir'],
  ['packager', 'packager'],
  ['iteration', 'iteration'],
  ['jobs', 'jobs'],
  ['parallel_build', 'parallelBuild'],
]

/** The settings that inputs and options give, in the order in which later ones win; an `InputError` for what is no setting. */
export function givenSettings(overrides: ManifestOverrides): readonly GivenSetting[] {
  const named = NAMED.flatMap(([key, name]) => {
    const text = overrides[name]
    return text === undefined ? [] : [{ path: [key], text, origin: 'an input or an option' }]
  })
  const set = pairs('--set', overrides.set ?? []).map(([name, value]) => {
    const key = name.replace(/^settings\./, '')
    const dot = key.indexOf('.')
    const path = dot < 0 ? [key] : [key.slice(0, dot), key.slice(dot + 1)]
    return { path, text: value, origin: `--set ${name}` }
  })
  const problems = set.flatMap(({ path, origin }) => checkKey(path[0] ?? '', origin))
  if (problems.length > 0) throw new InputError(problems)
  return [...set, ...named]
}

const KEYS = new Set([...RUN_SETTINGS, ...OVERRIDABLE_SETTINGS, 'upper_constraints'])

function checkKey(key: string, origin: string): Problem[] {
  if (KEYS.has(key)) return []
  const near = suggest(key, KEYS)
  const hint = near === undefined ? 'It takes the keys of settings.' : `Did you mean '${near}'?`
  return [{ message: `${origin}: there is no setting '${key}'`, hint }]
}

/** `NAME=VALUE` texts in two; an `InputError` with all that are none. */
export function pairs(option: string, texts: readonly string[]): readonly (readonly [string, string])[] {
  const wrong = texts.filter((text) => text.indexOf('=') < 1)
  if (wrong.length > 0) {
    throw new InputError(
      wrong.map((text) => ({
        message: `${option} ${JSON.stringify(text)} is not NAME=VALUE`,
        hint: `Write ${option} NAME=VALUE.`,
      })),
    )
  }
  return texts.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])
}
