import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { formatPackage } from '../../src/package/formatted.js'
import { PHASES } from '../../src/package/model.js'
import type { Slot } from '../../src/package/scripts/compose.js'
import { scratch } from '../support/scratch.js'
import { fullModel, smallModel } from '../support/small-package.js'

const UNITS = [{ name: 'x.service', text: '' }]

/** A model whose tree nobody looks at. */
const bare = () => smallModel('/nowhere')

describe('scripts of a deb', () => {
  it('are whole and in order', () => {
    const { scripts } = formatPackage({ ...fullModel(scratch()), scripts: {} }, 'deb')
    expect(Object.keys(scripts).sort()).toEqual(['postinstall', 'postremove', 'preremove'])
    expect(scripts.postinstall).toBe(`#!/bin/sh
set -e

if [ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ]; then
    getent group 'smallgroup' >/dev/null || groupadd --system 'smallgroup'
    getent passwd 'smalluser' >/dev/null || useradd --system --gid 'smallgroup' --home-dir '/var/lib/small' --no-create-home --shell /usr/sbin/nologin 'smalluser'
    if command -v systemd-tmpfiles >/dev/null; then
        systemd-tmpfiles --create '/usr/lib/tmpfiles.d/small.conf'
    else
        [ -L '/var/lib/small' ] || install -d -m 0750 -o 'smalluser' -g 'smallgroup' '/var/lib/small'
    fi
    if [ -x '/opt/acme/small/bin/python' ]; then
        (umask 022; exec '/opt/acme/small/bin/python' -I -m compileall -qq '/opt/acme/small/lib') || :
    fi
fi
if [ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ]; then
    deb-systemd-helper unmask 'small.service' >/dev/null || :
    if deb-systemd-helper --quiet was-enabled 'small.service'; then
        deb-systemd-helper enable 'small.service' >/dev/null || :
    else
        deb-systemd-helper update-state 'small.service' >/dev/null || :
    fi
    if [ -d /run/systemd/system ]; then
        systemctl --system daemon-reload >/dev/null || :
        if [ -n "$2" ]; then action=restart; else action=start; fi
        deb-systemd-invoke "$action" 'small.service' >/dev/null || :
    fi
fi
`)
    expect(scripts.preremove).toBe(`#!/bin/sh
set -e

if [ "$1" = remove ]; then
    if [ -d /run/systemd/system ]; then
        deb-systemd-invoke stop 'small.service' >/dev/null || :
    fi
fi
if [ "$1" = remove ] || [ "$1" = upgrade ]; then
    if [ -d '/opt/acme/small' ]; then
        find '/opt/acme/small' -depth -type d -name __pycache__ -exec rm -rf {} + || :
    fi
fi
`)
  })
})

