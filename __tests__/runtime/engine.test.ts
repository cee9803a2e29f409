import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import { createWords, type Engine, findEngine, OWNER_LABEL } from '../../src/runtime/engine.js'
import { nodeExec } from '../../src/runtime/node-exec.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'

const IMAGE = 'debian:bookworm'

function portsOf(variables: Readonly<Record<string, string | undefined>>) {
  const environment = { variables, cacheRoot: scratch(), uid: 0, gid: 0 }
  return { exec: nodeExec(variables, () => undefined), environment }
}

const docker = (...words: string[]) => spawnSync('docker', words, { encoding: 'utf8' })
const ours = () => docker('ps', '--all', '--quiet', '--filter', `label=${OWNER_LABEL}`).stdout.split('\n').sort()

describe('the words that make a container', () => {
  it('have all of the container in them, and nothing that a shell would read', () => {
    const words = createWords(
      {
        image: 'base',
        argv: ['run', "it's $HOME"],
        mounts: [
          { source: '/a,b', target: '/x' },
          { source: '/c', target: '/y', readOnly: true },
        ],
        env: { A: '1 2' },
        user: '1:2',
        workdir: '/x',
        labels: { k: 'v', [OWNER_LABEL]: 'forged' },
        options: ['--memory', '1g'],
        entrypoint: '/bin/sh',
      },
      'name',
      'owner',
    )
    expect(words).toEqual([
      'create',
      ...['--name', 'name', '--label', 'k=v', '--label', `${OWNER_LABEL}=owner`, '--init', '--network', 'none'],
      ...['--mount', 'type=bind,"source=/a,b",target=/x', '--mount', 'type=bind,source=/c,target=/y,readonly'],
      ...['--env', 'A=1 2', '--user', '1:2', '--workdir', '/x', '--entrypoint', '/bin/sh', '--memory', '1g'],
      ...['base', 'run', "it's $HOME"],
    ])
  })
})

describe('an engine', () => {
  let engine: Engine
  beforeEach(async (context) => {
    need(context, hasTool('docker') && docker('info').status === 0, 'a container engine')
    need(context, docker('image', 'inspect', IMAGE).status === 0, `the local image ${IMAGE}`)
    engine = await findEngine('auto', portsOf(process.env))
  })

  it('tells what images it has', async () => {
    const image = await engine.findImage(IMAGE)
    expect(image?.architecture).toBe(engine.architecture)
    expect(image?.id).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(await engine.image(IMAGE, engine.architecture)).toEqual(image)
    expect(await engine.findImage('giftwrap-test-nothing:never')).toBeUndefined()
  })

  it('says which image can not be had, and the way out', async () => {
    const failure = engine.image('127.0.0.1:1/giftwrap-test-nothing:never', engine.architecture)
    await expect(failure).rejects.toThrow(/127\.0\.0\.1:1\/giftwrap-test-nothing:never for .* can't be pulled: .+/)
    await expect(failure).rejects.toBeInstanceOf(InputError)
  })

  it('runs a container to its end and removes it, when it fails too', async () => {
    const before = ours()
    const folder = scratch()
    const log = testLog(scratch())
    writeFileSync(join(folder, 'in'), 'text')
    const mounts = [{ source: folder, target: '/m,x', readOnly: true }]
    const argv = ['sh', '-c', 'cat /m,x/in; echo no >/m,x/out', 'sh']
    await expect(engine.run({ image: IMAGE, argv, mounts }, {}, log)).rejects.toMatchObject({ status: 2 })
    expect(log.text()).toMatch(/^text$/m)
    expect(log.text()).toMatch(/Read-only file system/)
    const { stdout } = await engine.run({ image: IMAGE, argv: ['printenv', 'A'], env: { A: "it's" } })
    expect(stdout).toBe("it's\n")
    expect(ours()).toEqual(before)
  })

  it('keeps a container for many commands, without a network unless it is asked for', async () => {
    const before = ours()
    const interfaces = await engine.withContainer({ image: IMAGE, argv: ['sleep', 'infinity'] }, async (container) => {
      await container.exec({ argv: ['touch', '/here'] })
      await expect(container.exec({ argv: ['false'] })).rejects.toBeInstanceOf(ToolError)
      const { stdout } = await container.exec({ argv: ['ls', '/here', '/sys/class/net'], env: { LC_ALL: 'C' } })
      return stdout
    })
    expect(interfaces).toBe('/here\n\n/sys/class/net:\nlo\n')
    expect(ours()).toEqual(before)
  })

  it('removes a container that takes too long', async () => {
    const before = ours()
    const failure = engine.run({ image: IMAGE, argv: ['sleep', '600'] }, { timeoutSeconds: 1 })
    await expect(failure).rejects.toMatchObject({ timedOut: true })
    expect(ours()).toEqual(before)
  })

  it('removes what killed runs left, and nothing else', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    const mine = await engine.withContainer({ image: IMAGE, argv: ['sleep', '600'] }, async ({ name }) => {
      const mark = name.replace(/^giftwrap-/, '')
      const gone = mark.replace(/-\d+-/, `-${dead}-`)
      const foreign = `elsewhere-${dead}-00000000`
      const ids = [gone, foreign].map((owner) =>
        docker('create', '--label', `${OWNER_LABEL}=${owner}`, '--name', `giftwrap-test-${owner}`, IMAGE, 'true'),
      )
      expect(ids.map(({ status }) => status)).toEqual([0, 0])
      try {
        expect(await engine.removeAbandoned()).toEqual([`giftwrap-test-${gone}`])
        expect(docker('inspect', name, `giftwrap-test-${foreign}`).status).toBe(0)
      } finally {
        docker('rm', '--force', `giftwrap-test-${gone}`, `giftwrap-test-${foreign}`)
      }
      return name
    })
    expect(docker('inspect', mine).status).not.toBe(0)
  })
})

describe('an engine that is not there', () => {
  it('is told with the way out', async () => {
    const failure = findEngine('auto', portsOf({ PATH: scratch() }))
    await expect(failure).rejects.toThrow(/docker and podman are not on this machine's PATH\.\n.*--runner host/)
    await expect(findEngine('podman', portsOf({ PATH: scratch() }))).rejects.toThrow(/^podman is not on/)
  })

  it.each([
    ['permission denied while trying to connect to the socket', /docker is there, but this user may not use it/],
    ['Cannot connect to the Docker daemon. Is the docker daemon running?', /its service doesn't answer: start it/],
    ['something else', /docker is there, but doesn't work: something else/],
  ])('that says %j', async (words, message) => {
    const bin = scratch()
    writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho '${words}' >&2\nexit 1\n`)
    chmodSync(join(bin, 'docker'), 0o755)
    const failure = findEngine('docker', portsOf({ PATH: `${bin}:${process.env.PATH}` }))
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toBeInstanceOf(InputError)
  })

  it('is found where the real client meets no service', async (context) => {
    need(context, hasTool('docker'), 'a client of docker')
    const failure = findEngine('docker', portsOf({ ...process.env, DOCKER_HOST: `unix://${scratch()}/none.sock` }))
    await expect(failure).rejects.toThrow(/its service doesn't answer/)
  })
})
