import { describe, expect, it } from 'vitest'
import { readManifest } from '../../src/manifest/read-manifest.js'
import { manifestFile } from './manifest-file.js'
import { loadText } from './manifest-folder.js'

// Manifests in the manner of the original giftwrap, with the keys and spellings that its own have.

describe('a manifest of the original', () => {
  it('of packages loads, and names and paths are what they were', async () => {
    const manifest = await loadText(`---
settings:
  package_name_format: 'openstack-{{ project.name }}-{{ settings.version }}'
  build_type: package
  version: '2016.1-site1'
  base_path: '/opt/site/openstack-{{ settings.version }}'
  force_overwrite: true
  include_config: False
  gerrit_dependencies: No
  upper_constraints: 'https://example.org/stable/mitaka/upper-constraints.txt'

projects:
  - name: glance
    gitref: stable/mitaka
  - name: heat
    venv_command: 'virtualenv --no-site-packages .'
    install_command: './bin/pip install %s'
    system_dependencies: [libmysqlclient-dev]
    pip_dependencies: [mysql-python]
    postinstall_dependencies: [pymysql]
  - name: swauth
    stackforge: yes
    gitdepth: 1
    version: 10
`)
    expect(manifest.settings).toMatchObject({
      force_overwrite: true,
      include_config: false,
      gerrit_dependencies: false,
      constraints: ['https://example.org/stable/mitaka/upper-constraints.txt'],
    })
    const shown = manifest.projects.map(({ package_name, version, install_path }) => [
      package_name,
      version,
      install_path,
    ])
    expect(shown).toEqual([
      ['openstack-glance-2016.1-site1', '2016.1-site1', '/opt/site/openstack-2016.1-site1/glance'],
      ['openstack-heat-2016.1-site1', '2016.1-site1', '/opt/site/openstack-2016.1-site1/heat'],
      ['openstack-swauth-2016.1-site1', '10', '/opt/site/openstack-2016.1-site1/swauth'],
    ])
  })

  it('may speak of the version by name alone, and end its path with a slash', async () => {
    const manifest = await readManifest(
      await manifestFile(`settings:
  package_name_format: 'openstack-{{project.name}}-{{version}}'
  build_type: docker
  version: '9.0-site5'
  base_path: '/opt/giftwrap/openstack-{{version}}/'
projects:
  - name: glance
`),
    )
    expect(manifest.projects[0]).toMatchObject({
      package_name: 'openstack-glance-9.0-site5',
      install_path: '/opt/giftwrap/openstack-9.0-site5/glance',
    })
  })

  it('may have no projects but a superrepo', async () => {
    const text = 'settings: {version: master}\nsuperrepo: /srv/git/openstack\n'
    const manifest = await loadText(text)
    expect([manifest.superrepo, manifest.projects]).toEqual(['/srv/git/openstack', []])
  })

  it('may leave the version to the command line', async () => {
    const manifest = await loadText('settings: {base_path: /opt/x}\nprojects: [{name: a}]', { version: '10.0' })
    expect(manifest.projects[0]?.version).toBe('10.0')
  })

  it.each([
    ['10', '10'],
    ['10.0', '10.0'],
    ['1.10', '1.10'],
    ['2014.20', '2014.20'],
    ['0x10', '0x10'],
    ['1e3', '1e3'],
    ['1_000', '1_000'],
    ['2025-01-01', '2025-01-01'],
    ['012', '012'],
    ['yes', 'yes'],
  ])('has the version %s as it is written', async (written, version) => {
    expect((await loadText(`settings: {version: ${written}}\nprojects: [{name: a}]`)).settings.version).toBe(version)
  })

  it.each([
    ...['true', 'True', 'TRUE', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word) => [word, true] as const),
    ...['false', 'False', 'FALSE', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ])('has %s as a yes or no', async (word, value) => {
    const text = `settings: {version: 1, force_overwrite: ${word}}\nprojects: [{name: a, stackforge: ${word}}]`
    const { settings, projects } = await loadText(text)
    expect([settings.force_overwrite, projects[0]?.stackforge]).toEqual([value, value])
  })
})
