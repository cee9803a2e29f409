import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { debsOf, fetchTools, makeScene, type Scene } from '../support/build-scene.js'
import { writeProject } from '../support/python-project.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

function twoProjects(): Scene {
  const projects = [
    { name: 'hello', path: 'hello' },
    { name: 'world', path: 'world' },
  ]
  const scene = makeScene(scratch(), { settings: { jobs: 2 }, projects })
  writeProject(join(scene.folder, 'world'), { name: 'world' })
  return scene
}

/** Lines of the stages, e.g. `hello venv …`, without times. */
function stages(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => {
    const match = /^(hello|world)-\S+: (\w+) (…|[\d.]+ s)/.exec(line)
    return match === null ? [] : [`${match[1]} ${match[2]} ${match[3] === '…' ? 'starts' : 'ends'}`]
  })
}

describe('two projects', () => {
  it('are built at once', async () => {
    const scene = twoProjects()
    const { code, stdout, stderr } = await scene.build()
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual([...debsOf(scene.output, 'hello'), ...debsOf(scene.output, 'world'), ''])
    const lines = stages(stderr)
    const firstEnd = Math.min(lines.indexOf('hello verify ends'), lines.indexOf('world verify ends'))
    expect(lines.indexOf('hello source starts')).toBeLessThan(firstEnd)
    expect(lines.indexOf('world source starts')).toBeLessThan(firstEnd)
  })

  it.each([['-s'], ['--set parallel_build=no'], ['--set jobs=1']])(
    'are built one after the other by %s',
    async (words) => {
      const { code, stderr } = await twoProjects().build(words.split(' '))
      expect(code).toBe(0)
      const lines = stages(stderr)
      expect(lines.indexOf('hello verify ends')).toBeGreaterThan(0)
      expect(lines.indexOf('hello verify ends')).toBeLessThan(lines.findIndex((line) => line.startsWith('world')))
    },
  )
})

describe('a dozen projects', () => {
  it('are all packaged, and old trees go once nobody needs them', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `p${index}`)
    const projects = names.map((name) => ({ name, path: 'hello', package_name: name }))
    const scene = makeScene(scratch(), { settings: { jobs: 4 }, projects })
    const { code, stderr } = await scene.build()
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    for (const name of names) expect(debsOf(scene.output, name)).toHaveLength(1)
    const trees = join(scene.cache, 'giftwrap-venv')
    const markers = () =>
      readdirSync(trees, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.complete'))
    expect(markers()).toHaveLength(12)
    for (const marker of markers()) utimesSync(join(trees, marker), 1000, 1000)
    expect((await scene.build()).stderr).toMatch(/venv .*reused/)
    expect(markers()).toHaveLength(10)
  })
})

describe('selecting', () => {
  it('-p builds what it names only', async () => {
    const scene = twoProjects()
    const { code } = await scene.build(['-p', 'world'])
    expect(code).toBe(0)
    expect(readdirSync(scene.output)).toHaveLength(1)
    expect(debsOf(scene.output, 'world')).toHaveLength(1)
  })

  it.each([
    ['w*-1.2.3-*', ['world']],
    ['{hello,world}-*', ['hello', 'world']],
    ['*', ['hello', 'world']],
  ])('--only %s picks by the ids of legs', async (glob, picked) => {
    const { code, stderr } = await twoProjects().build(['--only', glob, '--dry-run'])
    expect(code).toBe(0)
    expect(stderr.match(/^\w+(?=-1\.2\.3-\S+$)/gm)).toEqual(picked)
  })

  it('an unknown project is exit code 2 and shows the known ones', async () => {
    const scene = twoProjects()
    const { code, stderr } = await scene.build(['-p', 'wrold,hello,helo'])
    expect(code).toBe(2)
    expect(stderr).toContain('no project of the manifest is called "wrold"')
    expect(stderr).toContain('no project of the manifest is called "helo"')
    expect(stderr).toContain('hello, world')
    expect(existsSync(scene.output)).toBe(false)
  })

  it('a glob that picks nothing is exit code 3 and shows the legs', async () => {
    const scene = twoProjects()
    const { code, stdout, stderr } = await scene.build(['--only', 'nova-*'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/--only nova-\* picks none of the legs: hello-1\.2\.3-\S+, world-1\.2\.3-/)
    expect(existsSync(scene.output)).toBe(false)
  })
})

describe('one of two projects that fails', () => {
  it('leaves the other its package, and is told', async () => {
    const scene = twoProjects()
    writeProject(join(scene.folder, 'hello'), { dependencies: ['six==0.0.0.dev0'] })
    const { code, stderr } = await scene.build()
    expect(code).toBe(4)
    expect(stderr).toMatch(/uv failed with exit code/)
    expect(debsOf(scene.output, 'world')).toHaveLength(1)
    expect(debsOf(scene.output, 'hello')).toHaveLength(0)
  })
})

describe('values from the command line', () => {
  const PARTS = {
    settings: { version: '{{ vars.series }}.{{ vars.point }}', maintainer: 'a <a@example.org>' },
    projects: [{ name: 'hello', path: 'hello' }],
  }

  it('--set, --var and --vars-file reach the package, and their order counts', async () => {
    const scene = makeScene(scratch(), PARTS)
    writeFileSync(join(scene.folder, 'a.yml'), 'series: 1\npoint: 1\n')
    writeFileSync(join(scene.folder, 'b.yml'), 'series: 7\n')
    const files = ['--vars-file', 'a.yml', '--vars-file', 'b.yml']
    const set = ['--set', 'maintainer=b <b@example.org>', '--set', 'maintainer=c{{ vars.series }} <c@example.org>']
    const { code, stderr } = await scene.build([...files, '--var', 'point=2.0', ...set])
    expect({ code, stderr: stderr.replace(/^hello-.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    const [deb = ''] = debsOf(scene.output)
    const fields = execFileSync('dpkg-deb', ['--field', deb, 'Version', 'Maintainer'], { encoding: 'utf8' })
    expect(fields).toMatch(/^Version: 7\.2\.0-1\+.*\nMaintainer: c7 <c@example\.org>\n$/)
  })

  it.each([
    [['--set', 'vendro=x'], /--set vendro: there is no setting 'vendro'\n +Did you mean 'vendor'\?/],
    [['--set', 'vendor'], /--set "vendor" is not NAME=VALUE/],
    [['--var', 'series=1'], /manifest\.yml:1:\d+: .*point/],
    [['--vars-file', 'nowhere.yml'], /nowhere\.yml/],
  ])('%s is exit code 2, and nothing is written', async (words, message) => {
    const scene = makeScene(scratch(), PARTS)
    const { code, stderr } = await scene.build(words)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(existsSync(scene.output)).toBe(false)
  })

  it('a key that has no effect yet is warned of, at its place', async () => {
    const scene = makeScene(scratch(), { settings: { image_tag: 'x' } })
    const { code, stderr } = await scene.build(['--dry-run'])
    expect(stderr).toMatch(/manifest\.yml:1:\d+: .*settings\.image_tag has no effect yet/)
    expect(code).toBe(0)
  })
})
