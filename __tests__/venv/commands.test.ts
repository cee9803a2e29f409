import { mkdirSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { PIP } from '../../src/tools/pins.js'
import {
  buildEnvironment,
  ownCommands,
  removeCommand,
  TOOLS_REQUIREMENT,
  type Wishes,
} from '../../src/venv/commands.js'
import { lockWords } from '../../src/venv/install-lock.js'
import { settleInterpreter } from '../../src/venv/settle-interpreter.js'
import { scratch } from '../support/scratch.js'

const USUAL: Wishes = {
  project: 'hello',
  installPath: '/opt/hello',
  installer: 'uv',
  shippedTools: false,
  venvCommand: undefined,
  installCommand: undefined,
}
const AT = {
  ...{ uv: 'uv', work: '/work', toolsFile: '/work/tools.txt' },
  ...{ checkout: '/work/my source', path: '/usr/bin:/bin', date: 7 },
}
const wordsOf = (wishes: Partial<Wishes>) =>
  Object.fromEntries(
    Object.entries(ownCommands({ ...USUAL, ...wishes }, AT)).map(([step, { argv }]) => [step, argv.join(' ')]),
  )
const TOOLS =
  'uv pip install --quiet --python /opt/hello/bin/python --no-deps --link-mode copy --require-hashes -r /work/tools.txt'

describe('ownCommands', () => {
  it('are none where nothing is asked for', () => {
    expect(wordsOf({})).toEqual({})
  })

  it('of installer: pip use a pip of the virtualenv', () => {
    expect(wordsOf({ installer: 'pip' })).toEqual({ tools: TOOLS })
    const words = lockWords({ uv: 'uv', python: '/opt/hello/bin/python', installer: 'pip' })
    expect(words.join(' ')).toBe('/opt/hello/bin/python -m pip install --quiet --no-deps --no-compile --require-hashes')
  })

  it('of shipped_tools put a pip there', () => {
    expect(wordsOf({ shippedTools: true })).toEqual({ tools: TOOLS })
    expect(TOOLS_REQUIREMENT).toBe(`pip==${PIP.version} --hash=sha256:${PIP.sha256[0]}\n`)
  })

  it('of venv_command are its words, in the install path, with the virtualenv first on the PATH', () => {
    const { create } = ownCommands({ ...USUAL, venvCommand: `virtualenv --prompt 'a b' .` }, AT)
    expect(create).toMatchObject({
      argv: ['virtualenv', '--prompt', 'a b', '.'],
      cwd: '/opt/hello',
      env: { PATH: '/opt/hello/bin:/usr/bin:/bin', VIRTUAL_ENV: '/opt/hello', SOURCE_DATE_EPOCH: '7' },
    })
  })

  it.each([
    ['pip install --no-deps %s', ['pip', 'install', '--no-deps', '/work/my source']],
    ['make SRC=%s:%s', ['make', 'SRC=/work/my source:/work/my source']],
    ['pip install', ['pip', 'install', '/work/my source']],
    ['pip install %s[ldap] -c %s/c.txt', ['pip', 'install', '/work/my source[ldap]', '-c', '/work/my source/c.txt']],
    [`sh -c 'cd "%s" && make'`, ['sh', '-c', 'cd "/work/my source" && make']],
  ])('of install_command %s have the checkout', (installCommand, argv) => {
    const { installProject, tools } = ownCommands({ ...USUAL, installCommand }, AT)
    expect(installProject).toMatchObject({ argv, cwd: '/opt/hello' })
    expect(tools?.argv.join(' ')).toBe(TOOLS)
  })

  it.each([
    [{ venvCommand: 'virtualenv . && true' }, /^hello: venv_command has & outside of quotes/],
    [{ installCommand: "pip install '%s" }, /^hello: install_command has a ' without its partner/],
    [{ installCommand: ' ' }, /^hello: install_command has no words/],
    [{ venvCommand: '' }, /^hello: venv_command has no words/],
  ])('refuse %j', (wishes, message) => {
    expect(() => ownCommands({ ...USUAL, ...wishes }, AT)).toThrow(InputError)
    expect(() => ownCommands({ ...USUAL, ...wishes }, AT)).toThrow(message)
  })
})

describe('removeCommand', () => {
  it('names the distributions', () => {
    const { argv } = removeCommand(['pip', 'wheel'], { ...AT, installPath: '/opt/hello' })
    expect(argv.join(' ')).toBe('uv pip uninstall --quiet --python /opt/hello/bin/python pip wheel')
  })
})

describe('buildEnvironment', () => {
  it('keeps the flags of the caller and leaves debugging information out', () => {
    expect(buildEnvironment({ CFLAGS: '-O3' }, '/work/tmp')).toEqual({
      ...{ TMPDIR: '/work/tmp', CFLAGS: '-O3 -g0', CXXFLAGS: '-g0' },
    })
  })
})

describe('settleInterpreter', () => {
  /** A file that stands for an interpreter, with a second name; and a virtualenv of it. */
  function virtualenv(links: Readonly<Record<string, string>> = {}) {
    const folder = realpathSync(scratch())
    const interpreter = { path: join(folder, 'python3.11'), version: '3.11.2', minor: '3.11' }
    writeFileSync(interpreter.path, '')
    symlinkSync('python3.11', join(folder, 'python3'))
    const tree = join(folder, 'tree')
    mkdirSync(join(tree, 'bin'), { recursive: true })
    mkdirSync(join(tree, 'lib/python3.11/site-packages'), { recursive: true })
    for (const [name, target] of Object.entries(links)) {
      symlinkSync(target.replace('@', folder), join(tree, 'bin', name))
    }
    return { tree, interpreter, settled: () => settleInterpreter('hello', tree, interpreter) }
  }

  it('links the interpreter by its own name', async () => {
    const { tree, interpreter, settled } = virtualenv({
      python: 'python3',
      python3: '@/python3',
      'python3.11': '@/python3.11',
    })
    await settled()
    const links = ['python', 'python3', 'python3.11'].map((name) => readlinkSync(join(tree, 'bin', name)))
    expect(links).toEqual(['python3', interpreter.path, interpreter.path])
  })

  it.each([
    ['no virtualenv', {}, /^hello: venv_command made no virtualenv in the install path: there is no bin\/python\./],
    ['another Python', { python: '/bin/true' }, /made bin\/python a link to \/bin\/true, which is /],
    ['a Python that is gone', { python: '/nowhere/python' }, /which is \/nowhere\/python/],
  ])('refuses %s', async (_what, links, message) => {
    const { settled } = virtualenv(links)
    await expect(settled()).rejects.toThrow(InputError)
    await expect(settled()).rejects.toThrow(message)
    await expect(settled()).rejects.toThrow(/e\.g\. virtualenv --python .*python3\.11 \./)
  })

  it('refuses a copy of an interpreter', async () => {
    const { tree, settled } = virtualenv()
    writeFileSync(join(tree, 'bin/python'), '')
    await expect(settled()).rejects.toThrow(/made bin\/python a file, not a link/)
  })

  it('refuses one without its site-packages', async () => {
    const { tree, settled } = virtualenv({ python: '@/python3' })
    rmSync(join(tree, 'lib'), { recursive: true })
    await expect(settled()).rejects.toThrow(/made no lib\/python3\.11\/site-packages/)
  })
})
