import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TEST_CACHE } from '../../support/paths.js'

const HERE = dirname(fileURLToPath(import.meta.url))
const REQUIREMENTS = join(HERE, 'requirements.txt')

/** A folder with the pinned bindep in it, installed once; the reason when it cannot be had. */
export async function provideBindep(): Promise<{ readonly folder: string } | { readonly lacks: string }> {
  try {
    const pins = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
    const folder = join(TEST_CACHE, `bindep-${pins}`)
    if (existsSync(join(folder, 'bindep'))) return { folder }
    await mkdir(TEST_CACHE, { recursive: true })
    const fresh = await mkdtemp(join(TEST_CACHE, 'bindep-'))
    run(['-m', 'pip', 'install', '-q', '--no-deps', '--require-hashes', '--target', fresh, '-r', REQUIREMENTS])
    // Another run may have been quicker; either is as good.
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }))
    return { folder }
  } catch (error) {
    return { lacks: `Python with bindep (${error instanceof Error ? error.message.split('\n')[0] : error})` }
  }
}

export interface Asked {
  /** Texts, each with the profiles and platform atoms that are active. */
  readonly files: readonly (readonly [text: string, profiles: readonly string[]])[]
  readonly versions: readonly (readonly [version: string, operator: string, other: string])[]
}

/** What bindep itself answers: names of packages, null for a file that it refuses; whether versions satisfy. */
export function askBindep(folder: string, asked: Asked): { files: (string[] | null)[]; versions: boolean[] } {
  return JSON.parse(run([join(HERE, 'reference.py')], { PYTHONPATH: folder }, JSON.stringify(asked)))
}

function run(words: readonly string[], variables: Record<string, string> = {}, input = ''): string {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', ...variables }
  return execFileSync('python3', words, {
    env,
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 50_000,
  })
}
