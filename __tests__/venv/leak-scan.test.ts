import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { type LeakRules, refuseLeaks, scanTree } from '../../src/venv/leak-scan.js'
import { ownNames } from '../../src/venv/own-names.js'
import { checkShebang } from '../../src/venv/shebang.js'
import { scratch, writeFiles } from '../support/scratch.js'

const INSTALL_PATH = '/opt/hello'
const RULES: LeakRules = {
  installPath: INSTALL_PATH,
  interpreter: '/usr/bin/python3.11',
  names: ['.run.partial-host-12-ab', '/var/cache/uv/'],
}
const SITE = 'lib/python3.11/site-packages'

/** A tree with nothing to find. */
function goodTree(): string {
  const tree = join(scratch(), 'tree')
  writeFiles(tree, {
    'bin/hello': `#!${INSTALL_PATH}/bin/python\nimport hello\n`,
    'bin/activate': `VIRTUAL_ENV=${INSTALL_PATH}\n`,
    'pyvenv.cfg': 'home = /usr/bin\n',
    [`${SITE}/hello.py`]: '#!/usr/bin/env python\n',
    [`${SITE}/run.sh`]: '#!/bin/sh\n',
  })
  chmodSync(join(tree, SITE, 'hello.py'), 0o755)
  chmodSync(tree, 0o755)
  symlinkSync('/usr/bin/python3.11', join(tree, 'bin/python'))
  symlinkSync('python', join(tree, 'bin/python3'))
  symlinkSync('lib', join(tree, 'lib64'))
  symlinkSync(`${INSTALL_PATH}/bin/hello`, join(tree, SITE, 'own'))
  symlinkSync('../../../bin/hello', join(tree, SITE, 'up'))
  linkSync(join(tree, 'pyvenv.cfg'), join(tree, 'second-name'))
  return tree
}

const found = (tree: string, rules = RULES) => scanTree(tree, rules).map(({ path, what }) => `${path} ${what}`)

