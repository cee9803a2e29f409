import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, readlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { type FormattedPackage, formatPackage, packageFileName } from '../../src/package/formatted.js'
import { fpmCommand } from '../../src/package/fpm.js'
import type { PackageFormat } from '../../src/package/model.js'
import { debControl, dpkgDebCommand, writeControl } from '../../src/package/native-deb.js'
import { rpmbuildCommand, rpmSpec } from '../../src/package/native-rpm.js'
import { tarCommand } from '../../src/package/native-tar.js'
import { nfpmConfig, nfpmContents } from '../../src/package/nfpm.js'
import { type Staged, stagePackage } from '../../src/package/stage.js'
import { walkTree } from '../../src/runtime/files.js'
import { scratch } from '../support/scratch.js'
import { fullModel, SMALL_DATE, smallModel } from '../support/small-package.js'

const STAGED: Staged = { root: '/stage/root', scripts: {}, changelog: undefined }
const SCRIPTS = { preinstall: '/s/pre', postinstall: '/s/post', preremove: '/s/preun', postremove: '/s/postun' }

/** One line for each option with its value. */
function lines(argv: readonly string[]): string[] {
  return argv
    .join('\n')
    .replaceAll(/\n(?!--)/g, ' ')
    .split('\n')
}

describe('fpmCommand', () => {
  const at = { fpm: '/tools/fpm', work: '/work', output: '/out/x.deb', options: [], staged: STAGED }

  it('says everything of a deb that fpm would take from the host else', () => {
    const model = { ...smallModel('/tree'), configFiles: ['/opt/small/etc/a.conf', '/opt/small/etc/b.conf'] }
    const place = { ...at, options: ['--deb-pre-depends', 'x'], staged: { ...STAGED, scripts: SCRIPTS } }
    const { argv, env } = fpmCommand(formatPackage(model, 'deb'), place)
    expect(env).toEqual({ SOURCE_DATE_EPOCH: '1700000000' })
    expect(lines(argv)).toEqual([
      '/tools/fpm',
      '--input-type dir',
      '--output-type deb',
      '--package /out/x.deb',
      '--workdir /work',
      '--name small',
      '--version 1.0~rc1',
      '--iteration 1+deb12',
      '--architecture amd64',
      '--maintainer Somebody <somebody@localhost.invalid>',
      '--description Small $HOME $(id) "quoted" %{x}',
      '--category python',
      '--deb-priority optional',
      '--vendor ',
      '--url ',
      '--license ',
      '--depends python3.11',
      '--depends libc6 (>= 2.36)',
      '--deb-no-default-config-files',
      '--config-files /opt/small/etc/a.conf',
      '--config-files /opt/small/etc/b.conf',
      '--deb-compression zst',
      '--before-install /s/pre',
      '--after-install /s/post',
      '--before-remove /s/preun',
      '--after-remove /s/postun',
      '--deb-pre-depends x',
      '--chdir /stage/root .',
    ])
  })

  it('says everything of an rpm that rpmbuild would take from the host else', () => {
    const staged = { ...STAGED, scripts: { posttransaction: '/s/trans' } }
    const { argv } = fpmCommand(formatPackage({ ...fullModel(scratch()), epoch: 2 }, 'rpm'), { ...at, staged })
    const said = lines(argv)
    expect(said.filter((line) => !line.startsWith('--rpm-auto-add-exclude'))).toEqual([
      '/tools/fpm',
      '--input-type dir',
      '--output-type rpm',
      '--package /out/x.deb',
      '--workdir /work',
      '--name small',
      '--version 1.0~rc1',
      '--iteration 3.deb12',
      '--epoch 2',
      '--architecture x86_64',
      '--maintainer Somebody <somebody@localhost.invalid>',
      '--description Small, 100%% of it Says $HOME and %%{x}.  And more.',
      '--rpm-summary Small, 100%% of it',
      '--category python',
      '--vendor Acme & Söhne',
      '--url https://example.test/small?a=1%%20',
      '--license Apache-2.0',
      '--depends python(abi) = 3.11',
      '--depends liba >= 1.0',
      '--rpm-tag Recommends: libr',
      '--provides small-api = 1.0',
      '--conflicts smaller < 2.0',
      '--replaces smallest',
      '--config-files /opt/acme/small/etc/a.conf',
      '--rpm-os linux',
      '--rpm-digest sha256',
      '--rpm-auto-add-directories',
      '--rpm-tag %define _binary_payload w3.zstdio',
      '--rpm-rpmbuild-define use_source_date_epoch_as_buildtime 1',
      '--rpm-rpmbuild-define clamp_mtime_to_source_date_epoch 1',
      '--rpm-rpmbuild-define _buildhost reproducible',
      '--rpm-rpmbuild-define _build_id_links none',
      '--rpm-rpmbuild-define debug_package %{nil}',
      '--rpm-rpmbuild-define __os_install_post %{nil}',
      '--rpm-posttrans /s/trans',
      '--chdir /stage/root .',
    ])
    expect(said).toContain('--rpm-auto-add-exclude-directories /usr/lib/systemd/system')
    expect(said).not.toContain('--rpm-auto-add-exclude-directories /opt/acme')
  })

  it.each([
    ['zstd', 'zst'],
    ['xz', 'xz'],
    ['gzip', 'gz'],
  ] as const)('calls %s %s', (compression, word) => {
    const model = { ...smallModel('/tree'), compression, license: 'MIT', homepage: 'x:' }
    const { argv } = fpmCommand(formatPackage(model, 'deb'), at)
    expect(argv[argv.indexOf('--deb-compression') + 1]).toBe(word)
    expect(argv[argv.indexOf('--license') + 1]).toBe('MIT')
    expect(argv[argv.indexOf('--url') + 1]).toBe('x:')
  })

  it("hands a deb's changelog over, unless the caller has one", () => {
    const found = formatPackage(fullModel(scratch()), 'deb')
    const staged = { ...STAGED, changelog: '/s/changelog' }
    expect(lines(fpmCommand(found, { ...at, staged }).argv)).toContain('--deb-changelog /s/changelog')
    for (const options of [['--deb-changelog', '/mine'], ['--deb-changelog=/mine']]) {
      expect(lines(fpmCommand(found, { ...at, staged, options }).argv)).not.toContain('--deb-changelog /s/changelog')
    }
  })

  it('tells tar what makes an archive the same everywhere', () => {
    const { env } = fpmCommand(formatPackage(smallModel('/tree'), 'tar'), at)
    expect(env.TAR_OPTIONS).toBe('--sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000')
  })

  it('refuses what fpm makes badly, and a page that fpm would make up', () => {
    const model = smallModel('/tree')
    for (const format of ['apk', 'archlinux'] as const) {
      expect(() => fpmCommand(formatPackage(model, format), at)).toThrow(/fpm makes no good .*\n.*packager: nfpm/)
    }
    expect(() => fpmCommand(formatPackage(model, 'rpm'), at)).toThrow(/has no home page.*\n.*homepage/)
  })
})

