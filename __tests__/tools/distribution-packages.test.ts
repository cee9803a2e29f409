import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import { NEEDS, provideSystemNeeds } from '../../src/tools/distribution-packages.js'
import { fetchTools, makeScene } from '../support/build-scene.js'
import { needRoot } from '../support/ordinary-user.js'
import { need } from '../support/requirements.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

beforeAll(fetchTools)

describe('provideSystemNeeds', () => {
  it('asks for nothing where all is there', async () => {
    const there = { package: 'x', reason: 'for x', isThere: async () => true }
    expect(await provideSystemNeeds([there], false, scratch(), testPorts())).toEqual([])
  })

  it.each([
    [
      'git',
      /^this machine lacks git to get sources\.\n +Install the package git, or let giftwrap do it with --provision\.$/,
    ],
    ['ruby', /^this machine lacks ruby to run fpm\.\n +Install the package ruby,/],
  ] as const)('says in one sentence that %s is missing', async (name, message) => {
    const failed = provideSystemNeeds([NEEDS[name]], false, scratch(), testPorts({ PATH: '/nowhere' }))
    await expect(failed).rejects.toThrow(InputError)
    await expect(failed).rejects.toThrow(message)
  })

  it('names all that is missing at once', async () => {
    const failed = provideSystemNeeds(
      [NEEDS.git, NEEDS.ruby, NEEDS.zstd],
      false,
      scratch(),
      testPorts({ PATH: '/nowhere' }),
    )
    await expect(failed).rejects.toThrow(/Install the packages git ruby zstd,/)
  })

  it('installs in one transaction where it may, and says what for', async () => {
    const folder = scratch()
    writeFiles(folder, { 'apt-get': `#!/bin/sh\necho "$DEBIAN_FRONTEND" "$@" >>${folder}/calls\n` })
    chmodSync(join(folder, 'apt-get'), 0o755)
    const missing = (name: string) => ({ package: name, reason: `for ${name}`, isThere: async () => false })
    const ports = testPorts({ PATH: `${folder}:/usr/bin:/bin` })
    const root = { ...ports, environment: { ...ports.environment, uid: 0 } }
    expect(await provideSystemNeeds([missing('git'), missing('ruby')], true, scratch(), root)).toEqual(['git', 'ruby'])
    expect(ports.lines).toContain('installing git (for git), ruby (for ruby)')
    expect(readFileSync(join(folder, 'calls'), 'utf8').split('\n')).toEqual([
      'noninteractive --quiet update',
      'noninteractive --quiet install -o DPkg::Lock::Timeout=300 --yes --no-install-recommends git ruby',
      '',
    ])
  })
})

describe('apt-get that fails', () => {
  it.each(['update', 'install'])('at %s leaves its log, whose path is told', async (step) => {
    const folder = scratch()
    writeFiles(folder, { 'apt-get': `#!/bin/sh\necho "$2 says why"\n[ "$2" != ${step} ]\n` })
    chmodSync(join(folder, 'apt-get'), 0o755)
    const ports = testPorts({ PATH: `${folder}:/usr/bin:/bin` })
    const root = { ...ports, environment: { ...ports.environment, uid: 0 } }
    const output = join(folder, 'out')
    const failed = provideSystemNeeds(
      [{ package: 'x', reason: 'for x', isThere: async () => false }],
      true,
      output,
      root,
    )
    await expect(failed).rejects.toThrow(ToolError)
    await expect(failed).rejects.toThrow(`${output}/provision.log`)
    expect(readFileSync(join(output, 'provision.log'), 'utf8')).toMatch(
      new RegExp(`apt-get --quiet ${step}.*${step} says`, 's'),
    )
  })
})

describe('a machine that lacks', () => {
  it('git is told so before anything is looked up', async () => {
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', giturl: 'http://127.0.0.1:2/x.git' }] })
    const { code, stderr } = await scene.build([], { env: { PATH: '/nowhere' } })
    expect(stderr).toMatch(/^giftwrap: this machine lacks git to get sources\b.*\n.*Install the package/m)
    expect(code).toBe(2)
    expect(existsSync(scene.output)).toBe(false)
  })

  it('pip is told so', async (context) => {
    needRoot(context)
    // Every one that any Python of the machine finds, e.g. below /usr/local too.
    const list =
      "import os, sys; print('\\n'.join(p for p in (os.path.join(q, 'pip') for q in sys.path) if os.path.isdir(p)))"
    const pips = execFileSync('/usr/bin/python3', ['-c', list], { encoding: 'utf8' }).split('\n').filter(Boolean)
    need(context, pips.length > 0, "the distribution's pip")
    const hide = pips.map((pip) => `mount -t tmpfs tmpfs '${pip}' && `).join('')
    const scene = makeScene(scratch())
    const prefix = ['unshare', '--mount', 'sh', '-c', `${hide}exec "$@"`, 'sh']
    // With uv and nfpm in the cache nothing would need it.
    const env = { PATH: '/usr/bin:/bin', RUNNER_TOOL_CACHE: scratch() }
    const { code, stderr } = await scene.build([], { prefix, env })
    expect(stderr).toMatch(/^giftwrap: this machine lacks python3-pip .*\.\n.*Install the package python3-pip/m)
    expect(code).toBe(2)
  })
})
