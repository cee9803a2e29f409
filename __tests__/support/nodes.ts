import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'
import { TEST_CACHE } from './paths.js'
import { need } from './requirements.js'

/** The oldest that giftwrap runs on, and what `runs.using: node24` stands for; each is a package of Node's own binary. */
const VERSIONS = { 'Node 20': '20.18.1', 'Node 24': '24.20.0' } as const

const run = promisify(execFile)
const provided = new Map<NodeName, Promise<string | Error>>()

/** The Nodes that the action is tested with, by major version. */
export const NODES = ['Node 20', 'Node 24'] as const
export type NodeName = (typeof NODES)[number]

/** The path of a Node: the one that runs the tests where it is of that version; the test skips where none can be had. */
export async function needNode(context: TestContext, name: NodeName): Promise<string> {
  if (isOfMajor(process.version, name)) return process.execPath
  const providing =
    provided.get(name) ??
    provideNode(name).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  provided.set(name, providing)
  const path = await providing
  if (path instanceof Error) need(context, false, `Node ${VERSIONS[name]}: ${path.message.split('\n')[0]}`)
  return String(path)
}

/** Whether a version, e.g. `v20.18.1`, is of a Node's major version. */
export function isOfMajor(version: string, name: NodeName): boolean {
  return version.startsWith(name.replace('Node ', 'v').concat('.'))
}

/** A Node out of the tests' cache, or installed there by npm; several test processes may ask at once. */
export async function provideNode(node: NodeName, cache: string = TEST_CACHE): Promise<string> {
  if (process.platform !== 'linux') throw new Error(`there is none for ${process.platform} here`)
  const version = VERSIONS[node]
  const name = `node-linux-${process.arch}`
  const folder = join(cache, 'node', version)
  const path = join(folder, 'node_modules', name, 'bin', 'node')
  if (!existsSync(path)) await install(`${name}@${version}`, folder)
  const { stdout } = await run(path, ['--version'])
  if (stdout.trim() !== `v${version}`) throw new Error(`${path} is ${stdout.trim()}`)
  return path
}

async function install(wanted: string, folder: string): Promise<void> {
  const parent = join(folder, '..')
  await mkdir(parent, { recursive: true })
  const partial = await mkdtemp(join(parent, '.partial-'))
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', partial]
    await run('npm', ['install', ...options, wanted], { cwd: partial, timeout: 240_000 })
    await rename(partial, folder).catch(() => undefined)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}
