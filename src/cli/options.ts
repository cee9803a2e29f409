import { parseArgs } from 'node:util'
import type { BuildInputs } from '../commands/build-inputs.js'
import type { DiffInputs } from '../commands/diff-inputs.js'
import type { ExplainInputs } from '../commands/explain-inputs.js'
import type { LockCommandInputs } from '../commands/lock-inputs.js'
import { GROUPINGS, type PlanInputs } from '../commands/plan-inputs.js'
import type { PublishInputs } from '../commands/publish-inputs.js'
import { InputError } from '../errors.js'
import type { Environment } from '../runtime/environment.js'
import { COMMANDS, type CommandName, isCommand, type Option } from './help.js'

/** What every run is told, whatever it does. */
interface Manner {
  readonly debug: boolean
  /** No network: caches and files only. */
  readonly offline: boolean
  /** What was looked up before doesn't count. */
  readonly noCache: boolean
}

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'version' }
  | ({ readonly kind: 'build'; readonly inputs: BuildInputs } & Manner)
  | ({
      readonly kind: 'plan'
      readonly inputs: PlanInputs
      readonly json: boolean
      readonly explain: string | undefined
      readonly render: string | undefined
    } & Manner)
  | ({ readonly kind: 'lock'; readonly inputs: LockCommandInputs } & Manner)
  | ({ readonly kind: 'explain'; readonly inputs: ExplainInputs; readonly json: boolean } & Manner)
  | ({ readonly kind: 'diff'; readonly inputs: DiffInputs; readonly json: boolean } & Manner)
  | ({ readonly kind: 'publish'; readonly inputs: PublishInputs } & Manner)

/** Reads the words behind `giftwrap`; what can't be understood is an InputError. */
export function readArguments(words: readonly string[], variables: Environment['variables']): Request {
  const [command, ...rest] = words
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    return { kind: 'help', command: isCommand(rest[0]) ? rest[0] : undefined }
  }
  if (command === '--version') return { kind: 'version' }
  if (!isCommand(command)) {
    throw new InputError({
      message: `${JSON.stringify(command)} is not a command.`,
      hint: `Commands: ${Object.keys(COMMANDS).join(', ')}. See giftwrap --help.`,
    })
  }
  const values = parseOptions(command, rest)
  if (values.has('help')) return { kind: 'help', command }
  checkWords(command, values)
  const manner: Manner = {
    debug: values.has('debug'),
    offline: values.has('offline'),
    noCache: values.has('no-cache'),
  }
  switch (command) {
    case 'build':
      return { kind: 'build', inputs: buildInputs(values, variables), ...manner }
    case 'plan': {
      const shown = { json: values.has('json'), explain: values.get('explain'), render: values.get('render') }
      return { kind: 'plan', inputs: planInputs(values, variables), ...shown, ...manner }
    }
    case 'lock':
      return { kind: 'lock', inputs: lockInputs(values), ...manner }
    case 'explain':
      return { kind: 'explain', inputs: explainInputs(values), json: values.has('json'), ...manner }
    case 'diff': {
      const [from = '', to = ''] = values.words
      return { kind: 'diff', inputs: { from, to }, json: values.has('json'), ...manner }
    }
    case 'publish':
      return { kind: 'publish', inputs: publishInputs(values), ...manner }
  }
}

/** What the options say: an option that is given again replaces itself, but for those that are lists. */
interface Values {
  /** What stands behind the command beside options, as many as it takes. */
  readonly words: readonly string[]
  has(name: string): boolean
  get(name: string): string | undefined
  all(name: string): readonly string[]
}

function parseOptions(command: CommandName, words: readonly string[]): Values {
  const known: readonly Option[] = COMMANDS[command].options
  const options = Object.fromEntries(
    known.map(({ name, short, value }) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  )
  try {
    const allowPositionals = COMMANDS[command].words.most > 0
    const { values, positionals } = parseArgs({ args: [...words], options, strict: true, allowPositionals })
    const given = new Map(Object.entries(values).map(([name, value]) => [name, [value].flat().map(String)]))
    return {
      words: positionals,
      has: (name) => given.has(name),
      get: (name) => given.get(name)?.at(-1),
      all: (name) => given.get(name) ?? [],
    }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ message, hint: `See giftwrap ${command} --help.` }, { cause })
  }
}

function checkWords(command: CommandName, { words }: Values): void {
  const { usage, least, most } = COMMANDS[command].words
  if (words.length >= least && words.length <= most && !words.includes('')) return
  throw new InputError({
    message: `giftwrap ${command} ${usage}: ${words.length} word${words.length === 1 ? ' was' : 's were'} given.`,
    hint: `See giftwrap ${command} --help.`,
  })
}

const REQUIRED = {
  manifest: 'Name the manifest: -m FILE.',
  plan: 'Name the plan that was built: --plan FILE.',
  results: 'Name the folder that was built into: --results DIR.',
} as const

