import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isOfMajor, NODES, needNode, provideNode } from '../support/nodes.js'
import { need } from '../support/requirements.js'

const MINUTES = 60_000
const versionOf = (path: string) => execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()

// What the other tests of the action run its bundle by.
describe.each(NODES)('%s', (name) => {
  it('is of that version', { timeout: 5 * MINUTES }, async (context) => {
    const version = versionOf(await needNode(context, name))
    expect(isOfMajor(version, name), version).toBe(true)
  })

  it('can be had where another version runs the tests', { timeout: 5 * MINUTES }, async (context) => {
    const path = await provideNode(name).catch((error: Error) => error.message)
    need(context, path.startsWith('/'), `${name}: ${path}`)
    expect(isOfMajor(versionOf(path), name)).toBe(true)
  })
})
