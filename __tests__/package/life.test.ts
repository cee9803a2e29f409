import { copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import type { PackageFormat, PackageModel } from '../../src/package/model.js'
import type { PackagerName } from '../../src/plan/plan.js'
import { normalizeTree } from '../../src/venv/normalize.js'
import { inContainer, needLivingImage, sections } from '../support/container.js'
import { makeAndSettle, packagerFor } from '../support/packagers.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { fullModel, NO_RELATIONS, SMALL_DATE } from '../support/small-package.js'

/** A package with modules, of which the second version has lost one and a folder. */
function version(name: '1.0' | '2.0'): PackageModel {
  const model = fullModel(scratch())
  const { folder } = model.tree
  writeFiles(folder, { 'lib/pkg/kept.py': `version = ${name}\n`, 'etc/a.conf': `a = ${name}\n` })
  if (name === '1.0') writeFiles(folder, { 'lib/pkg/gone.py': '', 'lib/old/gone.py': '', 'lib/old/bad.py': 'def (\n' })
  rmSync(join(folder, 'lib64'))
  symlinkSync('/usr/bin/python3', join(folder, 'bin', 'python'))
  normalizeTree(folder, SMALL_DATE)
  return { ...model, version: name, epoch: undefined, iteration: 1, relations: NO_RELATIONS }
}

async function bothVersions(format: PackageFormat, name: PackagerName, context: TestContext): Promise<string> {
  needLivingImage(context)
  const by = await packagerFor(name, format, context)
  const folder = scratch()
  mkdirSync(folder, { recursive: true })
  for (const number of ['1.0', '2.0'] as const) {
    const { path } = await makeAndSettle(version(number), format, by)
    copyFileSync(path, join(folder, `${number}.${format}`))
  }
  return folder
}

/** What is looked at after each step. */
const LOOK = `
step() { echo "== $1"; }
look() {
  echo "== $1: files"; find /opt/acme /usr/bin/run /usr/lib/systemd/system/small.service ! -type d 2>/dev/null | sort || :
  echo "== $1: config"; cat /opt/acme/small/etc/a.conf 2>/dev/null || :
  echo "== $1: directory"; stat -c '%U:%G %a' /var/lib/small 2>/dev/null || :
  echo "== $1: account"; getent passwd smalluser | cut -d: -f1,6,7 || :
}
serve() { /opt/acme/small/bin/python -B -c 'pass'; cd /opt/acme/small; bin/python -c 'import sys; sys.path[:0] = ["lib/pkg", "lib"]; import kept; import pkg'; mkdir -p etc/__pycache__; echo data >/var/lib/small/data; cd /; }
`

const FILES = {
  of: (...names: string[]) => [
    ...names.map((name) => `/opt/acme/small/${name}`).sort(),
    ...['/usr/bin/run', '/usr/lib/systemd/system/small.service'],
  ],
  tag: 'cpython-311',
}

describe.each(['native', 'nfpm', 'fpm'] as const)('a deb by %s', (name) => {
  it('lives as one expects of a package', { timeout: 180_000 }, async (context) => {
    const packages = await bothVersions('deb', name, context)
    const { stdout } = inContainer(
      `${LOOK}
export DEBIAN_FRONTEND=noninteractive
dpkg='dpkg --force-confold --force-depends'
step install; $dpkg -i /packages/1.0.deb 2>/dev/null; look installed
echo 'a = mine' >/opt/acme/small/etc/a.conf; serve
step upgrade; $dpkg -i /packages/2.0.deb 2>/dev/null; look upgraded
serve
step remove; $dpkg -r small; look removed
step again; $dpkg -i /packages/2.0.deb 2>/dev/null; look again
serve
step purge; $dpkg -P small; look purged; step opt; ls -A /opt 2>/dev/null || :
`,
      { '/packages': packages },
    )
    const found = sections(stdout)
    const said = (step: string) => found[step]?.filter((line) => /^(?:before|after)/.test(line))
    const { tag } = FILES
    expect(said('install')).toEqual(['before install: install', 'after install: configure'])
    expect(found['installed: files']).toEqual(
      FILES.of(
        ...['bin/python', 'bin/run', 'etc/a.conf', 'etc/other', 'lib/old/bad.py', 'lib/old/gone.py', 'lib/pkg/gone.py'],
        ...[`lib/old/__pycache__/gone.${tag}.pyc`, `lib/pkg/__pycache__/gone.${tag}.pyc`],
        ...['lib/pkg/kept.py', `lib/pkg/__pycache__/kept.${tag}.pyc`],
      ),
    )
    expect(found['installed: directory']).toEqual(['smalluser:smallgroup 750'])
    expect(found['installed: account']).toEqual(['smalluser:/var/lib/small:/usr/sbin/nologin'])
    expect(said('upgrade')).toEqual([
      expect.stringMatching(/^before upgrade: upgrade 1\.0-1\+deb12/),
      'after upgrade: 100% %{x}',
    ])
    const second = ['bin/python', 'bin/run', 'etc/a.conf', 'etc/other', 'lib/pkg/kept.py']
    const dist = 'etc/a.conf.dpkg-dist'
    expect(found['upgraded: files']).toEqual(FILES.of(...second, dist, `lib/pkg/__pycache__/kept.${tag}.pyc`))
    expect(found['upgraded: config']).toEqual(['a = mine'])
    expect(said('remove')).toEqual(['before remove: remove', 'after remove: remove'])
    expect(found['removed: files']).toEqual([`/opt/acme/small/etc/a.conf`, `/opt/acme/small/${dist}`])
    expect(found['removed: directory']).toEqual(['smalluser:smallgroup 750'])
    expect(found['again: config']).toEqual(['a = mine'])
    expect(found['again: files']).toEqual(FILES.of(...second, dist, `lib/pkg/__pycache__/kept.${tag}.pyc`))
    for (const what of ['files', 'config', 'directory']) expect(found[`purged: ${what}`]).toEqual([])
    expect(found.opt).toEqual([])
  })
})

describe.each(['native', 'nfpm', 'fpm'] as const)('an rpm by %s', (name) => {
  it('lives as one expects of a package', { timeout: 180_000 }, async (context) => {
    const packages = await bothVersions('rpm', name, context)
    const { stdout, stderr } = inContainer(
      `${LOOK}
step install; rpm --force-debian -i --nodeps /packages/1.0.rpm; look installed
echo 'a = mine' >/opt/acme/small/etc/a.conf; serve
step upgrade; rpm --force-debian -U --nodeps /packages/2.0.rpm; look upgraded
step verify; rpm --force-debian -V --nodeps small | grep -v 'L ' || :
serve; rm /var/lib/small/data
step remove; rpm --force-debian -e --nodeps small; look removed
step folders; ls -d /opt/acme/small /opt/acme /usr/share/doc/small /usr/share/licenses/small 2>/dev/null || :
`,
      { '/packages': packages },
    )
    const found = sections(stdout)
    const { tag } = FILES
    expect(stderr).toMatch(/^(?:warning: .*a\.conf (?:created|saved) as .*\n)*$/)
    expect(found.install).toEqual(['before install: 1', 'after install: 1'])
    expect(found['installed: files']).toEqual(
      FILES.of(
        ...['bin/python', 'bin/run', 'etc/a.conf', 'etc/other', 'lib/old/bad.py', 'lib/old/gone.py', 'lib/pkg/gone.py'],
        ...[`lib/old/__pycache__/gone.${tag}.pyc`, `lib/pkg/__pycache__/gone.${tag}.pyc`],
        ...['lib/pkg/kept.py', `lib/pkg/__pycache__/kept.${tag}.pyc`],
      ),
    )
    expect(found['installed: directory']).toEqual(['smalluser:smallgroup 750'])
    expect(found['installed: account']).toEqual(['smalluser:/var/lib/small:/usr/sbin/nologin'])
    expect(found.upgrade).toEqual(['before upgrade: 2', 'after upgrade: 100% %{x}', '2'])
    expect(found['upgraded: files']).toEqual(
      FILES.of(
        ...['bin/python', 'bin/run', 'etc/a.conf', 'etc/a.conf.rpmnew', 'etc/other', 'lib/pkg/kept.py'],
        `lib/pkg/__pycache__/kept.${tag}.pyc`,
      ),
    )
    expect(found['upgraded: config']).toEqual(['a = mine'])
    expect(found.verify).toEqual([expect.stringMatching(/^S\.5.* c \/opt\/acme\/small\/etc\/a\.conf$/)])
    expect(found.remove).toEqual(['before remove: 0', 'after remove: 0'])
    const left = ['/opt/acme/small/etc/a.conf.rpmnew', '/opt/acme/small/etc/a.conf.rpmsave']
    expect(found['removed: files']).toEqual(left)
    expect(found['removed: directory']).toEqual([])
    expect(found.folders).toEqual(['/opt/acme', '/opt/acme/small'])
  })
})
