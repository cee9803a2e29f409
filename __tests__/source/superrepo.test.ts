import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { listSuperrepo } from '../../src/source/superrepo.js'
import { fetchTools, makeScene, type Scene } from '../support/build-scene.js'
import { serveGit } from '../support/git-http.js'
import { type GitRepository, gitRepository } from '../support/git-repository.js'
import { lazy, scratch, sharedScratch, writeFiles } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

beforeAll(fetchTools)

interface Fixture {
  readonly root: string
  readonly hello: GitRepository
  readonly pinned: string
  readonly plainCommit: string
}

/** A superrepo with a project, requirements and something else as submodules, and a plain repository beside them. */
const fixture = lazy((): Fixture => {
  const root = sharedScratch()
  const hello = gitRepository(join(root, 'hello'))
  hello.commit({ 'setup.py': "from setuptools import setup\nsetup(name='hello', install_requires=['six'])\n" })
  hello.git('tag', '27.0.1')
  const pinned = hello.commit({ 'more.py': '' })
  const requirements = gitRepository(join(root, 'requirements'))
  requirements.commit({ 'upper-constraints.txt': 'six===1.15.0\n' })
  const notes = gitRepository(join(root, 'notes'))
  notes.commit({ README: '' })
  const all = gitRepository(join(root, 'all'))
  const add = (name: string) =>
    all.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', `../${name}`, name)
  for (const name of ['hello', 'requirements', 'notes']) add(name)
  all.commit({})
  all.git('branch', '2025.1')
  // The branch is what counts, not what is checked out since.
  hello.commit({ 'later.py': '' })
  all.git('-C', 'hello', 'pull', '--quiet', 'origin', 'master')
  const plain = gitRepository(join(root, 'all/plain'))
  const plainCommit = plain.commit({ 'pyproject.toml': '[project]\nname = "plain"\nversion = "1"\n' })
  return { root, hello, pinned, plainCommit }
})

interface Row {
  readonly id: string
  readonly project: {
    readonly name: string
    readonly version: string
    readonly giturl: string
    readonly gitref: string
  }
  readonly source: { readonly commit: string }
}

async function planOf(superrepo: string, projects?: object[], ...words: readonly string[]) {
  const scene = makeScene(scratch())
  const settings = { version: '2025.1', base_path: '/opt/giftwrap-test' }
  writeFileSync(
    scene.manifest,
    JSON.stringify({ settings, superrepo, ...(projects === undefined ? {} : { projects }) }),
  )
  const { code, stdout, stderr } = await scene.run(['plan', '-m', 'manifest.yml', '--json', ...words])
  return { scene, code, stderr, legs: code === 0 ? (JSON.parse(stdout) as { legs: Row[] }).legs : [] }
}

function lockIn({ folder }: Scene): string {
  const plan = JSON.parse(readFileSync(join(folder, 'plan/plan.json'), 'utf8')) as { locks: { file: string }[] }
  return readFileSync(join(folder, 'plan/locks', plan.locks[0]?.file ?? ''), 'utf8')
}

