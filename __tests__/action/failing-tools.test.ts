import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startResultsService } from '../support/results-service.js'
import { runAction } from '../support/run-action.js'
import { BUILD, filesBelow, needBuilds, setupPy, tinyWorkspace } from './tiny-workspace.js'

const FAILING = setupPy(`
import sys
print('the first line of many', flush=True)
for n in range(100):
    print('line', n)
print('::set-output name=packages::from-the-tool')
print('  ::add-mask::from-the-tool')
print('##[add-mask]from-the-tool', flush=True)
sys.exit('the tool gives up')
`)

it('a failing tool ends the step with 4, its log folded in the log, no command of it heard', {
  timeout: 60_000,
}, async (context) => {
  await needBuilds(context)
  const workspace = await tinyWorkspace({ 'project/setup.py': FAILING })
  const service = await startResultsService()
  const run = await runAction({ workspace, service, inputs: BUILD })
  await service.close()
  expect(run.exitCode).toBe(4)
  expect(service.requests).toEqual([])
  expect(run).toMatchObject({ outputs: {}, summary: '' })

  const [leg = ''] = await readdir(join(workspace, 'out'))
  expect(await filesBelow(join(workspace, 'out', leg))).toEqual(['build.log', 'result.json'])
  const log = join(workspace, 'out', leg, 'build.log')
  expect(await readFile(log, 'utf8')).toContain('::add-mask::from-the-tool')

  // One error, with the last lines, as one command whose message holds what the tool printed.
  const [error, ...others] = run.annotations
  expect(others).toEqual([])
  expect(error?.message).toContain('the tool gives up')
  expect(error?.message).toContain('from-the-tool')
  expect(error?.message).toContain(log)
  expect(error?.message).not.toContain('the first line of many')
  // The whole log, as a hosted runner's files are gone with the job.
  expect(run.stdout).toContain('the first line of many')
  expect(run.commands.map(({ name }) => name).filter((name) => name !== 'debug')).toEqual([
    'group',
    'endgroup',
    'error',
  ])
  expect(run.commands.find(({ name }) => name === 'group')?.message).toBe(log)
})
