/** One option of a command, as `--help` shows it and `parseArgs` reads it. */
export interface Option {
  readonly name: string
  readonly short?: string
  /** What its value stands for; a switch has none. */
  readonly value?: string
  readonly help: string
}

const COMMON: readonly Option[] = [
  { name: 'manifest', short: 'm', value: 'FILE', help: 'the manifest (required)' },
  { name: 'version', short: 'v', value: 'VERSION', help: "version of the set, instead of the manifest's" },
  { name: 'projects', short: 'p', value: 'A,B', help: 'only these projects' },
  { name: 'set', value: 'KEY=VALUE', help: "a setting, instead of the manifest's; may be given again" },
  { name: 'var', value: 'NAME=VALUE', help: 'a variable of templates; may be given again' },
  { name: 'vars-file', value: 'FILE', help: 'a YAML file of variables; may be given again, --var wins' },
  { name: 'provision', help: 'install the distribution packages that are missing (git, python3, ruby …)' },
  { name: 'debug', short: 'd', help: 'show every command that is run' },
  { name: 'help', short: 'h', help: 'show this' },
  { name: 'require-rung', value: 'N', help: 'fail where versions are less tested than rung 1 to 5 of docs/locks.md' },
  { name: 'relax', help: "lift tested versions that can't be had any more, instead of failing" },
  { name: 'offline', help: 'use no network: caches and files only' },
  { name: 'no-cache', help: 'look tested versions up and lock anew, whatever is cached' },
]

const SKIP: Option = { name: 'skip', value: 'GLOB', help: 'no legs whose id matches' }

const BUILD: readonly Option[] = [
  { name: 'plan', value: 'FILE', help: 'a plan.json, instead of the manifest: nothing is looked up' },
  { name: 'type', short: 't', value: 'TYPE', help: 'what is built: package' },
  { name: 'synchronous', short: 's', help: 'one leg after the other' },
  { name: 'only', value: 'GLOB', help: "only legs whose id matches, e.g. 'keystone-*-debian12-*'" },
  SKIP,
  { name: 'packager', value: 'NAME', help: 'auto, fpm, nfpm or native' },
  { name: 'iteration', value: 'N', help: 'rebuild number of the same version' },
  { name: 'output-dir', short: 'o', value: 'DIR', help: 'folder for what is built, one folder a leg' },
  { name: 'locked', help: 'use the locks beside the manifest, and fail where one is missing or stale' },
  { name: 'no-reuse', help: 'lock, install and package anew, whatever is cached' },
  { name: 'force-overwrite', help: 'replace packages made from other inputs' },
  { name: 'dry-run', help: 'show legs and commands; look nothing up, build nothing' },
  { name: 'in-place', help: 'build in the real install path and leave it there' },
  { name: 'disposable', help: 'this machine is thrown away: build in place, install what is missing' },
  { name: 'fpm-gems', value: 'DIR', help: "take fpm's gems from a folder (also: GIFTWRAP_FPM_GEMS)" },
]

const PLAN: readonly Option[] = [
  { name: 'only', value: 'GLOB', help: "only legs whose id matches, e.g. 'keystone-*-debian12-*'" },
  SKIP,
  { name: 'dry-run', help: 'look nothing up: refs stay refs, no network is needed' },
  { name: 'output-dir', short: 'o', value: 'DIR', help: 'write plan.json with its locks there, for build --plan' },
  { name: 'json', help: 'print the plan as JSON, with the matrix of a workflow' },
  { name: 'group-by', value: 'WHAT', help: 'target or project: fold legs into fewer jobs of the matrix' },
  {
    name: 'explain',
    value: 'KEY',
    help: 'show where a value comes from, e.g. settings.vendor or projects.nova.gitref; with --only, for each leg',
  },
  {
    name: 'render',
    value: 'TEMPLATE',
    help: 'show what a template gives, for the projects of -p or the legs of --only',
  },
  { name: 'packager', value: 'NAME', help: 'auto, fpm, nfpm or native' },
  { name: 'iteration', value: 'N', help: 'rebuild number of the same version' },
  { name: 'fpm-gems', value: 'DIR', help: "take fpm's gems from a folder (also: GIFTWRAP_FPM_GEMS)" },
]

