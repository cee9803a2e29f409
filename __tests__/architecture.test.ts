import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { VERSION } from '../src/version.js'
import { REPOSITORY } from './support/paths.js'
import { hasTool, need } from './support/requirements.js'

/** Folders of `src/`, in the order in which data flows. */
const STAGES = ['manifest', 'source', 'tested', 'lock', 'venv', 'system', 'package', 'publish']
/** What every file may import: errors, the version, ports and the small modules beside them. */
const FOR_EVERYBODY = ['errors.ts', 'version.ts', 'runtime']
/** What reaches out into the machine or knows the whole process: made at the edge, handed down as ports. */
const EDGE_OF_RUNTIME = ['environment', 'node-exec', 'http-client', 'node-fetch', 'node-ports', 'signals', 'tool-cache']

/** Rooms, and those whose values and types they may import beside `FOR_EVERYBODY`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'version.ts': [],
  runtime: [],
  tools: [],
  ...Object.fromEntries(STAGES.map((stage) => [stage, ['tools']])),
  plan: [],
  commands: [...STAGES, 'plan', 'tools'],
  action: ['commands'],
  cli: ['commands'],
  'index.ts': ['action'],
  'cli.ts': ['cli'],
}

/** Rooms of which only types may be imported: a stage knows what the stages before it give. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(STAGES.map((stage, index) => [stage, STAGES.slice(0, index)])),
  plan: ['manifest', 'source', 'system'],
}

/** Imports that the rules refuse, and why they are right all the same: `importer > imported`. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'lock/lock-file.ts > tested/python-names.ts': 'a small shared module: one way to normalize the names of projects',
  'venv/installed.ts > tested/python-names.ts': 'the same',
  'venv/sizes.ts > tested/python-names.ts': 'the same',
  'venv/third-party-tests.ts > tested/python-names.ts': 'the same',
  'lock/make-lock.ts > tested/python-names.ts': 'the same',
  'lock/unavailable.ts > tested/python-names.ts': 'the same',
  'venv/install-lock.ts > tested/python-names.ts': 'the same',
  'lock/make-lock.ts > manifest/check-requirement.ts': 'a small shared module: what an override is',
  'lock/resolve-again.ts > manifest/check-requirement.ts': 'the same',
  'lock/make-lock.ts > tested/constraints.ts': 'constraints are picked by the module that reads them',
  'lock/resolve-relaxing.ts > tested/constraints.ts': 'the same',
  'plan/plan.ts > lock/facts.ts': 'a plan holds what is known of its locks',
  'plan/plan-file.ts > lock/facts.ts': 'the same, checked',
  'venv/distributions.ts > tested/python-names.ts': 'the same',
  'venv/dependency-graph.ts > tested/python-names.ts': 'the same',
  'lock/obtain-lock.ts > tested/constraints.ts': 'constraints are written by the module that reads them',
  'lock/resolve.ts > tested/constraints.ts': 'the same',
  'lock/obtain-lock.ts > tested/markers.ts': 'the same',
  'lock/obtain-lock.ts > tested/tested-versions.ts': 'what the resolver asks for decides how many rungs are climbed',
  'tested/git-files.ts > source/git.ts': 'a small shared module: which repositories are on this machine',
  'venv/build-tree.ts > lock/lock-file.ts': 'locks have one reader',
  'venv/install-lock.ts > lock/lock-file.ts': 'the same',
  'plan/targets.ts > manifest/suggest.ts': 'a small shared module: names that are near',
  'plan/plan-file.ts > manifest/schema/project.ts': 'a plan from outside is checked as the manifest was',
  'plan/plan-file.ts > manifest/schema/settings.ts': 'the same',
  'plan/pin-legs.ts > source/git.ts': 'a plan pins each source, as its kind does it',
  'plan/pin-legs.ts > source/patches.ts': 'the same',
  'plan/pin-legs.ts > source/path.ts': 'the same',
  'plan/pin-legs.ts > source/sdist.ts': 'the same',
  'action/inputs.ts > manifest/schema/settings.ts': 'inputs that stand for settings have the values of the settings',
}

interface Import {
  /** Path below `src/`. */
  readonly importer: string
  /** Path below `src/`, or the name of a module. */
  readonly imported: string
  readonly ours: boolean
  readonly typesOnly: boolean
}

