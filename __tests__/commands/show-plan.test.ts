import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readArguments } from '../../src/cli/options.js'
import { explainKey, renderText } from '../../src/commands/describe-plan.js'
import { manifestFolder } from '../manifest/manifest-folder.js'
import { testPorts } from '../support/test-ports.js'

const MANIFEST = `vars: {series: '2025.1'}
settings: {version: '{{ vars.series }}', vendor: mine, base_path: '/opt/{{ settings.version }}'}
projects:
  - {name: keystone, gitref: 'stable/{{ vars.series }}'}
  - {name: glance, install_path: '/opt/{{ target.id }}/{{ name }}'}
`

/** What `giftwrap plan` shows with these options, and the manifest's path. */
async function shown(words: readonly string[]): Promise<{ lines: readonly string[]; path: string }> {
  const folder = await manifestFolder({ 'manifest.yml': MANIFEST, 'vars.yml': 'series: file\n' })
  const path = join(folder, 'manifest.yml')
  const inFolder = words.map((word) => word.replace('FOLDER', folder))
  const request = readArguments(['plan', '-m', path, ...inFolder], {})
  if (request.kind !== 'plan') return expect.fail('not a plan')
  const { inputs, explain, render } = request
  if (explain !== undefined) return { lines: await explainKey(explain, inputs, testPorts()), path }
  return { lines: await renderText(render ?? '', inputs, testPorts()), path }
}

describe('plan --explain', () => {
  it('tells the value, what it replaced in the order that counts, and what it uses', async () => {
    const { lines, path } = await shown(['--explain', 'base_path'])
    expect(lines).toEqual([
      'settings.base_path = "/opt/2025.1"',
      `  from ${path}:2:56: "/opt/{{ settings.version }}"`,
      '  over default: "/opt/openstack"',
      '  uses settings.version',
    ])
  })

  it.each([
    [['--explain', 'gitref', '-p', 'keystone'], 'projects[0].gitref = "stable/2025.1"'],
    [['--explain', 'gitref', '-p', 'glance'], 'projects[1].gitref = "master"'],
    [['--explain', 'projects.keystone.gitref'], 'projects[0].gitref = "stable/2025.1"'],
    [['--explain', 'install_path', '-p', 'glance'], 'projects[1].install_path = differs by leg'],
    [['--explain', 'homepage'], 'settings.homepage = not given'],
    [['--explain', 'version', '-v', '9'], 'settings.version = "9"'],
    [['--explain', 'vendor', '--set', 'vendor=a', '--set', 'vendor=b'], 'settings.vendor = "b"'],
    [['--explain', 'packager', '--packager', 'nfpm'], 'settings.packager = "nfpm"'],
    [['--explain', 'iteration', '--iteration', '3'], 'settings.iteration = 3'],
  ])('%j', async (words, first) => {
    expect((await shown(words)).lines[0]).toBe(first)
  })
})

describe('plan --render', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['--render', '{{ settings.version }}'], ['2025.1']],
    [['--render', '{{ name }} {{ project.gitref }}', '-p', 'keystone'], ['keystone stable/2025.1']],
    [
      ['--render', '{{ name }}', '-p', 'glance,keystone'],
      ['glance', 'keystone'],
    ],
    [['--render', '{{ vars.series }}', '--var', 'series=var'], ['var']],
    [['--render', '{{ vars.series }}', '--vars-file', 'FOLDER/vars.yml'], ['file']],
    [['--render', '{{ vars.series }}', '--vars-file', 'FOLDER/vars.yml', '--var', 'series=var'], ['var']],
    [['--render', '{{ vars.a }}{{ vars.b }}', '--var', 'a=1', '--var', 'b=2'], ['12']],
  ])('%j gives %j', async (words, lines) => {
    expect((await shown(words)).lines).toEqual(lines)
  })
})