describe('scanTree', () => {
  it('finds nothing in a good tree', () => {
    expect(found(goodTree())).toEqual([])
  })

  it.each([
    ['text', 'share/note', 'built in /var/cache/uv/archive'],
    ['RECORD', `${SITE}/a-1.dist-info/RECORD`, '/tmp/.run.partial-host-12-ab/x.py,sha256=x,1'],
    ['direct_url.json', `${SITE}/a-1.dist-info/direct_url.json`, '{"url": "file:///.run.partial-host-12-ab"}'],
    ['.pth', `${SITE}/a.pth`, '/work/.run.partial-host-12-ab/source\n'],
    ['.pyc', `${SITE}/__pycache__/a.cpython-311.pyc`, '\x6f\r\r\n\0\0\0\0\0\0\0\0/var/cache/uv/a.py'],
    ['RPATH', `${SITE}/a.so`, '\x7fELF\0\0$ORIGIN:/var/cache/uv/lib\0'],
    ['a script', 'bin/hello', '#!/opt/hello/bin/python\nopen("/var/cache/uv/x")'],
  ])("finds this run's names in %s", (_what, path, text) => {
    const tree = goodTree()
    writeFiles(tree, { [path]: text })
    expect(found(tree)).toEqual([expect.stringMatching(/ has (?:\.run\.partial-host-12-ab|\/var\/cache\/uv\/) in it$/)])
    expect(found(tree)[0]?.startsWith(`${path} `)).toBe(true)
  })

  it('finds them in names of files and in links', () => {
    const tree = goodTree()
    writeFiles(tree, { 'share/x.run.partial-host-12-ab': '' })
    symlinkSync('x/.run.partial-host-12-ab/y', join(tree, 'link'))
    expect(found(tree)).toEqual([
      'link is a link with .run.partial-host-12-ab in it',
      'share/x.run.partial-host-12-ab has .run.partial-host-12-ab in its name',
    ])
  })

  it('finds them in files of any size, wherever they stand', () => {
    const tree = goodTree()
    const file = join(tree, 'share.bin')
    const [name = ''] = RULES.names
    fc.assert(
      fc.property(fc.integer({ min: 0, max: (2 << 20) + 100 }), fc.boolean(), (at, there) => {
        const bytes = Buffer.alloc((2 << 20) + 200, 'x')
        bytes.write(there ? name : name.replace('host', 'most'), at)
        writeFileSync(file, bytes)
        expect(found(tree)).toEqual(there ? [`share.bin has ${name} in it`] : [])
      }),
      {
        numRuns: 15,
        examples: [
          [(1 << 20) - 5, true],
          [(1 << 20) - 1, true],
          [1 << 20, true],
        ],
      },
    )
  })

  it("looks at a script's beginning only, however long it is", () => {
    const tree = goodTree()
    const long = `#!/usr/bin/python3\n${'x'.repeat(2 << 20)}`
    writeFiles(tree, { 'bin/long': long, 'bin/data': long.replace('#!', '##') })
    expect(found(tree)).toEqual([`bin/long is run by /usr/bin/python3, not by the Python of ${INSTALL_PATH}`])
  })

  it.each([
    ['an absolute link out', '/etc/passwd'],
    ['a relative link out', '../../../etc/passwd'],
    ['a link to the folder above', '../..'],
    ['a link to a folder with the same beginning', '/opt/hello2/x'],
    ['another interpreter', '/usr/bin/python3'],
    ['the interpreter by a path that depends on the place', '../../../usr/bin/python3.11'],
  ])('finds %s', (_what, target) => {
    const tree = goodTree()
    mkdirSync(join(tree, 'share'))
    symlinkSync(target, join(tree, 'share', 'link'))
    expect(found(tree)).toEqual([`share/link is a link to ${target}, out of ${INSTALL_PATH}`])
  })

  it('finds modes that no package should have', () => {
    const tree = goodTree()
    writeFiles(tree, { setuid: '', setgid: '', open: '', 'folder/x': '' })
    chmodSync(join(tree, 'setuid'), 0o4755)
    chmodSync(join(tree, 'setgid'), 0o2755)
    chmodSync(join(tree, 'open'), 0o666)
    // Folders inherit it, and lose it.
    chmodSync(join(tree, 'folder'), 0o2777)
    expect(found(tree)).toEqual([
      'folder can be written by everybody',
      'open can be written by everybody',
      'setgid has the mode 2755: setuid or setgid',
      'setuid has the mode 4755: setuid or setgid',
    ])
  })

  it('takes a tree for a good one that a umask of 0 has made', () => {
    const tree = goodTree()
    execFileSync('chmod', ['-R', 'a+w', tree])
    expect(found(tree)).toEqual([])
  })

  it('finds sockets and pipes', async () => {
    const tree = goodTree()
    execFileSync('mkfifo', [join(tree, 'pipe')])
    const server = createServer()
    await new Promise<void>((listening) => server.listen(join(tree, 'socket'), listening))
    expect(found(tree)).toEqual(['pipe is a pipe', 'socket is a socket'])
    await new Promise((closed) => server.close(closed))
  })

  it('finds hard links to files outside, and no others', () => {
    const tree = goodTree()
    writeFileSync(join(tree, '..', 'outside'), 'x')
    linkSync(join(tree, '..', 'outside'), join(tree, 'one'))
    linkSync(join(tree, '..', 'outside'), join(tree, 'two'))
    expect(found(tree)).toEqual(['one is a hard link to a file outside of the tree'])
  })

  it('tells each of them, and counts what is too much to read', () => {
    const tree = goodTree()
    for (let index = 0; index < 25; index += 1) writeFiles(tree, { [`share/${index + 10}`]: '/var/cache/uv/' })
    expect(() => refuseLeaks('hello', tree, RULES)).toThrow(ToolError)
    expect(() => refuseLeaks('hello', tree, RULES)).toThrow(
      /^hello: its virtualenv can't be packaged as it is:\n {2}share\/10 has \/var\/cache\/uv\/ in it\n(.*\n){19} {2}… and 5 more$/,
    )
  })
})

