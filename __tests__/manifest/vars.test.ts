import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ManifestOverrides } from '../../src/manifest/read-manifest.js'
import { load, loadText, manifestFolder, problemsIn } from './manifest-folder.js'

const MANIFEST = `vars:
  series: '2025.1'
  branch: stable/{{ vars.series }}
  debug: no
  fast: true
  hosts: [a, '{{ vars.series }}']
  deep: {inner: {value: '{{ name }}'}}
  spelled: yes
  quoted: 'true'
  off: False
  nothing: ~
  lists: [['{{ vars.series }}', {a: '{{ vars.series }}'}], null, True]
  number: 1.10
settings:
  version: '{{ vars.series }}'
projects:
  - name: keystone
    gitref: '{{ vars.branch }}'
`
const vendor = (template: string) => `${MANIFEST.replace("version: '", `vendor: "${template}"\n  version: '`)}`

describe('vars', () => {
  it('are there for templates of settings, of projects and of other variables', async () => {
    const { settings, projects } = await loadText(MANIFEST)
    expect(settings.version).toBe('2025.1')
    expect(projects[0]?.gitref).toBe('stable/2025.1')
  })

  it.each([
    ["{{ vars.hosts | join('+') }}", 'a+2025.1'],
    ["{{ 'yes' if vars.fast else 'no' }}", 'yes'],
    ['{{ vars.debug }}', 'no'],
    ['{{ vars.deep.inner.keys() | list | join }}', 'value'],
    ['{{ vars.missing is defined }}', 'False'],
    ['{{ vars.spelled }} {{ vars.spelled is string }}', 'yes True'],
    ['{{ vars.quoted }} {{ vars.quoted is string }}', 'true True'],
    ['{{ vars.off is false }}', 'True'],
    ['{{ vars.nothing is none }}', 'True'],
    ['{{ vars.lists | tojson }}', '[["2025.1", {"a": "2025.1"}], null, true]'],
    ['{{ vars.number }} {{ vars.number is string }}', '1.10 True'],
  ])('%s gives %s', async (template, expected) => {
    const manifest = await loadText(MANIFEST)
    expect(manifest.render(template, 0)).toBe(expected)
  })

  it('may speak of a project, which each project sees as its own', async () => {
    const manifest = await loadText(`${MANIFEST}  - {name: glance}\n`)
    expect([0, 1].map((project) => manifest.render('{{ vars.deep.inner.value }}', project))).toEqual([
      'keystone',
      'glance',
    ])
  })

  it.each<[string, ManifestOverrides, string]>([
    ['--var over the manifest', { vars: ['series=9'] }, '9'],
    ['a later --var over an earlier one', { vars: ['series=8', 'series=9'] }, '9'],
    ['a text with = in it', { vars: ['series=a=b'] }, 'a=b'],
    ['a template', { vars: ['series={{ 4 + 5 }}'] }, '9'],
    ['true and false as in the manifest', { vars: ['fast=false', "series={{ '1' if vars.fast else '2' }}"] }, '2'],
  ])('%s', async (_, overrides, version) => {
    expect((await loadText(MANIFEST, overrides)).settings.version).toBe(version)
  })

  it('of files win over the manifest, of later files over earlier ones, --var over files', async () => {
    const folder = await manifestFolder({
      'manifest.yml': MANIFEST,
      'one.yml': 'series: one\nbranch: one\nother: one\n',
      'two.yml': 'series: two\nbranch: two\n',
    })
    const varsFiles = ['one.yml', 'two.yml'].map((name) => join(folder, name))
    const { vars } = await load(folder, { varsFiles, vars: ['series=var'] })
    expect(vars).toMatchObject({ series: 'var', branch: 'two', other: 'one', fast: true, off: false, nothing: null })
  })

  it.each<[string, ManifestOverrides, string]>([
    ['no name', { vars: ['=x'] }, '--var "=x" is not NAME=VALUE'],
    ['no value', { vars: ['x'] }, '--var "x" is not NAME=VALUE'],
    ['a name that is none', { vars: ['a-b=x'] }, '--var "a-b" is not the name of a variable'],
    ['a missing file', { varsFiles: ['/nonexistent/vars.yml'] }, 'there is no such file'],
  ])('%s is a problem', async (_, overrides, message) => {
    const problems = await problemsIn(() => loadText(MANIFEST, overrides))
    expect(problems.map((problem) => problem.message)).toEqual([message])
  })

  it.each([
    ['- a\n', 'a file of variables is a mapping'],
    ['a: [1\n', 'this is not YAML'],
    ['a: 1\na: 2\n', "the key 'a' is given twice"],
    ['a-b: 1\n', "'a-b' is not the name of a variable"],
  ])('a file of variables with %j is a problem, with its place', async (text, message) => {
    const folder = await manifestFolder({ 'manifest.yml': MANIFEST, 'vars.yml': text })
    const path = join(folder, 'vars.yml')
    const [problem] = await problemsIn(() => load(folder, { varsFiles: [path] }))
    expect(problem?.message).toContain(message)
    expect(problem?.file).toBe(path)
  })

  it('that go round in a circle are shown', async () => {
    const [problem] = await problemsIn(() => loadText(MANIFEST, { vars: ['series={{ vars.branch }}'] }))
    expect(problem?.message).toMatch(/goes round in a circle: .*vars\.(series|branch) → .*vars\./)
  })

  it('with a template that is wrong are a problem at their own place, named', async () => {
    const text = vendor('{{ vars.fault }}').replace('  debug: no', "  debug: no\n  fault: [a, '{{ nobody }}']")
    const [problem] = await problemsIn(() => loadText(text))
    expect(problem).toMatchObject({ line: 5, column: 14, message: "vars.fault: 'nobody' is unknown" })
  })

  it('that are not there are a problem at the place that asks', async () => {
    const [problem] = await problemsIn(() => loadText(vendor('{{ vars.serie }}')))
    expect(problem).toMatchObject({ line: 15, column: 11 })
    expect(problem?.message).toContain("'vars' has no 'serie'")
  })
})

