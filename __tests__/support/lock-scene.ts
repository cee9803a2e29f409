import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LockFacts, lockFactsSchema } from '../../src/lock/facts.js'
import { sha256Text } from '../../src/runtime/files.js'
import { findInterpreter } from '../../src/venv/interpreter.js'
import { makeScene, type Scene } from './build-scene.js'
import { type GitRepository, gitRepository } from './git-repository.js'
import { buildTool, type PackageIndex, packageIndex, type Release, setupPy } from './package-index.js'
import { scratch } from './scratch.js'
import { testPorts } from './test-ports.js'

/** What tests look at of one entry of a record. */
export interface RecordedLock {
  readonly python: string
  readonly platforms: readonly string[]
  file: string
  sha256: string
  build_file: string
  facts: LockFacts
}

export interface LockScene extends Scene {
  readonly index: PackageIndex
  /** The project's repository, which the manifest names as a folder. */
  readonly repository: GitRepository
  /** This machine's Python, e.g. `3.11`. */
  readonly python: string
  /** A Python that is not this machine's. */
  readonly otherPython: string
  /** Runs `giftwrap lock` on the manifest. */
  lock(...words: readonly string[]): ReturnType<Scene['run']>
  /** Writes the project's setup.py with these keywords, and commits it. */
  setup(keywords: Readonly<Record<string, unknown>>, before?: string): void
  /** Writes the manifest anew: the only project's keys, settings, and what stands beside them. */
  manifestOf(
    project?: Readonly<Record<string, unknown>>,
    settings?: Readonly<Record<string, unknown>>,
    more?: Readonly<Record<string, unknown>>,
  ): void
  /** Names in `locks/`. */
  files(): string[]
  /** Text of a file in `locks/`. */
  text(name: string): string
  /** Texts of the lock and of its build lock for a Python. */
  locked(python?: string): { readonly lock: string; readonly build: string; readonly entry: RecordedLock }
  /** Changes the record, as somebody else's machine or hand might have. */
  rewrite(change: (entries: RecordedLock[], place: (name: string) => string) => void): void
}

/** A `setuptools` and a `wheel` of the day on which the project's commits are made, and newer ones. */
export const BUILD_TOOLS: readonly Release[] = [
  buildTool('65.0.0', { uploaded: '2022-01-01T00:00:00Z' }),
  buildTool('69.0.0', { uploaded: '2023-06-01T00:00:00Z' }),
  buildTool('80.0.0', { uploaded: '2025-01-01T00:00:00Z' }),
  { name: 'wheel', version: '0.40.0' },
]

/** One project, and an index of the test's own, which is all that uv and pip may ask. */
export async function lockScene(
  parts: {
    readonly releases?: readonly Release[]
    /** Keywords of setup.py. */
    readonly requires?: readonly string[]
    readonly project?: Readonly<Record<string, unknown>>
    readonly settings?: Readonly<Record<string, unknown>>
  } = {},
): Promise<LockScene> {
  const folder = scratch()
  const index = await packageIndex(...BUILD_TOOLS, ...(parts.releases ?? []))
  const repository = gitRepository(join(folder, 'hello'))
  const python = (await findInterpreter(testPorts().exec)).minor
  const env = { ...index.env, UV_CACHE_DIR: join(folder, 'uv-cache') }
  const made = makeScene(folder, {}, { files: { 'pyproject.toml': '' } })
  const run: Scene['run'] = (words, options = {}) => made.run(words, { ...options, env: { ...env, ...options.env } })
  const place = (name: string) => join(folder, 'locks', name)
  const recordPath = place('hello-1.2.3.json')
  const scene: LockScene = {
    ...{ ...made, index, repository, python, run },
    otherPython: python === '3.9' ? '3.10' : '3.9',
    build: (words = [], options) => run(['build', '-m', 'manifest.yml', '-o', 'out', ...words], options),
    lock: (...words) => run(['lock', '-m', 'manifest.yml', ...words]),
    setup(keywords, before = '') {
      const all = { name: 'hello', version: '1.2.3', py_modules: ['hello_module'], ...keywords }
      repository.commit({
        ...{ 'setup.py': setupPy(all, before), 'hello_module.py': 'def main():\n    print("hello")\n' },
      })
    },
    manifestOf(project = {}, settings = {}, more = {}) {
      const manifest = {
        settings: {
          ...{ version: '1.2.3', base_path: '/opt/giftwrap-test', packager: 'nfpm', gerrit_dependencies: false },
          ...settings,
        },
        projects: [{ name: 'hello', path: 'hello', ...project }],
        ...more,
      }
      writeFileSync(made.manifest, JSON.stringify(manifest))
    },
    files: () => (existsSync(join(folder, 'locks')) ? readdirSync(join(folder, 'locks')).sort() : []),
    text: (name) => readFileSync(place(name), 'utf8'),
    locked(wanted = python) {
      const { locks } = JSON.parse(readFileSync(recordPath, 'utf8')) as { locks: RecordedLock[] }
      const entry = locks.find((one) => one.python === wanted)
      if (entry === undefined) throw new Error(`there is no lock for Python ${wanted}`)
      lockFactsSchema.parse(entry.facts)
      return { entry, lock: scene.text(entry.file), build: scene.text(entry.build_file) }
    },
    rewrite(change) {
      const record = JSON.parse(readFileSync(recordPath, 'utf8')) as { locks: RecordedLock[] }
      change(record.locks, place)
      for (const entry of record.locks) {
        entry.sha256 = sha256Text(scene.text(entry.file))
        entry.facts = {
          ...entry.facts,
          build: { ...entry.facts.build, sha256: sha256Text(scene.text(entry.build_file)) },
        }
      }
      writeFileSync(recordPath, JSON.stringify(record))
    },
  }
  scene.setup({ install_requires: parts.requires ?? [] })
  scene.manifestOf(parts.project, parts.settings)
  return scene
}

/** `name==version` of each entry of a lock. */
export function pinsOf(text: string): string[] {
  return [...text.matchAll(/^\S+==\S+/gm)].map(([pin]) => pin)
}
