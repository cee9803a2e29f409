import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { debsOf, fetchTools, legFolder, makeScene, type Scene, unfinishedIn } from '../support/build-scene.js'
import { startCli } from '../support/run-cli.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

/** A project whose build waits for as long as a file `hang` is there, and says its process. */
function waitingScene(): Scene & { readonly hang: string; readonly waiting: string } {
  const folder = scratch()
  const hang = join(folder, 'hang')
  const waiting = join(folder, 'waiting')
  const setup = `import os, time
from setuptools import setup
if os.path.exists(${JSON.stringify(hang)}):
    with open(${JSON.stringify(`${waiting}.new`)}, 'w') as file:
        file.write(str(os.getpid()))
    os.rename(${JSON.stringify(`${waiting}.new`)}, ${JSON.stringify(waiting)})
    while os.path.exists(${JSON.stringify(hang)}):
        time.sleep(0.05)
setup()
`
  writeFileSync(hang, '')
  return { ...makeScene(folder, {}, { files: { 'setup.py': setup } }), hang, waiting }
}

/** Starts a build, sends a signal in the middle of the project's own build, and gives how it ended. */
async function interrupt(scene: ReturnType<typeof waitingScene>, signal: NodeJS.Signals) {
  const child = startCli(['build', '-m', 'manifest.yml', '-o', 'out'], {
    cwd: scene.folder,
    env: { RUNNER_TOOL_CACHE: scene.cache },
  })
  const closed = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  for (let tries = 0; !existsSync(scene.waiting); tries++) {
    if (tries > 400) throw new Error('the build never began')
    await wait(50)
  }
  const pid = Number(readFileSync(scene.waiting, 'utf8'))
  child.kill(signal)
  const [code, by] = await closed
  return { code, by, pid }
}

describe('a build that is killed', () => {
  it('by SIGKILL leaves no package, and the next run goes on and cleans up', async () => {
    const scene = waitingScene()
    const { by, pid } = await interrupt(scene, 'SIGKILL')
    expect(by).toBe('SIGKILL')
    rmSync(scene.hang)
    await gone(pid)
    expect(unfinishedIn(scene.cache).length).toBeGreaterThan(0)
    expect(debsOf(scene.output)).toEqual([])

    const { code, stderr } = await scene.build()
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    expect(debsOf(scene.output)).toHaveLength(1)
    expect(unfinishedIn(scene.folder)).toEqual([])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('by %s ends its tools and cleans up at once', async (signal) => {
    const scene = waitingScene()
    const { code, pid } = await interrupt(scene, signal)
    expect(code).toBe(signal === 'SIGTERM' ? 143 : 130)
    await gone(pid)
    expect(unfinishedIn(scene.folder)).toEqual([])
    expect(existsSync(join(legFolder(scene.output), 'build.log'))).toBe(true)
    expect(debsOf(scene.output)).toEqual([])
  })
})

async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    // A zombie that nobody waits for is gone as well.
    const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] : 'Z'
    if (state === 'Z') return
    await wait(50)
  }
  throw new Error(`process ${pid} still runs`)
}
