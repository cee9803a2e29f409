import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainPath, pathGlob } from '../../src/package/path-glob.js'
import { serviceUnit, sysusersText, tmpfilesText, unitName } from '../../src/package/units.js'
import { hasTool } from '../support/requirements.js'
import { scratch, writeFiles } from '../support/scratch.js'

const SERVICE = {
  name: 'keystone',
  command: 'keystone-wsgi --port 5000',
  user: undefined,
  group: undefined,
  environment: {},
}

describe('serviceUnit', () => {
  it('runs what the virtualenv has, by its account, with its variables', () => {
    const environment = { A: 'b', QUOTED: 'say "hi" \\ 100%\nthere' }
    const unit = serviceUnit(
      { ...SERVICE, user: 'keystone', group: 'www', environment },
      'Identity: 100%\nmore',
      '/opt/k',
    )
    expect(unit).toEqual({
      name: 'keystone.service',
      text: `[Unit]
Description=Identity: 100%%
Wants=network-online.target
After=network-online.target

[Service]
User=keystone
Group=www
Environment="A=b"
Environment="QUOTED=say \\"hi\\" \\\\ 100%%\\nthere"
ExecStart=/opt/k/bin/keystone-wsgi --port 5000
Restart=on-failure

[Install]
WantedBy=multi-user.target
`,
    })
  })

  it.each([
    ['/usr/bin/env x', '/usr/bin/env x'],
    ['-/opt/x', '-/opt/x'],
    ['run --format %(asctime)s \\', '/opt/k/bin/run --format %%(asctime)s'],
  ])('starts %s as %s', (command, expected) => {
    expect(serviceUnit({ ...SERVICE, command }, 'x', '/opt/k').text).toContain(`\nExecStart=${expected}\n`)
  })

  it('is a unit for systemd', (context) => {
    if (!hasTool('systemd-analyze')) context.skip('this machine lacks systemd-analyze')
    const { name, text } = serviceUnit(
      { ...SERVICE, command: '/bin/true %x', environment: { A: '"\\' } },
      'x',
      '/opt/k',
    )
    const folder = scratch()
    writeFiles(folder, { [name]: text })
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', `${folder}/${name}`], { encoding: 'utf8' })
    expect(stderr.split('\n').filter((line) => line.includes(name))).toEqual([])
  })

  it('is called by its own kind', () => {
    expect(['a', 'a.service', 'a.timer', 'a@.service', 'a.b'].map(unitName)).toEqual([
      ...['a.service', 'a.service', 'a.timer', 'a@.service', 'a.b.service'],
    ])
  })
})

describe('accounts and directories', () => {
  const directories = [{ path: '/var/lib/100%', owner: 'u', group: 'g', mode: '0750' }]
  it('are told to systemd', () => {
    const of = (user?: string, group?: string) => sysusersText({ name: 'small', account: { user, group }, directories })
    expect(of()).toBeUndefined()
    expect(of('u')).toBe('u u - "small" /var/lib/100%\n')
    expect(of('u', 'u')).toBe('u u - "small" /var/lib/100%\n')
    expect(of('v', 'g')).toBe('g g -\nu v -:g "small" /\n')
    expect(of(undefined, 'g')).toBe('g g -\n')
    expect(tmpfilesText(directories)).toBe('d /var/lib/100%% 0750 u g -\n')
    expect(tmpfilesText([])).toBeUndefined()
  })
})

describe('pathGlob', () => {
  it.each([
    ['/opt/x/etc/**', ['/opt/x/etc/a', '/opt/x/etc/b/c'], ['/opt/x/etcetera', '/opt/y/etc/a', '/etc/a']],
    ['/opt/x/etc/*.conf', ['/opt/x/etc/a.conf'], ['/opt/x/etc/b/a.conf', '/opt/x/etc/a.config']],
    ['/opt/**/a', ['/opt/a', '/opt/x/a', '/opt/x/y/a'], ['/opt/b', '/a']],
    ['/opt/{a,b}/?', ['/opt/a/x', '/opt/b/y'], ['/opt/c/x', '/opt/a/xy']],
    ['/opt/a', ['/opt/a'], ['/opt/a/b', '/opt']],
    ['/**/etc/**/*.d', ['/etc/x.d', '/a/etc/b/c/x.d'], ['/a/x.d']],
  ])('%s picks %j and not %j', (glob, picked, others) => {
    const test = pathGlob(glob)
    expect(picked.filter((path) => !test(path))).toEqual([])
    expect(others.filter(test)).toEqual([])
  })

  it('takes any number of ** in time, and a plain path for itself', () => {
    const long = `/${Array.from({ length: 400 }, () => 'a').join('/')}`
    expect(pathGlob(`${'/**'.repeat(300)}/b`)(long)).toBe(false)
    const part = fc.stringMatching(/^[\w.-]{1,8}$/)
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const path = `/${parts.join('/')}`
        expect(isPlainPath(path)).toBe(true)
        expect(pathGlob(path)(path)).toBe(true)
        expect(pathGlob('/**')(path)).toBe(true)
        expect(pathGlob(`${path}/x`)(path)).toBe(false)
      }),
    )
  })
})
