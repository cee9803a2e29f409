import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ManifestOverrides } from '../../src/manifest/read-manifest.js'
import { renderTemplate } from '../../src/manifest/read-manifest.js'
import { load, loadText, manifestFolder, problemsIn } from './manifest-folder.js'

const FILES = {
  'common.yml': 'settings:\n  vendor: common\n  base_path: /opt/common\n',
  'manifest.yml': `include: [common.yml]
vars: {series: '2025.1'}
settings:
  version: '{{ vars.series }}'
  vendor: mine
  labels: {a.b: x}
projects:
  - name: keystone
  - name: oslo.db
    install_path: '{{ settings.base_path }}/{{ target.id }}/{{ name }}'
overrides:
  - select: 'keystone-*'
    settings: {vendor: leg}
    extras: [ldap]
`,
}
const TARGET = { id: 'debian12', platforms: ['debian12', 'debian', 'dpkg'] }
const LEG = { id: 'keystone-2025.1-debian12-amd64', project: 0, target: TARGET }
const OTHER = { id: 'oslo.db-2025.1-debian12-amd64', project: 1, target: TARGET }

const open = async (overrides?: ManifestOverrides) => {
  const folder = await manifestFolder(FILES)
  return { folder, manifest: await load(folder, overrides) }
}

describe('explain', () => {
  it('shows what a value replaced, down to the default', async () => {
    const { folder, manifest } = await open({ set: ['base_path=/srv/x'] })
    expect(manifest.explain('base_path')).toEqual({
      key: 'settings.base_path',
      value: '/srv/x',
      needsLeg: false,
      origins: [
        { source: '--set base_path', value: '/srv/x' },
        {
          source: join(folder, 'common.yml'),
          place: { file: join(folder, 'common.yml'), line: 3, column: 3 },
          value: '/opt/common',
        },
        { source: 'default', value: '/opt/openstack' },
      ],
      uses: [],
    })
  })

  it('shows an override of a leg above the manifest and what it includes, an option above all', async () => {
    const { folder, manifest } = await open()
    const files = manifest.explain('vendor', LEG).origins.map(({ place }) => `${place?.file}:${place?.line}`)
    expect(files).toEqual([
      `${join(folder, 'manifest.yml')}:13`,
      `${join(folder, 'manifest.yml')}:5`,
      `${join(folder, 'common.yml')}:2`,
    ])
    expect(manifest.explain('vendor', LEG).value).toBe('leg')
    expect(manifest.explain('vendor', OTHER).value).toBe('mine')
    const given = await open({ set: ['vendor=set'] })
    expect(given.manifest.explain('vendor', LEG)).toMatchObject({ value: 'set', origins: { length: 4 } })
  })

  it('shows what a key of a merge gives, below the own one', async () => {
    const manifest = await loadText(
      'settings:\n  version: 1\n  vendor: own\n  <<: {vendor: merged}\nprojects: [{name: a}]\n',
    )
    expect(manifest.explain('vendor').origins.map(({ value, place }) => [value, place?.line])).toEqual([
      ['own', 3],
      ['merged', 4],
    ])
  })

  it('names options by what they are', async () => {
    const { manifest } = await open({ version: '9' })
    const { value, origins } = manifest.explain('settings.version')
    expect(value).toBe('9')
    expect(origins.map(({ source }) => source)).toEqual([
      'an input or an option',
      expect.stringContaining('manifest.yml'),
    ])
  })

  it('lists the values that templates ask for', async () => {
    const { manifest } = await open()
    expect(manifest.explain('projects.keystone.install_path')).toMatchObject({
      key: 'projects[0].install_path',
      value: '/opt/common/keystone',
      origins: [{ source: 'default', value: '{{ settings.install_path }}' }],
      uses: ['settings.install_path'],
    })
    expect(manifest.explain('settings.version').uses).toEqual(['vars.series'])
  })

  it('says that a value needs a leg, and gives it for one', async () => {
    const { manifest } = await open()
    const { needsLeg, value } = manifest.explain('projects.oslo.db.install_path')
    expect([needsLeg, value]).toEqual([true, undefined])
    expect(manifest.explain('project.install_path', OTHER)).toMatchObject({
      key: 'projects[1].install_path',
      value: '/opt/common/debian12/oslo.db',
      needsLeg: false,
    })
  })

  it.each([
    ['projects[0].name', 'projects[0].name', 'keystone'],
    ['projects.oslo.db.name', 'projects[1].name', 'oslo.db'],
    ['settings.labels.a.b', 'settings.labels.a.b', 'x'],
    ['vars.series', 'vars.series', '2025.1'],
    ['iteration', 'settings.iteration', 1],
    ['homepage', 'settings.homepage', undefined],
  ])('%s is %s', async (key, shown, value) => {
    const { manifest } = await open()
    const explanation = manifest.explain(key)
    expect([explanation.key, explanation.value]).toEqual([shown, value])
  })

  it('tells where a variable comes from', async () => {
    const folder = await manifestFolder({ ...FILES, 'v.yml': '\nseries: file\n' })
    const varsFiles = [join(folder, 'v.yml')]
    const manifest = await load(folder, { varsFiles, vars: ['series=var'] })
    expect(manifest.explain('vars.series').origins.map(({ source, place }) => [source, place?.line])).toEqual([
      ['--var series', undefined],
      [join(folder, 'v.yml'), 2],
      [join(folder, 'manifest.yml'), 2],
    ])
  })

  it('takes the longest name of a project that fits', async () => {
    const manifest = await loadText('settings: {version: 1}\nprojects: [{name: oslo}, {name: oslo.db}]\n')
    expect(manifest.explain('projects.oslo.db.name').value).toBe('oslo.db')
    expect(manifest.explain('projects.oslo.name').value).toBe('oslo')
  })

  it('shows where a part of a mapping comes from, and own parts only', async () => {
    const { manifest, folder } = await open({ set: ['labels.c=y'] })
    const file = join(folder, 'manifest.yml')
    expect(manifest.explain('labels.a.b').origins).toEqual([
      { source: file, place: { file, line: 6, column: 12 }, value: 'x' },
    ])
    expect(manifest.explain('labels.c').origins).toEqual([{ source: '--set labels.c', value: 'y' }])
    expect(manifest.explain('labels.constructor')).toMatchObject({ origins: [] })
    expect(manifest.explain('labels.constructor')).not.toHaveProperty('value')
  })

  it('gives no project the leg of another', async () => {
    const { manifest } = await open()
    expect(manifest.explain('projects.oslo.db.install_path', LEG)).toMatchObject({ needsLeg: true })
  })

  it('sorts the values that templates ask for', async () => {
    const manifest = await loadText(
      "vars: {b: 1, a: 2}\nsettings: {version: 1, vendor: '{{ vars.b }}{{ settings.version }}{{ vars.a }}'}\nprojects: [{name: a}]\n",
    )
    expect(manifest.explain('vendor').uses).toEqual(['settings.version', 'vars.a', 'vars.b'])
  })

  it.each([
    ['vendr', "Did you mean 'vendor'?"],
    ['vars.serie', "Did you mean 'series'?"],
    ['projects.keyston.name', undefined],
    ['projects[2].name', undefined],
    ['projects.keystone.extra', "Did you mean 'extras'?"],
    ['__proto__', undefined],
    ['settings.constructor', undefined],
    ['', undefined],
    ['settings', undefined],
    ['projects', undefined],
    ['vars', undefined],
  ])('there is no key %j', async (key, hint) => {
    const { manifest } = await open()
    const [problem, ...others] = await problemsIn(() => manifest.explain(key))
    expect(others).toEqual([])
    expect(problem?.message).toMatch(/there is no key|has 2 projects/)
    if (hint !== undefined) expect(problem?.hint).toBe(hint)
  })
})

