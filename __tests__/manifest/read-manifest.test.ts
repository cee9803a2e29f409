import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../src/manifest/read-manifest.js'
import { manifestFile, problemsOf, read, short } from './manifest-file.js'

const SAMPLE = `
settings:
  version: 10.0
  base_path: /opt/openstack-{{ settings.version }}
  parallel_build: no
  upper_constraints: upper.txt
projects:
  - name: keystone
    gitref: stable/{{ settings.version }}
    extras: [ldap]
  - name: swauth
    version: 1
    stackforge: On
    gitdepth: 50
`

describe('readManifest', () => {
  it('fills in defaults and renders templates', async () => {
    const { settings, projects } = await read(SAMPLE)
    expect(settings).toMatchObject({
      version: '10.0',
      base_path: '/opt/openstack-10.0',
      install_path: '{{ settings.base_path }}/{{ project.name }}',
      parallel_build: false,
      constraints: ['upper.txt'],
      git_url: 'https://opendev.org',
      iteration: 1,
    })
    expect(settings).not.toHaveProperty('upper_constraints')
    expect(projects).toHaveLength(2)
    expect(projects[0]).toEqual({
      name: 'keystone',
      version: '10.0',
      gitref: 'stable/10.0',
      giturl: 'https://opendev.org/openstack/keystone',
      extras: ['ldap'],
      stackforge: false,
      gerrit_project: 'openstack/keystone',
      install_path: '/opt/openstack-10.0/keystone',
      package_name: 'openstack-keystone',
      config_files: ['/opt/openstack-10.0/keystone/etc/**'],
      patches: [],
      pip_dependencies: [],
      pip_overrides: [],
      postinstall_dependencies: [],
      system_dependencies: [],
      system_dependencies_exclude: [],
      system_dependencies_from: ['manifest', 'elf'],
      commands: false,
      services: [],
      directories: [],
      scripts: {},
      provides: [],
      conflicts: [],
      replaces: [],
      recommends: [],
      allow_failure: false,
    })
    expect(projects[1]).toMatchObject({
      name: 'swauth',
      version: '1',
      gitref: 'master',
      giturl: 'https://opendev.org/stackforge/swauth',
      gitdepth: 50,
      extras: [],
      stackforge: true,
      gerrit_project: 'stackforge/swauth',
      install_path: '/opt/openstack-10.0/swauth',
      package_name: 'openstack-swauth',
    })
  })

  it('knows its file, its folder and where values stand', async () => {
    const path = await manifestFile(SAMPLE)
    const manifest = await readManifest(path)
    expect(manifest.file).toBe(path)
    expect(manifest.directory).toBe(dirname(path))
    expect(manifest.locate(['projects', 0, 'extras', 0])).toEqual({ file: path, line: 10, column: 14 })
    expect(manifest.locate(['projects', 1, 'gitref'])).toEqual({ file: path, line: 11, column: 5 })
    expect(manifest.locate(['nowhere'])).toEqual({ file: path, line: 2, column: 1 })
  })

  it('lets overrides win before templates are rendered', async () => {
    const manifest = await read(SAMPLE, {
      version: '{{ 5 + 6 }}',
      buildType: 'docker',
      iteration: '3',
      jobs: undefined,
    })
    expect(manifest.settings).toMatchObject({
      version: '11',
      base_path: '/opt/openstack-11',
      build_type: 'docker',
      iteration: 3,
    })
    expect(manifest.locate(['settings', 'version'])).toEqual({ file: manifest.file })
  })

  it('says that a bad value came from an override', async () => {
    const [problem] = await problemsOf(SAMPLE, { packager: 'rpm' })
    expect(problem).toMatchObject({
      message: 'settings.packager: must be one of auto, fpm, nfpm, native; it is "rpm"',
      hint: 'It was given by an input or an option, not by the manifest.',
    })
    expect(problem).not.toHaveProperty('line')
  })

  it('takes one text for a list of constraints, and nothing for a default', async () => {
    const { settings } = await read(
      'settings: {version: 1, constraints: a.txt, vendor: ~, iteration: }\nprojects: [{name: a}]',
    )
    expect(settings).toMatchObject({ constraints: ['a.txt'], iteration: 1 })
    expect(settings).not.toHaveProperty('vendor')
  })

  it('reads a text with commas as one constraint, and the older spelling after the others', async () => {
    const { settings } = await read(
      "settings: {version: 1, constraints: 'a,b.txt', upper_constraints: u.txt}\nprojects: [{name: a}]",
    )
    expect(settings.constraints).toEqual(['a,b.txt', 'u.txt'])
  })

  it.each(['1.0+git5', '2025.1~rc1', '1:2025.1', '.5'])(
    'takes the version %s, which is no tag of an image',
    async (version) => {
      const { settings } = await read(`settings: {version: '${version}'}\nprojects: [{name: a}]`)
      expect(settings.version).toBe(version)
    },
  )

  it('allows one project in several versions at one path', async () => {
    const { projects } = await read('settings: {version: 1}\nprojects: [{name: a}, {name: a, version: 2}]')
    expect(projects.map(({ version }) => version)).toEqual(['1', '2'])
  })

  it('reports all problems at once, in the order of their places', async () => {
    const text = `settings: {versoin: 1}
projects:
  - {name: ../x, extras: [ok, '-no']}
  - {}
  - plain`
    expect((await problemsOf(text)).map(short)).toEqual([
      '1:11: settings.version: is required',
      "1:12: unknown key 'settings.versoin'",
      `3:12: projects[0].name: must not have '..' in it; it is "../x"`,
      `3:31: projects[0].extras[1]: must be the name of an extra: letters, digits and . _ - between them; it is "-no"`,
      '4:5: projects[1].name: is required',
      "5:5: projects[2] must be a mapping with a 'name'",
    ])
  })

  it('reads 100 000 projects', { timeout: 60_000 }, async () => {
    const projects = Array.from({ length: 100_000 }, (_, index) => `- {name: p${index}}`)
    const manifest = await read(`settings: {version: 1}\nprojects:\n${projects.join('\n')}`)
    expect(manifest.projects).toHaveLength(100_000)
  })

  it('ends a manifest whose templates never would', { timeout: 60_000 }, async () => {
    const loop = '{% for x in range(9999) %}{% for y in range(9999) %}{{ y }}{% endfor %}{% endfor %}'
    const projects = Array.from({ length: 1_000 }, (_, index) => `- {name: p${index}, gitref: '${loop}'}`)
    const problems = await problemsOf(`settings: {version: 1}\nprojects:\n${projects.join('\n')}`)
    expect(problems[0]?.message).toBe('the templates of the manifest take too many steps together')
    expect(problems[1]?.message).toBe('projects[0].gitref: takes too many steps')
    expect(problems.length).toBeLessThan(1_000)
  })
})
