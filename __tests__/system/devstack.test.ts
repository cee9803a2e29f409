import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { devstackRelease, parseDevstack } from '../../src/system/devstack.js'

const LIST = `# words
libldap2-dev
libsasl2-dev   # testonly
memcached
python3-mysqldb # NOPRIME
libjs-jquery-tablesorter # Needed for coverage html reports
sqlite3 # dist:bookworm,noble
bridge-utils # not:bookworm
vlan # not:jammy
mysql-server # NOPRIME dist:bookworm
memcached

`

describe('parseDevstack', () => {
  it('takes the packages that a release installs', () => {
    const packages = ['libldap2-dev', 'memcached', 'libjs-jquery-tablesorter', 'sqlite3', 'vlan']
    expect(parseDevstack(LIST, 'bookworm')).toEqual(packages)
    expect(parseDevstack(LIST, 'Noble')).toEqual([
      'libldap2-dev',
      'memcached',
      'libjs-jquery-tablesorter',
      'sqlite3',
      'bridge-utils',
      'vlan',
    ])
    expect(parseDevstack(LIST, 'jammy')).toEqual([
      'libldap2-dev',
      'memcached',
      'libjs-jquery-tablesorter',
      'bridge-utils',
    ])
  })

  it('takes releases by their whole names', () => {
    expect(parseDevstack('foo # dist:f40,rhel9\n', 'f4')).toEqual([])
    expect(parseDevstack('foo # not:f40\n', 'f4')).toEqual(['foo'])
  })

  it('takes nothing that is no name of a package, whatever stands there', () => {
    expect(parseDevstack('--allow-downgrades\nfoo bar\n$(id)\nfoo\n', 'f43')).toEqual(['foo'])
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, release) => {
        for (const name of parseDevstack(text, release)) expect(name).toMatch(/^[A-Za-z0-9/][A-Za-z0-9.+_/-]*$/)
      }),
    )
  })
})

describe('devstackRelease', () => {
  it.each([
    [{ id: 'debian', versionId: '12', codename: 'bookworm' }, 'bookworm'],
    [{ id: 'ubuntu', versionId: '24.04', codename: 'noble' }, 'noble'],
    [{ id: 'fedora', versionId: '43' }, 'f43'],
    [{ id: 'rocky', versionId: '9.4' }, 'rhel9'],
    [{ id: 'opensuse-leap', versionId: '15.6' }, 'opensuse-15.6'],
    [{ id: 'openeuler', versionId: '24.03' }, 'openEuler-24.03'],
  ])('of %j is %s', (release, expected) => {
    expect(devstackRelease({ ...release, prettyName: '' })).toBe(expected)
  })
})