describe('render', () => {
  it.each<[string, string | undefined, string]>([
    ['{{ settings.version }}/{{ vars.series }}', undefined, '2025.1/2025.1'],
    ['{{ name }} {{ version }} {{ gitref }} {{ stackforge }}', 'keystone', 'keystone 2025.1 master False'],
    ['{{ project.install_path }} {{ settings.vendor }}', 'keystone', '/opt/common/keystone mine'],
    ['{{ project.gitref }}', 'oslo.db', 'master'],
    ['{{ name }} {{ project.name }}', 'oslo.db', 'oslo.db oslo.db'],
    ['a{# comment #}b', undefined, 'ab'],
    ['no template', undefined, 'no template'],
  ])('%j for %s', async (template, project, expected) => {
    expect(renderTemplate((await open()).manifest, template, project)).toBe(expected)
  })

  it('gives what a leg has, overrides and target too', async () => {
    const { manifest } = await open()
    expect(manifest.render('{{ target.id }} {{ settings.vendor }} {{ project.extras | join }}', LEG)).toBe(
      'debian12 leg ldap',
    )
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('knows no %s of a target', async (member) => {
    const { manifest } = await open()
    const [problem] = await problemsIn(() => manifest.render(`{{ target.${member} }}`, LEG))
    expect(problem?.message).toBe(`the template 'target' has no '${member}'`)
  })

  it.each<[string, string | undefined, string, string | undefined]>([
    ['{{ name }}', undefined, 'the template speaks of a project', 'Name a project.'],
    ['{{ target.id }}', 'keystone', 'the template speaks of a target', 'Name a target.'],
    ['{{ nothing }}', undefined, "the template 'nothing' is unknown", undefined],
    ['{{ 1 +', undefined, 'the template ends too early', undefined],
    ['x', 'none', 'no project of the manifest is called "none".', 'Its projects: keystone, oslo.db.'],
  ])('refuses %j for %s', async (template, project, message, hint) => {
    const { manifest } = await open()
    const [problem] = await problemsIn(() => renderTemplate(manifest, template, project))
    expect(problem?.message).toContain(message.replace(/^the template /, ''))
    expect(problem?.hint).toBe(hint)
  })
})

describe('forLeg', () => {
  const manifestOf = (overrides: string) =>
    loadText(`settings: {version: 1, formats: [deb], fpm_options: [a]}
projects:
  - name: nova
    extras: [x]
    system_dependencies: {dpkg: [libc6], debian12: [adduser], rpm: [glibc]}
  - name: glance
overrides:
${overrides}`)
  const NOVA = { id: 'nova-1-debian12-amd64', project: 0, target: TARGET }

  it.each<[string, readonly string[]]>([
    ['- {select: "nova-*", extras: [y]}', ['y']],
    ['- {select: "nova-*", inherit: append, extras: [y]}', ['x', 'y']],
    ['- {select: "nova-*", inherit: prepend, extras: [y]}', ['y', 'x']],
    ['- {select: "{glance,nova}-*", extras: [y]}', ['y']],
    ['- {select: ["a-*", "*-amd64"], extras: [y]}', ['y']],
    ['- {select: "glance-*", extras: [y]}', ['x']],
    ['- {select: "*", extras: [y]}\n- {select: "nova-*", inherit: append, extras: [z]}', ['y', 'z']],
    ['- {select: "*", extras: ["{{ target.id }}"]}', ['debian12']],
  ])('%s', async (overrides, extras) => {
    expect((await manifestOf(overrides)).forLeg(NOVA).project.extras).toEqual(extras)
  })

  it('lays settings of an override over those of the manifest, and adds to defaults', async () => {
    const manifest = await manifestOf(
      '- {select: "nova-*", inherit: append, settings: {fpm_options: [b]}, system_dependencies_from: [bindep]}',
    )
    const { settings, project } = manifest.forLeg(NOVA)
    expect(settings.fpm_options).toEqual(['a', 'b'])
    expect(project.system_dependencies_from).toEqual(['manifest', 'elf', 'bindep'])
    expect(manifest.forLeg({ ...NOVA, id: 'glance-1-debian12-amd64', project: 1 }).settings.fpm_options).toEqual(['a'])
  })

  it('takes the system packages of the platforms that a target is', async () => {
    const manifest = await manifestOf('- {select: "*"}')
    expect(manifest.forLeg(NOVA).project.system_dependencies).toEqual(['libc6', 'adduser'])
    const rocky = { id: 'rocky9', platforms: ['rocky9', 'rocky', 'rpm'] }
    expect(manifest.forLeg({ ...NOVA, target: rocky }).project.system_dependencies).toEqual(['glibc'])
  })

  it('tells what only a leg shows, with its place', async () => {
    const manifest = await manifestOf('- {select: "nova-*", install_path: "/{{ target.folder }}"}')
    const target = { ...TARGET, folder: 'etc' }
    const [problem] = await problemsIn(() => manifest.forLeg({ ...NOVA, target }))
    expect(problem).toMatchObject({
      line: 8,
      message: expect.stringContaining("must not be the system's own folder /etc"),
    })
    const [missing] = await problemsIn(() => manifest.forLeg(NOVA))
    expect(missing?.message).toContain("'target' has no 'folder'")
  })

  it.each([
    ['- {select: "*", extras: ["-"]}', 'extras[0]: must be'],
    ['- {select: "*", name: b}', "'overrides[0].name'"],
    ['- {select: "*", settings: {version: 2}}', "'overrides[0].settings.version'"],
    ['- {extras: [a]}', 'overrides[0].select: is required'],
    ['- {select: "*", inherit: both}', 'overrides[0].inherit: must be one of'],
  ])('%s is a problem before there are legs', async (overrides, message) => {
    const [problem] = await problemsIn(() => manifestOf(overrides))
    expect(problem?.message).toContain(message)
    expect(problem?.line).toBe(8)
  })
})