describe('listSuperrepo', () => {
  const list = (location: string) => {
    const superrepo = { location, directory: '/', ref: 'master', place: { file: 'm.yml' }, checkUrl: () => undefined }
    return listSuperrepo(superrepo, (work) => work(scratch()), testPorts())
  }

  it('sorts projects by name, and takes no constraints that are not committed', async () => {
    const root = scratch()
    const world = gitRepository(join(root, 'world'))
    world.commit({ 'setup.py': '' })
    const all = gitRepository(join(root, 'all'))
    all.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', '../world', 'world')
    all.commit({})
    gitRepository(join(root, 'all/a')).commit({ 'setup.py': '' })
    writeFiles(root, { 'all/requirements/upper-constraints.txt': 'six===1.0\n' })
    const { projects, constraints } = await list(all.folder)
    expect(projects.map(({ name }) => name)).toEqual(['a', 'world'])
    expect(constraints).toBeUndefined()
  })

  it('refuses two projects of one name, and says where they are', async () => {
    const root = scratch()
    const world = gitRepository(join(root, 'world'))
    world.commit({ 'setup.py': '' })
    const all = gitRepository(join(root, 'all'))
    for (const path of ['core/world', 'extra/world']) {
      all.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', '../world', path)
    }
    all.commit({})
    await expect(list(all.folder)).rejects.toThrow(
      'm.yml: the superrepo has two projects called "world": core/world and extra/world.',
    )
  })

  it('takes versions of tags that look like some, and no hidden folders', async () => {
    const root = scratch()
    const world = gitRepository(join(root, 'world'))
    world.commit({ 'setup.py': '' })
    world.git('tag', '3.0')
    for (const tag of ['release/9', 'latest', '9/x']) world.git('tag', tag)
    gitRepository(join(root, '.hidden')).commit({ 'setup.py': '' })
    expect((await list(root)).projects.map(({ name, version }) => `${name} ${version}`)).toEqual(['world 3.0'])
  })

  it('refuses a shallow repository, whose versions would be wrong ones, at once', async () => {
    const root = scratch()
    const world = gitRepository(join(root, 'away/world'))
    world.commit({ 'setup.py': '' })
    world.commit({})
    mkdirSync(join(root, 'all'))
    world.git('clone', '--quiet', '--depth', '1', `file://${world.folder}`, join(root, 'all/world'))
    await expect(list(join(root, 'all'))).rejects.toThrow(/^m\.yml: .*world is shallow.*\n.*unshallow/)
  })

  it('elsewhere has no submodules on this machine', async () => {
    const root = scratch()
    const world = gitRepository(join(root, 'world'))
    world.commit({ 'setup.py': '' })
    const all = gitRepository(join(root, 'all'))
    all.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', world.folder, 'world')
    all.commit({})
    const server = await serveGit(root, { name: 'user', password: 'secret' })
    await expect(list(`${server.url.replace('://', '://user:secret@')}/all`)).rejects.toThrow(
      /submodule world is a path on this machine/,
    )
    expect((await list(all.folder)).projects).toHaveLength(1)
  })

  it.skipIf(process.getuid?.() !== 0)('may belong to somebody else, as the checkout of a runner does', async () => {
    const root = scratch()
    gitRepository(join(root, 'world')).commit({ 'setup.py': '' })
    execFileSync('chown', ['-R', '1234:1234', join(root, 'world')])
    expect((await list(root)).projects).toHaveLength(1)
  })

  it('refuses more repositories than anybody has', async () => {
    const all = gitRepository(join(scratch(), 'all'))
    const names = Array.from({ length: 2001 }, (_, index) => `m${index}`)
    const commit = 'c0'.repeat(20)
    all.git('update-index', '--add', ...names.flatMap((name) => ['--cacheinfo', `160000,${commit},${name}`]))
    const modules = names.map((name) => `[submodule "${name}"]\n\tpath = ${name}\n\turl = ../${name}\n`)
    writeFiles(all.folder, { '.gitmodules': modules.join('') })
    all.git('add', '.gitmodules')
    all.git('commit', '--quiet', '--message', 'x')
    await expect(list(all.folder)).rejects.toThrow('m.yml: the superrepo has more than 2000 repositories.')
  })
})