const STATEMENT = /^(?:import|export)\s+(?<what>type\s[^'"]*?|[^'"]*?)\bfrom\s+['"](?<from>[^'"]+)['"]/gm
const BARE = /^import\s+['"](?<from>[^'"]+)['"]/gm
const CALL = /(?<typeof>typeof\s+)?\b(?:import|require)\(\s*['"](?<from>[^'"]+)['"]/g

const SOURCES = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
const textOf = (path: string) => readFileSync(join(REPOSITORY, 'src', path), 'utf8')
const IMPORTS = SOURCES.flatMap((path) => readImports(path, textOf(path)))
const room = (path: string) => path.split('/')[0] ?? ''

/** The imports of a file that biome has formatted. */
function readImports(importer: string, text: string): Import[] {
  const found = [
    ...[...text.matchAll(STATEMENT)].map(({ groups }) => ({ from: groups?.from, types: namesTypesOnly(groups?.what) })),
    ...[...text.matchAll(BARE)].map(({ groups }) => ({ from: groups?.from, types: false })),
    ...[...text.matchAll(CALL)].map(({ groups }) => ({ from: groups?.from, types: groups?.typeof !== undefined })),
  ]
  return found.map(({ from = '', types }) => {
    const ours = from.startsWith('.')
    const imported = ours ? posix.join(posix.dirname(importer), from).replace(/\.js$/, '.ts') : from
    return { importer, imported, ours, typesOnly: types }
  })
}

function namesTypesOnly(what = ''): boolean {
  if (/^type\s/.test(what)) return true
  const names = /^\{([^}]*)\}\s*$/.exec(what)?.[1]?.split(',') ?? ['a value']
  return names.every((name) => name.trim() === '' || name.trim().startsWith('type '))
}

const arrow = ({ importer, imported }: Import) => `${importer} > ${imported}`

function isAllowed({ importer, imported, typesOnly }: Import): boolean {
  const from = room(importer)
  const to = room(imported)
  if (from === to) return true
  if (FOR_EVERYBODY.includes(to) && !['errors.ts', 'version.ts'].includes(from)) return true
  if (from === 'runtime') return false
  if (MAY_IMPORT[from]?.includes(to)) return true
  return typesOnly && (MAY_IMPORT_TYPES[from]?.includes(to) ?? false)
}

describe('imports', () => {
  it('are read in all their forms', () => {
    const text = [
      "import { a, type B } from '../tested/a.js'",
      "import { type A, type B } from '../tested/b.js'",
      "import type { C } from '../tested/c.js'",
      "import * as core from '@actions/core'",
      "import {\n  first,\n  type Second,\n} from './d.js'",
      "import './e.js'",
      "export { f } from '../errors.js'",
      "  const { g } = await import('g')",
      "type H = typeof import('h')",
    ]
    expect(readImports('lock/x.ts', text.join('\n')).map((one) => [one.imported, one.typesOnly])).toEqual([
      ['tested/a.ts', false],
      ['tested/b.ts', true],
      ['tested/c.ts', true],
      ['@actions/core', false],
      ['lock/d.ts', false],
      ['errors.ts', false],
      ['lock/e.ts', false],
      ['g', false],
      ['h', true],
    ])
    expect(IMPORTS.length).toBeGreaterThan(300)
    const lost = IMPORTS.filter(({ ours, imported }) => ours && !SOURCES.includes(imported))
    expect(lost.map(arrow).filter((one) => !/\.(d\.ts|json)$/.test(one))).toEqual([])
  })

  it('go from known rooms to known rooms', () => {
    const rooms = [...new Set(SOURCES.map(room))]
    expect(rooms.filter((name) => !(name in MAY_IMPORT))).toEqual([])
  })

  it('follow the data: never a later stage, a command or a door', () => {
    const refused = IMPORTS.filter((one) => one.ours && !isAllowed(one)).map(arrow)
    expect(refused.filter((one) => !(one in EXCEPTIONS))).toEqual([])
    const unused = Object.keys(EXCEPTIONS).filter((one) => !refused.includes(one))
    expect(unused, 'exceptions that nothing needs any more').toEqual([])
  })

  it.each<[string, Import, boolean]>([
    ['a later stage', anImport('source/git.ts', 'lock/resolve.ts'), false],
    ["a later stage's type", { ...anImport('source/git.ts', 'lock/resolve.ts'), typesOnly: true }, false],
    ["an earlier stage's type", { ...anImport('venv/trim.ts', 'source/pin.ts'), typesOnly: true }, true],
    ["an earlier stage's value", anImport('venv/trim.ts', 'source/pin.ts'), false],
    ['a command, from a stage', anImport('package/fpm.ts', 'commands/build.ts'), false],
    ['a stage, from a tool', anImport('tools/fpm.ts', 'package/fpm.ts'), false],
    ['a stage, from the runtime', anImport('runtime/files.ts', 'venv/trim.ts'), false],
    ['the plan, from a stage', { ...anImport('package/fpm.ts', 'plan/plan.ts'), typesOnly: true }, false],
    ['a door, from a command', anImport('commands/build.ts', 'cli/help.ts'), false],
    ['the other door', anImport('cli/main.ts', 'action/main.ts'), false],
    ['anything, from the errors', anImport('errors.ts', 'runtime/redact.ts'), false],
  ])('of %s: the rules know', (_what, one, allowed) => {
    expect(isAllowed(one)).toBe(allowed)
  })

  it('of what reaches into the machine stand at the edge: everybody else takes ports', () => {
    const edges = EDGE_OF_RUNTIME.map((name) => `runtime/${name}.ts`)
    for (const edge of edges) expect(SOURCES).toContain(edge)
    const outside = IMPORTS.filter(({ importer, imported, typesOnly }) => {
      return !typesOnly && edges.includes(imported) && !['runtime', 'cli', 'action'].includes(room(importer))
    })
    expect(outside.map(arrow)).toEqual([])
  })

  it('of @actions/* and @octokit/* are those of src/action alone', () => {
    const found = IMPORTS.filter(({ imported }) => /^@(actions|octokit)\//.test(imported))
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({ importer }) => room(importer) !== 'action').map(arrow)).toEqual([])
  })

  it('of node:child_process are those of src/runtime alone', () => {
    const found = IMPORTS.filter(({ imported }) => /^(node:)?child_process$/.test(imported))
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({ importer }) => room(importer) !== 'runtime').map(arrow)).toEqual([])
  })

  it('name the packages that package.json asks for, and nothing of Node without its prefix', () => {
    const { dependencies } = packageJson()
    const packages = IMPORTS.filter(({ ours, imported }) => !ours && !imported.startsWith('node:'))
    const unknown = packages.filter(({ imported }) => !Object.keys(dependencies).includes(packageOf(imported)))
    expect(unknown.map(arrow)).toEqual([])
  })
})