/** What the manifest's scripts print when a slot is called with arguments; nothing else of the script may run here. */
function called(script: string | undefined, ...words: string[]): string[] {
  const stub = 'find() { :; }; getent() { :; }; rmdir() { :; }; rm() { :; }; systemctl() { :; }; install() { :; }\n'
  const text = `${stub}${script ?? ''}`
  return execFileSync('sh', ['-c', text, 'sh', ...words], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
    .split('\n')
    .filter((line) => line.startsWith('ran '))
}

describe("a manifest's scripts run", () => {
  const scripts = Object.fromEntries(PHASES.map((phase) => [phase, `echo ran ${phase} "$*"`]))
  const of = (format: 'deb' | 'rpm' | 'apk' | 'archlinux') => formatPackage({ ...bare(), scripts }, format).scripts

  it.each([
    ['preinstall', ['install'], 'before_install install'],
    ['preinstall', ['install', '1.0', '2.0'], 'before_install install 1.0 2.0'],
    ['preinstall', ['upgrade', '1.0', '2.0'], 'before_upgrade upgrade 1.0 2.0'],
    ['preinstall', ['abort-upgrade', '1.0'], undefined],
    ['postinstall', ['configure', ''], 'after_install configure '],
    ['postinstall', ['configure', '1.0'], 'after_upgrade configure 1.0'],
    ['postinstall', ['abort-upgrade', '1.0'], undefined],
    ['postinstall', ['abort-remove'], undefined],
    ['postinstall', ['triggered', 'x'], undefined],
    ['preremove', ['remove'], 'before_remove remove'],
    ['preremove', ['upgrade', '2.0'], undefined],
    ['preremove', ['failed-upgrade', '1.0'], undefined],
    ['preremove', ['deconfigure', 'in-favour', 'x', '1'], undefined],
    ['postremove', ['remove'], 'after_remove remove'],
    ['postremove', ['purge'], undefined],
    ['postremove', ['upgrade', '2.0'], undefined],
    ['postremove', ['disappear', 'x', '1'], undefined],
    ['postremove', ['abort-install'], undefined],
  ] as const)('in a deb by %s %j: %s', (slot, words, expected) => {
    expect(called(of('deb')[slot], ...words)).toEqual(expected === undefined ? [] : [`ran ${expected}`])
  })

  it.each([
    ['preinstall', '1', 'before_install 1'],
    ['preinstall', '2', 'before_upgrade 2'],
    ['postinstall', '1', 'after_install 1'],
    ['postinstall', '2', 'after_upgrade 2'],
    ['preremove', '0', 'before_remove 0'],
    ['preremove', '1', undefined],
    ['postremove', '0', 'after_remove 0'],
    ['postremove', '1', undefined],
  ] as const)('in an rpm by %s %s: %s', (slot, word, expected) => {
    expect(called(of('rpm')[slot], word)).toEqual(expected === undefined ? [] : [`ran ${expected}`])
  })

  it.each(['apk', 'archlinux'] as const)('in packages of %s, each in its slot', (format) => {
    const slots: Slot[] = ['preinstall', 'postinstall', 'preremove', 'postremove', 'preupgrade', 'postupgrade']
    const found = of(format)
    expect(slots.map((slot) => called(found[slot], '2.0', '1.0'))).toEqual(
      PHASES.map((phase) => [`ran ${phase} 2.0 1.0`]),
    )
  })

  it('in a shell of their own, whose failure is that of the package', () => {
    const at = (text: string) =>
      formatPackage({ ...bare(), scripts: { after_install: text } }, 'rpm').scripts.postinstall
    const status = (text: string) => spawnSync('sh', ['-c', `${at(text)}\necho end`, 'sh', '1'], { encoding: 'utf8' })
    expect(status('exit 0').stdout).toBe('end\n')
    expect(status('cd /nowhere-at-all; echo on')).toMatchObject({ stdout: '' })
    expect(status('exit 3').status).toBe(3)
    expect(status('# only a comment').stdout).toBe('end\n')
    expect(status('').stdout).toBe('end\n')
  })

  it.each(['#!/bin/sh', '#! /bin/sh -e', '#!/usr/bin/env sh', '#!/usr/bin/sh'])('with the first line %s', (line) => {
    const { scripts: found } = formatPackage({ ...bare(), scripts: { after_install: `${line}\necho ran it` } }, 'rpm')
    expect(called(found.postinstall, '1')).toEqual(['ran it'])
  })

  it.each(['#!/usr/bin/python3', '#!/bin/bash', '#!/usr/bin/env bash'])('not with the first line %s', (line) => {
    const model = { ...bare(), scripts: { after_install: `${line}\n` } }
    expect(() => formatPackage(model, 'deb')).toThrow(/script after_install of .* run by sh\.\n.*Write it for sh/)
  })
})

describe('what is not there', () => {
  it('makes no script', () => {
    const postinst = (bytecode: 'install' | 'none') => formatPackage({ ...bare(), bytecode }, 'deb').scripts.postinstall
    expect(postinst('none')).toBeUndefined()
    expect(postinst('install')).toContain('compileall')
    const rpm = formatPackage({ ...bare(), bytecode: 'none' }, 'rpm').scripts
    expect(Object.keys(rpm).sort()).toEqual(['postremove', 'preinstall', 'preremove'])
  })

  it("leaves an rpm's shipped byte code to rpm when it is removed, and no other", () => {
    const preremove = (bytecode: 'ship' | 'none') => formatPackage({ ...bare(), bytecode }, 'rpm').scripts.preremove
    expect(preremove('ship')).toBeUndefined()
    expect(preremove('none')).toContain('__pycache__')
  })
})

describe('data of a package', () => {
  const directory = (path: string) => ({ path, owner: 'root', group: 'root', mode: '0755' })
  const purge = (...paths: string[]) => {
    const { scripts } = formatPackage({ ...bare(), directories: paths.map(directory) }, 'deb')
    return (scripts.postremove ?? '').split('[ "$1" = purge ]')[1] ?? ''
  }

  it('goes with a purge where it can only be its own, the innermost first', () => {
    const text = purge('/var/lib/small', '/var/lib/small/sub', '/var/log/small')
    const removed = [...text.matchAll(/rm -rf '(.*?)'/g)].map(([, path]) => path)
    expect(removed).toEqual(['/var/log/small', '/var/lib/small/sub', '/var/lib/small'])
  })

  it.each(['/var/lib', '/var/log', '/srv/shared', '/etc/small', '/home/x', '/run/x', '/var/libx/y'])(
    'stays in %s, which is only removed when it is empty',
    (path) => {
      expect(purge(path)).not.toContain(`rm -rf '${path}'`)
      expect(purge(path)).toContain(`rmdir '${path}'`)
    },
  )
})

describe('what a format can not hold', () => {
  it.each([
    ['apk', { units: UNITS }, /apk packages can't have services \(Alpine has no systemd\)\.\n.*override/],
    ['apk', { relations: { ...bare().relations, recommends: ['x'] } }, /apk packages can't have recommends/],
    ['apk', { epoch: 1 }, /apk packages have no epoch/],
    ['tar', { scripts: { after_install: ':' } }, /tar packages can't have scripts/],
    ['tar', { account: { user: 'x', group: undefined } }, /tar packages can't have user and group/],
    ['tar', { relations: { ...bare().relations, provides: ['x'], replaces: ['y'] } }, /can't have provides, replaces/],
    [
      'rpm',
      { relations: { ...bare().relations, depends: ['a | b'] } },
      /"a \| b" has alternatives, which rpm packages/,
    ],
    ['deb', { relations: { ...bare().relations, depends: ['Foo_bar'] } }, /no Debian package can be called Foo_bar/],
    ['deb', { relations: { ...bare().relations, depends: ['a (>= )'] } }, /"a \(>= \)" can't be read/],
    ['deb', { version: '1!2.0', epoch: 3 }, /has the epoch 3, and its version 1!2\.0 has another one/],
  ] as const)('is said by %s: %j', (format, change, message) => {
    expect(() => formatPackage({ ...bare(), ...change }, format)).toThrow(message)
  })

  it('is not what it has in other words', () => {
    const depends = ['a (>= 1.0)', 'b << 2', 'c > 3', 'd = 1-1', 'lib(x)(64bit)', 'e']
    const of = (format: 'rpm' | 'apk') =>
      formatPackage({ ...bare(), relations: { ...bare().relations, depends } }, format).relations.depends
    expect(of('rpm')).toEqual(['python(abi) = 3.11', 'a >= 1.0', 'b < 2', 'c > 3', 'd = 1-1', 'lib(x)(64bit)', 'e'])
    expect(of('apk')).toEqual(['python3~3.11', 'a>=1.0', 'b<2', 'c>3', 'd=1-1', 'lib(x)(64bit)', 'e'])
    const debian = { ...bare().relations, depends: ['aa >= 1.0', 'bb (< 2)', 'cc | dd:any (>> 3)'] }
    expect(formatPackage({ ...bare(), relations: debian }, 'deb').relations.depends).toEqual([
      ...['python3.11', 'aa (>= 1.0)', 'bb (<< 2)', 'cc | dd:any (>> 3)'],
    ])
  })
})
