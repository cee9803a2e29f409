import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { fetchTools, readResultFile } from '../support/build-scene.js'
import { type LockScene, lockScene, pinsOf } from '../support/lock-scene.js'
import { type Release, setupPy } from '../support/package-index.js'

beforeAll(fetchTools)

const pure = (name: string, version = '1.0'): Release => ({ name, version })

describe('a lock for another Python or processor', () => {
  it("has the target's markers judged, not those of the machine that makes it", async () => {
    const scene = await lockScene({
      releases: ['old', 'new', 'x86', 'arm', 'linux', 'windows'].map((name) => pure(name)),
      requires: [
        "old ; python_version < '3.10'",
        "new ; python_version >= '3.10'",
        "x86 ; platform_machine == 'x86_64'",
        "arm ; platform_machine == 'aarch64'",
        "linux ; sys_platform == 'linux'",
        "windows ; sys_platform == 'win32'",
      ],
    })
    const targets = ['debian11', 'debian13'].map((id) => ({ id, arch: ['amd64', 'arm64'] }))
    scene.manifestOf({}, {}, { targets })
    const { code, stderr } = await scene.lock()
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(scene.files()).toEqual([
      'hello-1.2.3-py3.13-arm64-glibc-2.41.txt',
      'hello-1.2.3-py3.13-build.txt',
      'hello-1.2.3-py3.13.txt',
      'hello-1.2.3-py3.9-arm64-glibc-2.31.txt',
      'hello-1.2.3-py3.9-build.txt',
      'hello-1.2.3-py3.9.txt',
      'hello-1.2.3.json',
    ])
    const [arm13, , amd13, arm11, , amd11] = scene.files().map((name) => pinsOf(scene.text(name)))
    expect({ arm13, amd13, arm11, amd11 }).toEqual({
      arm13: ['arm==1.0', 'linux==1.0', 'new==1.0'],
      amd13: ['linux==1.0', 'new==1.0', 'x86==1.0'],
      arm11: ['arm==1.0', 'linux==1.0', 'old==1.0'],
      amd11: ['linux==1.0', 'old==1.0', 'x86==1.0'],
    })
    expect((await scene.lock('--check')).code).toBe(0)
  })

  it('takes versions that have files for it', async () => {
    const scene = await lockScene({ requires: ['ext'] })
    const { index, otherPython } = scene
    const tag = `cp${otherPython.replace('.', '')}`
    index.add({ ...pure('ext', '1.0'), files: [`${tag}-${tag}-manylinux_2_17_x86_64`] })
    index.add({ ...pure('ext', '2.0'), files: [`cp399-cp399-manylinux_2_17_x86_64`] })
    index.add({ ...pure('ext', '3.0'), files: [`${tag}-${tag}-manylinux_2_17_aarch64`] })
    index.add({ ...pure('ext', '4.0'), requiresPython: '>=3.99' })
    expect((await scene.lock('--python-version', otherPython)).code).toBe(0)
    expect(pinsOf(scene.locked(otherPython).lock)).toEqual(['ext==1.0'])
  })

  it('asks wheels without metadata beside them range by range', async () => {
    const release: Release = { ...pure('alpha'), requires: ['beta'], metadata: false }
    const scene = await lockScene({ releases: [release, pure('beta')], requires: ['alpha'] })
    expect((await scene.lock()).code).toBe(0)
    expect(pinsOf(scene.locked().lock)).toEqual(['alpha==1.0', 'beta==1.0'])
    expect(
      scene.index.requests.filter((path) => path.includes('alpha-1.0')).every((path) => path.endsWith('.whl')),
    ).toBe(true)
  })
})

/** Requires `old` under Pythons before 3.10 and `new` under others, as only running it tells. */
const ASKS = 'import sys\n'
const computed = { name: 'asking', version: '1.0', py_modules: [] as string[] }
const asking: Release = {
  ...pure('asking'),
  files: ['sdist'],
  tree: {
    'setup.py': setupPy(computed, ASKS).replace(
      'setup(\n',
      "setup(\n    install_requires=['old'] if sys.version_info < (3, 10) else ['new'],\n",
    ),
  },
}