describe('nfpmConfig', () => {
  const configOf = async (found: FormattedPackage, staged = STAGED) =>
    load(nfpmConfig(found, 'amd64', await nfpmContents(found, staged), staged)) as Record<string, unknown>

  it('lists the tree, with config files one by one', async () => {
    const folder = scratch()
    const config = await configOf(formatPackage(smallModel(folder, { plain: true }), 'deb'))
    const file_info = (mode: number) => ({ mode, mtime: '2023-11-14T22:13:20Z' })
    expect(config).toEqual({
      name: 'small',
      arch: 'amd64',
      platform: 'linux',
      version: '1.0~rc1',
      version_schema: 'none',
      release: '1+deb12',
      section: 'python',
      priority: 'optional',
      maintainer: 'Somebody <somebody@localhost.invalid>',
      description: expect.stringMatching(/^Small \$\{GIFTWRAP_DOLLAR\}HOME /),
      mtime: '2023-11-14T22:13:20Z',
      disable_globbing: true,
      depends: ['python3.11', 'libc6 (>= 2.36)'],
      contents: [
        { dst: '/opt/small', type: 'dir', file_info: file_info(0o755) },
        { src: `${folder}/bin`, dst: '/opt/small/bin', type: 'tree' },
        { dst: '/opt/small/etc', type: 'dir', file_info: file_info(0o755) },
        {
          src: `${folder}/etc/a.conf`,
          dst: '/opt/small/etc/a.conf',
          type: 'config|noreplace',
          file_info: file_info(0o644),
        },
        { src: `${folder}/etc/other`, dst: '/opt/small/etc/other', type: 'file', file_info: file_info(0o644) },
        { src: 'lib', dst: '/opt/small/lib64', type: 'symlink' },
      ],
      deb: { compression: 'zstd' },
    })
  })

  it('has the entries of the package, and scripts where each format has them', async () => {
    const staged = { ...STAGED, scripts: { ...SCRIPTS, preupgrade: '/s/preup', posttransaction: '/s/trans' } }
    const model = { ...fullModel(scratch()), units: [], epoch: undefined }
    const file_info = { mode: 0o644, mtime: '2023-11-14T22:13:20Z' }
    const rpm = await configOf(formatPackage({ ...model, epoch: 2 }, 'rpm'), staged)
    expect(rpm).toMatchObject({
      epoch: '2',
      release: '3.deb12',
      recommends: ['libr'],
      provides: ['small-api = 1.0'],
      conflicts: ['smaller < 2.0'],
      replaces: ['smallest'],
      scripts: SCRIPTS,
      rpm: {
        ...{ group: 'python', compression: 'zstd', buildhost: 'reproducible' },
        scripts: { posttrans: '/s/trans' },
      },
    })
    expect(rpm.contents).toEqual(
      expect.arrayContaining([
        { dst: '/opt/acme', type: 'dir', file_info: { ...file_info, mode: 0o755 } },
        { src: '/opt/acme/small/bin/run', dst: '/usr/bin/run', type: 'symlink' },
        {
          ...{ src: '/stage/root/usr/lib/sysusers.d/small.conf', dst: '/usr/lib/sysusers.d/small.conf' },
          ...{ type: 'file', file_info },
        },
      ]),
    )
    const apk = await configOf(
      formatPackage({ ...model, relations: { ...model.relations, recommends: [] } }, 'apk'),
      staged,
    )
    expect(apk).toMatchObject({
      ...{ release: 'r3', description: 'Small, 100% of it', apk: { scripts: { preupgrade: '/s/preup' } } },
      ...{ depends: ['python3~3.11', 'liba>=1.0', '!smaller<2.0'], provides: ['small-api=1.0'] },
    })
    expect(apk.conflicts).toBeUndefined()
    expect(await configOf(formatPackage(model, 'archlinux'), staged)).toMatchObject({
      ...{ depends: ['python>=3.11', 'python<3.12', 'liba>=1.0'], conflicts: ['smaller<2.0'], release: '3' },
      archlinux: { pkgbase: 'small', scripts: { preupgrade: '/s/preup' } },
    })
  })

  it('makes no archives', async () => {
    await expect(configOf(formatPackage(smallModel(scratch(), { plain: true }), 'tar'))).rejects.toThrow(/no archives/)
  })
})

