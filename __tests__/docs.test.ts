import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { GENERATED_FILES, makeParts, readAction, renew } from '../scripts/generate-docs.mjs'
import { COMMANDS } from '../src/cli/help.js'
import { readArguments } from '../src/cli/options.js'
import { loadManifest } from '../src/manifest/read-manifest.js'
import { manifestTables } from '../src/manifest/reference/tables.js'
import { FPM_VERSION, NFPM, UV } from '../src/tools/pins.js'
import { VERSION } from '../src/version.js'
import { REPOSITORY } from './support/paths.js'
import { scratch } from './support/scratch.js'

// What the documentation and the examples say is held against the code.

const read = (file: string) => readFileSync(join(REPOSITORY, file), 'utf8')
const filesBelow = (folder: string, ending: RegExp) =>
  readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name))
    .sort()

const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesBelow('docs', /\.md$/)]
const EXAMPLES = filesBelow('examples', /\.ya?ml$/)
const WORKFLOWS = [...filesBelow('.github/workflows', /\.ya?ml$/), ...filesBelow('examples/workflows', /\.ya?ml$/)]
const action = readAction()

/** The code blocks of a page, with the line at which each begins. */
function blocks(page: string): { readonly language: string; readonly text: string; readonly line: number }[] {
  const text = read(page)
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }))
}

function withoutBlocks(page: string): string {
  return read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
}

const documents = [
  ...PAGES.flatMap((page) =>
    blocks(page)
      .filter(({ language }) => language === 'yaml')
      .map(({ text, line }) => ({ place: `${page}:${line}`, text })),
  ),
  ...EXAMPLES.map((file) => ({ place: file, text: read(file) })),
]

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every step of a workflow, or of a part of one, wherever it stands. */
function stepsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(stepsOf)
  if (!isMap(value)) return []
  return [...('uses' in value ? [value] : []), ...Object.values(value).flatMap(stepsOf)]
}

const isOurs = (uses: unknown) => uses === './' || /^[^/]+\/giftwrap@/.test(String(uses))

describe('YAML of documentation and examples', () => {
  it.for(documents)('$place is a manifest that is valid, or a workflow', async ({ text }) => {
    const value = load(text)
    if (!isMap(value)) throw new Error('is not a mapping')
    if ('settings' in value) {
      const file = join(scratch(), 'manifest.yml')
      writeFileSync(file, text)
      expect((await loadManifest(file, {}, { keys: [] })).projects.length).toBeGreaterThan(0)
    } else {
      expect(stepsOf(value).length).toBeGreaterThan(0)
    }
  })

  it.for(documents)('$place gives the action inputs that it has', ({ text }) => {
    for (const step of stepsOf(load(text)).filter(({ uses }) => isOurs(uses))) {
      const given = Object.keys(isMap(step.with) ? step.with : {})
      expect(given.filter((name) => !(name in action.inputs))).toEqual([])
    }
  })

  it('names outputs of the action that it has', () => {
    for (const { text } of documents) {
      const named = [...text.matchAll(/steps\.giftwrap\.outputs\.([\w-]+)/g)].map((match) => match[1] ?? '')
      expect(named.filter((name) => !(name in action.outputs))).toEqual([])
    }
  })

  it('is there at all', () => {
    expect(documents.filter(({ text }) => isMap(load(text)) && /^settings:/m.test(text)).length).toBeGreaterThan(2)
    const ours = documents.flatMap(({ text }) => stepsOf(load(text)).filter(({ uses }) => isOurs(uses)))
    expect(ours.length).toBeGreaterThan(2)
  })
})

