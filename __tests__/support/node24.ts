import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'
import { TEST_CACHE } from './paths.js'
import { need } from './requirements.js'

/** The version that `runs.using: node24` stands for in tests; the npm package is Node's own binary. */
const NODE24_VERSION = '24.20.0'

const run = promisify(execFile)
let installed: Promise<string | Error> | undefined

/** The Nodes that the action is tested with, by name: the one that runs the tests, and the one that GitHub runs it with. */
export const NODES = ['own Node', 'Node 24'] as const
export type NodeName = (typeof NODES)[number]

/** The path of a Node; where it can't be had the test skips and says why. */
export async function needNode(context: TestContext, name: NodeName): Promise<string> {
  if (name === 'own Node') return process.execPath
  installed ??= provideNode24().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  const path = await installed
  if (path instanceof Error) need(context, false, `Node ${NODE24_VERSION}: ${path.message.split('\n')[0]}`)
  return String(path)
}

/** Node 24 out of the tests' cache, or installed there by npm; several test processes may ask at once. */
export async function provideNode24(cache: string = TEST_CACHE): Promise<string> {
  if (process.platform !== 'linux') throw new Error(`there is none for ${process.platform} here`)
  const name = `node-linux-${process.arch}`
  const folder = join(cache, 'node24', NODE24_VERSION)
  const path = join(folder, 'node_modules', name, 'bin', 'node')
  if (existsSync(path)) return path
  await mkdir(join(cache, 'node24'), { recursive: true })
  const partial = await mkdtemp(join(cache, 'node24', '.partial-'))
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', partial]
    await run('npm', ['install', ...options, `${name}@${NODE24_VERSION}`], { cwd: partial, timeout: 240_000 })
    await rename(partial, folder).catch(() => undefined)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  const { stdout } = await run(path, ['--version'])
  if (stdout.trim() !== `v${NODE24_VERSION}`) throw new Error(`${path} is ${stdout.trim()}`)
  return path
}
