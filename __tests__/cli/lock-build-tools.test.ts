import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { BASE_PATH, debsOf, fetchTools, readResultFile } from '../support/build-scene.js'
import { packageText } from '../support/deb.js'
import { type LockScene, lockScene, pinsOf } from '../support/lock-scene.js'
import { buildTool, type Release, setupPy } from '../support/package-index.js'
import { writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

/** The line of a wheel that says what has built it. */
function builtBy(scene: LockScene, name: string): string | undefined {
  const path = `${BASE_PATH}/hello/lib/python${scene.python}/site-packages/${name}.dist-info/WHEEL`
  return /setuptools \((.+)\)/.exec(packageText(debsOf(scene.output)[0] ?? '', path))?.[1]
}

const pyproject = (...requires: readonly string[]) =>
  `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "setuptools.build_meta"\n`

const sdist = (name: string, ...requires: readonly string[]): Release => ({
  ...{ name, version: '1.0', files: ['sdist'] },
  tree: {
    'setup.py': setupPy({ name, version: '1.0', py_modules: [] }),
    'pyproject.toml': pyproject(...requires),
  },
})

describe('build requirements', () => {
  it("are locked with hashes as of the commit's date, and build the project and source archives", async () => {
    const scene = await lockScene({ releases: [sdist('alpha', 'setuptools>=60')], requires: ['alpha'] })
    expect((await scene.lock()).code).toBe(0)
    const { build, entry } = scene.locked()
    expect(pinsOf(build)).toEqual(['setuptools==69.0.0', 'wheel==0.40.0'])
    expect(build).toContain(`--hash=sha256:${scene.index.sums('setuptools', '69.0.0')[0]}`)
    expect(entry.facts.build).toMatchObject({ as_of: '2023-11-14T22:14:20.000Z', sdists: ['alpha'], unlocked: [] })
    scene.index.add(buildTool('69.5.0', { uploaded: '2022-01-01T00:00:00Z' }))
    expect((await scene.build(['--locked'])).code).toBe(0)
    expect(builtBy(scene, 'hello-1.2.3')).toBe('69.0.0')
    expect(builtBy(scene, 'alpha-1.0')).toBe('69.0.0')
    expect(packageText(debsOf(scene.output)[0] ?? '', `${BASE_PATH}/hello/share/giftwrap/build-lock.txt`)).toBe(build)
  })

  it('are what constraints name, where the project can be built with that', async () => {
    const scene = await lockScene({ settings: { constraints: ['upper.txt'] } })
    writeFiles(scene.folder, { 'upper.txt': 'setuptools==65.0.0\n' })
    expect((await scene.lock()).code).toBe(0)
    expect(pinsOf(scene.locked().build)).toContain('setuptools==65.0.0')
  })

  it('are not what constraints name, where the project can not be built with that', async () => {
    const scene = await lockScene({ settings: { constraints: ['upper.txt'] } })
    scene.setup({}, 'import setuptools\nassert setuptools.__version__ != "65.0.0"\n')
    writeFiles(scene.folder, { 'upper.txt': 'setuptools==65.0.0\n' })
    const { code, stderr } = await scene.lock()
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(pinsOf(scene.locked().build)).toContain('setuptools==69.0.0')
  })

  it('are newer than the commit where nothing as old fits', async () => {
    const scene = await lockScene()
    scene.setup({ setup_requires: ['setuptools>=70'] })
    expect((await scene.lock()).code).toBe(0)
    expect(pinsOf(scene.locked().build)).toContain('setuptools==80.0.0')
    expect(scene.locked().entry.facts.build.as_of).toBeUndefined()
  })

  it.each([
    ['the project', [], 'hello'],
    ['a source archive', [sdist('alpha', 'setuptools')], 'alpha'],
  ] as const)('of %s are refused where a file is another than was locked', async (_what, releases, _name) => {
    const scene = await lockScene({ releases, requires: releases.map(({ name }) => name) })
    expect((await scene.lock()).code).toBe(0)
    scene.rewrite((entries, place) => {
      for (const { build_file } of entries) {
        const [sum = ''] = scene.index.sums('setuptools', '69.0.0')
        writeFiles('/', { [place(build_file)]: scene.text(build_file).replace(sum, '0'.repeat(64)) })
      }
    })
    const env = { UV_CACHE_DIR: join(scene.folder, 'other') }
    const { code, stderr } = await scene.build(['--locked'], { env })
    expect(code).toBe(4)
    expect(stderr).toMatch(/[Hh]ash mismatch for `?setuptools==69\.0\.0/)
  })

  it('of a source archive that contradict the rest are left to it, with a warning', async () => {
    const releases = [sdist('alpha', 'setuptools==80.0.0'), sdist('beta', 'setuptools<70')]
    const scene = await lockScene({ releases, requires: ['alpha', 'beta'] })
    scene.setup({ install_requires: ['alpha', 'beta'], setup_requires: ['setuptools<70'] })
    const { code, stderr } = await scene.lock()
    expect(stderr).toContain(
      'what builds these source archives contradicts the rest or could not be read, and is not locked: alpha\n',
    )
    expect(code).toBe(0)
    expect(scene.locked().entry.facts.build).toMatchObject({ sdists: ['alpha', 'beta'], unlocked: ['alpha'] })
    expect(pinsOf(scene.locked().build)).toContain('setuptools==69.0.0')
    expect((await scene.build(['--locked'])).code).toBe(0)
    expect([builtBy(scene, 'alpha-1.0'), builtBy(scene, 'beta-1.0')]).toEqual(['80.0.0', '69.0.0'])
  })

  it('are those of source archives alone that have no wheel for the Python and platform', async () => {
    const other: Release = { ...sdist('alpha', 'setuptools'), files: ['cp27-cp27m-manylinux_2_17_x86_64', 'sdist'] }
    const both: Release = { ...sdist('beta', 'setuptools==80.0.0'), files: ['py3-none-any', 'sdist'] }
    const scene = await lockScene({ releases: [other, both], requires: ['alpha', 'beta'] })
    expect((await scene.lock()).code).toBe(0)
    expect(scene.locked().entry.facts.build).toMatchObject({ sdists: ['alpha'], unlocked: [] })
    expect(pinsOf(scene.locked().build)).toContain('setuptools==69.0.0')
    for (const sum of scene.index.sums('alpha', '1.0')) expect(scene.locked().lock).toContain(sum)
    expect((await scene.build(['--locked'])).code).toBe(0)
    expect(builtBy(scene, 'alpha-1.0')).toBe('69.0.0')
  })

  it('that no file says are taken as they come, with a warning', async () => {
    const scene = await lockScene({ releases: [{ name: 'helper', version: '1.0' }] })
    scene.repository.commit({ needs: 'helper\n' })
    scene.setup({}, 'NEEDS = open("needs").read().split()\n')
    const { repository, folder } = scene
    const text = setupPy(
      { name: 'hello', version: '1.2.3', py_modules: ['hello_module'] },
      'NEEDS = open("needs").read().split()\n',
    )
    repository.commit({ 'setup.py': text.replace('setup(\n', 'setup(\n    setup_requires=NEEDS,\n') })
    expect((await scene.lock()).code).toBe(0)
    expect(pinsOf(scene.locked().build)).not.toContain('helper==1.0')
    const { code, stderr } = await scene.build(['--locked'])
    expect({ code, stderr, folder }).toMatchObject({ code: 0 })
    const words = 'building hello asks for helper, which its files do not say: it is not locked'
    expect(readResultFile(scene.output).warnings).toContainEqual(expect.stringContaining(words))
  })
})
