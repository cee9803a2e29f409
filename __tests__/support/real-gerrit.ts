import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'
import { sha256Text } from '../../src/runtime/files.js'
import { SHARED, TEST_CACHE } from './paths.js'
import { hasTool, need } from './requirements.js'

const run = promisify(execFile)
const SCRIPTS = join(SHARED, 'gerrit')
/** Maven's jars and the class path made of them are kept from one run to the next. */
const CACHE = join(TEST_CACHE, 'gerrit')

/** A change as `../shared/gerrit/seed` tells it. */
export interface SeededChange {
  readonly number: number
  readonly change_id: string
  readonly branch: string
  readonly status: 'NEW' | 'MERGED' | 'ABANDONED'
  /** Of the patch sets 1, 2, … */
  readonly commits: readonly string[]
}

export interface Seeded {
  readonly project: string
  readonly merge_commit: string
  readonly first_commit: string
  readonly merged: SeededChange
  readonly failed: SeededChange
  readonly abandoned: SeededChange
  readonly backport: SeededChange
}

/** A Gerrit on loopback, with a project and four changes. */
export interface RealGerrit {
  readonly url: string
  readonly seeded: Seeded
  /** Asks as the administrator. */
  rest(method: string, path: string, body?: object): Promise<unknown>
  stop(): Promise<void>
}

/** Skips the test where a Gerrit can't be started. */
export function needGerrit(context: TestContext): void {
  need(context, existsSync(join(SCRIPTS, 'start')), 'the folder ../shared with a Gerrit')
  for (const tool of ['mvn', 'java', 'git']) need(context, hasTool(tool), tool)
}

/** Starts a Gerrit of its own in a folder below the tests' cache, and fills it. It goes when it is stopped. */
export async function startGerrit(): Promise<RealGerrit> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'site-'))
  const pidOf = () => Number(readFileSync(join(folder, 'pid'), 'utf8'))
  const end = () => stopGerrit(folder, pidOf)
  try {
    const port = await freePort()
    const classPath = join(
      CACHE,
      `classpath-${sha256Text(readFileSync(join(SCRIPTS, 'pom.xml'), 'utf8')).slice(0, 16)}`,
    )
    if (isComplete(classPath)) copyFileSync(classPath, join(folder, 'classpath'))
    const maven = `${process.env.MAVEN_OPTS ?? ''} -Dmaven.repo.local=${join(CACHE, 'm2')}`.trim()
    await run(join(SCRIPTS, 'start'), [folder, String(port)], { env: { ...process.env, MAVEN_OPTS: maven } })
    process.once('exit', () => killNow(folder, pidOf))
    copyFileSync(join(folder, 'classpath'), classPath)
    const { stdout } = await run(join(SCRIPTS, 'seed'), [String(port)])
    const url = `http://127.0.0.1:${port}`
    return { url, seeded: JSON.parse(stdout) as Seeded, rest: askAsAdministrator(url), stop: end }
  } catch (error) {
    await end()
    throw error
  }
}

/** False where one of the jars is gone. */
function isComplete(classPath: string): boolean {
  if (!existsSync(classPath)) return false
  return readFileSync(classPath, 'utf8')
    .split(':')
    .every((jar) => existsSync(jar.trim()))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

function askAsAdministrator(url: string): RealGerrit['rest'] {
  const authorization = `Basic ${Buffer.from('admin:secret').toString('base64')}`
  return async (method, path, body) => {
    const response = await fetch(`${url}/a${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text.replace(/^\)\]\}'\n/, ''))
  }
}

async function stopGerrit(folder: string, pidOf: () => number): Promise<void> {
  if (existsSync(join(folder, 'pid'))) {
    const pid = pidOf()
    for (let tries = 0; tries < 100 && signal(pid, tries === 0 ? 'SIGTERM' : 0); tries++) await wait(100)
    signal(pid, 'SIGKILL')
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** For a test run that ends without stopping it. */
function killNow(folder: string, pidOf: () => number): void {
  if (!existsSync(join(folder, 'pid'))) return
  signal(pidOf(), 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** False where the process is gone. */
function signal(pid: number, name: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