describe('checkShebang', () => {
  const own = `${INSTALL_PATH}/bin/python`
  it.each([
    ['no script', 'import hello\n'],
    ["the tree's interpreter", `#!${own}\n`],
    ['by another of its names', `#!${own}3.11 -I\nx`],
    ['with a blank', `#! ${own}\n`],
    ['a shell', '#!/bin/sh\nexit\n'],
    ['a shell by env', '#!/usr/bin/env bash\n'],
    ['another language', '#!/usr/bin/perl -w\n'],
    ['a trampoline', `#!/bin/sh\n'''exec' ${own} "$0" "$@"\n' '''\n`],
    ['a quoted trampoline', `#!/bin/sh\n'''exec' '${own}' "$0" "$@"\n' '''\n`],
    ['127 bytes', `#!${own} ${'x'.repeat(127 - own.length - 3)}\n`],
  ])('is content with %s', (_what, head) => {
    expect(checkShebang(head, INSTALL_PATH)).toBeUndefined()
  })

  it.each([
    [
      'the system’s Python',
      '#!/usr/bin/python3\n',
      /^is run by \/usr\/bin\/python3, not by the Python of \/opt\/hello$/,
    ],
    ['the interpreter itself', '#!/usr/bin/python3.11\n', /is run by/],
    ['Python by env', '#!/usr/bin/env -S python3 -I\n', /is run by python3/],
    ['Python by env with variables', '#!/usr/bin/env A=b python\n', /is run by python/],
    ['the Python of another tree', '#!/opt/other/bin/python\n', /is run by \/opt\/other/],
    ['a program of the tree', `#!${INSTALL_PATH}/bin/hello\n`, /is run by/],
    ['a Python in a folder of the tree', `#!${INSTALL_PATH}/lib/python3\n`, /is run by/],
    ['a trampoline to elsewhere', `#!/bin/sh\n'''exec' /build/bin/python "$0" "$@"\n`, /is run by \/build/],
    ['no path', '#!python\n', /its interpreter "python" has no path/],
    ['nothing', '#!\n', /its interpreter "" has no path/],
    [
      '128 bytes',
      `#!${own} ${'x'.repeat(128 - own.length - 3)}\n`,
      /its first line has 128 bytes, and kernels read 127/,
    ],
  ])('is not with %s', (_what, head, message) => {
    expect(checkShebang(head, INSTALL_PATH)).toMatch(message)
  })

  it('takes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void checkShebang(`#!${text}`, INSTALL_PATH)))
  })
})

describe('ownNames', () => {
  const variables = { HOME: '/home/alice' }
  const cacheRoot = '/home/alice/.cache/giftwrap'

  it('are what only this run has in its folders, its caches and its home', () => {
    const folders = ['/c/giftwrap-work/.run.partial-h-1-ab/leg', '/c/giftwrap-venv/v/.amd64.partial-h-1-cd', '/plain']
    expect(ownNames(folders, { variables, cacheRoot }, INSTALL_PATH)).toEqual([
      '.run.partial-h-1-ab',
      '.amd64.partial-h-1-cd',
      '/plain',
      '/home/alice/.cache/giftwrap/giftwrap-',
      '/home/alice/.cache/uv/',
      '/home/alice/.cache/pip/',
      '/home/alice/',
    ])
  })

  it('follow the variables of the caches', () => {
    const changed = { HOME: '/home/alice', UV_CACHE_DIR: '/u/', XDG_CACHE_HOME: '/x' }
    const names = ownNames([], { variables: changed, cacheRoot: '/opt/hostedtoolcache' }, INSTALL_PATH)
    expect(names).toEqual(['/opt/hostedtoolcache/giftwrap-', '/u/', '/x/pip/', '/home/alice/'])
  })

  it.each(['/root', '/home/runner', '/', '/home/runner/'])('leave a home out that others have too: %s', (home) => {
    const names = ownNames([], { variables: { HOME: home }, cacheRoot }, INSTALL_PATH)
    expect(names).not.toContain(`${home.replace(/\/$/, '')}/`)
    expect(names).toContain(join(home, '.cache/uv/'))
  })

  it('leave out what is part of the install path', () => {
    expect(ownNames([], { variables, cacheRoot }, '/home/alice/app')).not.toContain('/home/alice/')
    expect(ownNames([], { variables: {}, cacheRoot }, INSTALL_PATH)).toEqual([`${cacheRoot}/giftwrap-`])
  })
})
