import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startResultsService } from '../support/results-service.js'
import { startAction } from '../support/run-action.js'
import { BUILD, filesBelow, needBuilds, setupPy, temporaryFolder, tinyWorkspace, until } from './tiny-workspace.js'

/** Says its process id and that of a child, and stays; `stubborn` does not go when it is asked to. */
function staying(file: string, stubborn: boolean): string {
  return setupPy(`
import os, signal, subprocess, time
if ${stubborn ? 'True' : 'False'}:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(['sleep', '600'])
with open('${file}.part', 'w') as pids:
    pids.write('%d %d' % (os.getpid(), child.pid))
os.rename('${file}.part', '${file}')
time.sleep(600)
`)
}

/** Gone, or dead and waiting for somebody to ask. */
async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined || / Z /.test(stat.slice(stat.lastIndexOf(')')))
}

/** Those that are not gone within a second. */
async function stillThere(pids: readonly number[]): Promise<number[]> {
  const alive: number[] = []
  for (const pid of pids) {
    await until(() => isGone(pid), 1, 'it is gone').catch(() => alive.push(pid))
  }
  return alive
}

describe.concurrent('a step that is cancelled while a tool runs', () => {
  it.each([
    ['SIGINT', 'goes', 130],
    ['SIGTERM', 'goes', 143],
    ['SIGINT', 'stays', 130],
  ] as const)(
    'by %s, and the tool %s when it is asked to, ends with its tools and leaves no half file',
    {
      timeout: 60_000,
    },
    async (signal, manner, status, ...rest) => {
      await needBuilds(rest.at(-1) as unknown as Parameters<typeof needBuilds>[0])
      const marker = join(await temporaryFolder('pids'), 'pids')
      const workspace = await tinyWorkspace({ 'project/setup.py': staying(marker, manner === 'stays') })
      const toolCache = await temporaryFolder('tools')
      const service = await startResultsService()
      const { child, ended } = await startAction({ workspace, service, toolCache, inputs: BUILD })
      await until(() => existsSync(marker) || child.exitCode !== null, 40, 'the tool runs')
      const pids = (await readFile(marker, 'utf8')).split(' ').map(Number)
      expect(await Promise.all(pids.map(isGone))).toEqual([false, false])

      const sent = performance.now()
      child.kill(signal)
      const run = await ended
      expect((performance.now() - sent) / 1000).toBeLessThan(5)
      await service.close()

      expect(run).toMatchObject({ exitCode: status, annotations: [], outputs: {}, summary: '' })
      const alive = await stillThere(pids)
      for (const pid of alive) process.kill(pid, 'SIGKILL')
      expect(alive).toEqual([])
      const left = await filesBelow(join(workspace, 'out'))
      expect(left.filter((file) => !/\/(build\.log|result\.json)$/.test(file))).toEqual([])
      expect((await filesBelow(toolCache)).filter((file) => file.includes('partial'))).toEqual([])
      expect(service.requests).toEqual([])
    },
  )
})