describe('--set', () => {
  const SETTINGS = 'settings: {version: 1, labels: {a: x, b.c: y}, fpm_options: [z]}\nprojects: [{name: p}]\n'

  it.each<[string[], object]>([
    [['vendor=ACME'], { vendor: 'ACME' }],
    [['settings.vendor=ACME'], { vendor: 'ACME' }],
    [['vendor=a', 'vendor=b'], { vendor: 'b' }],
    [['version=2'], { version: '2', install_path: '{{ settings.base_path }}/{{ project.name }}' }],
    [['force_overwrite=yes'], { force_overwrite: true }],
    [['iteration=3'], { iteration: 3 }],
    [['fpm_options=[--a, "b c"]'], { fpm_options: ['--a', 'b c'] }],
    [['labels={d: e}'], { labels: { a: 'x', 'b.c': 'y', d: 'e' } }],
    [['labels.b.c=z'], { labels: { a: 'x', 'b.c': 'z' } }],
    [['vendor={{ settings.version }}!'], { vendor: '1!' }],
    [['upper_constraints=u.txt'], { constraints: ['u.txt'] }],
  ])('%j', async (set, expected) => {
    expect((await loadText(SETTINGS, { set })).settings).toMatchObject(expected)
  })

  it('yields to an option of its own', async () => {
    expect((await loadText(SETTINGS, { set: ['version=2'], version: '3' })).settings.version).toBe('3')
  })

  it('and options of their own are all laid over the manifest', async () => {
    const given = { version: '2', buildType: 'docker', outputDir: 'out', packager: 'nfpm', iteration: '4', jobs: '5' }
    expect((await loadText(SETTINGS, { ...given, parallelBuild: 'no' })).settings).toMatchObject({
      version: '2',
      build_type: 'docker',
      output_dir: 'out',
      packager: 'nfpm',
      iteration: 4,
      jobs: 5,
      parallel_build: false,
    })
  })

  it('tells all that is wrong with its names at once', async () => {
    const problems = await problemsIn(() => loadText(SETTINGS, { set: ['vendor', '=x'] }))
    expect(problems.map(({ message }) => message)).toEqual([
      '--set "vendor" is not NAME=VALUE',
      '--set "=x" is not NAME=VALUE',
    ])
    expect(await problemsIn(() => loadText(SETTINGS, { set: ['a=1', 'b=2'] }))).toHaveLength(2)
  })

  it.each([
    ['vendr=x', "--set vendr: there is no setting 'vendr'", "Did you mean 'vendor'?"],
    ['vendor', '--set "vendor" is not NAME=VALUE', 'Write --set NAME=VALUE.'],
    ['__proto__=x', "--set __proto__: there is no setting '__proto__'", 'It takes the keys of settings.'],
    [
      'jobs=0',
      expect.stringContaining('settings.jobs: must be a whole number'),
      'It was given by --set jobs, not by the manifest.',
    ],
    ['fpm_options=[a', expect.stringContaining('--set fpm_options: this is not YAML'), undefined],
    [
      'install_path=/usr',
      expect.stringContaining('settings.install_path: must not'),
      'It was given by --set install_path, not by the manifest.',
    ],
  ])('%s is a problem', async (text, message, hint) => {
    const [problem, ...others] = await problemsIn(() => loadText(SETTINGS, { set: [text] }))
    expect(others).toEqual([])
    expect(problem?.message).toEqual(message)
    expect(problem?.hint).toBe(hint)
  })
})
