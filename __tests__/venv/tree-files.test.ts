import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import { walkTree } from '../../src/runtime/files.js'
import { copyConfig } from '../../src/venv/copy-config.js'
import { normalizeTree } from '../../src/venv/normalize.js'
import { trimTree } from '../../src/venv/trim.js'
import { scratch, writeFiles } from '../support/scratch.js'

const paths = (folder: string) => walkTree(folder).flatMap(({ path, kind }) => (kind === 'directory' ? [] : [path]))

describe('trimTree', () => {
  const site = 'lib/python3.11/site-packages'
  const info = `${site}/hello-1.0.dist-info`

  it('removes what nobody wants to ship, and the lines of RECORD that name it', async () => {
    const tree = scratch()
    const record = [
      'hello.py,sha256=x,1',
      '__pycache__/hello.cpython-311.pyc,,',
      'hello-1.0.dist-info/METADATA,sha256=x,1',
      'hello-1.0.dist-info/INSTALLER,sha256=x,2',
      'hello-1.0.dist-info/REQUESTED,,',
      'hello-1.0.dist-info/direct_url.json,sha256=x,1',
      'hello-1.0.dist-info/uv_cache.json,sha256=x,1',
      'hello-1.0.dist-info/licenses/INSTALLER,sha256=x,1',
      'hello-1.0.dist-info/RECORD,,',
      '../../../bin/hello,sha256=x,1',
      '',
    ]
    const gone = ['INSTALLER', 'REQUESTED', 'direct_url.json', 'uv_cache.json', 'uv_build.json']
    writeFiles(tree, {
      '.lock': '',
      '.gitignore': '*',
      'CACHEDIR.TAG': '',
      'pyvenv.cfg': '',
      ...Object.fromEntries(
        ['activate', 'activate.fish', 'Activate.ps1', 'activate_this.py', 'deactivate.bat', 'pydoc.bat', 'hello'].map(
          (name) => [`bin/${name}`, ''],
        ),
      ),
      [`${site}/hello.py`]: '',
      [`${site}/__pycache__/hello.cpython-311.pyc`]: '',
      [`${site}/deep/__pycache__/x.pyc`]: '',
      [`${site}/INSTALLER`]: 'a module of its own',
      [`${info}/METADATA`]: '',
      [`${info}/licenses/INSTALLER`]: 'a licence',
      [`${info}/RECORD`]: record.join('\n'),
      ...Object.fromEntries(gone.map((name) => [`${info}/${name}`, ''])),
    })
    await trimTree(tree)
    expect(paths(tree)).toEqual([
      'bin/activate',
      'bin/hello',
      `${site}/INSTALLER`,
      `${info}/METADATA`,
      `${info}/RECORD`,
      `${info}/licenses/INSTALLER`,
      `${site}/hello.py`,
      'pyvenv.cfg',
    ])
    expect(readFileSync(join(tree, info, 'RECORD'), 'utf8').split('\n')).toEqual([
      'hello.py,sha256=x,1',
      'hello-1.0.dist-info/METADATA,sha256=x,1',
      'hello-1.0.dist-info/licenses/INSTALLER,sha256=x,1',
      'hello-1.0.dist-info/RECORD,,',
      '../../../bin/hello,sha256=x,1',
      '',
    ])
  })
})

