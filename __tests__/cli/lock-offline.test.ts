import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { fetchTools, makeScene, readResultFile } from '../support/build-scene.js'
import { lockScene } from '../support/lock-scene.js'
import { packageIndex } from '../support/package-index.js'
import { writeProject } from '../support/python-project.js'
import { scratch } from '../support/scratch.js'
import { tested } from '../support/tested-world.js'

beforeAll(fetchTools)

const releases = [{ name: 'alpha', version: '1.0' }]

describe('--offline', () => {
  it('builds from what a run before has left in the caches, and asks nobody', async () => {
    const scene = await lockScene({ releases, requires: ['alpha'] })
    expect((await scene.build()).code).toBe(0)
    const requests = scene.index.requests.length
    const { code, stderr } = await scene.build(['--offline', '--iteration', '2'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(readResultFile(scene.output)).toMatchObject({ lock: { origin: 'cache' } })
    expect(scene.index.requests).toHaveLength(requests)
  })

  it('builds from a committed lock and the cache of uv, and makes another lock of them', async () => {
    const scene = await lockScene({ releases, requires: ['alpha'] })
    expect((await scene.lock()).code).toBe(0)
    expect((await scene.build(['--locked'])).code).toBe(0)
    const requests = scene.index.requests.length
    expect((await scene.lock('--check', '--offline')).code).toBe(0)
    expect((await scene.build(['--locked', '--offline', '--no-reuse', '--force-overwrite'])).code).toBe(0)
    expect((await scene.lock('--offline')).code).toBe(0)
    expect(scene.index.requests).toHaveLength(requests)
  })

  it('fails where something is in no cache, and says what and why', async () => {
    const scene = await lockScene({ releases, requires: ['alpha'] })
    const { code, stderr } = await scene.build(['--offline'])
    expect(code).toBe(4)
    expect(stderr).toMatch(/network (was|is) (disabled|not to be used)|offline/i)
    expect(stderr).toContain('setuptools')
    expect(scene.index.requests).toEqual([])
    expect(existsSync(join(scene.folder, 'locks'))).toBe(false)
  })

  it('fails for constraints and git repositories on servers, at their place', async () => {
    const scene = await lockScene({ releases, requires: ['alpha'] })
    scene.manifestOf({}, { constraints: [`${scene.index.url}upper.txt`] })
    const constraints = await scene.build(['--offline'])
    expect(constraints.code).toBe(2)
    expect(constraints.stderr).toMatch(/upper\.txt can't be fetched: the network is not to be used \(--offline\)/)
    scene.manifestOf({ path: undefined, giturl: `${scene.index.url}hello.git` })
    const git = await scene.build(['--offline'])
    expect(git.stderr).toMatch(/hello\.git/)
    expect(git.code).toBe(2)
    scene.manifestOf({ pip_overrides: [`alpha @ git+${scene.index.url}alpha.git@${'a'.repeat(40)}`] })
    const override = await scene.build(['--offline'])
    expect({ code: override.code, stderr: override.stderr }).toMatchObject({ code: 2 })
    expect(override.stderr).toMatch(/alpha\.git/)
    expect(scene.index.requests).toEqual([])
  })
})

describe('lookups', () => {
  /** A project in git of whose change a Gerrit knows, and an index that has what was tested. */
  async function world() {
    const folder = scratch()
    const uvCache = join(folder, 'uv-cache')
    const index = await packageIndex(
      ...['1.14.0', '1.15.0', '1.17.0'].map((version) => ({ name: 'six', version })),
      ...[{ name: 'setuptools', version: '69.0.0' }],
    )
    writeProject(join(folder, 'hello'), {
      dependencies: ['six'],
      files: { 'backend/inside.py': BACKEND, 'pyproject.toml': PYPROJECT },
    })
    const { settings, requests } = await tested(folder)
    const scene = makeScene(
      folder,
      {
        settings: { ...settings, gerrit_dependencies: true },
        projects: [{ name: 'hello', giturl: 'hello' }],
      },
      { dependencies: ['six'], files: { 'backend/inside.py': BACKEND, 'pyproject.toml': PYPROJECT } },
    )
    const options = { env: { ...index.env, UV_CACHE_DIR: uvCache } }
    const build = (...words: readonly string[]) => scene.build(words, options)
    return { build, requests, output: scene.output }
  }

  it('are cached: --offline takes them from there, --no-cache asks again', async () => {
    const { build, requests } = await world()
    expect((await build('--require-rung', '1')).code).toBe(0)
    const asked = requests.length
    expect(asked).toBeGreaterThan(0)
    expect((await build('--offline', '--require-rung', '1', '--iteration', '2')).code).toBe(0)
    expect(requests).toHaveLength(asked)
    expect((await build('--no-cache', '--require-rung', '1', '--iteration', '3')).code).toBe(0)
    expect(requests.length).toBe(2 * asked)
  })

  it('that no cache has are a warning with --offline, and an error where a rung is required', async () => {
    const { build, requests } = await world()
    expect((await build('--set', 'gerrit_dependencies=false')).code).toBe(0)
    const { code, stderr } = await build('--offline', '--iteration', '2')
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toContain('tested versions (rung 1) could not be asked for: ')
    expect(stderr).toContain('the network is not to be used (--offline)')
    const required = await build('--offline', '--require-rung', '1', '--iteration', '3')
    expect(required.code).toBe(2)
    expect(required.stderr).toContain('--require-rung 1, and these are from lower ones: six')
    expect(requests).toEqual([])
  })
})

/** A backend of the project's own: what is built here asks no index. */
const PYPROJECT = `[build-system]
requires = []
build-backend = "inside"
backend-path = ["backend"]
`
const BACKEND = `import os, zipfile

META = 'Metadata-Version: 2.1\\nName: hello\\nVersion: 1.2.3\\nRequires-Dist: six\\n'
WHEEL = 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = 'hello-1.2.3-py3-none-any.whl'
    info = 'hello-1.2.3.dist-info/'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as archive:
        archive.writestr(info + 'METADATA', META)
        archive.writestr(info + 'WHEEL', WHEEL)
        archive.writestr(info + 'RECORD', info + 'METADATA,,\\n' + info + 'WHEEL,,\\n' + info + 'RECORD,,\\n')
    return name
`
