import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { HAS_SHARED, REPOSITORY, SHARED, TEST_CACHE } from '../support/paths.js'
import { hasTool, need } from '../support/requirements.js'
import { startSiteProxy } from '../support/site-proxy.js'
import { run } from './scene.js'

// The locks of examples/ are what `giftwrap lock` makes of the series' upper constraints. Their server is played by a
// site's proxy, which also shows that proxies and a site's own certificate authority work.

const PYTHONS = ['3.9', '3.10', '3.11', '3.12', '3.13']
const EXAMPLES = join(REPOSITORY, 'examples')
const folder = mkdtempSync(join(tmpdir(), 'giftwrap-example-'))
const requirements = (lock: string) => new Map([...lock.matchAll(/^([a-z0-9._-]+)==(\S+)/gm)].map((m) => [m[1], m[2]]))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('are made by the tool itself of upper constraints behind a proxy', { timeout: 300_000 }, async (context) => {
  need(context, HAS_SHARED, 'the folder ../shared with constraints')
  need(context, hasTool('openssl'), 'openssl')
  const constraints = readFileSync(join(SHARED, 'fixtures', 'upper-constraints-stable_2025.1.txt'), 'utf8')
  const proxy = await startSiteProxy('releases.openstack.org', { '/constraints/upper/2025.1': constraints }, folder)
  try {
    cpSync(join(EXAMPLES, 'keystone.yml'), join(folder, 'keystone.yml'))
    const command = [process.execPath, join(REPOSITORY, 'dist', 'cli.js'), 'lock', '-m', join(folder, 'keystone.yml')]
    const env = { ...process.env, ...proxy.env, RUNNER_TOOL_CACHE: join(TEST_CACHE, 'tool-cache') }
    await run([...command, '--python-version', PYTHONS.join(',')], env)
    expect(proxy.asked).toEqual(['/constraints/upper/2025.1'])
  } finally {
    proxy.close()
  }
  const made = readdirSync(join(folder, 'locks')).sort()
  if (process.env.GIFTWRAP_UPDATE_EXAMPLES === '1')
    cpSync(join(folder, 'locks'), join(EXAMPLES, 'locks'), { recursive: true })
  expect(readdirSync(join(EXAMPLES, 'locks')).sort()).toEqual(made)
  const pinned = new Set(
    [...constraints.matchAll(/^([A-Za-z0-9._-]+)===/gm)].map((m) => m[1]?.toLowerCase().replaceAll(/[-_.]+/g, '-')),
  )
  for (const name of made.filter((file) => file.endsWith('.txt') && !file.endsWith('-build.txt'))) {
    const fresh = requirements(readFileSync(join(folder, 'locks', name), 'utf8'))
    const committed = requirements(readFileSync(join(EXAMPLES, 'locks', name), 'utf8'))
    // What the constraints don't name (setuptools) is newer in a lock made later.
    const constrained = (lock: typeof fresh) => [...lock].filter(([distribution]) => pinned.has(distribution))
    expect(constrained(fresh)).toEqual(constrained(committed))
    expect([...fresh.keys()]).toEqual([...committed.keys()])
    expect(constrained(fresh).length).toBeGreaterThan(90)
  }
})

it('let the README’s command build with a package index and nothing else', { timeout: 120_000 }, async (context) => {
  need(context, process.platform === 'linux', 'Linux')
  const output = join(folder, 'out')
  const command = [process.execPath, join(REPOSITORY, 'dist', 'cli.js'), 'build', '-m', join(EXAMPLES, 'keystone.yml')]
  const env = { ...process.env, RUNNER_TOOL_CACHE: join(TEST_CACHE, 'tool-cache') }
  await run([...command, '--locked', '-o', output, '--packager', 'nfpm'], env)
  const [leg = ''] = readdirSync(output)
  const result = JSON.parse(readFileSync(join(output, leg, 'result.json'), 'utf8')) as { lock: unknown }
  expect(result.lock).toMatchObject({ origin: 'committed' })
})