describe('copyConfig', () => {
  function source(files: Readonly<Record<string, string>> = { 'etc/a.conf': 'a', 'etc/sub/b.conf': 'b' }) {
    const checkout = scratch()
    writeFiles(checkout, files)
    return { checkout, tree: scratch() }
  }

  it('copies files, folders and links that stay inside, with their modes', async () => {
    const { checkout, tree } = source()
    chmodSync(join(checkout, 'etc/a.conf'), 0o755)
    symlinkSync('sub/b.conf', join(checkout, 'etc/link'))
    symlinkSync('../a.conf', join(checkout, 'etc/sub/up'))
    mkdirSync(join(checkout, 'etc/empty'))
    await copyConfig(checkout, tree)
    expect(walkTree(tree).map(({ path }) => path)).toEqual([
      'etc',
      'etc/a.conf',
      'etc/empty',
      'etc/link',
      'etc/sub',
      'etc/sub/b.conf',
      'etc/sub/up',
    ])
    expect(lstatSync(join(tree, 'etc/a.conf')).mode & 0o777).toBe(0o755)
    expect(readlinkSync(join(tree, 'etc/sub/up'))).toBe('../a.conf')
  })

  it("leaves what the project's wheel has put there", async () => {
    const { checkout, tree } = source()
    writeFiles(tree, { 'etc/a.conf': 'from the wheel' })
    await copyConfig(checkout, tree)
    expect(readFileSync(join(tree, 'etc/a.conf'), 'utf8')).toBe('from the wheel')
    expect(readFileSync(join(tree, 'etc/sub/b.conf'), 'utf8')).toBe('b')
  })

  it('does nothing where there is no etc', async () => {
    const { checkout, tree } = source({ 'setup.py': '' })
    await copyConfig(checkout, tree)
    expect(paths(tree)).toEqual([])
  })

  it.each([
    ['an absolute link', '/etc/passwd', 'etc/link'],
    ['a link that leaves etc', '../setup.py', 'etc/link'],
    ['a link that leaves etc from below', '../../setup.py', 'etc/sub/link'],
    ['a link through a folder and out', 'sub/../../setup.py', 'etc/link'],
  ])('refuses %s', async (_name, target, place) => {
    const { checkout, tree } = source()
    symlinkSync(target, join(checkout, place))
    await expect(copyConfig(checkout, tree)).rejects.toThrow(InputError)
  })

  it('refuses an etc that is a link out of the source', async () => {
    const { checkout, tree } = source({ 'setup.py': '' })
    const elsewhere = scratch()
    writeFiles(elsewhere, { shadow: 'secret' })
    symlinkSync(elsewhere, join(checkout, 'etc'))
    await expect(copyConfig(checkout, tree)).rejects.toThrow(InputError)
    expect(paths(tree)).toEqual([])
  })

  it('follows an etc that is a link within the source', async () => {
    const { checkout, tree } = source({ 'config/a.conf': 'a' })
    symlinkSync('config', join(checkout, 'etc'))
    await copyConfig(checkout, tree)
    expect(paths(tree)).toEqual(['etc/a.conf'])
  })

  it('refuses what is neither file, folder nor link', async () => {
    const { checkout, tree } = source()
    execFileSync('mkfifo', [join(checkout, 'etc', 'pipe')])
    await expect(copyConfig(checkout, tree)).rejects.toThrow(/etc\/pipe/)
  })
})

describe('normalizeTree', () => {
  it('gives everything one date, and files and folders the modes of packages', () => {
    const tree = scratch()
    writeFiles(tree, { 'a/run': '', 'a/data': '', 'b/secret': '' })
    chmodSync(join(tree, 'a/run'), 0o700)
    chmodSync(join(tree, 'a/data'), 0o666)
    chmodSync(join(tree, 'b/secret'), 0o400)
    chmodSync(join(tree, 'b'), 0o700)
    symlinkSync('/nowhere', join(tree, 'link'))
    normalizeTree(tree, 1_600_000_000)
    const modes = Object.fromEntries(
      ['', 'a', 'a/run', 'a/data', 'b', 'b/secret'].map((path) => [path, lstatSync(join(tree, path)).mode & 0o7777]),
    )
    expect(modes).toEqual({ '': 0o755, a: 0o755, 'a/run': 0o755, 'a/data': 0o644, b: 0o755, 'b/secret': 0o644 })
    for (const path of ['', 'a', 'a/run', 'link', 'b']) {
      expect(lstatSync(join(tree, path)).mtimeMs).toBe(1_600_000_000_000)
    }
  })

  it('takes setuid bits away', () => {
    const tree = scratch()
    writeFiles(tree, { run: '' })
    chmodSync(join(tree, 'run'), 0o4755)
    normalizeTree(tree, 0)
    expect(lstatSync(join(tree, 'run')).mode & 0o7777).toBe(0o755)
  })

  it('refuses what no package can hold', () => {
    const tree = scratch()
    execFileSync('mkfifo', [join(tree, 'pipe')])
    expect(() => normalizeTree(tree, 0)).toThrow(ToolError)
  })
})
