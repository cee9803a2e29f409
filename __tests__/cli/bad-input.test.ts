import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { fetchTools, type ManifestParts, makeScene, manifestText, type Scene } from '../support/build-scene.js'
import { gitRepository } from '../support/git-repository.js'
import { serve } from '../support/loopback.js'
import { canMount, hidingPython } from '../support/mounts.js'
import { need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

/** Builds, and expects exit code 2, this message, and nothing new anywhere. */
async function expectRefused(scene: Scene, message: RegExp, words: readonly string[] = [], prefix?: readonly string[]) {
  const before = readdirSync(scene.folder, { recursive: true, encoding: 'utf8' })
  const { code, stdout, stderr } = await scene.build(words, prefix === undefined ? {} : { prefix })
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/bug of giftwrap|at .*\.js:\d+/)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  const isNew = (path: string) => !before.includes(path) && !/^cache\/giftwrap-(work|uv|nfpm|lock|sdist)/.test(path)
  const after = readdirSync(scene.folder, { recursive: true, encoding: 'utf8' })
  expect(after.filter(isNew)).toEqual([])
  expect(after.filter((path) => path.includes('.partial-'))).toEqual([])
  expect(existsSync(scene.output)).toBe(false)
}

describe('a manifest that is wrong', () => {
  const version = 'settings: {version: 1.2.3}\n'
  const cases: [string, string, RegExp][] = [
    ['is empty', '', /manifest\.yml/],
    ['holds comments only', '# nothing\n', /manifest\.yml/],
    ['is no YAML', `${version}projects: [\n  - name: "hello\n`, /manifest\.yml:\d+:\d+: /],
    ['has a tab', `${version}projects:\n\t- name: hello\n`, /manifest\.yml:3:\d+: /],
    ['has an unknown key', `${version}projects:\n  - name: hello\n    gitreff: x\n`, /manifest\.yml:4:5: .*gitref/s],
    ['has no version', 'settings: {base_path: /opt/x}\nprojects: [{name: hello}]\n', /manifest\.yml:.*version/s],
    ['has no projects', version, /projects/],
    [
      'has a cycle of templates',
      "settings: {version: '{{ settings.iteration }}', iteration: '{{ settings.version }}'}\nprojects: [{name: hello}]\n",
      /manifest\.yml:\d+:\d+: .*(version|iteration)/,
    ],
    [
      'has an unknown packager',
      'settings: {version: 1, packager: rpmbuild}\nprojects: [{name: hello}]\n',
      /:1:\d+: .*packager/,
    ],
  ]
  it.each(cases)('because it %s', async (_name, text, message) => {
    const scene = makeScene(scratch())
    writeFileSync(scene.manifest, text)
    await expectRefused(scene, message)
  })

  it('because it is not there', async () => {
    await expectRefused(makeScene(scratch()), /nowhere\.yml/, ['-m', 'nowhere.yml'])
  })

  it('because it is a folder', async () => {
    await expectRefused(makeScene(scratch()), /hello/, ['-m', 'hello'])
  })
})

describe('an option that is wrong', () => {
  it.each([
    ['an unknown packager', ['--packager', 'rpmbuild'], /packager/],
    ['an iteration that is no number', ['--iteration', 'two'], /iteration/],
    ['an unknown type', ['-t', 'snap'], /build_type/],
    ['images, which are not there yet', ['-t', 'docker'], /builds packages, no images yet/],
    ['a version that no package can have', ['-v', '../x'], /version/],
  ])('because it names %s', async (_name, words, message) => {
    await expectRefused(makeScene(scratch()), message, words)
  })
})

const withProject = (project: Readonly<Record<string, unknown>>): ManifestParts => ({
  projects: [{ name: 'hello', ...project }],
})

describe('a source that is wrong', () => {
  it.each([
    ['a repository that is not there', { giturl: '/nowhere/hello.git' }, /\/nowhere\/hello\.git can't be read/],
    [
      'a server that is not there',
      { giturl: 'http://127.0.0.1:2/hello.git' },
      /127\.0\.0\.1:2\/hello\.git can't be read/,
    ],
    [
      'a commit of a server that is not there',
      { giturl: 'http://127.0.0.1:2/hello.git', gitref: '0'.repeat(40) },
      /127\.0\.0\.1:2\/hello\.git can't be read/,
    ],
    ['a path that is not there', { path: 'nowhere' }, /manifest\.yml:1:\d+: .*nowhere is not a folder/],
    ['a path that is a file', { path: 'manifest.yml' }, /is not a folder/],
    ['a folder of no Python project', { path: 'hello/docs' }, /neither pyproject\.toml nor setup\.py/],
    ["a folder that holds giftwrap's own", { path: '.' }, /can't be copied: .*subdirectory of self/],
    ['a subdirectory that is not there', { path: 'hello', subdirectory: 'sub' }, /no folder sub/],
  ])('because it names %s', async (_name, project, message) => {
    const scene = makeScene(scratch(), withProject(project), { files: { 'docs/index.rst': '' } })
    await expectRefused(scene, message)
  })

  it.each(['stable/none', '0'.repeat(40)])('because it names the unknown ref %s', async (gitref) => {
    const scene = makeScene(scratch(), withProject({ giturl: 'repository', gitref }))
    gitRepository(join(scene.folder, 'repository')).commit({ 'setup.py': '' })
    await expectRefused(scene, new RegExp(`manifest\\.yml:1:\\d+: .*no branch, tag or other ref "${gitref}"`))
  })

  it('because it names several, all of which are told', async () => {
    const projects = ['hello', 'world'].map((name) => ({ name, giturl: `/nowhere/${name}.git` }))
    const scene = makeScene(scratch(), { projects: [...projects, { name: 'third', path: 'nowhere' }] })
    const all = /hello\.git can't be read.*world\.git can't be read.*nowhere is not a folder/s
    await expectRefused(scene, all)
  })
})

describe('constraints that are wrong', () => {
  const withConstraints = (source: string) => makeScene(scratch(), { settings: { constraints: [source] } })

  it('because the file is not there', async () => {
    await expectRefused(withConstraints('upper.txt'), /manifest\.yml:1:\d+: .*upper\.txt is not there/)
  })

  it('because the file holds something else', async () => {
    const scene = withConstraints('upper.txt')
    writeFileSync(join(scene.folder, 'upper.txt'), '<!DOCTYPE html>\n<html><body>Sign in</body></html>\n')
    await expectRefused(scene, /upper\.txt:1: .*is not a constraint/)
  })

  it('because the server has no such file', async () => {
    const { url } = await serve({})
    await expectRefused(withConstraints(`${url}/upper.txt`), /upper\.txt can't be fetched: the server answered 404/)
  })

  it('because there is no server', async () => {
    await expectRefused(withConstraints('http://127.0.0.1:2/upper.txt'), /can't be fetched: .*ECONNREFUSED/)
  })
})

describe('a machine without Python', () => {
  it('gets one sentence that names the package', async (context) => {
    need(context, canMount(), 'private mount namespaces for root')
    const scene = makeScene(scratch())
    await expectRefused(
      scene,
      /this machine lacks python3 .*\n.*Install the packages? python3.*--provision/,
      [],
      hidingPython(scratch()),
    )
  })
})

describe('the manifest of the other tests', () => {
  it('is right', async () => {
    const scene = makeScene(scratch())
    expect(JSON.parse(manifestText())).toHaveProperty('projects')
    expect((await scene.build(['--dry-run'])).code).toBe(0)
  })
})
