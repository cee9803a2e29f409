import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { debsOf, fetchTools, legFolder, makeScene, type Scene } from '../support/build-scene.js'
import { writeProject } from '../support/python-project.js'
import { lazy, scratch, sharedScratch } from '../support/scratch.js'
import { tested } from '../support/tested-world.js'

// Two versions of a small project, locked, planned and built by the tool itself: what its CI tested is played on
// loopback, all the rest is real.

const PYTHONS = '3.9,3.11'
const folder = sharedScratch()
let scene: Scene

const manifest = (version: string, requirement: string) =>
  JSON.stringify({
    settings: {
      ...(JSON.parse(readFileSync(scene.manifest, 'utf8')) as { settings: object }).settings,
      version,
    },
    projects: [
      {
        ...{ name: 'hello', giturl: 'hello', pip_dependencies: ['idna'], postinstall_dependencies: ['toml'] },
        pip_overrides: [{ requirement, reason: 'CVE-1' }],
      },
    ],
  })

/** `1/` and `2/` hold what was made of each version, by the first test that runs. */
const made = lazy(async () => {
  await fetchTools()
  writeProject(join(folder, 'hello'), { dependencies: ['six', 'python-dateutil', 'requests'] })
  const world = await tested(folder)
  scene = makeScene(
    folder,
    { settings: { ...world.settings, gerrit_dependencies: true, constraints: ['upper.txt'] } },
    { dependencies: ['six', 'python-dateutil', 'requests'] },
  )
  for (const [version, requirement, upper] of [
    ['1', 'certifi==2024.2.2', 'requests==2.31.0\n'],
    ['2', 'certifi==2024.7.4', 'requests==2.32.3\nsix==1.16.0\n'],
  ] as const) {
    writeFileSync(scene.manifest, manifest(version, requirement))
    writeFileSync(join(folder, 'upper.txt'), upper)
    for (const words of [
      ['lock', '-m', 'manifest.yml', '--python-version', PYTHONS],
      ['plan', '-m', 'manifest.yml', '-o', 'plan'],
      ['build', '-m', 'manifest.yml', '-o', 'out'],
    ]) {
      const { code, stderr } = await scene.run(words)
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    }
    mkdirSync(join(folder, version))
    for (const name of ['locks', 'plan', 'out']) renameSync(join(folder, name), join(folder, version, name))
    cpSync(scene.manifest, join(folder, version, 'manifest.yml'))
  }
})
beforeEach(made, 300_000)