/** A lock for this machine's Python as one with another Python would have made it. */
function asMadeElsewhere(scene: LockScene, pins: readonly string[]): void {
  scene.rewrite((entries, place) => {
    for (const entry of entries) {
      const lines = pins.map((pin) => {
        const [name = '', version = ''] = pin.split('==')
        return `${pin} \\\n    --hash=sha256:${scene.index.sums(name, version)[0]}\n`
      })
      writeFileSync(place(entry.file), lines.join(''))
      const packages = Object.fromEntries(pins.map((pin) => [pin.split('==')[0], { rung: 6, constraints: [] }]))
      entry.facts = {
        ...entry.facts,
        tested: { ...entry.facts.tested, packages },
        built_elsewhere: { python: scene.otherPython, names: ['asking'] },
      }
    }
  })
}

describe('metadata that another Python has made', () => {
  it('of source archives is marked in the lock', async () => {
    const scene = await lockScene({ releases: [asking, pure('old'), pure('new')], requires: ['asking'] })
    await scene.lock()
    expect(scene.locked().entry.facts.built_elsewhere).toBeUndefined()
    expect(scene.locked().entry.facts.build.sdists).toEqual(['asking'])
    expect((await scene.lock('--python-version', scene.otherPython)).code).toBe(0)
    expect(scene.locked(scene.otherPython).entry.facts.built_elsewhere).toEqual({
      python: scene.python,
      names: ['asking'],
    })
  })

  it('of the project is marked too, where it may depend on the Python', async () => {
    const scene = await lockScene({ releases: [pure('new')] })
    await scene.lock('--python-version', scene.otherPython)
    expect(scene.locked(scene.otherPython).entry.facts.built_elsewhere).toBeUndefined()
    scene.setup({}, 'import sys\nassert sys.version_info > (3, 0)\n')
    await scene.lock('--python-version', scene.otherPython)
    expect(scene.locked(scene.otherPython).entry.facts.built_elsewhere).toEqual({ python: scene.python, names: [] })
  })

  it('is made again under the right one by a build: what is needed is installed, with a warning', async () => {
    const scene = await lockScene({
      releases: [asking, pure('old'), pure('new'), pure('new', '2.0')],
      requires: ['asking'],
    })
    await scene.lock()
    asMadeElsewhere(scene, ['asking==1.0', 'old==1.0'])
    const { code, stderr } = await scene.build()
    expect(stderr).toContain(
      `the lock was made by Python ${scene.otherPython}, and under ${scene.python} new 2.0 is needed too, old is not needed`,
    )
    expect(code).toBe(0)
    expect(readResultFile(scene.output)).toMatchObject({
      lock: { distributions: 2 },
      warnings: expect.arrayContaining([expect.stringContaining('new 2.0 is needed too')]),
    })
    // The second time it is known.
    const requests = scene.index.requests.length
    expect((await scene.build(['--iteration', '2'])).stderr).toContain('new 2.0 is needed too')
    expect(scene.index.requests).toHaveLength(requests)
  })

  it('is refused with --locked where it is another', async () => {
    const scene = await lockScene({ releases: [asking, pure('old'), pure('new')], requires: ['asking'] })
    await scene.lock()
    asMadeElsewhere(scene, ['asking==1.0', 'old==1.0'])
    const { code, stderr } = await scene.build(['--locked'])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /--locked: hello: the lock was made by Python .* new 1\.0 is needed too, old is not needed\./,
    )
    expect(stderr).toContain(`Make the lock on a machine with Python ${scene.python}.`)
  })

  it('is not spoken of where it is the same, and versions stay', async () => {
    const scene = await lockScene({ releases: [asking, pure('old'), pure('new')], requires: ['asking'] })
    await scene.lock()
    const before = scene.locked().lock
    asMadeElsewhere(scene, ['asking==1.0', 'new==1.0'])
    expect(scene.locked().lock).toBe(before)
    scene.index.add(pure('new', '2.0'))
    const { code, stderr } = await scene.build(['--locked'])
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('was made by Python') })
  })

  it('is made again with overrides and what is installed afterwards', async () => {
    const releases = [asking, pure('old'), pure('new'), pure('new', '2.0'), pure('base', '1.0'), pure('base', '2.0')]
    const scene = await lockScene({
      releases: [...releases, { ...pure('plugin'), requires: ['base>=2'] }],
      requires: ['asking', 'base'],
      project: { pip_overrides: ['new==1.0'], postinstall_dependencies: ['plugin'] },
    })
    const { code, stderr } = await scene.lock()
    expect({ code, stderr }).toMatchObject({ code: 0 })
    asMadeElsewhere(scene, ['asking==1.0', 'base==2.0', 'new==1.0', 'plugin==1.0'])
    expect(await scene.build(['--locked'])).toMatchObject({ code: 0 })
  })
})
