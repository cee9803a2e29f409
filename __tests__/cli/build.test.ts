import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sha256File } from '../../src/runtime/files.js'
import {
  BASE_PATH,
  debsOf,
  fetchTools,
  freshToolCache,
  legFolder,
  makeScene,
  readResultFile,
  unfinishedIn,
} from '../support/build-scene.js'
import { packageFiles, packageText } from '../support/deb.js'
import { gitRepository } from '../support/git-repository.js'
import { writeProject } from '../support/python-project.js'
import { lazy, scratch, sharedScratch } from '../support/scratch.js'

beforeAll(fetchTools)

const CONFIGURED = { files: { 'etc/hello.conf': 'greeting = hello\n', 'etc/sub/more.conf': 'a = 1\n' } }

describe('giftwrap build', () => {
  it("makes a package of the project at its final path and leaves the host's own tree alone", async () => {
    const scene = makeScene(scratch(), {}, CONFIGURED)
    const before = readdirSync('/opt')
    const { code, stdout, stderr } = await scene.build()
    expect({ code, stderr: stderr.replace(/^hello-.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    expect(readdirSync('/opt')).toEqual(before)

    const [deb = ''] = debsOf(scene.output)
    expect(stdout).toBe(`${deb}\n`)
    expect(basename(deb)).toMatch(/^openstack-hello_1\.2\.3-1\+(deb|ubuntu)[\d.]+_(amd64|arm64)\.deb$/)
    expect(packageText(deb, `${BASE_PATH}/hello/bin/hello`)).toMatch(`#!${BASE_PATH}/hello/bin/python`)
    expect(packageText(deb, `${BASE_PATH}/hello/etc/sub/more.conf`)).toBe('a = 1\n')
    expect(packageFiles(deb)).toContain(`${BASE_PATH}/hello/share/giftwrap/provenance.json`)
    expect(execFileSync('dpkg-deb', ['--info', deb, 'conffiles'], { encoding: 'utf8' }).split('\n')).toEqual([
      `${BASE_PATH}/hello/etc/hello.conf`,
      `${BASE_PATH}/hello/etc/sub/more.conf`,
      '',
    ])

    const result = readResultFile(scene.output)
    expect(result).toMatchObject({ status: 'ok', packager: { name: 'nfpm' }, lock: { origin: 'resolved' } })
    expect(result.packages).toMatchObject([
      { file: basename(deb), size: statSync(deb).size, sha256: await sha256File(deb) },
    ])
    expect(Object.keys(result.timings).sort()).toEqual([
      'lock',
      'package',
      'source',
      'system',
      'tools',
      'venv',
      'verify',
    ])
    expect(result.cache).toMatchObject({ lock: 'made', venv: 'made', package: 'made' })
    expect(unfinishedIn(scene.folder)).toEqual([])
  })

  it('writes the same bytes when everything is made anew', async () => {
    const scene = makeScene(scratch(), {}, CONFIGURED)
    expect((await scene.build()).code).toBe(0)
    const [deb = ''] = debsOf(scene.output)
    const first = await sha256File(deb)
    const { code, stderr } = await scene.build(['--no-reuse', '-d'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/uv pip compile/)
    expect(stderr).toMatch(/uv build --wheel/)
    expect(readResultFile(scene.output).cache).toMatchObject({ lock: 'made', venv: 'made', package: 'made' })
    expect(await sha256File(deb)).toBe(first)
  })

  it('reuses what a run before made, runs no uv, and says so', async () => {
    const scene = makeScene(scratch())
    expect((await scene.build()).code).toBe(0)
    const [deb = ''] = debsOf(scene.output)
    const made = statSync(deb)
    const { code, stdout, stderr } = await scene.build(['-d'])
    expect(code).toBe(0)
    expect(stdout).toBe(`${deb}\n`)
    expect(stderr).not.toMatch(/\buv (pip|venv|build)\b/)
    expect(stderr).not.toMatch(/nfpm package/)
    expect(stderr).toMatch(/lock [\d.]+ s \(reused\)/)
    expect(readResultFile(scene.output)).toMatchObject({
      status: 'ok',
      cache: { lock: 'reused', venv: 'reused', package: 'reused', verify: 'reused' },
    })
    expect(statSync(deb).mtimeMs).toBe(made.mtimeMs)
  })

  it('takes the tree from the cache when only the package is gone', async () => {
    const scene = makeScene(scratch())
    await scene.build()
    const { code, stderr } = await scene.build(['-o', 'elsewhere', '-d'])
    expect(code).toBe(0)
    expect(stderr).not.toMatch(/\buv (pip|venv|build)\b/)
    const elsewhere = join(scene.folder, 'elsewhere')
    expect(readResultFile(elsewhere).cache).toMatchObject({ lock: 'reused', venv: 'reused', package: 'made' })
    expect(await sha256File(debsOf(elsewhere)[0] ?? '')).toBe(await sha256File(debsOf(scene.output)[0] ?? ''))
  })

  it('makes a package anew whose bytes were changed', async () => {
    const scene = makeScene(scratch())
    await scene.build()
    const [deb = ''] = debsOf(scene.output)
    const sum = await sha256File(deb)
    writeFileSync(deb, 'not a package')
    expect((await scene.build()).code).toBe(0)
    expect(await sha256File(deb)).toBe(sum)
  })
})

describe('a package that is there, made from other inputs', () => {
  const folder = sharedScratch()
  const scene = lazy(() => makeScene(folder))
  const old = { deb: '', sum: '' }
  const changed = 'def main():\n    print("changed")\n'
  let original = ''

  beforeAll(async () => {
    expect((await scene().build()).code).toBe(0)
    old.deb = debsOf(scene().output)[0] ?? ''
    old.sum = await sha256File(old.deb)
    original = readFileSync(join(scene().project, 'hello_module.py'), 'utf8')
    writeFileSync(join(scene().project, 'hello_module.py'), changed)
  })

  it('is not replaced unasked: exit code 2, and all is as it was', async () => {
    const leg = legFolder(scene().output)
    const result = readFileSync(join(leg, 'result.json'), 'utf8')
    const files = readdirSync(leg)
    const { code, stdout, stderr } = await scene().build()
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('made from other inputs')
    expect(stderr).toContain('--iteration 2')
    expect(await sha256File(old.deb)).toBe(old.sum)
    expect(readFileSync(join(leg, 'result.json'), 'utf8')).toBe(result)
    expect(readdirSync(leg)).toEqual(files)
  })

  it('stays beside the one of another iteration', async () => {
    expect((await scene().build(['--iteration', '2'])).code).toBe(0)
    const iterations = (names: readonly string[]) => names.map((name) => /-(\d)\+/.exec(name)?.[1])
    expect(iterations(debsOf(scene().output))).toEqual(['1', '2'])
    expect(await sha256File(old.deb)).toBe(old.sum)
    expect(iterations(readResultFile(scene().output).packages.map(({ file }) => file))).toEqual(['2'])
  })

  it('is built again when nothing has changed, whichever was built last', async () => {
    for (const [words, iteration] of [
      [[], '1'],
      [['--iteration', '2'], '2'],
      [[], '1'],
    ] as const) {
      writeFileSync(join(scene().project, 'hello_module.py'), iteration === '1' ? original : changed)
      const { code, stderr } = await scene().build([...words])
      expect(stderr).not.toContain('giftwrap:')
      expect(code).toBe(0)
    }
    expect(await sha256File(old.deb)).toBe(old.sum)
    writeFileSync(join(scene().project, 'hello_module.py'), changed)
  })

  it('is replaced by --force-overwrite', async () => {
    expect((await scene().build(['--force-overwrite'])).code).toBe(0)
    const module = packageFiles(old.deb).find((path) => path.endsWith('/hello_module.py')) ?? ''
    expect(packageText(old.deb, module)).toContain('changed')
  })
})

describe('a dependency', () => {
  it('is installed in the version that the constraints name, whatever else they hold', async () => {
    const scene = makeScene(scratch(), { settings: { constraints: ['upper.txt'] } }, { dependencies: ['six'] })
    const constraints = "six===1.16.0\nhello===0.0.1\nother===3.0;python_version<'3.0'\n"
    writeFileSync(join(scene.folder, 'upper.txt'), constraints)
    const { code, stderr } = await scene.build()
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    const [deb = ''] = debsOf(scene.output)
    const lock = packageText(deb, `${BASE_PATH}/hello/share/giftwrap/lock.txt`)
    expect(lock).toMatch(/^six==1\.16\.0 \\\n {4}--hash=sha256:[0-9a-f]{64}/)
    expect(lock).not.toMatch(/https?:/)
    expect(packageFiles(deb).filter((path) => /six-.*dist-info$/.test(path))).toHaveLength(1)
    expect(packageFiles(deb).some((path) => path.endsWith('/six-1.16.0.dist-info'))).toBe(true)
    expect(readResultFile(scene.output).lock).toMatchObject({ origin: 'resolved', distributions: 1 })
  })
})

describe('a project that is called otherwise than its Python distribution', () => {
  it('is built by its own name, and needs no option', async () => {
    const folder = scratch()
    const scene = makeScene(
      folder,
      { projects: [{ name: 'placement', path: 'openstack-placement' }] },
      { name: 'openstack-placement', files: { 'etc/placement.conf': 'a = 1\n' } },
    )
    const { code, stderr } = await scene.build()
    expect({ code, stderr: stderr.replace(/^placement-.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    const [deb = ''] = debsOf(scene.output, 'placement')
    expect(packageText(deb, `${BASE_PATH}/placement/bin/openstack-placement`)).toMatch(BASE_PATH)
    expect(execFileSync('dpkg-deb', ['--field', deb, 'Package', 'Description'], { encoding: 'utf8' })).toBe(
      'Package: openstack-placement\nDescription: Says openstack-placement\n',
    )
  })
})

describe('--dry-run', () => {
  it('shows legs and commands, looks nothing up and writes nothing', async () => {
    const unreachable = 'http://127.0.0.1:1'
    const scene = makeScene(scratch(), {
      settings: { constraints: [`${unreachable}/upper.txt`], packager: 'auto' },
      projects: [{ name: 'hello', giturl: `${unreachable}/hello.git` }],
    })
    const before = readdirSync(scene.folder, { recursive: true })
    const { code, stdout, stderr } = await scene.build(['--dry-run'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^hello-1\.2\.3-\S+$/m)
    expect(stderr).toMatch(/\$ git ls-remote -- http:\/\/127\.0\.0\.1:1\/hello\.git master /)
    expect(stderr).toMatch(/ {2}lock {7}is made\n {2}\$ uv pip compile .*--generate-hashes/)
    expect(stderr).toMatch(/installed {2}\/opt\/giftwrap-test\/hello, in (a mount namespace .*unshare|the real folder)/)
    expect(stderr).toMatch(/packager {3}(fpm|nfpm) \(.+\)/)
    expect(readdirSync(scene.folder, { recursive: true })).toEqual(before)
    expect(existsSync(scene.output)).toBe(false)
  })

  it('names the lock that is there', async () => {
    const scene = makeScene(scratch())
    expect((await scene.run(['lock', '-m', 'manifest.yml'])).code).toBe(0)
    const { stderr } = await scene.build(['--dry-run'])
    expect(stderr).toMatch(/ {2}lock {7}hello-1\.2\.3-py3\.\d+\.txt; if it is not current, one is made/)
  })
})

describe('a project in the folder of its manifest', () => {
  it('is built twice from one source, whatever giftwrap has written there', async () => {
    const folder = scratch()
    const scene = makeScene(folder, { projects: [{ name: 'hello', path: '.' }] })
    const elsewhere = { env: { RUNNER_TOOL_CACHE: freshToolCache(scratch()) } }
    rmSync(scene.cache, { recursive: true })
    writeProject(folder)
    const run = async (...words: string[]) => {
      const { code, stderr } = await scene.run([...words, '-m', 'manifest.yml'], elsewhere)
      expect(stderr).not.toContain('giftwrap:')
      expect(code).toBe(0)
      return stderr
    }
    await run('lock')
    const first = await run('build')
    expect(first).toMatch(/venv [\d.]+ s$/m)
    const { source } = readResultFile(folder)
    await run('lock')
    expect(await run('build')).toMatch(/venv .*reused/)
    expect(readResultFile(folder).source).toBe(source)
    await run('plan', '-o', 'plan')
    const text = readFileSync(join(folder, 'plan/plan.json'), 'utf8')
    await run('plan', '-o', 'plan')
    expect(readFileSync(join(folder, 'plan/plan.json'), 'utf8')).toBe(text)
    const { code, stderr } = await scene.run(['build', '--plan', 'plan/plan.json', '-o', 'again'], elsewhere)
    expect({ code, stderr: stderr.includes('giftwrap:') }).toEqual({ code: 0, stderr: false })
    expect(readResultFile(join(folder, 'again')).source).toBe(source)
  })
})

describe('a tag that its commit gets later', () => {
  it('gives another version of the same source, and a lock that is still current', async () => {
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', giturl: 'repository' }] })
    const repository = gitRepository(join(scene.folder, 'repository'))
    writeProject(repository.folder, { files: { 'setup.py': TAGGED_SETUP, 'pyproject.toml': '' } })
    repository.commit({})
    repository.git('tag', '1.0')
    const versionOf = () =>
      packageFiles(debsOf(scene.output)[0] ?? '').flatMap((path) => /hello-(.*)\.dist-info$/.exec(path)?.[1] ?? [])
    expect((await scene.build()).code).toBe(0)
    const { source } = readResultFile(scene.output)
    expect(versionOf()).toEqual(['1.0'])
    repository.git('tag', '--delete', '1.0')
    repository.git('tag', '2.0')
    const again = await scene.build(['--force-overwrite'])
    expect(again.code).toBe(0)
    expect(again.stderr).toMatch(/lock .*reused/)
    expect(readResultFile(scene.output).source).toBe(source)
    expect(versionOf()).toEqual(['2.0'])
  })
})

/** Its version is that of its tag, as pbr has it. */
const TAGGED_SETUP = `import subprocess
from setuptools import setup
version = subprocess.check_output(["git", "describe", "--tags"], text=True).strip()
setup(name="hello", version=version, description="Says hello", py_modules=["hello_module"])
`