describe('README.md', () => {
  it('has the two commands on its first screen', () => {
    const commands = read('README.md')
      .split('\n')
      .slice(0, 40)
      .map((line) => line.replace(/\s+#.*$/, ''))
    expect(commands).toContain('node dist/cli.js build -m examples/keystone.yml')
    expect(commands).toContain('npm cit')
  })

  it('names the versions of the tools', () => {
    const rows = read('README.md').match(/^\| (uv|nfpm|fpm) +\| \S+/gm)
    const versions = rows?.map((row) => row.replaceAll(/[ |]+/g, ' ').trim())
    expect(versions).toEqual([`uv ${UV.version}`, `nfpm ${NFPM.version}`, `fpm ${FPM_VERSION}`])
  })

  it('tells the Node that package.json asks for', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    expect(read('README.md')).toContain(`Node ${engines.node.replace('>=', '')} or newer`)
  })
})

describe('generated parts', () => {
  const parts = makeParts({ action, commands: COMMANDS, manifest: manifestTables() })

  it.for(GENERATED_FILES)('of %s are current: npm run docs', (file) => {
    expect(read(file)).toBe(renew(read(file), parts))
  })

  it('are all used', () => {
    const used = GENERATED_FILES.flatMap((file) => [...read(file).matchAll(/<!-- generated: (\S+) -->/g)])
    expect(used.map((match) => match[1]).sort()).toEqual([...parts.keys()].sort())
  })

  it('stand in no other page', () => {
    const others = PAGES.filter((page) => !GENERATED_FILES.includes(page))
    expect(others.filter((page) => read(page).includes('<!-- generated:'))).toEqual([])
  })
})

/** As GitHub makes anchors of headings. */
function anchorsOf(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

describe('links', () => {
  it.for(PAGES)('of %s lead to what is there', (page) => {
    const targets = [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
    const broken = targets.filter((target) => {
      if (/^https:/.test(target)) return false
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : relative(REPOSITORY, join(REPOSITORY, dirname(page), path))
      if (file.startsWith('..') || !existsSync(join(REPOSITORY, file))) return true
      return anchor !== undefined && !anchorsOf(file).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})

describe('commands', () => {
  const shown = PAGES.flatMap((page) =>
    blocks(page)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text, line }) =>
        [...text.matchAll(/(?:dist\/cli\.js|giftwrap) ((?:build|lock|explain|diff|--)[^\n#)]*)/g)].map((match) => ({
          place: `${page}:${line}`,
          words: (match[1] ?? '').trim(),
        })),
      ),
  )

  it.for(shown)('$place: $words', ({ words }) => {
    const argv = words.split(/\s+/).map((word) => word.replaceAll(/^'|'$/g, ''))
    const request = readArguments(argv, {})
    expect(['build', 'lock', 'explain', 'diff', 'help', 'version']).toContain(request.kind)
    if (request.kind !== 'build' && request.kind !== 'lock') return
    const { manifest } = request.inputs
    if (manifest?.includes('/')) expect(existsSync(join(REPOSITORY, manifest))).toBe(true)
  })

  const options = new Set(Object.values(COMMANDS).flatMap((command) => command.options.map(({ name }) => `--${name}`)))
  const shorts = new Set(
    Object.values(COMMANDS).flatMap(({ options: list }) =>
      list.flatMap((option) => ('short' in option ? [`-${option.short}`] : [])),
    ),
  )

  // One page is about the options of another tool.
  it.for(PAGES.filter((page) => page !== 'docs/fpm-options.md'))('%s names options that there are', (page) => {
    // A span that begins with a dash is an option of giftwrap; other tools' stand behind the tool's name.
    const spans = [...withoutBlocks(page).matchAll(/`(?:giftwrap \w+ )?(--?[a-zA-Z][\w-]*)[^`]*`/g)]
    const unknown = spans.map((match) => match[1] ?? '').filter((word) => !options.has(word) && !shorts.has(word))
    expect(unknown.filter((word) => word !== '--version')).toEqual([])
  })

  it('have scripts of package.json where npm runs one', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }
    const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm run ([\w-]+)/g)].map((match) => match[1] ?? ''))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
    expect(scripts).toHaveProperty('test')
  })
})

describe('docs/troubleshooting.md', () => {
  const source = filesBelow('src', /\.ts$/)
    .map((file) => read(file))
    .join('\n')
  // What uv says, not giftwrap.
  const FOREIGN = ['Package metadata name', 'does not match given name']
  const quoted = [...read('docs/troubleshooting.md').matchAll(/^## (.*)$/gm)].flatMap((heading) =>
    [...(heading[1] ?? '').matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? ''),
  )

  it.for(quoted.filter((words) => !FOREIGN.includes(words)))('quotes a message that there is: %s', (words) => {
    expect(source.includes(words)).toBe(true)
  })
})

describe('CHANGELOG.md', () => {
  it('has a part for what is not released', () => {
    expect(read('CHANGELOG.md')).toMatch(/^## \[Unreleased\]$/m)
  })

  it('has a part for the version, once that is released', () => {
    const released = [...read('CHANGELOG.md').matchAll(/^## \[(\d[^\]]*)\]/gm)].map((match) => match[1])
    if (released.length > 0) expect(released).toContain(VERSION)
  })
})

interface Job {
  readonly permissions?: unknown
  readonly 'timeout-minutes'?: unknown
  readonly steps?: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }[]
}

describe('workflows', () => {
  const pinned = /uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/

  it.for([...WORKFLOWS, ...PAGES])('%s: every action is pinned by its commit, with the version', (file) => {
    const uses = read(file)
      .split('\n')
      .map((line) => line.trim().replace(/^- /, ''))
      .filter((line) => line.startsWith('uses: '))
    const loose = uses.filter((line) => !pinned.test(line) && line !== 'uses: ./')
    // In what users copy, the action itself has a place that they fill.
    const allowed = file.startsWith('.github/') ? [] : ['uses: OWNER/giftwrap@COMMIT']
    expect(loose.filter((line) => !allowed.includes(line))).toEqual([])
  })

  it('pin an action the same everywhere', () => {
    const commits = new Map<string, Set<string>>()
    for (const file of [...WORKFLOWS, ...PAGES]) {
      for (const [, name = '', commit = ''] of read(file).matchAll(/uses: ([\w./-]+)@([0-9a-f]{40} # \S+)/g)) {
        commits.set(name, (commits.get(name) ?? new Set()).add(commit))
      }
    }
    expect([...commits].filter(([, versions]) => versions.size > 1)).toEqual([])
  })

  it.for(WORKFLOWS)('%s: no permissions but those that jobs name, time-outs, no credentials left', (file) => {
    const workflow = load(read(file)) as { permissions?: unknown; jobs: Readonly<Record<string, Job>> }
    expect(workflow.permissions).toEqual({})
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeDefined()
      expect(job['timeout-minutes']).toBeTypeOf('number')
      for (const { uses, with: given } of job.steps ?? []) {
        if (uses?.startsWith('actions/checkout@')) expect(given?.['persist-credentials']).toBe(false)
      }
    }
  })
})

describe('LICENSE', () => {
  it('is the whole of Apache-2.0', () => {
    const text = read('LICENSE')
    for (const words of ['Apache License', 'Version 2.0, January 2004', '9. Accepting Warranty', 'APPENDIX: How to']) {
      expect(text).toContain(words)
    }
  })
})
