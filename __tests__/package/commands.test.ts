import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { fpmCommand } from '../../src/package/fpm.js'
import { debFileName } from '../../src/package/model.js'
import { nfpmConfig, nfpmContents } from '../../src/package/nfpm.js'
import { scratch } from '../support/scratch.js'
import { smallModel } from '../support/small-package.js'

describe('fpmCommand', () => {
  it('says everything that fpm would take from the host else', () => {
    const model = { ...smallModel('/tree'), configFiles: ['/opt/small/etc/a.conf', '/opt/small/etc/b.conf'] }
    const at = { fpm: '/tools/fpm', work: '/work', output: '/out/x.deb', options: ['--deb-pre-depends', 'x'] }
    const { argv, env } = fpmCommand(model, at)
    expect(env).toEqual({ SOURCE_DATE_EPOCH: '1700000000' })
    expect(
      argv
        .join('\n')
        .replaceAll(/\n(?!--)/g, ' ')
        .split('\n'),
    ).toEqual([
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
      '--deb-pre-depends x',
      '--chdir /tree',
      '--prefix /opt/small .',
    ])
  })

  it.each([
    ['zstd', 'zst'],
    ['xz', 'xz'],
    ['gzip', 'gz'],
  ] as const)('calls %s %s', (compression, word) => {
    const at = { fpm: 'fpm', work: '/work', output: '/out/x.deb', options: [] }
    const { argv } = fpmCommand({ ...smallModel('/tree'), compression, license: 'MIT', homepage: 'x:' }, at)
    expect(argv[argv.indexOf('--deb-compression') + 1]).toBe(word)
    expect(argv[argv.indexOf('--license') + 1]).toBe('MIT')
    expect(argv[argv.indexOf('--url') + 1]).toBe('x:')
  })
})

describe('nfpmConfig', () => {
  it('lists the tree, with config files one by one', async () => {
    const folder = scratch()
    const model = smallModel(folder, { plain: true })
    const config = load(nfpmConfig(model, await nfpmContents(model)))
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
})

describe('debFileName', () => {
  it('has name, version, rebuild, target and processor', () => {
    expect(debFileName(smallModel('/tree'))).toBe('small_1.0~rc1-1+deb12_amd64.deb')
  })
})