const LOCK: readonly Option[] = [
  { name: 'python-version', value: '3.X,3.Y', help: "Pythons to lock for; the targets' own when not given" },
  { name: 'check', help: 'write nothing; fail where a lock is missing or stale' },
  { name: 'upgrade-package', value: 'NAME', help: 'let go of this one, and keep all else; may be given again' },
]

const SHOWN: readonly Option[] = [
  { name: 'json', help: 'print it as JSON' },
  { name: 'debug', short: 'd', help: 'show every command that is run' },
  { name: 'help', short: 'h', help: 'show this' },
]

const EXPLAIN: readonly Option[] = [
  {
    name: 'manifest',
    short: 'm',
    value: 'FILE',
    help: 'the manifest that the locks lie beside; manifest.yml when not given',
  },
  { name: 'plan', value: 'FILE', help: "a plan.json, instead of the manifest's locks" },
  { name: 'package', value: 'FILE', help: "a .deb that giftwrap built, instead of the manifest's locks" },
  { name: 'python-version', value: '3.X,3.Y', help: 'only the locks for these Pythons' },
  ...COMMON.filter(({ name }) => ['version', 'set', 'var', 'vars-file'].includes(name)),
  ...SHOWN,
]

const PUBLISH: readonly Option[] = [
  { name: 'plan', value: 'FILE', help: 'the plan.json that was built (required)' },
  { name: 'results', value: 'DIR', help: 'what was built: a folder a leg, or unpacked artifacts (required)' },
  { name: 'output-dir', short: 'o', value: 'DIR', help: 'folder for what is published: giftwrap-packages' },
  { name: 'allow-partial', help: 'leave out legs that are missing or not what was planned' },
  { name: 'debug', short: 'd', help: 'show more' },
  { name: 'help', short: 'h', help: 'show this' },
]

/** What stands behind a command beside its options. */
export interface Words {
  readonly usage: string
  readonly least: number
  readonly most: number
}

const MANIFEST: Words = { usage: '-m MANIFEST', least: 0, most: 0 }

/** The commands with their options. */
export const COMMANDS = {
  build: { summary: 'build packages', words: MANIFEST, options: [...COMMON, ...BUILD] },
  plan: { summary: 'show what would be built, and pin it', words: MANIFEST, options: [...COMMON, ...PLAN] },
  lock: { summary: 'write locks beside the manifest, to be committed', words: MANIFEST, options: [...COMMON, ...LOCK] },
  explain: {
    summary: 'say why a lock has the versions that it has',
    words: { usage: 'PROJECT [PACKAGE]', least: 1, most: 2 },
    options: EXPLAIN,
  },
  diff: {
    summary: 'compare two locks, plans, packages or folders of them',
    words: { usage: 'A B', least: 2, most: 2 },
    options: SHOWN,
  },
  publish: {
    summary: 'check what was built, and sum it',
    words: { usage: '--plan FILE --results DIR', least: 0, most: 0 },
    options: PUBLISH,
  },
} as const satisfies Record<string, { summary: string; words: Words; options: readonly Option[] }>

export type CommandName = keyof typeof COMMANDS

export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(COMMANDS, name)
}

export function generalHelp(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}`)
  return `giftwrap builds native packages of Python services with tested, locked dependencies.

Usage: giftwrap COMMAND [WORD …] [OPTION …]

Commands:
${commands.join('\n')}

giftwrap COMMAND --help shows a command's options; giftwrap --version the version.
Exit codes: 0 done, 1 a bug of giftwrap, 2 the manifest or an option, 3 nothing to do, 4 a tool failed, 5 an upload failed.
`
}

export function commandHelp(name: CommandName): string {
  const { summary, words: behind, options } = COMMANDS[name]
  const lines = options.map((option) => {
    const { short, value, help } = option as Option
    const words = `${short === undefined ? '    ' : `-${short}, `}--${option.name}${value === undefined ? '' : ` ${value}`}`
    return `  ${words.padEnd(32)}${help}`
  })
  return `giftwrap ${name}: ${summary}\n\nUsage: giftwrap ${name} ${behind.usage} [OPTION …]\n\nOptions:\n${lines.join('\n')}\n`
}
