import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sha256File } from '../../src/runtime/files.js'
import { PIP } from '../../src/tools/pins.js'
import {
  BASE_PATH,
  debsOf,
  fetchTools,
  legFolder,
  type ManifestParts,
  makeScene,
  readResultFile,
  type Scene,
} from '../support/build-scene.js'
import { packageFiles, packageText } from '../support/deb.js'
import { gitRepository } from '../support/git-repository.js'
import { type PythonProject, writeProject } from '../support/python-project.js'
import { scratch, writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

const ROOT = `${BASE_PATH}/hello`

/** What is in the package of a build that has to succeed, below the install path. */
async function built(scene: Scene, words: readonly string[] = []) {
  const { code, stderr } = await scene.build(words)
  expect(stderr).not.toContain('giftwrap:')
  expect(code).toBe(0)
  const [deb = ''] = debsOf(scene.output)
  const files = packageFiles(deb).flatMap((path) => (path.startsWith(`${ROOT}/`) ? [path.slice(ROOT.length + 1)] : []))
  const text = (path: string) => packageText(deb, `${ROOT}/${path}`)
  const log = readFileSync(join(legFolder(scene.output), 'build.log'), 'utf8')
  return { deb, files, text, log, stderr, result: readResultFile(scene.output) }
}

async function refused(parts: ManifestParts, project: PythonProject = {}) {
  const scene = makeScene(scratch(), parts, project)
  const { code, stderr } = await scene.build()
  return { code, stderr, scene }
}

const withProject = (keys: Readonly<Record<string, unknown>>, settings: Readonly<Record<string, unknown>> = {}) => ({
  settings,
  projects: [{ name: 'hello', path: 'hello', ...keys }],
})
const modules = (files: readonly string[]) =>
  files.filter((path) => /hello_module/.test(path)).map((path) => path.replace(/^.*site-packages\//, ''))

describe('sources and bytecode', () => {
  it('drop: modules as they are, no checkout; and nothing compiled, as the package does it', async () => {
    const { files } = await built(makeScene(scratch()))
    expect(modules(files)).toEqual(['hello_module.py'])
    expect(files.some((path) => path === 'src' || /__pycache__|\.pyc$/.test(path))).toBe(false)
  })

  it('keep: the checkout without what builds leave there', async () => {
    const scene = makeScene(scratch(), {
      settings: { sources: 'keep' },
      projects: [{ name: 'hello', giturl: 'repository' }],
    })
    const repository = gitRepository(join(scene.folder, 'repository'))
    writeProject(repository.folder, { files: { 'docs/index.rst': 'Hello' } })
    repository.commit({})
    const { files } = await built(scene)
    expect(files.filter((path) => path.startsWith('src/'))).toEqual([
      'src/docs',
      'src/docs/index.rst',
      'src/hello_module.py',
      'src/pyproject.toml',
    ])
  })

  it('bytecode: compiled modules in their places, the same bytes twice', async () => {
    const scene = makeScene(scratch(), { settings: { sources: 'bytecode' } })
    const { files, deb, text } = await built(scene)
    expect(modules(files)).toEqual(['hello_module.pyc'])
    expect(files.filter((path) => path.endsWith('.py'))).toEqual([])
    const record = files.find((path) => path.endsWith('hello-1.2.3.dist-info/RECORD')) ?? ''
    expect(text(record)).toMatch(/^hello_module\.pyc,sha256=/m)
    const sum = await sha256File(deb)
    expect(await sha256File((await built(scene, ['--no-reuse'])).deb)).toBe(sum)
  })

  it('ship: compiled modules beside the sources', async () => {
    const { files } = await built(makeScene(scratch(), { settings: { bytecode: 'ship' } }))
    expect(modules(files)).toEqual([
      expect.stringMatching(/^__pycache__\/hello_module\.cpython-3\d+\.pyc$/),
      'hello_module.py',
    ])
  })
})

describe('the sizes of distributions', () => {
  it('are in the result and in the log', async () => {
    const { result, log } = await built(makeScene(scratch(), {}, { dependencies: ['six==1.16.0'] }))
    expect(Object.keys(result.sizes ?? {})).toEqual(['six', 'hello'])
    expect(result.sizes?.six).toBeGreaterThan(30_000)
    expect(log).toMatch(/^size: 0\.\d MB in 2 distributions: six 0\.\d, hello 0\.0$/m)
  })
})

describe('venv_command and install_command', () => {
  it('make the virtualenv and install the project, without a shell, and leave no tools', {
    timeout: 60_000,
  }, async () => {
    const scene = makeScene(
      scratch(),
      withProject({
        venv_command: '/usr/bin/python3 -m venv --prompt "a b" .',
        install_command: 'pip install --no-deps --no-build-isolation %s',
      }),
      // The build backend comes with the lock.
      { dependencies: ['setuptools', 'six==1.16.0'] },
    )
    const { files, text, log, deb } = await built(scene)
    expect(modules(files)).toEqual(['hello_module.py'])
    expect(text('pyvenv.cfg')).toContain('/usr/bin/python3 -m venv')
    expect(files.filter((path) => /bin\/pip|\/pip-/.test(path))).toEqual([])
    expect(files.some((path) => /\/setuptools-.*dist-info$/.test(path))).toBe(true)
    const links = execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -tv', 'sh', deb], { encoding: 'utf8' })
    expect(links).toMatch(/hello\/bin\/python3? -> \/usr\/bin\/python3\.\d+\n/)
    expect(log).toMatch(/ \/usr\/bin\/python3 -m venv --prompt 'a b' \.$/m)
    expect(log).toMatch(/ pip install --no-deps --no-build-isolation \/\S+\/source$/m)
    expect(log).not.toMatch(/uv build/)
  })

  it('may not install what is not locked', async () => {
    const { code, stderr } = await refused(withProject({ install_command: 'pip install --no-deps %s wheel six' }))
    expect(code).toBe(4)
    expect(stderr).toMatch(/what is installed is not what is locked:\n\s+six \S+ is installed and not locked\n/)
  })

  it('may not leave the checkout in the tree', async () => {
    const { code, stderr, scene } = await refused(withProject({ install_command: 'pip install --no-deps -e %s' }))
    expect(code).toBe(4)
    expect(stderr).toMatch(
      /its virtualenv can't be packaged as it is:\n[\s\S]*__editable__\S+ has \.run\.partial-\S+ in it/,
    )
    expect(debsOf(scene.output)).toEqual([])
  })

  it('may not bring another Python, nor a shell’s words', async () => {
    const other = await refused(withProject({ venv_command: 'sh -c "mkdir bin; ln -s /bin/true bin/python"' }))
    expect(other.code).toBe(2)
    expect(other.stderr).toMatch(/hello: venv_command made bin\/python a link to \/bin\/true/)
    const shell = await refused(withProject({ install_command: 'pip install %s && true' }))
    expect(shell.code).toBe(2)
    expect(shell.stderr).toMatch(/manifest\.yml:\d+:\d+: projects\[0\]\.install_command: has & outside of quotes/)
  })
})

describe('--dry-run', () => {
  it('shows the commands in the place of the usual ones, and patches', async () => {
    const keys = { venv_command: 'virtualenv .', install_command: 'pip install %s', patches: ['a.diff'] }
    const { code, stderr } = await makeScene(scratch(), withProject(keys)).build(['--dry-run'])
    expect(code).toBe(0)
    const commands = [...stderr.matchAll(/^ {2}\$ (.*)$/gm)].map(([, command = '']) => command)
    expect(commands.map((command) => command.replaceAll("'", ''))).toEqual([
      'git -C $WORK/source apply --whitespace=nowarn -- a.diff',
      expect.stringMatching(/^uv pip compile /),
      'virtualenv .',
      expect.stringMatching(/^uv pip install .* -r \$WORK\/tools\.txt$/),
      expect.stringMatching(/^uv pip install .* -r \$WORK\/lock-before\.txt$/),
      'pip install $WORK/source',
      expect.stringMatching(/^uv pip check /),
      expect.stringMatching(/^nfpm package /),
    ])
  })
})

describe('installer and shipped_tools', () => {
  it('pip: fills the virtualenv, and goes', async () => {
    // docopt has a source archive only: it is built under the lock of build requirements.
    const dependencies = ['six==1.16.0', 'docopt==0.6.2']
    const scene = makeScene(scratch(), { settings: { installer: 'pip' } }, { dependencies })
    const { files, log } = await built(scene)
    expect(log).toMatch(
      /\/bin\/python -m pip install --quiet --no-deps --no-compile --require-hashes --build-constraint /,
    )
    for (const name of ['six', 'docopt']) expect(files.some((path) => path.endsWith(`/${name}.py`))).toBe(true)
    expect(files.filter((path) => /bin\/pip|\/pip\/|\.pyc$/.test(path))).toEqual([])
  })

  it('shipped_tools: pip stays, in its pinned version', async () => {
    const { files } = await built(makeScene(scratch(), { settings: { shipped_tools: true } }))
    expect(files).toContain('bin/pip')
    expect(files.some((path) => path.endsWith(`/pip-${PIP.version}.dist-info`))).toBe(true)
  })
})

describe('isolate', () => {
  it('builds without a network what was downloaded with one', { timeout: 120_000 }, async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.end()
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const setup = `import socket
from setuptools import setup
try:
    socket.create_connection(('127.0.0.1', ${port}), 5).close()
    word = 'reached'
except OSError:
    word = 'alone'
open('hello_module.py', 'w').write(f'SEEN = "{word}"\\ndef main(): pass\\n')
setup(name='hello', version='1.2.3', description='x', py_modules=['hello_module'], install_requires=['docopt==0.6.2'])
`
    const module = (text: (path: string) => string, files: readonly string[]) =>
      text(files.find((path) => path.endsWith('/hello_module.py')) ?? '')
    const project = { files: { 'setup.py': setup, 'pyproject.toml': '' } }
    const open = makeScene(scratch(), {}, project)
    const first = await built(open)
    expect(module(first.text, first.files)).toContain('reached')
    const scene = makeScene(scratch(), { settings: { isolate: true } }, project)
    const { text, files, log } = await built(scene)
    expect(module(text, files)).toContain('alone')
    expect(connections).toBeGreaterThan(1)
    expect(files.some((path) => path.endsWith('/docopt.py'))).toBe(true)
    expect(log).toMatch(/^\$ .*unshare.*--net .*uv pip install .*--require-hashes/m)
    expect(log).toMatch(/^\$ .*unshare.*--net .*uv build /m)
    await new Promise((closed) => server.close(closed))
  })

  it('is refused with pip, which keeps no downloads', async () => {
    const { code, stderr } = await refused({ settings: { isolate: true, installer: 'pip' } })
    expect(code).toBe(2)
    expect(stderr).toMatch(/isolate: true is not possible with installer: pip/)
  })
})

describe('patches', () => {
  const PATCH = `--- a/hello_module.py
+++ b/hello_module.py
@@ -1,2 +1,2 @@
 def main():
-    print("hello says hello")
+    print("hello says patched")
`
  const parts = withProject({ patches: ['patches/hello.diff'] })

  it('are in the package and in its provenance; another patch is another package', async () => {
    const scene = makeScene(scratch(), parts)
    writeFiles(scene.folder, { 'patches/hello.diff': PATCH })
    const { text, files, result } = await built(scene)
    expect(text(files.find((path) => path.endsWith('/hello_module.py')) ?? '')).toContain('says patched')
    expect(result.source).toMatch(/^path sha256:\S+ patched sha256:[0-9a-f]{64}$/)
    const provenance = JSON.parse(text('share/giftwrap/provenance.json')) as { source: { patches: unknown } }
    expect(provenance.source.patches).toEqual([
      { path: 'patches/hello.diff', sha256: await sha256File(join(scene.folder, 'patches/hello.diff')) },
    ])
    writeFileSync(join(scene.folder, 'patches/hello.diff'), PATCH.replace('says patched', 'says other'))
    const { code, stderr } = await scene.build()
    expect({ code, told: stderr.includes('made from other inputs') }).toEqual({ code: 2, told: true })
  })

  it('are part of a plan, which needs their files no more', async () => {
    const scene = makeScene(scratch(), parts)
    writeFiles(scene.folder, { 'patches/hello.diff': PATCH })
    const planned = await scene.run(['plan', '-m', 'manifest.yml', '-o', 'plan'])
    expect(planned.stderr).not.toContain('giftwrap:')
    rmSync(join(scene.folder, 'patches'), { recursive: true })
    const { code } = await scene.run(['build', '--plan', 'plan/plan.json', '-o', 'out'])
    expect(code).toBe(0)
    const [deb = ''] = debsOf(scene.output)
    const module = packageFiles(deb).find((path) => path.endsWith('/hello_module.py')) ?? ''
    expect(packageText(deb, module)).toContain('says patched')
  })

  it('that do not apply are an error of the manifest’s kind: nothing is left', async () => {
    const scene = makeScene(scratch(), parts)
    writeFiles(scene.folder, { 'patches/hello.diff': PATCH.replace('says hello', 'says nothing') })
    const { code, stderr } = await scene.build()
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /patches\/hello\.diff: the patch does not apply to the source of hello: patch failed: hello_mod/,
    )
    expect(() => debsOf(scene.output)).toThrow()
    rmSync(join(scene.folder, 'patches'), { recursive: true })
    const missing = await scene.build()
    expect(missing.code).toBe(2)
    expect(missing.stderr).toMatch(/manifest\.yml:\d+:\d+: the patch patches\/hello\.diff can't be read/)
  })
})
