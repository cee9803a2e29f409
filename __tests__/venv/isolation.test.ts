import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { walkTree } from '../../src/runtime/files.js'
import { UV } from '../../src/tools/pins.js'
import { provideWheelTool } from '../../src/tools/wheel-tool.js'
import { withoutNetwork } from '../../src/venv/final-path.js'
import { findIsolation, forgetBuilt, offline } from '../../src/venv/isolation.js'
import { AS_ORDINARY_USER, needOrdinaryUser, needRoot, ORDINARY_USER } from '../support/ordinary-user.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { execBehind, testPorts } from '../support/test-ports.js'

const CALLER = { uid: 0, gid: 0, path: '/usr/bin:/bin' }

let server: Server
let port = 0
beforeAll(async () => {
  server = createServer((socket) => socket.end())
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (typeof address === 'object' && address !== null) port = address.port
})
afterAll(() => new Promise((closed) => server.close(closed)))

describe.each([
  ['root', 'root', [], needRoot],
  ['an ordinary user', 'user-namespace', AS_ORDINARY_USER, needOrdinaryUser],
] as const)('a command of %s without a network', (_who, kind, prefix, needs) => {
  it('reaches nothing, and runs', async (context) => {
    needs(context)
    const exec = execBehind(prefix, testPorts().exec)
    const script = `import socket\ntry:\n  socket.create_connection(('127.0.0.1', ${port}), 5)\n  print('reached')\nexcept OSError:\n  print('alone')`
    const command = { argv: ['/usr/bin/python3', '-c', script], cwd: '/' }
    expect((await exec.run(command)).stdout).toBe('reached\n')
    expect((await exec.run(withoutNetwork(command, kind, CALLER))).stdout).toBe('alone\n')
  })
})

describe('findIsolation', () => {
  const nothing = () => {
    const folder = scratch()
    writeFiles(folder, { unshare: '#!/bin/sh\nexit 1\n', sudo: '#!/bin/sh\nexit 1\n' })
    for (const name of ['unshare', 'sudo']) chmodSync(join(folder, name), 0o755)
    return testPorts({ PATH: `${folder}:${process.env.PATH}` })
  }

  it('is the kind that the tree is built in', async (context) => {
    needOrdinaryUser(context)
    await expect(findIsolation('root', testPorts())).resolves.toBe('root')
    await expect(findIsolation('user-namespace', testPorts())).resolves.toBe('user-namespace')
  })

  it('is the first that works, in place', async (context) => {
    needRoot(context)
    await expect(findIsolation('in-place', testPorts())).resolves.toBe('root')
    const ports = testPorts()
    const user = { ...ports, environment: { ...ports.environment, uid: ORDINARY_USER } }
    await expect(findIsolation('in-place', user)).resolves.toBe('user-namespace')
  })

  it('is an error that names the ways out where there is none', async () => {
    for (const placement of ['in-place', 'root', 'sudo'] as const) {
      await expect(findIsolation(placement, nothing())).rejects.toThrow(InputError)
      await expect(findIsolation(placement, nothing())).rejects.toThrow(/no network namespace[\s\S]*CAP_SYS_ADMIN/)
    }
  })
})

const BUILT = /Finished building.*docopt|Built docopt/

describe('forgetBuilt', () => {
  it('leaves archives, and what is not of source archives, as they are', async () => {
    const cache = scratch()
    const revision = 'sdists-v11/pypi/x/1/rev'
    writeFiles(cache, { [`${revision}/src/a.whl`]: '', [`${revision}/x-1.whl`]: '', 'wheels-v8/y.whl': '' })
    for (const link of [`${revision}/x-1-py3-none-any`, `${revision}/src/link`, 'wheels-v8/link']) {
      symlinkSync('/nowhere', join(cache, link))
    }
    await forgetBuilt(cache)
    expect(walkTree(cache).flatMap(({ path, kind }) => (kind === 'directory' ? [] : [path]))).toEqual([
      `${revision}/src/a.whl`,
      `${revision}/src/link`,
      'wheels-v8/link',
      'wheels-v8/y.whl',
    ])
  })

  it('has uv build again what it has built, of archives that it still has', async () => {
    const ports = testPorts()
    const { path: uv } = await provideWheelTool(UV, ports)
    const folder = scratch()
    const cache = join(folder, 'cache')
    mkdirSync(cache)
    const env = { UV_CACHE_DIR: cache }
    const install = async (name: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const argv = [uv, 'pip', 'install', '--target', join(folder, name), '--python', '/usr/bin/python3', ...words]
      return (await ports.exec.run({ argv: [...argv, '--no-deps', 'docopt==0.6.2'], env: { ...env, ...more } })).stderr
    }
    // A release that has no wheel.
    expect(await install('first', ['--verbose'])).toMatch(BUILT)
    expect(await install('cached', ['--verbose'], offline(cache))).not.toMatch(BUILT)
    await forgetBuilt(cache)
    expect(existsSync(join(cache, readdirSync(cache).find((name) => name.startsWith('sdists-')) ?? '-'))).toBe(true)
    expect(await install('again', ['--verbose'], offline(cache))).toMatch(BUILT)
    expect(readdirSync(join(folder, 'again'))).toContain('docopt.py')
  })
})
