import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { walkTree } from '../../src/runtime/files.js'
import { shipBytecode } from '../../src/venv/bytecode.js'
import type { CompileContext } from '../../src/venv/compile.js'
import type { Interpreter } from '../../src/venv/interpreter.js'
import { LOADED_BY_PATH, loadedByPath } from '../../src/venv/loaded-by-path.js'
import { removeSources } from '../../src/venv/sourceless.js'
import { lazy, scratch, writeFiles } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

const PYTHON = 'python3'
const interpreter = lazy((): Interpreter => {
  const words = 'import platform, sys; print(sys.executable, platform.python_version())'
  const [path = '', version = ''] = execFileSync(PYTHON, ['-c', words], { encoding: 'utf8' }).trim().split(' ')
  return { path, version, minor: version.split('.').slice(0, 2).join('.') }
})
const tag = () => `cpython-${interpreter().minor.replace('.', '')}`

function contextOf(site: string): CompileContext {
  return { site, interpreter: interpreter(), work: scratch(), run: (command) => testPorts().exec.run(command) }
}

const files = (folder: string) => walkTree(folder).flatMap(({ path, kind }) => (kind === 'file' ? [path] : []))

const RECORD = [
  'hello/__init__.py,sha256=x,1',
  'hello/odd.py,sha256=x,1',
  '"hello/a,b.py",sha256=x,1',
  'hello/_x.c,,',
  '',
]
const SITE = {
  'hello/__init__.py': 'from . import deep\nNAMES = frozenset(["one", "two", "three", "four"])\n',
  'hello/deep.py': 'def fail():\n    raise ValueError("deep")\n',
  'hello/a,b.py': 'x = 1\n',
  'hello/odd.py': 'print "no Python of this version"\n',
  'hello/data.txt': 'data',
  'hello/types.pyi': '',
  'hello/_x.c': 'int x;',
  'hello/script.py': '#!/usr/bin/env python\n',
  'hello/module.py': '#!/usr/bin/env python\n',
  'hello/migrations/env.py': '',
  'hello/migrations/versions/one.py': '',
  'hello-1.dist-info/RECORD': RECORD.join('\n'),
}

function smallSite(): string {
  const site = scratch()
  writeFiles(site, SITE)
  chmodSync(join(site, 'hello/script.py'), 0o755)
  return site
}

const python = (site: string, script: string) =>
  execFileSync(interpreter().path, ['-B', '-c', script], { cwd: site, encoding: 'utf8', stdio: 'pipe' })

describe('removeSources', () => {
  it('puts compiled modules in the place of sources, and keeps what is run or read', async () => {
    const site = smallSite()
    await removeSources(site, contextOf(site))
    expect(files(site)).toEqual([
      'hello-1.dist-info/RECORD',
      'hello/__init__.pyc',
      'hello/a,b.pyc',
      'hello/data.txt',
      'hello/deep.pyc',
      'hello/migrations/env.py',
      'hello/migrations/versions/one.py',
      'hello/module.pyc',
      'hello/odd.py',
      'hello/script.py',
      'hello/types.pyi',
    ])
    expect(python(site, 'import hello; print(hello.__file__, len(hello.NAMES))')).toMatch(/hello\/__init__\.pyc 4\n$/)
  })

  it('keeps the paths of sources for tracebacks', async () => {
    const site = smallSite()
    await removeSources(site, contextOf(site))
    expect(() => python(site, 'import hello; hello.deep.fail()')).toThrow(`File "${site}/hello/deep.py", line 2`)
  })

  it('records what is there', async () => {
    const site = smallSite()
    await removeSources(site, contextOf(site))
    const lines = readFileSync(join(site, 'hello-1.dist-info/RECORD'), 'utf8').split('\n')
    expect(lines.map((line) => line.replace(/sha256=[\w-]{43},\d+$/, 'SUM'))).toEqual([
      'hello/__init__.pyc,SUM',
      'hello/odd.py,sha256=x,1',
      '"hello/a,b.pyc",SUM',
      '',
    ])
  })
})

describe('shipBytecode', () => {
  it('compiles every module and records it', async () => {
    const site = smallSite()
    await shipBytecode(site, contextOf(site))
    const made = files(site).filter((path) => path.endsWith('.pyc'))
    expect(made).toEqual(
      ['__init__', 'a,b', 'deep', 'module', 'script']
        .map((name) => `hello/__pycache__/${name}.${tag()}.pyc`)
        .concat([
          `hello/migrations/__pycache__/env.${tag()}.pyc`,
          `hello/migrations/versions/__pycache__/one.${tag()}.pyc`,
        ]),
    )
    const record = readFileSync(join(site, 'hello-1.dist-info/RECORD'), 'utf8').split('\n')
    expect(record.slice(0, 3)).toEqual([
      'hello/__init__.py,sha256=x,1',
      expect.stringMatching(new RegExp(`^hello/__pycache__/__init__\\.${tag()}\\.pyc,sha256=[\\w-]{43},\\d+$`)),
      'hello/odd.py,sha256=x,1',
    ])
  })

  it('gives the same bytes whatever time sources have, which Python checks by their hash', async () => {
    const site = smallSite()
    const context = contextOf(site)
    await shipBytecode(site, context)
    const [name = ''] = files(site).filter((path) => path.includes('__init__.cpython'))
    const first = readFileSync(join(site, name))
    // PEP 552: a hash, to be checked.
    expect(first.readUInt32LE(4)).toBe(0b11)
    utimesSync(join(site, 'hello/__init__.py'), 1, 1)
    await shipBytecode(site, context)
    expect(readFileSync(join(site, name)).equals(first)).toBe(true)
    writeFiles(site, { 'hello/deep.py': 'EDITED = True\n' })
    expect(python(site, 'import hello; print(hello.deep.EDITED)')).toBe('True\n')
  })
})

describe('loadedByPath', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'alembic’s environment and scripts',
      ['k/m/env.py', 'k/m/versions/2025/a.py', 'k/m/versions/__init__.py', 'k/m/cli.py', 'k/env.py'],
      ['k/m/env.py', 'k/m/versions/2025/a.py', 'k/m/versions/__init__.py'],
    ],
    ["alembic's templates", ['a/t/env.py', 'a/t/script.py.mako', 'a/t/x.py'], ['a/t/env.py']],
    ['nothing of a module that is called env', ['statsd/defaults/env.py', 'a/versions/x.py'], []],
    [
      'scripts of sqlalchemy-migrate',
      ['n/repo/migrate.cfg', 'n/repo/manage.py', 'n/repo/versions/001_a.py', 'n/repo/x.py'],
      ['n/repo/manage.py', 'n/repo/versions/001_a.py'],
    ],
    [
      "horizon's settings",
      ['d/wsgi.py', 'd/settings.py', 'd/local/local_settings.py', 'd/local/local_settings.d/_1.py', 'd/x.py'],
      ['d/local/local_settings.d/_1.py', 'd/local/local_settings.py', 'd/wsgi.py'],
    ],
    ['applications for web servers', ['keystone/wsgi/api.py', 'wsgi/x.py', 'a/wsgi.py'], ['keystone/wsgi/api.py']],
    ['at the top', ['env.py', 'versions/a.py', 'x.py'], []],
  ])('is %s', (_what, paths, stay) => {
    expect([...loadedByPath(paths)].sort()).toEqual(stay)
  })

  it('has a reason for each', () => {
    for (const { reason, files: globs } of LOADED_BY_PATH) {
      expect(reason.length).toBeGreaterThan(20)
      expect(globs.length).toBeGreaterThan(0)
    }
  })
})
