import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { BASE_PATH, debsOf, fetchTools, readResultFile } from '../support/build-scene.js'
import { packageFiles, packageText } from '../support/deb.js'
import { gitRepository } from '../support/git-repository.js'
import { lockScene, pinsOf } from '../support/lock-scene.js'
import { type Release, setupPy } from '../support/package-index.js'
import { writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

const alpha: Release = { name: 'alpha', version: '1.0', requires: ['beta<2'] }
const betas: Release[] = ['1.0', '1.5', '2.0'].map((version) => ({ name: 'beta', version }))
const UPPER = { constraints: ['upper.txt'] }

describe('pip_overrides with a version', () => {
  it('win over constraints and over what others require, and are said to be not tested', async () => {
    const scene = await lockScene({ releases: [alpha, ...betas], requires: ['alpha'], settings: UPPER })
    writeFiles(scene.folder, { 'upper.txt': 'alpha==1.0\nbeta==1.0\n' })
    scene.manifestOf({ pip_overrides: [{ requirement: 'Beta==2.0', reason: 'a hole' }] }, UPPER)
    const { code, stderr } = await scene.lock()
    expect(stderr).toContain(
      'warning: hello: not tested, but wanted by the manifest: Beta==2.0 instead of beta==1.0 (a hole)\n',
    )
    expect(code).toBe(0)
    const { lock, entry } = scene.locked()
    expect(pinsOf(lock)).toEqual(['alpha==1.0', 'beta==2.0'])
    expect(entry.facts.overrides).toEqual([
      { name: 'beta', requirement: 'Beta==2.0', reason: 'a hole', instead_of: ['beta==1.0'] },
    ])
    expect(entry.facts.tested.packages).toEqual({
      alpha: { rung: 5, constraints: ['alpha==1.0'] },
      beta: { rung: 5, constraints: ['Beta==2.0'] },
    })
    // `uv pip check` knows that alpha doesn't want it: an override is an override.
    const built = await scene.build(['--locked'])
    expect(built).toMatchObject({ code: 0, stderr: expect.stringMatching(/pip_overrides go against .*alpha.*beta/) })
  })

  it('keep the extras with which others require it', async () => {
    const releases: Release[] = [
      { name: 'beta', version: '1.0', requires: ['gamma ; extra == "more"'] },
      { name: 'beta', version: '1.5', requires: ['gamma ; extra == "more"'] },
      { name: 'gamma', version: '1.0' },
    ]
    const scene = await lockScene({ releases, requires: ['beta[more]'] })
    scene.manifestOf({ pip_overrides: ['beta==1.0'] })
    expect((await scene.lock()).code).toBe(0)
    expect(pinsOf(scene.locked().lock)).toEqual(['beta==1.0', 'gamma==1.0'])
  })
})

describe('pip_overrides with a commit', () => {
  /** A library in git, two commits behind a tag, which a project requires. */
  async function gitScene(keywords: Readonly<Record<string, unknown>> = {}) {
    const scene = await lockScene({
      releases: [alpha, ...betas, { name: 'gamma', version: '1.0' }],
      requires: ['alpha'],
    })
    const library = gitRepository(join(scene.folder, 'library'))
    const words = { name: 'beta', install_requires: ['gamma'], py_modules: ['beta_module'], ...keywords }
    library.commit({ 'setup.py': setupPy(words), 'beta_module.py': 'WHO = "the commit"\n' })
    library.git('tag', '--annotate', '--message', 'x', '1.4.0')
    const commits = [library.commit({ more: '' }), library.commit({ more: 'yes' })]
    const requirement = `beta @ git+file://${library.folder}@${commits[1]}`
    scene.manifestOf({ pip_overrides: [requirement] })
    return { scene, commit: commits[1], requirement, url: `file://${library.folder}` }
  }

  it('is built with the version of its tags, installed with what it needs, and recorded beside the lock', async () => {
    const { scene, commit, requirement, url } = await gitScene()
    const { code, stderr } = await scene.lock()
    expect(stderr).toContain(`warning: hello: not tested, but wanted by the manifest: ${requirement}\n`)
    expect(code).toBe(0)
    const { lock, entry } = scene.locked()
    expect(pinsOf(lock)).toEqual(['alpha==1.0', 'gamma==1.0'])
    expect(entry.facts.overrides).toEqual([
      { name: 'beta', requirement, instead_of: [], git: { url, commit, tags: [] } },
    ])
    expect(entry.facts.required_by).toMatchObject({ gamma: ['beta'] })

    const built = await scene.build(['--locked', '-d'])
    expect(built.code).toBe(0)
    expect(built.stderr).toMatch(/uv pip check/)
    const [deb = ''] = debsOf(scene.output)
    const site = `${BASE_PATH}/hello/lib/python${scene.python}/site-packages`
    expect(packageText(deb, `${site}/beta_module.py`)).toContain('the commit')
    expect(packageText(deb, `${site}/beta-1.4.1.dev2.dist-info/METADATA`)).toContain('Version: 1.4.1.dev2\n')
    expect(packageText(deb, `${BASE_PATH}/hello/share/giftwrap/provenance.json`)).toContain(commit)
    expect(readResultFile(scene.output)).toMatchObject({
      lock: { distributions: 2 },
      warnings: expect.arrayContaining([expect.stringContaining(requirement)]),
    })
  })

  it('has a stale lock when it is another commit', async () => {
    const { scene, requirement } = await gitScene()
    await scene.lock()
    scene.manifestOf({ pip_overrides: [requirement.replace(/.{8}$/, '00000000')] })
    const { code, stderr } = await scene.build(['--locked'])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('its pip_overrides is not') })
  })

  it('that is not there is an error that names it', async () => {
    const { scene, requirement } = await gitScene()
    const other = requirement.replace(/.{8}$/, '00000000')
    scene.manifestOf({ pip_overrides: [other] })
    const { code, stderr } = await scene.lock()
    expect(code).toBe(2)
    expect(stderr).toContain(other.slice(-40))
  })

  it('of another project is no override of this one', async () => {
    const { scene } = await gitScene({ name: 'delta' })
    const { code, stderr } = await scene.lock()
    expect(code).toBe(4)
    expect(stderr).toMatch(/delta/)
  })
})