describe('native packages', () => {
  it('have a control file that says all of it', () => {
    const found = formatPackage(fullModel(scratch()), 'deb')
    expect(debControl(found, 12)).toBe(`Package: small
Version: 2:1.0~rc1-3+deb12
License: Apache-2.0
Vendor: Acme & Söhne
Architecture: amd64
Maintainer: Somebody <somebody@localhost.invalid>
Installed-Size: 12
Depends: python3.11, liba (>= 1.0)
Recommends: libr
Conflicts: smaller (<< 2.0)
Provides: small-api (= 1.0)
Replaces: smallest
Section: python
Priority: optional
Homepage: https://example.test/small?a=1%20
Description: Small, 100% of it
 Says $HOME and %{x}.
 .
 And more.
`)
  })

  it('have no empty fields', () => {
    const control = debControl(formatPackage(smallModel('/tree'), 'deb'), 1)
    expect(control).not.toMatch(/: *$/m)
    expect(control).not.toMatch(/^(?:Vendor|License|Homepage|Recommends)/m)
  })

  it('are compressed as it is said', () => {
    const found = (compression: 'zstd' | 'xz' | 'gzip', format: PackageFormat = 'deb') =>
      formatPackage({ ...smallModel('/tree'), compression }, format)
    const at = { root: '/stage', output: '/out' }
    expect(dpkgDebCommand(found('zstd'), at).argv.join(' ')).toBe(
      'dpkg-deb --root-owner-group -Zzstd -z9 --build /stage /out',
    )
    expect(dpkgDebCommand(found('xz'), at).argv).toContain('-Zxz')
    expect(tarCommand(found('zstd', 'tar'), at).argv.join(' ')).toBe(
      'tar --create --file /out --directory /stage --gzip --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 .',
    )
    expect(tarCommand(found('xz', 'tar'), at).argv).toContain('--xz')
  })

  it('have a spec that expands nothing of the package, and quotes paths for rpmbuild', () => {
    const model = fullModel(scratch())
    const spec = rpmSpec(
      formatPackage({ ...model, configFiles: ['/opt/acme/small/etc/a b', '/opt/acme/small/etc/[%]'] }, 'rpm'),
    )
    const sections = spec.split(/^(?=%(?:description|install|pre|post|preun|postun|posttrans|files)$)/m)
    expect(sections[0]).toBe(`Name: small
Epoch: 2
Version: 1.0~rc1
Release: 3.deb12
Summary: Small, 100%% of it
License: Apache-2.0
Group: python
Vendor: Acme & Söhne
Packager: Somebody <somebody@localhost.invalid>
URL: https://example.test/small?a=1%%20
AutoReqProv: no
Requires: python(abi) = 3.11
Requires: liba >= 1.0
Recommends: libr
Provides: small-api = 1.0
Conflicts: smaller < 2.0
Obsoletes: smallest

`)
    expect(sections.at(-1)).toBe(`%files
%defattr(-,root,root,-)
%dir /opt/acme
/usr/bin/run
/usr/lib/systemd/system/small.service
/usr/lib/sysusers.d/small.conf
/usr/lib/tmpfiles.d/small.conf
%dir /usr/share/doc/small
/usr/share/doc/small/CHANGELOG
/usr/share/doc/small/sbom.cdx.json
%dir /usr/share/licenses/small
/usr/share/licenses/small/COPYRIGHT
/opt/acme/small
%config(noreplace) /opt/acme/small/etc/a?b
%config(noreplace) /opt/acme/small/etc/[\\[][%%][\\]]
`)
    expect(spec).toContain("echo 'after upgrade:' 100%% %%{x}")
    const { argv, env } = rpmbuildCommand(formatPackage(model, 'rpm'), { spec: '/w/s', folder: '/w%{x}', root: '/r' })
    expect(argv).toContain('_topdir /w%%{x}')
    expect(env).toEqual({ SOURCE_DATE_EPOCH: '1700000000', STAGED: '/r', HOME: '/w%{x}' })
  })
})