function required(values: Values, name: keyof typeof REQUIRED): string {
  const value = values.get(name)
  if (value === undefined || value === '') {
    throw new InputError({ message: `--${name} is missing.`, hint: REQUIRED[name] })
  }
  return value
}

function buildInputs(values: Values, variables: Environment['variables']): BuildInputs {
  return {
    manifest: values.has('plan') ? undefined : required(values, 'manifest'),
    plan: planFile(values),
    ...legInputs(values, variables),
    type: values.get('type'),
    outputDir: values.get('output-dir'),
    sequential: values.has('synchronous'),
    reuse: !values.has('no-reuse') && !values.has('no-cache'),
    locked: values.has('locked'),
    forceOverwrite: values.has('force-overwrite'),
    inPlace: values.has('in-place'),
    disposable: values.has('disposable'),
  }
}

/** What every command takes. */
function commonInputs(values: Values) {
  return {
    version: values.get('version'),
    projects: names(values, 'projects'),
    set: values.all('set'),
    vars: values.all('var'),
    varsFiles: values.all('vars-file'),
    provision: values.has('provision'),
    requireRung: rung(values.get('require-rung')),
    relax: values.has('relax'),
  }
}

function rung(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-5]$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new InputError({ message: `--require-rung ${JSON.stringify(text)} is not a number from 1 to 5.` })
}

/** What the commands take that choose legs and their packagers. */
function legInputs(values: Values, variables: Environment['variables']) {
  return {
    ...commonInputs(values),
    packager: values.get('packager'),
    iteration: values.get('iteration'),
    only: values.get('only'),
    skip: values.get('skip'),
    dryRun: values.has('dry-run'),
    fpmGems: values.get('fpm-gems') ?? (variables.GIFTWRAP_FPM_GEMS || undefined),
  }
}

/** What a plan has decided can't be decided again. */
function planFile(values: Values): string | undefined {
  const decided = ['manifest', 'version', 'type', 'set', 'var', 'vars-file', 'packager', 'iteration', 'locked']
  const both = decided.find((name) => values.has(name))
  const file = values.get('plan')
  if (file === undefined || both === undefined) return file
  throw new InputError({
    message: `--plan and --${both} don't go together: the plan has decided it.`,
    hint: 'Give it to `giftwrap plan`, and build from the plan that it writes.',
  })
}

function planInputs(values: Values, variables: Environment['variables']): PlanInputs {
  const groupBy = values.get('group-by')
  const grouping = GROUPINGS.find((known) => known === groupBy)
  if (groupBy !== undefined && grouping === undefined) {
    throw new InputError({ message: `--group-by ${JSON.stringify(groupBy)} is neither ${GROUPINGS.join(' nor ')}.` })
  }
  return {
    manifest: required(values, 'manifest'),
    ...legInputs(values, variables),
    folder: values.get('output-dir'),
    groupBy: grouping,
    matrix: values.has('json'),
  }
}

function lockInputs(values: Values): LockCommandInputs {
  return {
    manifest: required(values, 'manifest'),
    ...commonInputs(values),
    pythonVersions: names(values, 'python-version'),
    check: values.has('check'),
    upgrade: values.all('upgrade-package'),
  }
}

function explainInputs(values: Values): ExplainInputs {
  const [project = '', name] = values.words
  const kinds = (['manifest', 'plan', 'package'] as const).filter((kind) => values.has(kind))
  const [kind = 'manifest', other] = kinds
  if (other !== undefined) {
    throw new InputError({ message: `--${kind} and --${other} don't go together: locks are read from one place.` })
  }
  return {
    ...{ project, package: name },
    from: { kind, file: values.get(kind) ?? 'manifest.yml' },
    pythons: names(values, 'python-version'),
    version: values.get('version'),
    set: values.all('set'),
    vars: values.all('var'),
    varsFiles: values.all('vars-file'),
  }
}

/** A command line has no artifacts and no releases: what is published is a folder. */
function publishInputs(values: Values): PublishInputs {
  return {
    plan: required(values, 'plan'),
    results: required(values, 'results'),
    artifactPrefix: '',
    folder: values.get('output-dir') ?? 'giftwrap-packages',
    allowPartial: values.has('allow-partial'),
    replace: false,
    destination: { kind: 'folder' },
  }
}

/** The list of `--name a,b`; empty words don't count, and nothing else is a mistake: all was not asked for. */
export function names(values: Pick<Values, 'get'>, name: string): readonly string[] | undefined {
  const list = values.get(name)?.split(',')
  const named = list?.map((word) => word.trim()).filter((word) => word !== '')
  if (named?.length !== 0) return named
  throw new InputError({ message: `--${name} is empty.`, hint: 'Name something, or leave the option out.' })
}
