import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { TARGETS } from '../../src/plan/targets.js'
import { debsOf, fetchTools, makeScene, readResultFile, type Scene } from '../support/build-scene.js'
import { packageText } from '../support/deb.js'
import { serveGit } from '../support/git-http.js'
import { gitRepository } from '../support/git-repository.js'
import { writeProject } from '../support/python-project.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

const SETUP = "from setuptools import setup\nsetup(name='hello', version='1.2.3', py_modules=['hello_module'])\n"

/** Runs a command, and writes its seconds of the processor and its kilobytes of memory into a file. */
const MEASURE = `
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], 'w').write(f'{used.ru_utime + used.ru_stime} {used.ru_maxrss}')
sys.exit(code)
`

interface JsonPlan {
  readonly format: number
  readonly siblings: readonly string[]
  readonly vars: Readonly<Record<string, unknown>>
  readonly legs: readonly {
    readonly id: string
    readonly lock?: string
    readonly source?: Readonly<Record<string, string>>
    readonly project: Readonly<Record<string, unknown>>
    readonly settings: Readonly<Record<string, unknown>>
    readonly formats: readonly string[]
  }[]
  readonly locks: readonly { readonly file: string; readonly sha256: string; readonly python: string }[]
  readonly matrix: {
    readonly include: readonly { readonly id: string; readonly image: string; readonly runner: string }[]
  }
}

/** A scene whose project is a git repository, and what it says of its first commit. */
function gitScene(parts: { settings?: object; projects?: object[] } = {}) {
  const scene = makeScene(scratch(), {
    settings: { constraints: ['constraints.txt'], ...parts.settings },
    projects: [{ name: 'hello', giturl: './repository', gitref: 'stable', pip_dependencies: ['six'] }],
    ...(parts.projects === undefined ? {} : { projects: parts.projects as Record<string, unknown>[] }),
  })
  writeFileSync(join(scene.folder, 'constraints.txt'), 'six===1.16.0\n')
  const repository = gitRepository(join(scene.folder, 'repository'))
  const commit = repository.commit({ 'setup.py': SETUP, 'hello_module.py': 'SAYS = "first"\n' })
  repository.git('branch', 'stable')
  return { scene, repository, commit }
}

function jsonOf(text: string): JsonPlan {
  return JSON.parse(text) as JsonPlan
}

const planWith = (scene: Scene, ...words: readonly string[]) => scene.run(['plan', '-m', 'manifest.yml', ...words])