describe('stagePackage', () => {
  it('puts all where it belongs, with the modes and the date of a package, whatever the umask', () => {
    const found = formatPackage(fullModel(scratch()), 'deb')
    utimesSync(join(found.tree.folder, 'etc', 'other'), 1, 1)
    const folder = scratch()
    const umask = process.umask(0o077)
    let staged: Staged
    try {
      staged = stagePackage(found, folder, { tree: true, changelog: true })
      writeControl(found, staged)
    } finally {
      process.umask(umask)
    }
    const modes = walkTree(staged.root).map(({ path }) => {
      const { mode, mtimeMs } = lstatSync(join(staged.root, path))
      return `${path} ${(mode & 0o7777).toString(8)} ${mtimeMs === SMALL_DATE * 1000 ? 'dated' : mtimeMs}`
    })
    expect(modes).toEqual([
      'DEBIAN 755 dated',
      'DEBIAN/conffiles 644 dated',
      'DEBIAN/control 644 dated',
      'DEBIAN/md5sums 644 dated',
      'DEBIAN/postinst 755 dated',
      'DEBIAN/postrm 755 dated',
      'DEBIAN/preinst 755 dated',
      'DEBIAN/prerm 755 dated',
      'opt 755 dated',
      'opt/acme 755 dated',
      'opt/acme/small 755 dated',
      'opt/acme/small/bin 755 dated',
      'opt/acme/small/bin/run 755 dated',
      'opt/acme/small/etc 755 dated',
      'opt/acme/small/etc/a.conf 644 dated',
      'opt/acme/small/etc/other 644 dated',
      'opt/acme/small/lib64 777 dated',
      'usr 755 dated',
      'usr/bin 755 dated',
      'usr/bin/run 777 dated',
      'usr/lib 755 dated',
      'usr/lib/systemd 755 dated',
      'usr/lib/systemd/system 755 dated',
      'usr/lib/systemd/system/small.service 644 dated',
      'usr/lib/sysusers.d 755 dated',
      'usr/lib/sysusers.d/small.conf 644 dated',
      'usr/lib/tmpfiles.d 755 dated',
      'usr/lib/tmpfiles.d/small.conf 644 dated',
      'usr/share 755 dated',
      'usr/share/doc 755 dated',
      'usr/share/doc/small 755 dated',
      'usr/share/doc/small/changelog.gz 644 dated',
      'usr/share/doc/small/copyright 644 dated',
      'usr/share/doc/small/sbom.cdx.json 644 dated',
    ])
    expect(readlinkSync(join(staged.root, 'usr/bin/run'))).toBe('/opt/acme/small/bin/run')
    const sums = execFileSync('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], { cwd: staged.root })
    expect(String(sums)).toBe('')
    // The tree itself is as it was: files are links to it, and one with another date a copy.
    expect(lstatSync(join(found.tree.folder, 'etc', 'other')).mtimeMs).toBe(1000)
    expect(lstatSync(join(found.tree.folder, 'bin', 'run')).nlink).toBe(2)
  })

  it('leaves tree and changelog to packagers that have their own ways', () => {
    const found = formatPackage(fullModel(scratch()), 'deb')
    const { root, changelog = '' } = stagePackage(found, scratch(), { tree: false, changelog: false })
    expect(existsSync(join(root, 'opt/acme/small'))).toBe(false)
    expect(existsSync(join(root, 'usr/share/doc/small/changelog.gz'))).toBe(false)
    expect(readFileSync(changelog, 'utf8')).toBe(found.changelog)
  })
})

describe('packageFileName', () => {
  it.each([
    ['deb', 'small_1.0~rc1-1+deb12_amd64.deb'],
    ['rpm', 'small-1.0~rc1-1.deb12.x86_64.rpm'],
    ['apk', 'small-1.0_rc1-r1.x86_64.apk'],
    ['archlinux', 'small-1.0rc1-1-x86_64.pkg.tar.zst'],
    ['tar', 'small-1.0rc1-1+deb12-amd64.tar.gz'],
  ] as const)('of %s has name, version, rebuild, target and processor as usual there', (format, expected) => {
    expect(packageFileName(smallModel('/tree'), format)).toBe(expected)
    if (format !== 'apk' && format !== 'tar')
      expect(packageFileName({ ...smallModel('/tree'), epoch: 3 }, format)).toBe(expected)
  })

  it('differs by processor', () => {
    const names = (['deb', 'rpm'] as const).map((format) =>
      packageFileName({ ...smallModel('/tree'), architecture: 'arm64', suffix: '.el9' }, format),
    )
    expect(names).toEqual(['small_1.0~rc1-1+el9_arm64.deb', 'small-1.0~rc1-1.el9.aarch64.rpm'])
  })
})
