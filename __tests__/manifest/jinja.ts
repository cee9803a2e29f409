import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const CACHE = join(HERE, '../../node_modules/.cache/giftwrap-tests')
const REQUIREMENTS = join(HERE, 'jinja-requirements.txt')

/** A folder with the pinned Jinja2 in it, installed once; the reason when it cannot be had. */
export async function provideJinja(): Promise<{ readonly folder: string } | { readonly lacks: string }> {
  try {
    const python = run(['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).trim()
    const pins = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
    const folder = join(CACHE, `jinja-${pins}-python${python}`)
    if (existsSync(join(folder, 'jinja2'))) return { folder }
    await mkdir(CACHE, { recursive: true })
    const fresh = await mkdtemp(join(CACHE, 'jinja-'))
    run(['-m', 'pip', 'install', '-q', '--no-deps', '--require-hashes', '--target', fresh, '-r', REQUIREMENTS])
    // Another run may have been quicker; either is as good.
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }))
    return { folder }
  } catch (error) {
    return { lacks: `Python with Jinja2 (${error instanceof Error ? error.message.split('\n')[0] : error})` }
  }
}

/** What Jinja2 makes of each template; null where it raises. */
export function renderByJinja(folder: string, templates: readonly string[]): (string | null)[] {
  return JSON.parse(run([join(HERE, 'jinja.py')], { PYTHONPATH: folder }, JSON.stringify(templates)))
}

function run(words: readonly string[], variables: Record<string, string> = {}, input = ''): string {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', ...variables }
  return execFileSync('python3', words, { env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
}
