import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  debsOf,
  fetchTools,
  legFolder,
  type ManifestParts,
  makeScene,
  manifestText,
  readResultFile,
  type Scene,
} from '../support/build-scene.js'
import { gitRepository } from '../support/git-repository.js'
import { makeElf } from '../support/make-elf.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

const MACHINE = process.arch === 'arm64' ? 183 : 62

/** A scene whose project ships a compiled file that needs these libraries. */
function compiledScene(needed: readonly string[], project: Readonly<Record<string, unknown>> = {}): Scene {
  const parts: ManifestParts = { projects: [{ name: 'hello', path: 'hello', ...project }] }
  const scene = makeScene(scratch(), parts)
  const package_ = join(scene.project, 'hello_data')
  mkdirSync(package_)
  writeFileSync(join(package_, '__init__.py'), '')
  writeFileSync(
    join(package_, 'ext.so'),
    makeElf({ machine: MACHINE, needed, versions: { 'libc.so.6': ['GLIBC_2.17'] }, symbols: ['open@GLIBC_2.17'] }),
  )
  const setup = readFileSync(join(scene.project, 'pyproject.toml'), 'utf8')
  const more = 'packages = ["hello_data"]\n[tool.setuptools.package-data]\nhello_data = ["*.so"]\n'
  writeFileSync(join(scene.project, 'pyproject.toml'), setup + more)
  return scene
}

const dependsOf = (scene: Scene) =>
  execFileSync('dpkg-deb', ['--field', debsOf(scene.output)[0] ?? '', 'Depends'], { encoding: 'utf8' })
    .trim()
    .split(', ')

interface Record_ {
  readonly relations: readonly { readonly relation: string; readonly source: string; readonly why: string }[]
  readonly left_out?: readonly { readonly relation: string }[]
}
const recordOf = (scene: Scene) =>
  JSON.parse(readFileSync(join(legFolder(scene.output), 'provenance.json'), 'utf8')) as Record_

const EXT = /^libc\.so\.6 is needed by lib\/python3\.\d+\/site-packages\/hello_data\/ext\.so of hello 1\.2\.3$/