describe('postinstall_dependencies', () => {
  it('are locked outside the constraints and installed after the project, with hashes', async () => {
    const releases: Release[] = [
      ...betas,
      { name: 'plugin', version: '1.0', requires: ['beta>=1.5', 'gamma'] },
      { name: 'gamma', version: '1.0' },
      { name: 'gamma', version: '2.0' },
    ]
    const scene = await lockScene({ releases, requires: ['beta'], settings: UPPER })
    writeFiles(scene.folder, { 'upper.txt': 'beta==1.0\ngamma==1.0\n' })
    scene.manifestOf({ postinstall_dependencies: ['plugin'] }, UPPER)
    const { code, stderr } = await scene.lock()
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { lock, entry } = scene.locked()
    expect(pinsOf(lock)).toEqual(['beta==2.0', 'gamma==2.0', 'plugin==1.0'])
    expect(lock).toContain(scene.index.sums('plugin', '1.0')[0])
    expect([...entry.facts.postinstall].sort()).toEqual(['beta', 'gamma', 'plugin'])
    expect(entry.facts.required_by).toMatchObject({ gamma: ['plugin'] })
    expect(stderr).toMatch(/nobody tested these versions, they are the newest: beta, gamma, plugin/)
    const built = await scene.build(['--locked', '-d'])
    expect(built.code).toBe(0)
    const [project, after] = ['/hello-1.2.3-py3-none-any.whl', 'lock-after.txt'].map((words) =>
      built.stderr.split('\n').findIndex((line) => line.startsWith('$') && line.endsWith(words)),
    )
    expect(project).toBeGreaterThan(0)
    expect(after).toBeGreaterThan(project ?? 0)
    expect(built.stderr).toMatch(/--require-hashes.*lock-after\.txt/)
    const names = packageFiles(debsOf(scene.output)[0] ?? '')
    for (const name of ['plugin-1.0', 'gamma-2.0', 'beta-2.0']) {
      expect(names.some((path) => path.includes(`/${name}.dist-info/`))).toBe(true)
    }
  })

  it('are refused where the file is another than was locked', async () => {
    const scene = await lockScene({ releases: [{ name: 'plugin', version: '1.0' }] })
    scene.manifestOf({ postinstall_dependencies: ['plugin'] })
    expect((await scene.lock()).code).toBe(0)
    scene.index.remove('plugin')
    scene.index.add({ name: 'plugin', version: '1.0', content: { 'evil.py': '' } })
    const { code, stderr } = await scene.build(['--locked'], { env: { UV_CACHE_DIR: join(scene.folder, 'other') } })
    expect(code).toBe(4)
    expect(stderr).toMatch(/[Hh]ash mismatch for `?plugin==1\.0/)
  })
})
