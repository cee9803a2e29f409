import { execFile } from 'node:child_process'
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, type TestContext } from 'vitest'
import { hasTool, need } from '../support/requirements.js'
import { startResultsService } from '../support/results-service.js'
import { type ActionRun, runAction } from '../support/run-action.js'
import { startGitServer } from './git-server.js'
import {
  BUILD,
  filesBelow,
  manifest,
  needBuilds,
  temporaryFolder,
  textsBelow,
  tinyWorkspace,
  unpackDeb,
  unzip,
} from './tiny-workspace.js'

const run = promisify(execFile)
const USER = 'robot'
const PASSWORD = 'tr0ub4dor-and-3'

/** All that a run tells anybody. */
function toldBy({ stdout, stderr, outputs, summary, otherFiles }: ActionRun): string {
  return [stdout, stderr, JSON.stringify(outputs), summary, otherFiles].join('\n')
}

/** A bare repository `tiny` with the tiny project in it. */
async function repositories(): Promise<string> {
  const workspace = await tinyWorkspace()
  const folder = await temporaryFolder('repositories')
  const git = (...args: string[]) =>
    run('git', ['-C', join(workspace, 'project'), '-c', 'user.name=T', '-c', 'user.email=t@localhost', ...args])
  await git('init', '--quiet', '--initial-branch', 'master')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'tiny')
  await rename(join(workspace, 'project', '.git'), join(folder, 'tiny'))
  return folder
}

async function needGit(context: TestContext): Promise<void> {
  need(context, hasTool('git'), 'git')
}

describe('a credential', () => {
  it('in a git URL opens the repository and is told to nobody', { timeout: 60_000 }, async (context) => {
    await needBuilds(context)
    await needGit(context)
    need(context, hasTool('dpkg-deb'), 'dpkg-deb')
    const git = await startGitServer(await repositories(), USER, PASSWORD)
    const url = `${git.origin.replace('//', `//${USER}:${PASSWORD}@`)}/tiny`
    const workspace = await tinyWorkspace({ 'manifest.yml': manifest(`giturl: ${url}`) })
    const service = await startResultsService()
    const step = await runAction({ workspace, service, inputs: { ...BUILD, debug: 'true', reuse: 'false' } })
    await service.close()
    await git.close()
    expect(step).toMatchObject({ exitCode: 0 })
    expect(git.admitted()).toBeGreaterThan(0)
    expect(step.stdout).toContain(`${git.origin.replace('//', '//***@')}/tiny`)
    expect(toldBy(step)).not.toContain(PASSWORD)

    const out = join(workspace, 'out')
    expect(await textsBelow(out)).not.toContain(PASSWORD)
    for (const bytes of (await unzip(service.artifacts()[0]?.bytes ?? Buffer.alloc(0))).values()) {
      expect(bytes.toString('latin1')).not.toContain(PASSWORD)
    }
    const deb = (await filesBelow(out)).find((file) => file.endsWith('.deb')) ?? ''
    expect(await textsBelow(await unpackDeb(join(out, deb)))).not.toContain(PASSWORD)
  })

  it('in a git URL that is refused is told to nobody', { timeout: 60_000 }, async (context) => {
    await needBuilds(context)
    await needGit(context)
    const git = await startGitServer(await repositories(), USER, 'another')
    const url = `${git.origin.replace('//', `//${USER}:${PASSWORD}@`)}/tiny`
    const workspace = await tinyWorkspace({ 'manifest.yml': manifest(`giturl: ${url}`) })
    const step = await runAction({ workspace, inputs: { ...BUILD, upload: 'false', debug: 'true' } })
    await git.close()
    expect(step.exitCode).toBe(2)
    expect(step.annotations[0]?.message).toContain("can't be read")
    expect(toldBy(step)).not.toContain(PASSWORD)
    expect(await readdir(workspace)).not.toContain('out')
  })

  it.each(['manifest', 'upload', 'only', 'fpm-gems', 'artifact-name'])(
    'in the input %s is told to nobody',
    async (name) => {
      const workspace = await tinyWorkspace()
      const inputs = { ...BUILD, 'dry-run': 'true', [name]: `https://${USER}:${PASSWORD}@127.0.0.1/x` }
      const step = await runAction({ workspace, inputs })
      if (name !== 'fpm-gems') expect(step.exitCode).toBeGreaterThan(1)
      expect(toldBy(step)).not.toContain(PASSWORD)
    },
  )
})