describe('a package', () => {
  it('depends on the packages that own what its compiled files need, and says why', async (context) => {
    need(context, hasTool('dpkg-query'), 'dpkg-query')
    const scene = compiledScene(['libc.so.6'], { system_dependencies: ['adduser', 'libc6'] })
    expect((await scene.build()).code).toBe(0)
    const [python = '', ...others] = dependsOf(scene)
    expect(python).toMatch(/^python3\.\d+$/)
    expect(others).toEqual(['adduser', 'libc6 (>= 2.17)'])
    expect(recordOf(scene).relations).toEqual([
      { relation: python, source: 'interpreter', why: `the virtualenv links Python ${python.slice('python'.length)}` },
      { relation: 'adduser', source: 'manifest', why: 'system_dependencies' },
      { relation: 'libc6', source: 'manifest', why: 'system_dependencies' },
      { relation: 'libc6 (>= 2.17)', source: 'elf', why: expect.stringMatching(EXT) },
    ])
    // What is unchanged is not looked at again, and what only the package's fields change costs no new tree.
    const again = await scene.build(['-d'])
    expect(again.stderr).not.toMatch(/dpkg-query --(search|control)/)
    expect(readResultFile(scene.output).cache).toMatchObject({ venv: 'reused', system: 'reused', package: 'reused' })
    const elsewhere = await scene.build(['-o', 'elsewhere', '-d'])
    expect(elsewhere.stderr).not.toMatch(/dpkg-query --(search|control)/)
    const moved = readResultFile(join(scene.folder, 'elsewhere'))
    expect(moved.cache).toMatchObject({ venv: 'reused', system: 'reused', package: 'made' })
  })

  it('is not made where nobody owns a library: the error names distribution and file', async () => {
    const scene = compiledScene(['libc.so.6', 'libgiftwrapnone.so.7'])
    const { code, stderr } = await scene.build()
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /hello: libgiftwrapnone\.so\.7 is needed by lib\/python3\.\d+\/site-packages\/hello_data\/ext\.so of hello 1\.2\.3, and is not on this machine\./,
    )
    expect(stderr).toContain('system_dependencies_exclude: [libgiftwrapnone.so.7]')
    const excluding = { name: 'hello', path: 'hello', system_dependencies_exclude: ['libgiftwrapnone.*'] }
    writeFileSync(scene.manifest, manifestText({ projects: [excluding] }))
    expect((await scene.build()).code).toBe(0)
    expect(dependsOf(scene)).toContain('libc6 (>= 2.17)')
    expect(recordOf(scene).left_out).toMatchObject([{ relation: 'libgiftwrapnone.so.7', source: 'elf' }])
  })

  it('depends on what the manifest names alone where nothing else is asked for', async () => {
    const only = { system_dependencies_from: ['manifest'], system_dependencies: { dpkg: ['adduser'], rpm: ['no'] } }
    const scene = compiledScene(['libgiftwrapnone.so.7'], only)
    expect((await scene.build()).code).toBe(0)
    expect(dependsOf(scene)).toEqual([expect.stringMatching(/^python3\.\d+$/), 'adduser'])
    writeFileSync(
      scene.manifest,
      manifestText({ projects: [{ name: 'hello', path: 'hello', ...only, system_dependencies_from: ['elf'] }] }),
    )
    expect((await scene.build(['--force-overwrite'])).code).toBe(2)
  })

  it('depends on what bindep and devstack say, where they are asked', async (context) => {
    need(context, hasTool('git'), 'git')
    const devstack = gitRepository(join(scratch(), 'devstack'))
    devstack.commit({
      'files/debs/hello': 'memcached # words\nno # NOPRIME\nlibno # not:bookworm,trixie,bullseye,noble,jammy\n',
    })
    const from = { system_dependencies_from: ['bindep', 'devstack'], system_dependencies_exclude: ['unwanted*'] }
    const settings = { devstack_url: devstack.folder }
    const scene = makeScene(
      scratch(),
      { settings, projects: [{ name: 'hello', path: 'hello', ...from }] },
      { files: { 'bindep.txt': 'gettext >=0.1\nunwanted-server\nno [test]\nno [platform:rpm]\n' } },
    )
    const { code, stderr } = await scene.build()
    expect({ code, stderr: stderr.replace(/^hello-.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    expect(dependsOf(scene).slice(1)).toEqual(['gettext (>= 0.1)', 'memcached'])
    expect(recordOf(scene).relations.slice(1)).toEqual([
      { relation: 'gettext (>= 0.1)', source: 'bindep', why: 'line 1 of bindep.txt' },
      {
        relation: 'memcached',
        source: 'devstack',
        why: expect.stringMatching(/^stands in files\/debs\/hello of \S+ at [0-9a-f]{40}$/),
      },
    ])
    expect(recordOf(scene).left_out).toMatchObject([{ relation: 'unwanted-server', source: 'bindep' }])
    // A list that has moved makes another package.
    devstack.commit({ 'files/debs/hello': 'memcached\nsqlite3\n' })
    const moved = await scene.build(['--force-overwrite'])
    expect(moved.code).toBe(0)
    expect(dependsOf(scene).slice(1)).toEqual(['gettext (>= 0.1)', 'memcached', 'sqlite3'])
  })

  it('is not made of a source with both of bindep’s files', async () => {
    const scene = makeScene(
      scratch(),
      { projects: [{ name: 'hello', path: 'hello', system_dependencies_from: ['bindep'] }] },
      { files: { 'bindep.txt': 'aa\n', 'other-requirements.txt': 'bb\n' } },
    )
    const { code, stderr } = await scene.build()
    expect(code).toBe(2)
    expect(stderr).toContain('hello: its source has both bindep.txt and other-requirements.txt')
  })
})

describe('the build host', () => {
  const setup = `from setuptools import Extension, setup
setup(name='hello', version='1.2.3', py_modules=['hello_module'], ext_modules=[Extension('hello_ext', ['ext.c'])])
`

  it('is told what it lacks where a source has to be compiled: which source, and which packages', async () => {
    const scene = makeScene(
      scratch(),
      {},
      {
        files: {
          'bindep.txt': 'libgiftwrap-none-dev\ngiftwrap-none-server\n',
          'setup.py': setup,
          'ext.c': '#include <giftwrap-none.h>\n',
        },
      },
    )
    const { code, stderr } = await scene.build()
    expect(code).toBe(4)
    expect(stderr).toContain(
      "hello can't be built here: there is no wheel for this machine, so the source is compiled.",
    )
    expect(stderr).toMatch(
      /This machine lacks: (\S+ )*libgiftwrap-none-dev\. Install them, let giftwrap do it with --provision/,
    )
    expect(stderr).not.toContain('giftwrap-none-server')
    expect(readdirSync(legFolder(scene.output))).toEqual(['build.log', 'result.json'])
  })

  it('must have what build_dependencies names before anything is built', async () => {
    const scene = makeScene(scratch(), {
      projects: [{ name: 'hello', path: 'hello', build_dependencies: ['dpkg', 'libgiftwrap-none-dev'] }],
    })
    const { code, stderr } = await scene.build()
    expect(code).toBe(2)
    expect(stderr).toContain('this machine lacks libgiftwrap-none-dev to build hello (build_dependencies).')
    expect(stderr).not.toMatch(/lacks dpkg/)
    writeFileSync(
      scene.manifest,
      manifestText({ projects: [{ name: 'hello', path: 'hello', build_dependencies: ['dpkg'] }] }),
    )
    expect((await scene.build()).code).toBe(0)
    expect(dependsOf(scene)).toHaveLength(1)
  })
})