describe('a superrepo', () => {
  it('in a local folder gives its submodules and the repositories in it, at their commits', async () => {
    const { root, pinned, plainCommit } = fixture()
    const { code, stderr, legs } = await planOf(join(root, 'all'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(legs.map(({ project }) => [project.name, project.version, project.gitref])).toEqual([
      ['hello', `27.0.1-1-g${pinned.slice(0, 7)}`, pinned],
      ['plain', `0.0.0-g${plainCommit.slice(0, 7)}`, plainCommit],
    ])
    expect(legs.map(({ source }) => source.commit)).toEqual([pinned, plainCommit])
  })

  it('behind a URL gives its submodules, at addresses relative to its own', async () => {
    const { root, pinned } = fixture()
    const server = await serveGit(root, { name: 'user', password: 'secret' })
    const { code, stderr, legs } = await planOf(`${server.url.replace('://', '://user:secret@')}/all`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(legs.map(({ project, source }) => [project.name, source.commit])).toEqual([['hello', pinned]])
  })

  it('yields to what projects names', async () => {
    const { root, hello } = fixture()
    const own = [{ name: 'hello', version: '9.9', giturl: hello.folder, gitref: '27.0.1' }]
    const { legs } = await planOf(join(root, 'all'), own)
    const [first] = legs
    expect(first?.project).toMatchObject({ name: 'hello', version: '9.9', gitref: '27.0.1' })
    expect(first?.source.commit).toBe(hello.git('rev-parse', '27.0.1'))
    expect(legs.map(({ project }) => project.name)).toEqual(['hello', 'plain'])
    const changed = await planOf(join(root, 'all'), [{ name: 'hello', extras: ['x'] }])
    expect(changed.legs[0]?.project).toMatchObject({ gitref: fixture().pinned, extras: ['x'] })
  })

  it('constrains what is locked by its requirements', async () => {
    const { root } = fixture()
    const { scene, code } = await planOf(join(root, 'all'), undefined, '-p', 'hello', '-o', 'plan')
    expect(code).toBe(0)
    expect(lockIn(scene)).toMatch(/^six==1\.15\.0 /m)
  })

  it('may be bare, have its requirements in a folder, and name a commit that no branch of a project holds', async () => {
    const root = scratch()
    const world = gitRepository(join(root, 'world'))
    world.commit({ 'setup.py': "from setuptools import setup\nsetup(name='world', install_requires=['six'])\n" })
    world.git('tag', 'v3.0.0')
    world.git('checkout', '--quiet', '--detach')
    const loose = world.commit({ 'more.py': '' })
    world.git('checkout', '--quiet', 'master')
    const all = gitRepository(join(root, 'all'))
    all.git('update-index', '--add', '--cacheinfo', `160000,${loose},deep/world`)
    writeFiles(all.folder, {
      '.gitmodules': '[submodule "x"]\n\tpath = deep/world\n\turl = ../world\n',
      'requirements/upper-constraints.txt': 'six===1.14.0\n',
    })
    all.git('add', '.gitmodules', 'requirements')
    all.git('commit', '--quiet', '--message', 'x')
    all.git('clone', '--quiet', '--bare', '--branch', 'master', '.', '../all.git')
    all.git('--git-dir', '../all.git', 'branch', '2025.1')
    const { scene, code, stderr, legs } = await planOf(join(root, 'all.git'), undefined, '-o', 'plan')
    expect({ code, stderr: stderr.replaceAll(/^(?:world-|warning: world: tested).*\n/gm, '') }).toEqual({
      code: 0,
      stderr: '',
    })
    expect(legs.map(({ project, source }) => [project.name, project.version, source.commit])).toEqual([
      ['world', `3.0.0-1-g${loose.slice(0, 7)}`, loose],
    ])
    expect(lockIn(scene)).toMatch(/^six==1\.14\.0 /m)
  })

  it("may be a folder of repositories, relative to the manifest's, that inputs speak to as well", async () => {
    const scene = makeScene(scratch())
    const hello = gitRepository(join(scene.folder, 'all/hello'))
    hello.commit({ 'setup.py': "from setuptools import setup\nsetup(name='hello', install_requires=['six'])\n" })
    writeFiles(scene.folder, { 'all/requirements/upper-constraints.txt': 'six===1.13.0\n' })
    writeFileSync(scene.manifest, JSON.stringify({ settings: { version: '1' }, superrepo: 'all' }))
    const words = ['plan', '-m', scene.manifest, '--json', '-o', join(scene.folder, 'plan'), '--set', 'vendor=me']
    const { code, stdout } = await scene.run(words, { cwd: scratch() })
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as { legs: Row[] }).legs).toMatchObject([
      { project: { name: 'hello', gitref: hello.git('rev-parse', 'HEAD') }, settings: { vendor: 'me' } },
    ])
    expect(lockIn(scene)).toMatch(/^six==1\.13\.0 /m)
  })

  it('elsewhere is not listed by a dry run, which says so', async () => {
    const { code, stderr, legs } = await planOf('http://127.0.0.1:2/all', [{ name: 'own' }], '--dry-run')
    expect(code).toBe(0)
    expect(stderr).toMatch(/manifest\.yml:1:\d+: .*a dry run does not list the projects of a superrepo elsewhere/)
    expect(legs.map(({ project }) => project.name)).toEqual(['own'])
  })

  it.each([
    ['that is not there', '/nowhere/at/all', /the superrepo \/nowhere\/at\/all is not there/],
    ['without a project', 'EMPTY', /has no project/],
    ['without that branch', 'HELLO', /no branch, tag or other ref "2025\.1"/],
  ])('%s is an error at its place', async (_name, where, message) => {
    const empty = scratch()
    mkdirSync(join(empty, 'x'))
    const at = where === 'EMPTY' ? empty : where === 'HELLO' ? fixture().hello.folder : where
    const { code, stderr } = await planOf(at)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/manifest\.yml:1:\d+: /)
    expect(code).toBe(2)
  })

  it('does not get a helper run by the URL of a submodule', async () => {
    const evil = gitRepository(join(scratch(), 'evil'))
    const mark = join(scratch(), 'was-here')
    const commit = evil.commit({ a: '' })
    writeFileSync(join(evil.folder, '.gitmodules'), `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% ${mark}\n`)
    evil.git('update-index', '--add', '--cacheinfo', `160000,${commit},x`)
    evil.git('add', '.gitmodules')
    evil.git('commit', '--quiet', '--message', 'x')
    evil.git('branch', '2025.1')
    const { code, stderr } = await planOf(evil.folder)
    expect(code).toBe(2)
    expect(stderr).toMatch(/the URL of the superrepo's submodule x /)
    expect(existsSync(mark)).toBe(false)
  })
})
