import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'
import { HAS_SHARED, REPOSITORY, SHARED, TEST_CACHE } from '../support/paths.js'
import { hasTool, need } from '../support/requirements.js'

/** The parts of `result.json` that these tests look at. */
export interface BuiltResult {
  readonly leg: string
  readonly status: string
  readonly packager: { readonly name: string; readonly why: string }
  readonly packages: readonly { readonly file: string; readonly sha256: string }[]
  readonly timings: Readonly<Record<string, number>>
  readonly cache: Readonly<Record<string, string>>
}

/** The ways of building: where, and by which packager. */
export const PLACES = ['root', 'user', 'container'] as const
export const PACKAGERS = ['fpm', 'nfpm'] as const
export type Place = (typeof PLACES)[number]
export type Packager = (typeof PACKAGERS)[number]

/** One for each file of tests: they run side by side. */
export const SCENE = join(tmpdir(), `giftwrap-keystone-${randomBytes(4).toString('hex')}`)
export const CONSTRAINTS = join(SCENE, 'upper-constraints.txt')
/** uv as the tool cache of these tests holds it. */
export const UV = () => {
  const versions = join(TEST_CACHE, 'tool-cache', 'giftwrap-uv')
  return join(versions, readdirSync(versions)[0] ?? '', process.arch, 'uv')
}
const ORDINARY_USER = '12345'
const IMAGE = 'debian:bookworm'

const execute = promisify(execFile)

/** Runs a command and gives its standard output; the error of a failed one shows both streams. */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const [file = '', ...args] = argv
  try {
    return (await execute(file, args, { env, maxBuffer: 1 << 28 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${argv.join(' ')}\n${stdout}\n${stderr}`, { cause: error })
  }
}

export function needScene(context: TestContext): void {
  need(context, HAS_SHARED, 'the folder ../shared with constraints and gems')
  need(context, process.getuid?.() === 0, 'root')
  for (const tool of ['docker', 'gem', 'ar', 'zstd', 'dpkg-deb', 'setpriv']) need(context, hasTool(tool), tool)
}

/** A folder that an ordinary user and a container can read: the bundle, gems, constraints and the example. */
export function setScene(): void {
  rmSync(SCENE, { recursive: true, force: true })
  mkdirSync(join(SCENE, 'home'), { recursive: true })
  chmodSync(SCENE, 0o755)
  cpSync(join(REPOSITORY, 'dist'), join(SCENE, 'dist'), { recursive: true })
  cpSync(join(SHARED, 'gems'), join(SCENE, 'gems'), { recursive: true })
  cpSync(join(SHARED, 'fixtures', 'upper-constraints-stable_2025.1.txt'), CONSTRAINTS)
  const example = readFileSync(join(REPOSITORY, 'examples', 'keystone.yml'), 'utf8')
  writeFileSync(join(SCENE, 'keystone.yml'), example.replace(/- https:.*/, '- upper-constraints.txt'))
}

/** Builds keystone by nfpm as root into a folder; gives the package. */
export async function buildIn(output: string, words: readonly string[]): Promise<string> {
  const all = ['build', '-m', join(SCENE, 'keystone.yml'), '--packager', 'nfpm', '-o', output, ...words]
  const env = { ...process.env, PATH: HOST_PATH, RUNNER_TOOL_CACHE: join(TEST_CACHE, 'tool-cache') }
  return (await run([process.execPath, CLI, ...all], env)).trim()
}

const outputOf = (place: Place, packager: Packager) => join(SCENE, place, packager)

function buildWords(place: Place, packager: Packager): string[] {
  return ['build', '-m', join(SCENE, 'keystone.yml'), '--packager', packager, '-o', outputOf(place, packager), '-d']
}

const GEMS = join(SCENE, 'gems')
const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const CLI = join(SCENE, 'dist', 'cli.js')

/** Builds keystone in a place and gives what the command line printed. */
export function buildKeystone(place: Place, packager: Packager, extra: readonly string[] = []): Promise<string> {
  const words = [...buildWords(place, packager), ...extra]
  const host = { ...process.env, PATH: HOST_PATH, GIFTWRAP_FPM_GEMS: GEMS }
  switch (place) {
    case 'root': {
      const env = { ...host, RUNNER_TOOL_CACHE: join(TEST_CACHE, 'tool-cache') }
      return run([process.execPath, CLI, ...words], env)
    }
    case 'user': {
      const env = { ...host, HOME: join(SCENE, 'home') }
      const user = ['setpriv', `--reuid=${ORDINARY_USER}`, `--regid=${ORDINARY_USER}`, '--clear-groups']
      return run([...user, process.execPath, CLI, ...words], env)
    }
    case 'container':
      return run(['docker', 'exec', '--workdir', SCENE, CONTAINER, 'node', CLI, ...words, '--disposable'])
  }
}

/** Gives an output folder to the user that builds in it. */
export async function prepareOutput(place: Place): Promise<void> {
  const folder = join(SCENE, place)
  mkdirSync(folder, { recursive: true })
  if (place === 'user') await run(['chown', '-R', `${ORDINARY_USER}:${ORDINARY_USER}`, folder, join(SCENE, 'home')])
}

const CONTAINER = `giftwrap-keystone-${process.pid}`

/** A bare Debian 12 with nothing but Node mounted, as the runner has it, kept for several commands. */
export async function startContainer(): Promise<void> {
  const mounts = ['-v', `${process.execPath}:/usr/local/bin/node:ro`, '-v', `${SCENE}:${SCENE}`]
  const options = ['--rm', '-d', '--init', '--network', 'host', '--name', CONTAINER, '-e', `GIFTWRAP_FPM_GEMS=${GEMS}`]
  await run(['docker', 'run', ...options, ...mounts, IMAGE, 'sleep', '3600'])
}

export async function stopContainer(): Promise<void> {
  await run(['docker', 'rm', '-f', CONTAINER]).catch(() => undefined)
}

export function legFolder(place: Place, packager: Packager): string {
  const output = outputOf(place, packager)
  const [leg = ''] = readdirSync(output)
  return join(output, leg)
}

export function resultOf(place: Place, packager: Packager): BuiltResult {
  return JSON.parse(readFileSync(join(legFolder(place, packager), 'result.json'), 'utf8')) as BuiltResult
}

export function packageOf(place: Place, packager: Packager): string {
  return join(legFolder(place, packager), resultOf(place, packager).packages[0]?.file ?? 'no package')
}

/** Installs a package in a clean container and has keystone issue a token; gives what the proof printed. */
export function proveKeystone(debFolder: string): Promise<string> {
  const proof = join(REPOSITORY, '__tests__', 'keystone', 'prove-keystone.sh')
  const mounts = [`${UV()}:/usr/local/bin/uv:ro`, `${debFolder}:/package:ro`, `${proof}:/prove.sh:ro`]
  return run([
    'docker',
    'run',
    '--rm',
    '--init',
    ...mounts.flatMap((mount) => ['-v', mount]),
    '--network',
    'host',
    IMAGE,
    '/prove.sh',
  ])
}