describe('giftwrap plan', () => {
  it('shows legs with their commits, and counts; it writes nothing', async () => {
    const { scene, commit } = gitScene()
    const before = readdirSync(scene.folder).sort()
    const { code, stdout, stderr } = await planWith(scene)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [head = '', leg = '', blank, counts] = stdout.split('\n')
    expect(head.split(/ +/)).toEqual(['leg', 'commit', 'target', 'formats', 'packager'])
    expect(leg).toMatch(/^hello-1\.2\.3-[a-z]+[\d.]+-(amd64|arm64) /)
    expect(leg.split(/ +/)).toEqual([expect.any(String), commit.slice(0, 12), expect.any(String), 'deb', 'nfpm'])
    expect([blank, counts]).toEqual(['', '1 leg, 1 project, 1 target'])
    expect(readdirSync(scene.folder).sort()).toEqual(before)
  })

  it('peels annotated tags, and refuses a name of both a branch and a tag', async () => {
    const { scene, repository, commit } = gitScene({
      projects: [{ name: 'hello', giturl: './repository', gitref: '{{ vars.ref }}' }],
    })
    repository.git('tag', '--annotate', '--message', 'x', '1.0', commit)
    repository.git('tag', 'stable')
    const tagged = await planWith(scene, '--json', '--var', 'ref=1.0')
    expect(jsonOf(tagged.stdout).legs[0]?.source).toMatchObject({ kind: 'git', ref: '1.0', commit })
    const both = await planWith(scene, '--var', 'ref=stable')
    expect(both.code).toBe(2)
    expect(both.stderr).toMatch(/manifest\.yml:1:\d+: "stable" is both a branch and a tag/)
  })

  it('writes the same bytes for the same input, sorted, with a lock that has hashes', async () => {
    const { scene } = gitScene()
    const targets = ['--set', 'vendor=somebody']
    expect((await planWith(scene, '-o', 'plan', ...targets)).code).toBe(0)
    const first = readFileSync(join(scene.folder, 'plan/plan.json'), 'utf8')
    expect((await planWith(scene, '-o', 'other', ...targets)).code).toBe(0)
    expect(readFileSync(join(scene.folder, 'other/plan.json'), 'utf8')).toBe(first)
    expect(Object.keys(JSON.parse(first))).toEqual(['format', 'legs', 'locks', 'siblings', 'vars'])
    const { format, legs, locks } = jsonOf(first)
    expect(format).toBe(2)
    expect(legs[0]?.settings.vendor).toBe('somebody')
    expect(legs[0]?.lock).toBe(locks[0]?.file)
    const lock = readFileSync(join(scene.folder, 'plan/locks', locks[0]?.file ?? ''), 'utf8')
    expect(lock).toMatch(/^six==1\.16\.0 \\\n +--hash=sha256:[0-9a-f]{64}/)
    expect(execFileSync('sha256sum', { input: lock, encoding: 'utf8' })).toContain(locks[0]?.sha256)
  })

  it('keeps user names and passwords out of the plan', async () => {
    const { scene, commit } = gitScene()
    const server = await serveGit(scene.folder, { name: 'user', password: 'not-for-plans' })
    const url = server.url.replace('://', '://user:not-for-plans@')
    const projects = [{ name: 'hello', giturl: `${url}/repository`, gitref: 'stable' }]
    const { scene: other } = gitScene({ projects })
    const { code } = await planWith(other, '-o', 'plan')
    expect(code).toBe(0)
    const text = readFileSync(join(other.folder, 'plan/plan.json'), 'utf8')
    expect(text).toContain(commit)
    expect(text).not.toContain('not-for-plans')
  })

  it('pins each of several refs of one repository, looks nothing up twice, and finds paths from anywhere', async () => {
    const hello = { giturl: './repository', gitref: 'stable' }
    const { scene, repository, commit } = gitScene({
      projects: [
        { name: 'hello', ...hello },
        { name: 'newer', ...hello, gitref: 'master' },
        { name: 'shallow', ...hello, gitdepth: 1 },
        { name: 'unused', ...hello, gitref: 'none' },
      ],
    })
    const newer = repository.commit({ 'hello_module.py': 'SAYS = "second"\n' })
    const manifest = JSON.parse(readFileSync(scene.manifest, 'utf8')) as object
    const targets = [{ id: 'debian12', arch: ['amd64', 'arm64'] }]
    const more = { targets, vars: { z: 1, a: 2 } }
    writeFileSync(scene.manifest, JSON.stringify({ ...manifest, ...more }))
    const words = ['plan', '-m', scene.manifest, '--json', '-d', '--skip', 'unused-*', '--var', 'z=3']
    const { code, stdout, stderr } = await scene.run(words, { cwd: scratch() })
    expect(code).toBe(0)
    const { legs, siblings, vars } = jsonOf(stdout)
    expect(legs.map(({ project, source }) => [project.name, source?.commit, source?.depth])).toEqual(
      [
        ['hello', commit, undefined],
        ['newer', newer, undefined],
        ['shallow', commit, 1],
      ].flatMap((leg) => [leg, leg]),
    )
    expect(stderr.match(/ ls-remote /g)?.length).toBe(3)
    expect(siblings).toEqual(['hello', 'newer', 'shallow', 'unused'])
    expect(vars).toEqual({ a: '2', z: '3' })
  })

  it('pins a release by its digest, and names no file of this machine', async () => {
    const { scene } = gitScene({ projects: [{ name: 'six', sdist: 'six==1.16.0' }] })
    const { code, stdout } = await planWith(scene, '--json')
    expect(code).toBe(0)
    expect(jsonOf(stdout).legs[0]?.source).toEqual({
      kind: 'sdist',
      requirement: 'six==1.16.0',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('tells what has no effect yet', async () => {
    const { scene } = gitScene({ settings: { image_tag: 'x' } })
    const { code, stderr } = await planWith(scene, '--dry-run')
    expect(stderr).toMatch(/manifest\.yml:1:\d+: .*settings\.image_tag has no effect yet/)
    expect(code).toBe(0)
  })

  it('makes a lock for the Python of each target', async () => {
    const { scene } = gitScene()
    const manifest = JSON.parse(readFileSync(scene.manifest, 'utf8')) as object
    writeFileSync(scene.manifest, JSON.stringify({ ...manifest, targets: ['debian12', 'rocky9', 'debian13'] }))
    expect((await planWith(scene, '-o', 'plan')).code).toBe(0)
    const { legs, locks } = jsonOf(readFileSync(join(scene.folder, 'plan/plan.json'), 'utf8'))
    expect(locks.map(({ python }) => python)).toEqual(['3.11', '3.13', '3.9'])
    expect(new Set(legs.map(({ lock }) => lock)).size).toBe(3)
    expect(legs.map(({ formats }) => formats)).toEqual([['deb'], ['deb'], ['rpm']])
  })
})

describe('constraints', () => {
  it('of an override are those of its legs', async () => {
    const { scene } = gitScene()
    writeFileSync(join(scene.folder, 'older.txt'), 'six===1.15.0\n')
    const manifest = JSON.parse(readFileSync(scene.manifest, 'utf8')) as object
    const overrides = [{ select: '*-rocky9-*', settings: { constraints: ['older.txt'] } }]
    // Of one Python, so that nothing but the constraints tells their locks apart.
    const targets = ['debian12', 'rocky9'].map((id) => ({ id, python: '3.11' }))
    writeFileSync(scene.manifest, JSON.stringify({ ...manifest, targets, overrides }))
    expect((await planWith(scene, '-o', 'plan')).code).toBe(0)
    const { legs } = jsonOf(readFileSync(join(scene.folder, 'plan/plan.json'), 'utf8'))
    const versions = legs.map(({ lock = '' }) => {
      return /^six==\S+/m.exec(readFileSync(join(scene.folder, 'plan/locks', lock), 'utf8'))?.[0]
    })
    expect(versions).toEqual(['six==1.16.0', 'six==1.15.0'])
  })
})

describe('constraints on projects of the manifest', () => {
  it('do not count, though only some projects are planned', async () => {
    const { scene } = gitScene({
      projects: [
        { name: 'hello', giturl: './repository', gitref: 'stable', pip_dependencies: ['six'] },
        { name: 'six', giturl: './nowhere' },
      ],
    })
    writeFileSync(join(scene.folder, 'constraints.txt'), 'six===1.15.0\n')
    expect((await planWith(scene, '-o', 'plan', '-p', 'hello')).code).toBe(0)
    const { locks } = jsonOf(readFileSync(join(scene.folder, 'plan/plan.json'), 'utf8'))
    const lock = readFileSync(join(scene.folder, 'plan/locks', locks[0]?.file ?? ''), 'utf8')
    expect(/^six==(\S+)/m.exec(lock)?.[1]).toMatch(/^1\.(1[6-9]|[2-9]\d)/)
  })
})

describe('giftwrap build --plan', () => {
  /** A plan of a git repository that has gone on since, without its manifest and constraints. */
  async function planned() {
    const made = gitScene()
    const { scene, repository } = made
    // The machine's own target has the machine's Python, whatever distribution that is.
    expect((await planWith(scene, '-o', 'plan')).code).toBe(0)
    repository.git('checkout', '--quiet', 'stable')
    repository.commit({ 'hello_module.py': 'SAYS = "second"\n' })
    rmSync(scene.manifest)
    rmSync(join(scene.folder, 'constraints.txt'))
    const file = join(scene.folder, 'plan/plan.json')
    const build = (...words: readonly string[]) =>
      scene.run(['build', '--plan', 'plan/plan.json', '-o', 'out', ...words])
    return { ...made, file, build, id: jsonOf(readFileSync(file, 'utf8')).legs[0]?.id ?? '' }
  }

  it('builds what was planned, and looks nothing up', async () => {
    const { scene, commit, build, id } = await planned()
    const { code, stderr } = await build('--only', id, '-d')
    expect(code).toBe(0)
    expect(stderr).not.toMatch(/ls-remote|pip compile/)
    const [deb = ''] = debsOf(scene.output)
    expect(packageText(deb, '/opt/giftwrap-test/hello/share/giftwrap/lock.txt')).toContain('six==1.16.0')
    const module = execFileSync('sh', [
      '-c',
      `dpkg-deb --fsys-tarfile '${deb}' | tar -xO --wildcards '*/hello_module.py'`,
    ])
    expect(module.toString()).toBe('SAYS = "first"\n')
    expect(readResultFile(scene.output)).toMatchObject({ status: 'ok', source: expect.stringContaining(commit) })
  })

  it.each<[string, (scene: Scene, file: string) => void, RegExp]>([
    ['is not there', (_, file) => rmSync(file), /the plan plan\/plan\.json can't be read/],
    ['is no JSON', (_, file) => writeFileSync(file, '{'), /is no plan that can be built/],
    ['is of another format', (_, file) => writeFileSync(file, '{"format": 1}'), /is no plan that can be built: format/],
    [
      'has an id that is not its leg',
      (_, file) => writeFileSync(file, readFileSync(file, 'utf8').replace('"id": "hello-', '"id": "other-')),
      /the leg other-1\.2\.3-.* should be hello-1\.2\.3-/,
    ],
    [
      'installs where the manifest could not',
      (_, file) => writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/opt/giftwrap-test/hello"', '/usr"')),
      /project\.install_path: must not be/,
    ],
    [
      'names an option for a commit',
      (_, file) => writeFileSync(file, readFileSync(file, 'utf8').replace('"fetch": "', '"fetch": "--upload-pack=x')),
      /source\.fetch/,
    ],
    [
      'is for another Python',
      (_, file) =>
        writeFileSync(
          file,
          readFileSync(file, 'utf8').replace(/"python": "3\.\d+",\n(?= +"sha256")/, '"python": "3.99",\n'),
        ),
      /the plan's lock of hello-\S+ is for Python 3\.99, and this machine's is 3\.\d+\.\n.*python: '3\.\d+'/,
    ],
    [
      'has another lock beside it',
      (scene) => {
        const folder = join(scene.folder, 'plan/locks')
        for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'six==1.15.0\n')
      },
      /is not the lock that the plan was written with/,
    ],
  ])('refuses a plan that %s: exit code 2, nothing written', async (_name, spoil, message) => {
    const { scene, file, build } = await planned()
    spoil(scene, file)
    const { code, stderr } = await build()
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(existsSync(scene.output)).toBe(false)
  })

  it('builds the legs that are chosen, from folders beside the plan, into its output folder', async () => {
    const projects = ['hello', 'world'].map((name) => ({ name, path: name }))
    const scene = makeScene(scratch(), { settings: { output_dir: 'packages' }, projects })
    writeProject(join(scene.folder, 'world'), { name: 'world' })
    expect((await planWith(scene, '-o', 'plan')).code).toBe(0)
    const file = join(scene.folder, 'plan/plan.json')
    const { legs, siblings } = jsonOf(readFileSync(file, 'utf8'))
    expect(legs.map(({ source }) => source?.path)).toEqual(['../hello', '../world'])
    expect(siblings).toEqual(['hello', 'world'])
    const elsewhere = scratch()
    const build = (...words: readonly string[]) => scene.run(['build', '--plan', file, ...words], { cwd: elsewhere })
    for (const words of [
      ['--only', 'w*'],
      ['--skip', 'h*'],
      ['-p', 'world'],
    ]) {
      const shown = await build('--dry-run', ...words)
      expect(shown.stderr.match(/^\w+(?=-1\.2\.3-\S+$)/gm)).toEqual(['world'])
    }
    const { code, stdout, stderr } = await build('--only', 'world-*')
    expect({ code, stderr: stderr.replaceAll(/^world-.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    const built = debsOf(join(elsewhere, 'packages'), 'world')
    expect(stdout.split('\n')).toEqual([...built, ''])
    expect(readdirSync(join(elsewhere, 'packages')).length).toBe(1)
  })

  it('refuses what has no commits or locks, and options that the plan has decided', async () => {
    const { scene } = gitScene()
    const dry = await planWith(scene, '--dry-run', '--json')
    const { matrix: _, ...plan } = jsonOf(dry.stdout)
    writeFileSync(join(scene.folder, 'dry.json'), JSON.stringify(plan))
    const built = await scene.run(['build', '--plan', 'dry.json', '-o', 'out'])
    expect(built.stderr).toMatch(/says no commit for hello-.*dry run/)
    expect(built.code).toBe(2)
    writeFileSync(join(scene.folder, 'pinned.json'), (await planWith(scene, '--json')).stdout)
    const pinned = await scene.run(['build', '--plan', 'pinned.json', '-o', 'out'])
    expect(pinned.stderr).toMatch(/pinned\.json has no lock for hello-\S+\.\n +Make the plan anew/)
    expect(pinned.code).toBe(2)
    const both = await scene.run(['build', '--plan', 'dry.json', '-v', '2'])
    expect(both.stderr).toMatch(/--plan and --version don't go together/)
    expect(both.code).toBe(2)
  })

  it('refuses a local folder that has changed since', async () => {
    const scene = makeScene(scratch())
    expect((await planWith(scene, '-o', 'plan')).code).toBe(0)
    writeFileSync(join(scene.project, 'more.py'), '')
    const { code, stderr } = await scene.run(['build', '--plan', 'plan/plan.json', '-o', 'out'])
    expect(stderr).toMatch(/the source of hello-.* is not the one of the plan any more/)
    expect(code).toBe(2)
  })
})

describe('legs', () => {
  const manifest = (more: object, projects: object[] = [{ name: 'nova' }, { name: 'glance', version: '2.0' }]) =>
    JSON.stringify({
      settings: { version: '1.0', git_url: 'http://127.0.0.1:2' },
      targets: ['debian12', { id: 'rocky9', arch: ['amd64', 'arm64'] }],
      projects,
      ...more,
    })
  async function dryRun(text: string, ...words: readonly string[]) {
    const folder = scratch()
    const scene = makeScene(folder)
    writeFileSync(scene.manifest, text)
    return planWith(scene, '--dry-run', ...words)
  }
  const idsOf = (text: string) => jsonOf(text).legs.map(({ id }) => id)

  it('are shown by a dry run with their matrix, without the network', async () => {
    const { code, stdout, stderr } = await dryRun(manifest({}), '--json', '--only', '*{debian12-*,arm64}')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { legs, matrix } = jsonOf(stdout)
    expect(legs.map(({ id }) => id)).toEqual(matrix.include.map(({ id }) => id))
    expect(legs.every(({ source, lock }) => source === undefined && lock === undefined)).toBe(true)
    expect(matrix.include).toContainEqual({
      id: 'nova-1.0-rocky9-arm64',
      image: expect.stringContaining('rocky'),
      runner: 'ubuntu-24.04-arm',
    })
    const table = await dryRun(manifest({}))
    expect(table.stdout).toMatch(/\n6 legs, 2 projects, 2 targets\na matrix of 6 jobs\n$/)
  })

  it('are chosen by --only, --skip and -p together', async () => {
    const { stdout } = await dryRun(manifest({}), '--json', '--only', '*rocky9*', '--skip', '*arm64', '-p', 'glance')
    expect(idsOf(stdout)).toEqual(['glance-2.0-rocky9-amd64'])
    const none = await dryRun(manifest({}), '--skip', '*')
    expect(none.code).toBe(3)
    expect(none.stderr).toContain('nova-1.0-debian12-')
  })

  it('are changed by overrides, lists as inherit says, and templates know the target', async () => {
    const overrides = [
      { select: '*-rocky9-*', inherit: 'append', pip_dependencies: ['b'], settings: { vendor: 'of {{ target.id }}' } },
      { select: 'nova-*-{rocky9,debian12}-amd64', inherit: 'prepend', pip_dependencies: ['c'] },
      { select: ['*-debian12-*'], pip_dependencies: ['d'] },
    ]
    const projects = [{ name: 'nova', pip_dependencies: ['a'] }]
    const { stdout } = await dryRun(manifest({ overrides }, projects), '--json', '--only', '*')
    const values = jsonOf(stdout).legs.map(({ id, project, settings }) => [
      id,
      project.pip_dependencies,
      settings.vendor,
    ])
    expect(values).toContainEqual(['nova-1.0-rocky9-amd64', ['c', 'a', 'b'], 'of rocky9'])
    expect(values).toContainEqual(['nova-1.0-rocky9-arm64', ['a', 'b'], 'of rocky9'])
    expect(values.find(([id]) => /debian12/.test(String(id)))).toEqual([expect.any(String), ['d'], undefined])
  })

  it('of more than 256 jobs are an error with the numbers and the ways out, and grouping is one', async () => {
    const projects = Array.from({ length: 100 }, (_, index) => ({ name: `p${index}` }))
    const refused = await dryRun(manifest({}, projects), '--json')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/300 jobs \(300 legs\).*256\.\n.*--group-by target or --group-by project.*--only/)
    const grouped = await dryRun(manifest({}, projects), '--json', '--group-by', 'target')
    const { legs, matrix } = jsonOf(grouped.stdout)
    expect(legs.length).toBe(300)
    expect(matrix.include.map(({ id }) => id)).toContain('*-rocky9-arm64')
    expect(matrix.include.length).toBe(3)
    const byProject = await dryRun(manifest({}, projects), '--json', '--group-by', 'project', '-p', 'p1,p10')
    expect(jsonOf(byProject.stdout).matrix.include.map(({ id }) => id)).toContain('p1-*-amd64')
  })

  it('of 30 projects in three versions for 12 targets on two processors are planned soon, in little memory', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `project${index}`)
    const projects = names.flatMap((name) => ['1.0', '2.0', '3.0'].map((version) => ({ name, version })))
    const ids = TARGETS.filter(({ image }) => image !== '').slice(0, 12)
    const targets = ids.map(({ id }) => ({ id, arch: ['amd64', 'arm64'] }))
    const scene = makeScene(scratch())
    writeFileSync(scene.manifest, manifest({ targets }, projects))
    const usage = join(scene.folder, 'usage')
    const words = ['plan', '-m', 'manifest.yml', '--dry-run', '--json', '--group-by', 'target']
    const { code, stdout } = await scene.run(words, { prefix: ['python3', '-c', MEASURE, usage] })
    expect(code).toBe(0)
    const { legs, matrix } = jsonOf(stdout)
    expect([legs.length, matrix.include.length]).toEqual([2160, 24])
    const [seconds, kilobytes] = readFileSync(usage, 'utf8').split(' ').map(Number)
    // Of the processor, so that what else a machine does does not count; about 1 on a slow one.
    expect(seconds).toBeLessThan(2)
    expect(kilobytes).toBeLessThan(200 * 1024)
  })

  it.each([
    [
      'an unknown target',
      manifest({ targets: ['debain12'] }),
      /manifest\.yml:1:\d+: there is no target "debain12".*\n.*Did you mean debian12/,
    ],
    [
      'a target of no known family',
      manifest({ targets: [{ id: 'own', image: 'x' }] }),
      /the target own needs a family/,
    ],
    [
      'an override that picks nothing',
      manifest({ overrides: [{ select: 'keystone-*', extras: ['x'] }] }),
      /selects "keystone-\*", which no leg is/,
    ],
    [
      'one install path twice',
      manifest({}, [
        { name: 'a', install_path: '/opt/x' },
        { name: 'b', install_path: '/opt/x' },
      ]),
      /install path/,
    ],
    [
      'one name and version twice',
      manifest({}, [{ name: 'a' }, { name: 'a' }]),
      /projects\[1\] is a 1\.0, as projects\[0\] already is/,
    ],
    ['a ref that is an option', manifest({}, [{ name: 'a', gitref: '--upload-pack=x' }]), /gitref/],
    ["a helper for git's URL", manifest({}, [{ name: 'a', giturl: 'ext::sh -c x' }]), /giturl/],
    ['an install path of the system', manifest({}, [{ name: 'a', install_path: '/etc' }]), /install_path/],
  ])('refuse %s: exit code 2, at its place', async (_name, text, message) => {
    const { code, stderr } = await dryRun(text)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/manifest\.yml:1:\d+: /)
    expect(code).toBe(2)
  })

  it("take the manifest's own targets and images", async () => {
    const targets = [
      { id: 'ours', image: 'registry.example/ours:1', family: 'debian', python: '3.11', runner: 'self-hosted' },
      { id: 'debian12', image: 'registry.example/debian:12' },
    ]
    const { stdout } = await dryRun(manifest({ targets }, [{ name: 'nova' }]), '--json')
    expect(
      jsonOf(stdout)
        .matrix.include.map(({ image }) => image)
        .sort(),
    ).toEqual(['registry.example/debian:12', 'registry.example/ours:1'])
  })

  it('of other distributions are not built on this machine', async () => {
    const scene = makeScene(scratch())
    const text = readFileSync(scene.manifest, 'utf8')
    writeFileSync(scene.manifest, JSON.stringify({ ...JSON.parse(text), targets: ['rocky9'] }))
    const elsewhere = await scene.build()
    expect(elsewhere.stderr).toMatch(/hello-1\.2\.3-rocky9-\w+ is built on rocky9.*\n.*--only/)
    expect(elsewhere.code).toBe(2)
    expect(existsSync(scene.output)).toBe(false)
  })

  it('that may fail do not fail the run', async () => {
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', path: 'hello', allow_failure: true }] })
    writeFileSync(join(scene.project, 'pyproject.toml'), '[build-system]\nrequires = []\nbuild-backend = "none"\n')
    const { code, stderr } = await scene.build()
    expect(stderr).toMatch(/failed, as it may/)
    expect(code).toBe(0)
  })
})

describe('a manifest of the original giftwrap', () => {
  const ORIGINAL = `
settings:
  build_type: package
  package_name_format: "openstack-{{ project.name }}-{{ settings.version }}"
  version: 10.0
  base_path: "/opt/openstack"
  force_overwrite: yes
  include_config: on
  parallel_build: no
  gerrit_dependencies: false

projects:
  - name: keystone
    gitref: stable/juno
    system_dependencies: [libldap2-dev]
  - name: glance
    gitref: stable/juno
    giturl: http://127.0.0.1:2/openstack/glance
    install_path: "{{ settings.base_path }}/glance-{{ settings.version }}"
    pip_dependencies:
      - MySQL-python
      - python-memcached
  - name: swift
    stackforge: yes
    gitdepth: 1
`
  it('is planned as it stands', async () => {
    const scene = makeScene(scratch())
    writeFileSync(scene.manifest, ORIGINAL)
    const { code, stdout } = await planWith(scene, '--dry-run', '--json')
    expect(code).toBe(0)
    const { legs } = jsonOf(stdout)
    expect(legs.map(({ project }) => project.package_name)).toEqual([
      'openstack-glance-10.0',
      'openstack-keystone-10.0',
      'openstack-swift-10.0',
    ])
    expect(legs[0]?.project).toMatchObject({ install_path: '/opt/openstack/glance-10.0', gitref: 'stable/juno' })
    expect(legs[2]?.project).toMatchObject({ giturl: expect.stringContaining('/stackforge/swift'), gitdepth: 1 })
    expect(legs[0]?.settings).toMatchObject({ force_overwrite: true, parallel_build: false, version: '10.0' })
  })
})

describe('showing', () => {
  it('--explain tells where a value comes from, down to its default', async () => {
    const scene = makeScene(scratch())
    const { code, stdout } = await planWith(scene, '--explain', 'settings.base_path', '--set', 'base_path=/srv/x')
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual([
      'settings.base_path = "/srv/x"',
      '  from --set base_path: "/srv/x"',
      expect.stringMatching(/^ {2}over manifest\.yml:1:\d+: "\/opt\/giftwrap-test"$/),
      '  over default: "/opt/openstack"',
      '',
    ])
    const unknown = await planWith(scene, '--explain', 'settings.base_pat')
    expect(unknown.stderr).toMatch(/base_path/)
    expect(unknown.code).toBe(2)
  })

  it('shows no credentials of URLs', async () => {
    const constraints = ['https://me:s3cret@h.test/a', 'https://h.test/b?token=s3cret']
    const scene = makeScene(scratch(), { settings: { constraints } })
    const explained = await planWith(
      scene,
      '--explain',
      'settings.constraints',
      '--set',
      'git_url=https://s3cret@h.test',
    )
    expect(explained.stdout).toContain('["https://***@h.test/a","https://h.test/b?token=***"]')
    const set = await planWith(scene, '--explain', 'settings.git_url', '--set', 'git_url=https://s3cret@h.test')
    expect(set.stdout).toContain('from --set git_url: "https://***@h.test"')
    const rendered = await planWith(scene, '--render', "{{ settings.constraints | join(' ') }}")
    expect(rendered.stdout).toBe('https://***@h.test/a https://h.test/b?token=***\n')
    expect(explained.stdout + set.stdout + rendered.stdout).not.toContain('s3cret')
  })

  it('--render gives what a template is for a project', async () => {
    const scene = makeScene(scratch())
    const shown = await planWith(scene, '--render', '{{ project.name | upper }} {{ settings.version }}', '-p', 'hello')
    expect(shown.stdout).toBe('HELLO 1.2.3\n')
    const wrong = await planWith(scene, '--render', '{{ nobody }}')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/nobody/)
  })
})