describe('source files', () => {
  it('of src/runtime alone read process.env', () => {
    const readers = SOURCES.filter((path) =>
      /\bprocess\s*(\.|\[['"])\s*env\b|\{[^}]*\benv\b[^}]*\} = process\b/.test(textOf(path)),
    )
    const importers = IMPORTS.filter(({ imported }) => /^(node:)?process$/.test(imported)).map(arrow)
    expect(readers.map(room)).toContain('runtime')
    expect(readers.filter((path) => room(path) !== 'runtime')).toEqual([])
    expect(importers).toEqual([])
  })

  it('have at most 300 lines', () => {
    const long = SOURCES.filter((path) => textOf(path).trimEnd().split('\n').length > 300)
    expect(long).toEqual([])
  })

  it('that are entries or indexes hold no logic', () => {
    const entries = SOURCES.filter((path) => path === 'cli.ts' || posix.basename(path) === 'index.ts')
    expect(entries).toContain('index.ts')
    const handsOn = /^(import .*|export .* from .*|process\.(exit\(|exitCode = )await main\(.*\)\)?)$/
    const logic = entries.flatMap((path) => {
      const lines = textOf(path).split('\n')
      const code = lines.filter((line) => line.trim() !== '' && !line.startsWith('//'))
      return code.filter((line) => !handsOn.test(line)).map((line) => `${path}: ${line}`)
    })
    expect(logic).toEqual([])
  })

  it('say the version of package.json', () => {
    expect(VERSION).toBe(packageJson().version)
  })
})

describe('the repository', () => {
  it('names the host of no package registry', (context) => {
    const hosts = registryHosts()
    need(context, hosts.length > 0, 'npm, pip, Go and apt: no registry to look for')
    const named = keptFiles(context).flatMap((path) => {
      const text = readFileSync(join(REPOSITORY, path), 'latin1')
      return hosts.filter((host) => text.includes(host)).map((host) => `${path}: ${host}`)
    })
    expect(named).toEqual([])
  })

  it('has scripts that can be run: whatever has a shebang is executable', (context) => {
    const scripts = keptFiles(context).filter((path) => {
      return readFileSync(join(REPOSITORY, path), 'latin1').startsWith('#!')
    })
    expect(scripts).toContain('.ci/run')
    expect(scripts.filter((path) => (statSync(join(REPOSITORY, path)).mode & 0o111) !== 0o111)).toEqual([])
  })
})

function anImport(importer: string, imported: string): Import {
  return { importer, imported, ours: true, typesOnly: false }
}

function packageJson(): { readonly version: string; readonly dependencies: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

/** What git tracks or would track next. */
function keptFiles(context: TestContext): string[] {
  need(context, hasTool('git') && said('git', ['rev-parse', '--git-dir']) !== '', 'git, or its checkout')
  const listed = said('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0')
  return listed.filter((path) => statSync(join(REPOSITORY, path), { throwIfNoEntry: false })?.isFile())
}

/** What this machine's own clients are set up with, so that no host stands here; loopback is nobody's registry. */
function registryHosts(): string[] {
  const apt = ['-hroE', 'https?://[^/ ]+', '/etc/apt/sources.list', '/etc/apt/sources.list.d']
  const pip = 'from pip._internal.models.index import PyPI as p; print(p.netloc); print(p.file_storage_domain)'
  const written = [
    said('npm', ['config', 'get', 'registry']),
    said('go', ['env', 'GOPROXY']),
    said('gem', ['sources', '--list']),
    said('python3', ['-c', pip]),
    said('grep', apt),
  ]
  const hosts = written
    .join('\n')
    .split(/[\s,|]+/)
    .map((word) => word.replace(/^https?:\/\//, '').replace(/[/:].*/, ''))
  return [...new Set(hosts)].filter((host) => /^[\w-]+(\.[\w-]+)+$/.test(host) && !/^[\d.]+$/.test(host))
}

/** What a tool prints; nothing where it isn't there. */
function said(file: string, args: readonly string[]): string {
  try {
    return execFileSync(file, args, { cwd: REPOSITORY, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    // grep says so of folders that aren't there, having printed what it found.
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
  }
}