const run = (words: readonly string[], version = '2') => scene.run(words, { cwd: join(folder, version) })
const said = async (words: readonly string[], version?: string) => {
  const { code, stdout, stderr } = await run(words, version)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('giftwrap explain', () => {
  it('says why a package of the committed locks has its version, with the rung and its change', async () => {
    const text = await said(['explain', 'hello', 'six', '-m', 'manifest.yml'], '1')
    expect(text).toMatch(/^hello 1 \(Python 3\.9, 3\.11\): six\n {2}version +1\.15\.0\n/)
    expect(text).toMatch(/^ {2}decided by +rung 1: freeze of openstack-tox-py311 \(gate\)$/m)
    expect(text).toMatch(/^ {2}constraint +six==1\.15\.0$/m)
    expect(text).toMatch(/^ {2}source +http:\/\/127\.0\.0\.1:\d+\/logs\/38b\//m)
    expect(text).toMatch(/^ {2}change +http:\/\/127\.0\.0\.1:\d+\/gerrit\/c\/.*\/42$/m)
    expect(text).toMatch(/^ {2}required by +(Python 3\.9: )?hello, python-dateutil$/m)
    expect(text).toMatch(/^ {2}lock +Python 3\.9: locks\/hello-1-py3\.9\.txt/m)
  })

  it('takes manifest.yml and all spellings of a name', async () => {
    const text = await said(['explain', 'hello', 'Python_Dateutil', '--python-version', '3.11'])
    expect(text).toMatch(/^hello 2 \(Python 3\.11\): python-dateutil\n/)
    expect(text).toMatch(/^ {2}not tested +nobody is known to have tested this version$/m)
  })

  it("says what the manifest overrules, overrides and asks for itself, and what the rungs above didn't name", async () => {
    const six = await said(['explain', 'hello', 'six'])
    expect(six).toMatch(/^ {2}decided by +rung 5: the manifest's constraints \(upper\.txt\)$/m)
    expect(six).toMatch(/^ {2}overruled +==1\.15\.0, which was tested, by ==1\.16\.0$/m)
    const certifi = await said(['explain', 'hello', 'certifi'])
    expect(certifi).toMatch(/^ {2}not tested +certifi==2024\.7\.4 is wanted by the manifest\n +reason: CVE-1$/m)
    expect(certifi).toMatch(/^ {2}by way of +hello > requests > certifi$/m)
    const idna = await said(['explain', 'hello', 'idna'])
    expect(idna).toMatch(/^ {2}version +3\.7$/m)
    expect(idna).toMatch(/^ {2}required by +requests, pip_dependencies of the manifest$/m)
    expect(idna).toMatch(/^ {2}above +rung 1: freeze of openstack-tox-py311 \(gate\) does not name it$/m)
    expect(await said(['explain', 'hello', 'toml'])).toMatch(/^ {2}not tested +postinstall_dependencies: /m)
  })

  it('gives an overview without a package', async () => {
    const text = await said(['explain', 'hello'], '1')
    expect(text).toMatch(/^ {2}rung 1 +1 package: freeze of openstack-tox-py311 \(gate\)$/m)
    expect(text).toMatch(/^ {2}rung 2 +1 package: requirements of openstack-tox-py311$/m)
    expect(text).toMatch(/^ {2}not tested: overrides +certifi$/m)
    expect(text).toMatch(/^ {2}not tested: postinstall +toml$/m)
    expect(text).toMatch(/^ +source: http:\/\/127\.0\.0\.1:\d+\/logs/m)
  })

  it('says the same of a plan and of a package as of the committed lock that they come from', async () => {
    const [deb = ''] = debsOf(join(folder, '2', 'out'))
    const plan = await said(['explain', 'hello', 'six', '--plan', 'plan/plan.json'])
    const built = await said(['explain', 'hello', 'six', '--package', deb])
    const withoutLock = (text: string) => text.split('\n').filter((line) => !line.startsWith('  lock'))
    expect(withoutLock(built)).toEqual(withoutLock(plan))
    expect(plan).toMatch(/^ {2}decided by +rung 5/m)
    const python = /Python (3\.\d+)/.exec(plan)?.[1] ?? ''
    if (PYTHONS.split(',').includes(python)) {
      const committed = await said(['explain', 'hello', 'six', '--python-version', python])
      expect(withoutLock(committed)).toEqual(withoutLock(plan))
    }
  })

  it('gives JSON: a list of locks', async () => {
    const { package: name, versions } = JSON.parse(await said(['explain', 'hello', 'six', '--json'], '1')) as {
      package: string
      versions: { project: string; version: string; locks: { python: string; version: string; rung: number }[] }[]
    }
    expect([name, versions.length, versions[0]?.project]).toEqual(['six', 1, 'hello'])
    expect(versions[0]?.locks).toMatchObject([
      { python: '3.9', version: '1.15.0', rung: 1, required_by: ['hello', 'python-dateutil'] },
      { python: '3.11', version: '1.15.0', rung: 1, from: { what: 'freeze of openstack-tox-py311 (gate)' } },
    ])
  })

  it.each<[string, string[], RegExp]>([
    ['an unknown project', ['helo'], /manifest\.yml has no project "helo"\.\n +Did you mean hello\?/],
    ['an unknown package', ['hello', 'sixx'], /no lock of hello has "sixx"\.\n +Did you mean six\?/],
    ['the project itself', ['hello', 'hello'], /hello is the project itself/],
    ['an unknown project of a plan', ['helo', '--plan', 'plan/plan.json'], /has no lock of "helo"\.\n +Did you mean/],
    ['a Python without a lock', ['hello', '--python-version', '3.8'], /"3\.8"\.\n +There are locks for 3\.9, 3\.11\./],
    ['two places', ['hello', '--plan', 'x', '--package', 'y'], /--plan and --package don't go together/],
    ['no project', [], /giftwrap explain PROJECT \[PACKAGE\]: 0 words were given/],
    ['a manifest that is not there', ['hello', '-m', 'no.yml'], /no\.yml/],
    ['a plan that is not there', ['hello', '--plan', 'no.json'], /no\.json is not there/],
    ['a package that is not there', ['hello', '--package', 'no.deb'], /no\.deb is not there/],
    ['an rpm', ['hello', '--package', 'x.rpm'], /packages of the format \.rpm are not read yet/],
  ])('refuses %s: exit code 2', async (_name, words, message) => {
    const { code, stdout, stderr } = await run(['explain', ...words])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })
})

describe('locks that somebody has touched', () => {
  function copied(): string {
    const place = scratch()
    cpSync(join(folder, '2'), place, { recursive: true })
    return place
  }
  const record = (place: string) => join(place, 'locks', 'hello-2.json')
  const at = (place: string, ...words: readonly string[]) => scene.run(words, { cwd: place })
  const edit = (file: string, from: string | RegExp, to: string) => {
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(from)
    writeFileSync(file, text.replace(from, to))
  }

  it('are shown with a warning where the text is another than its record says', async () => {
    const place = copied()
    edit(join(place, 'locks', 'hello-2-py3.9.txt'), 'six==1.16.0', 'six==1.17.0')
    const { code, stdout, stderr } = await at(place, 'explain', 'hello', 'six', '--python-version', '3.9')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}version +1\.17\.0$/m)
    expect(stderr).toMatch(/^warning: locks\/hello-2-py3\.9\.txt was edited by hand/m)
  })

  it('move no cursor: control characters are shown as escapes, in JSON too', async () => {
    const place = copied()
    edit(record(place), /"freeze of [^"]*"/, JSON.stringify('freeze\u001b[2J of\u202e \u2028x'))
    const text = await at(place, 'explain', 'hello')
    expect(text.stdout).toContain('freeze\\u001b[2J of\\u202e \\u2028x')
    const json = await at(place, 'explain', 'hello', '--json')
    expect(json.stdout).toContain('freeze\\u001b[2J of\\u202e \\u2028x')
    for (const { code, stdout } of [text, json]) {
      expect(code).toBe(0)
      expect(stdout).not.toMatch(/[^\P{C}\n]|\u2028/u)
    }
  })

  it.each<[string, (place: string) => void, RegExp]>([
    [
      'a record of another format',
      (place) => edit(record(place), '"format": 2', '"format": 1'),
      /locks\/hello-2\.json is no record of locks that can be read: format: .*\n.*giftwrap lock/,
    ],
    ['a record that is no JSON', (place) => writeFileSync(record(place), '\u001b{'), /no record of locks .*\\u001b/],
    [
      'a record that leads elsewhere',
      (place) => edit(record(place), '"file": "hello', '"file": "../hello'),
      /no record of locks/,
    ],
    ['no record', (place) => rmSync(record(place)), /there is no lock of hello 2 beside manifest\.yml/],
    [
      'a lock that is gone',
      (place) => rmSync(join(place, 'locks', 'hello-2-py3.9.txt')),
      /locks\/hello-2-py3\.9\.txt is not there/,
    ],
    [
      'a lock that is a folder',
      (place) => {
        rmSync(join(place, 'locks', 'hello-2-py3.9.txt'))
        mkdirSync(join(place, 'locks', 'hello-2-py3.9.txt'))
      },
      /is not a file/,
    ],
    [
      'a lock that is too large',
      (place) => writeFileSync(join(place, 'locks', 'hello-2-py3.9.txt'), Buffer.alloc(33 * 1024 * 1024)),
      /has more than 33554432 bytes/,
    ],
  ])('are refused with %s: exit code 2', async (_name, spoil, message) => {
    const place = copied()
    spoil(place)
    const { code, stdout, stderr } = await at(place, 'explain', 'hello', 'six')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/[^\P{C}\n]/u)
  })
})

describe('giftwrap diff', () => {
  const compare = async (a: string, b: string, ...words: readonly string[]) => {
    const { code, stdout, stderr } = await scene.run(['diff', a, b, ...words], { cwd: folder })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }
  const python = () => /py(3\.\d+)/.exec(readdirSync(join(folder, '1', 'plan', 'locks'))[0] ?? '')?.[1] ?? ''

  it('shows what is different between two real versions, with the rungs, once for all Pythons', async () => {
    expect(await compare('1/locks/hello-1.json', '2/locks/hello-2.json')).toBe(`\
hello 1 → 2 (Python 3.9, 3.11): 3 changed
  changed
    certifi   2024.2.2 (rung 5, not tested: override) → 2024.7.4 (rung 5, not tested: override)
    requests  2.31.0 (rung 5) → 2.32.3 (rung 5)
    six       1.15.0 (rung 1) → 1.16.0 (rung 5)
`)
  })

  it('finds the same in records, folders of them, plans, results and packages', async () => {
    const [one = '', two = ''] = ['1', '2'].map((version) => debsOf(join(folder, version, 'out'))[0] ?? '')
    const changes = (text: string) => text.split('\n').slice(1)
    const expected = changes(await compare('1/plan/plan.json', '2/plan'))
    expect(expected).toHaveLength(5)
    for (const [a, b] of [
      [one, two],
      ['1/out', '2/out'],
      [legFolder(join(folder, '1', 'out')), '2/plan'],
      ['1/plan', two],
      [`1/locks/hello-1-py3.9.txt`, `2/locks/hello-2-py3.9.txt`],
      ['1/locks', '2/locks'],
    ] as const) {
      expect(changes(await compare(a, b))).toEqual(expected)
    }
  })

  it('says when there is no difference', async () => {
    const places = ['1/plan', '1/out', debsOf(join(folder, '1', 'out'))[0] ?? '']
    for (const place of places) expect(await compare(places[0] ?? '', place)).toBe('equal\n')
    expect(JSON.parse(await compare('1/plan', '1/out', '--json'))).toMatchObject({ equal: true })
  })

  it('names locks that one side lacks', async () => {
    const others = PYTHONS.split(',').filter((one) => one !== python())
    const text = await compare('1/locks', '1/plan')
    for (const other of others) expect(text).toContain(`  locked in A only: Python ${other}\n`)
  })

  it('compares texts alone, as far as they say something', async () => {
    const place = scratch()
    for (const version of ['1', '2']) {
      cpSync(join(folder, version, 'locks', `hello-${version}-py3.9.txt`), join(place, `${version}.txt`))
    }
    const text = await compare(join(place, '1.txt'), join(place, '2.txt'))
    expect(text).toMatch(/^1\.txt → 2\.txt: 3 changed\n {2}changed\n {4}certifi {3}2024\.2\.2 → 2024\.7\.4\n/)
  })

  it('lists build requirements by themselves, and warns where somebody has edited them', async () => {
    const place = scratch()
    cpSync(join(folder, '1', 'locks'), place, { recursive: true })
    const file = join(place, 'hello-1-py3.9-build.txt')
    const text = readFileSync(file, 'utf8')
    const version = /^setuptools==(\S+)/m.exec(text)?.[1] ?? ''
    writeFileSync(file, text.replace(`setuptools==${version}`, 'setuptools==1.0'))
    const { code, stdout, stderr } = await scene.run(['diff', '1/locks', place], { cwd: folder })
    expect(code).toBe(0)
    expect(stdout).toBe(`\
hello 1 (Python 3.9, 3.11): the same versions
  build requirements changed
    setuptools  ${version} → 1.0  [Python 3.9]
`)
    expect(stderr).toMatch(/^warning: \S+hello-1-py3\.9-build\.txt was edited by hand/m)
  })

  it('gives JSON', async () => {
    expect(JSON.parse(await compare('1/locks', '2/locks', '--json'))).toMatchObject({
      equal: false,
      ...{ added: [], removed: [] },
      projects: [
        {
          from: { project: 'hello', version: '1', pythons: ['3.9', '3.11'] },
          changes: [{ name: 'certifi' }, { name: 'requests' }, { from: { rung: 1 }, to: { rung: 5 } }],
        },
      ],
    })
  })

  it.each<[string, string[], RegExp]>([
    ['one place', ['1/plan'], /giftwrap diff A B: 1 word was given/],
    ['three places', ['a', 'b', 'c'], /giftwrap diff A B: 3 words were given/],
    ['a place that is not there', ['1/plan', 'no'], /no is not there/],
    ['a folder of something else', ['1/plan', 'hello'], /hello has neither a plan\.json, nor results, nor records/],
    ['another format', ['1/plan', 'x.rpm'], /x\.rpm: packages of the format \.rpm are not read yet/],
    ['a record of something else', ['1/plan', 'x.json'], /x\.json is no record of locks/],
    ['a package that is none', ['1/plan', 'x.deb'], /dpkg-deb failed/],
  ])('refuses %s', async (_name, words, message) => {
    for (const name of ['x.rpm', 'x.json', 'x.deb']) {
      if (!existsSync(join(folder, name))) writeFileSync(join(folder, name), '{}')
    }
    const { code, stdout, stderr } = await scene.run(['diff', ...words], { cwd: folder })
    expect([stdout, stderr]).toEqual(['', expect.stringMatching(message)])
    expect(code).toBe(words.includes('x.deb') ? 4 : 2)
  })

  it('leaves legs out that failed, and says so', async () => {
    const place = scratch()
    cpSync(join(folder, '1', 'out'), place, { recursive: true })
    const failed = join(place, 'failed')
    cpSync(legFolder(place), failed, { recursive: true })
    const result = JSON.parse(readFileSync(join(failed, 'result.json'), 'utf8')) as object
    writeFileSync(join(failed, 'result.json'), JSON.stringify({ ...result, status: 'failed', packages: [] }))
    const { code, stdout, stderr } = await scene.run(['diff', place, '1/plan'], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'equal\n' })
    expect(stderr).toMatch(/^warning: .*failed is left out: its build failed\.$/m)
  })
})
