import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODES, needNode } from '../support/nodes.js'
import { startResultsService } from '../support/results-service.js'
import { runAction } from '../support/run-action.js'
import { BUILD, temporaryFolder, tinyWorkspace } from './tiny-workspace.js'

/** Runs a step that must fail before it builds anything. */
async function refusedStep(
  files: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
  node?: string,
) {
  const workspace = await tinyWorkspace(files)
  const service = await startResultsService()
  const run = await runAction({
    workspace,
    service,
    inputs: { ...BUILD, ...inputs },
    ...(node === undefined ? {} : { node }),
  })
  await service.close()
  expect(run.exitCode).toBe(2)
  expect(service.requests).toEqual([])
  expect(existsSync(join(workspace, 'out'))).toBe(false)
  expect(run).toMatchObject({ outputs: {}, summary: '' })
  return run
}

describe.each(NODES)('on %s', (name) => {
  it('every problem of a manifest is an annotation at its place', async (context) => {
    const text = `settings:
  version: '1.0'
  colour: red
projects:
  - name: tiny
    path: project
    gitdepth: none
  - path: other
`
    const run = await refusedStep(
      { 'packages/manifest.yml': text },
      { manifest: 'packages/manifest.yml' },
      await needNode(context, name),
    )
    expect(run.annotations).toMatchObject([
      { level: 'error', file: 'packages/manifest.yml', line: 3, column: 3, message: expect.stringContaining('colour') },
      {
        level: 'error',
        file: 'packages/manifest.yml',
        line: 7,
        column: 15,
        message: expect.stringContaining('gitdepth'),
      },
      { level: 'error', file: 'packages/manifest.yml', line: 8, column: 5, message: expect.stringContaining('name') },
    ])
  })
})

describe('problems', () => {
  it('of an absolute path are told relative to the workspace', async () => {
    const workspace = await tinyWorkspace({ 'manifest.yml': 'settings: 7\n' })
    const run = await runAction({
      workspace,
      service: { url: 'http://127.0.0.1:9/', token: 'x' },
      inputs: { ...BUILD, manifest: join(workspace, 'manifest.yml') },
    })
    expect(run.exitCode).toBe(2)
    expect(run.annotations.map(({ file }) => file)).toContain('manifest.yml')
  })

  it('of a file outside of the workspace have their place in the message', async () => {
    const folder = await temporaryFolder('outside')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'm.yml'), "settings: {version: '1', colour: red}\nprojects: []\n")
    const run = await refusedStep({}, { manifest: join(folder, 'm.yml') })
    const error = run.annotations.find(({ message }) => message.includes('colour'))
    expect(error).toMatchObject({ file: undefined, message: expect.stringMatching(/m\.yml:1:\d+: /) })
  })

  it('beyond ten are counted by the tenth, and all are in the log', async () => {
    const keys = Array.from({ length: 14 }, (_, n) => `  key${n}: x`)
    const run = await refusedStep({ 'manifest.yml': `settings:\n  version: '1.0'\n${keys.join('\n')}\nprojects: []\n` })
    const errors = run.annotations.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(10)
    const shown = errors.filter(({ message }) => /key\d/.test(message))
    expect(shown).toHaveLength(9)
    for (let n = 0; n < 14; n++) expect(run.stdout).toContain(`key${n}`)
    const total = new Set(run.stdout.match(/key\d+/g)).size
    expect(Number(/and (\d+) more/.exec(errors[9]?.message ?? '')?.[1])).toBeGreaterThanOrEqual(total - 9)
  })

  it('of ten are ten annotations', async () => {
    const keys = Array.from({ length: 10 }, (_, n) => `  key${n}: x`)
    const run = await refusedStep({
      'manifest.yml': `settings:\n  version: '1.0'\n${keys.join('\n')}\nprojects: [{name: tiny, path: project}]\n`,
    })
    expect(run.annotations).toHaveLength(10)
    expect(run.annotations.filter(({ message }) => /key\d/.test(message))).toHaveLength(10)
  })

  it('of inputs are told all at once', async () => {
    const run = await refusedStep({}, { upload: 'maybe', packager: 'rpmbuild', command: 'paint' })
    expect(run.annotations.map(({ message }) => message)).toEqual([
      'the input command is "paint"; it must be build or plan or publish.',
      'the input packager is "rpmbuild"; it must be one of auto, fpm, nfpm, native.',
      'the input upload is "maybe"; it must be true or false.',
    ])
  })

  it('of a missing manifest name it', async () => {
    const run = await refusedStep({}, { manifest: 'none.yml' })
    expect(run.annotations).toHaveLength(1)
    expect(run.annotations[0]).toMatchObject({ file: 'none.yml', message: expect.stringMatching(/^none\.yml: /) })
  })
})
