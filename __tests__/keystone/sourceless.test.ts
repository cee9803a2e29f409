import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { walkTree } from '../../src/runtime/files.js'
import { HAS_SHARED } from '../support/paths.js'
import { lazy, sharedScratch } from '../support/scratch.js'
import { buildIn, needScene, run, SCENE, setScene } from './scene.js'

// A service without its sources has to do what it did with them: keystone makes its database, with all tables.

const MINUTES = 60_000
const ROOT = 'opt/openstack/keystone'
const SITE = `${ROOT}/lib/python3.11/site-packages`
const folder = sharedScratch()

beforeAll(() => {
  if (HAS_SHARED) setScene()
})
afterAll(() => rmSync(SCENE, { recursive: true, force: true }))

/** A package of keystone, unpacked. */
async function unpacked(name: string, words: readonly string[]): Promise<string> {
  const root = join(folder, name)
  await run(['dpkg-deb', '-x', await buildIn(join(SCENE, name), words), root])
  return root
}
const withSources = lazy(() => unpacked('with', []))
const sourceless = lazy(() => unpacked('without', ['--set', 'settings.sources=bytecode']))

/** All that `db_sync` makes, as SQL; by what is unpacked at its final path. */
async function schemaOf(root: string): Promise<string[]> {
  const database = join(root, 'keystone.db')
  const config = join(root, 'keystone.conf')
  rmSync(database, { force: true })
  writeFileSync(config, `[database]\nconnection = sqlite:///${database}\n[token]\nprovider = fernet\n`)
  const script =
    'mount --bind "$1/opt" /opt; cd /; exec /opt/openstack/keystone/bin/keystone-manage --config-file "$2" db_sync'
  await run(['unshare', '--mount', 'sh', '-euc', script, 'sh', root, config], {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
  })
  const query = `import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute('select type, name, sql from sqlite_master order by type, name'):
    print(repr(row))`
  return (await run(['/usr/bin/python3', '-c', query, database])).trim().split('\n')
}

const tables = (schema: readonly string[]) => schema.filter((line) => line.startsWith("('table'"))
const sources = (root: string) => walkTree(join(root, SITE)).flatMap(({ path }) => (path.endsWith('.py') ? [path] : []))

describe('keystone without sources', () => {
  it('makes the same database as with them', { timeout: 5 * MINUTES }, async (context) => {
    needScene(context)
    const schema = await schemaOf(await withSources())
    expect(tables(schema)).toHaveLength(49)
    expect(await schemaOf(await sourceless())).toEqual(schema)
  })

  it('has the sources only that programs load by path', { timeout: MINUTES }, async (context) => {
    needScene(context)
    expect(sources(await withSources()).length).toBeGreaterThan(3000)
    const left = sources(await sourceless())
    expect(left).toContain('keystone/common/sql/migrations/env.py')
    const others = left.filter((path) => !/\/(env\.py|versions\/.*|wsgi\/.*)$|^saml2\//.test(path))
    expect(others).toEqual([])
  })

  it('would not find its migrations without those', { timeout: MINUTES }, async (context) => {
    needScene(context)
    const root = await sourceless()
    rmSync(join(root, SITE, 'keystone/common/sql/migrations/versions'), { recursive: true })
    mkdirSync(join(root, SITE, 'keystone/common/sql/migrations/versions'))
    // It exits with 0: alembic notes its version and has nothing to do.
    expect(tables(await schemaOf(root))).toHaveLength(1)
  })
})
