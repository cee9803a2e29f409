import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { BASE_PATH, fetchTools, legFolder, makeScene, readResultFile } from '../support/build-scene.js'
import { packageFiles, packageText } from '../support/deb.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch, writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

const MINUTES = 60_000
const TARGETS = { targets: [{ id: 'debian12', formats: ['deb', 'rpm', 'archlinux'] }] }

/** A manifest with all that a package can have. */
function fullScene() {
  const project = {
    name: 'hello',
    path: 'hello',
    commands: true,
    user: 'hello',
    directories: [{ path: '/var/lib/hello', mode: '0750' }],
    services: [{ name: 'hello', command: 'hello --forever', environment: { A: 'b c' } }, { file: 'units/own.timer' }],
    scripts: { after_install: { file: 'scripts/after' }, before_remove: 'echo bye' },
    config_files: [`${BASE_PATH}/hello/etc/*.conf`],
    system_dependencies: ['libc6'],
    recommends: ['logrotate'],
    provides: ['hello-api = 1.2'],
    conflicts: ['goodbye'],
    replaces: ['hallo'],
    epoch: 3,
    iteration: 4,
  }
  const scene = makeScene(
    scratch(),
    { settings: {}, projects: [project] },
    {
      files: { 'etc/hello.conf': 'a = 1\n', 'etc/policy.yaml': '{}\n' },
    },
  )
  writeFiles(scene.folder, {
    'units/own.timer': '[Timer]\nOnCalendar=daily\n',
    'scripts/after': '#!/bin/sh\necho "after $1"\n',
    'manifest.yml': JSON.stringify({
      settings: { version: '1.2.3', base_path: BASE_PATH, packager: 'nfpm', gerrit_dependencies: false },
      ...TARGETS,
      projects: [project],
    }),
  })
  return scene
}

describe('a build of several formats', () => {
  it('makes a package of each, with all that the manifest asks for', { timeout: 3 * MINUTES }, async (context) => {
    need(context, hasTool('zstd') && hasTool('rpm'), 'zstd and rpm')
    const scene = fullScene()
    const { code, stdout, stderr } = await scene.build()
    expect({ code, stderr: stderr.replace(/^hello-.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    const folder = legFolder(scene.output)
    const names = [
      'openstack-hello-1.2.3-4-x86_64.pkg.tar.zst',
      'openstack-hello-1.2.3-4.deb12.x86_64.rpm',
      'openstack-hello_1.2.3-4+deb12_amd64.deb',
    ]
    expect(
      readdirSync(folder)
        .filter((name) => /\.(?:deb|rpm|zst)$/.test(name))
        .sort(),
    ).toEqual(names)
    expect(stdout.trim().split('\n').sort()).toEqual(names.map((name) => join(folder, name)).sort())
    const result = readResultFile(scene.output)
    expect(result.packages.map(({ file }) => file).sort()).toEqual(names)

    const deb = join(folder, names[2] ?? '')
    const field = (name: string) => execFileSync('dpkg-deb', ['--field', deb, name], { encoding: 'utf8' }).trim()
    expect(field('Version')).toBe('3:1.2.3-4+deb12')
    expect(field('Depends')).toMatch(/^python3\.\d+, libc6$/)
    expect(['Recommends', 'Provides', 'Conflicts', 'Replaces'].map(field)).toEqual([
      ...['logrotate', 'hello-api (= 1.2)', 'goodbye', 'hallo'],
    ])
    const files = packageFiles(deb)
    expect(files).toEqual(expect.arrayContaining(['/usr/bin/hello', '/usr/lib/systemd/system/own.timer']))
    expect(files.filter((file) => file.startsWith('/usr/bin/'))).toEqual(['/usr/bin/hello'])
    const unit = packageText(deb, '/usr/lib/systemd/system/hello.service')
    expect(unit).toContain(`User=hello\nEnvironment="A=b c"\nExecStart=${BASE_PATH}/hello/bin/hello --forever\n`)
    expect(packageText(deb, '/usr/lib/tmpfiles.d/openstack-hello.conf')).toBe('d /var/lib/hello 0750 hello hello -\n')
    const member = (name: string) => execFileSync('dpkg-deb', ['--info', deb, name], { encoding: 'utf8' })
    expect(member('conffiles')).toBe(`${BASE_PATH}/hello/etc/hello.conf\n`)
    expect(member('postinst')).toContain('echo "after $1"')
    expect(member('prerm')).toContain('echo bye')

    const rpm = join(folder, names[1] ?? '')
    const query = (...words: string[]) => execFileSync('rpm', ['-qp', ...words, rpm], { encoding: 'utf8' }).trim()
    expect(query('--qf', '%{EPOCH}:%{EVR}')).toBe('3:3:1.2.3-4.deb12')
    expect(query('--configfiles')).toBe(`${BASE_PATH}/hello/etc/hello.conf`)
    expect(query('--scripts')).toContain('echo "after $1"')
  })

  it('comes of a plan alone, whose scripts are in it', { timeout: 3 * MINUTES }, async () => {
    const scene = fullScene()
    const planned = await scene.run(['plan', '-m', 'manifest.yml', '-o', 'planned'])
    expect(planned).toMatchObject({ code: 0 })
    const plan = JSON.parse(readFileSync(join(scene.folder, 'planned', 'plan.json'), 'utf8'))
    const [{ project }] = plan.legs
    expect(project.scripts.after_install).toEqual({ text: '#!/bin/sh\necho "after $1"\n' })
    expect(project.services[1]).toMatchObject({ name: 'own.timer', text: '[Timer]\nOnCalendar=daily\n' })
    const built = await scene.run(['build', '--plan', 'planned/plan.json', '-o', 'of-plan', '--dry-run'])
    expect(built.stderr + built.stdout).toContain('openstack-hello-1.2.3-4.deb12.x86_64.rpm')
  })

  it.each([
    [
      'a script that is not there',
      { scripts: { after_install: { file: 'not/there' } } },
      /not\/there of scripts can't be read/,
    ],
    [
      'a script that is no shell',
      { scripts: { after_install: 'if true; then' } },
      /script postinstall can't be read by sh/,
    ],
    ['a unit without a name', { services: [{ command: '/bin/true' }] }, /a service has no name/],
    [
      'a service of two minds',
      { services: [{ name: 'a', command: 'b', file: 'manifest.yml' }] },
      /needs one of command/,
    ],
    [
      'a config file that is not there',
      { config_files: ['/opt/x/a.conf'] },
      /has no \/opt\/x\/a\.conf, which config_files/,
    ],
    ['a command that is not there', { commands: ['goodbye'] }, /has no command goodbye.*\n.*Its bin has hello/],
    ['a version that no deb can have', { version: 'master' }, /"master" can't be the version of a Debian package/],
    ['a relation that no deb can have', { provides: ['Foo_Bar'] }, /no Debian package can be called Foo_Bar/],
  ])('is refused for %s, and leaves nothing', { timeout: 2 * MINUTES }, async (_what, change, message) => {
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', path: 'hello', ...change }] })
    const { code, stderr } = await scene.build()
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(readdirSync(scene.folder)).not.toContain('out')
  })
})
