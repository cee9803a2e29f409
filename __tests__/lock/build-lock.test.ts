import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { type BuiltTree, lockBuild } from '../../src/lock/build-lock.js'
import { type Constraint, parseConstraints } from '../../src/tested/constraints.js'
import { findInterpreter } from '../../src/venv/interpreter.js'
import { fetchTools } from '../support/build-scene.js'
import { pinsOf } from '../support/lock-scene.js'
import { packageIndex, type Release } from '../support/package-index.js'
import { scratch } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

beforeAll(fetchTools)

const DATE = '2023-11-14T22:13:20.000Z'
const OLD = { uploaded: '2023-01-01T00:00:00Z' }
const NEW = { uploaded: '2025-01-01T00:00:00Z' }
const TOOLS: readonly Release[] = [
  { name: 'setuptools', version: '65.0', ...OLD },
  { name: 'setuptools', version: '69.0', ...OLD },
  { name: 'setuptools', version: '80.0', ...NEW },
  { name: 'pbr', version: '5.0', requires: ['setuptools'], ...OLD },
  { name: 'pbr', version: '6.0', requires: ['setuptools'], ...OLD },
  { name: 'pbr', version: '7.0', requires: ['setuptools'], ...NEW },
]

/** Locks with the real uv; `builds` says under which versions the project can be built. */
async function lock(
  trees: readonly BuiltTree[],
  constraints = '',
  builds: (pins: readonly string[]) => boolean = () => true,
  releases: readonly Release[] = TOOLS,
) {
  const { uv } = await fetchTools()
  const folder = scratch()
  const index = await packageIndex(...releases)
  const { exec } = testPorts({ ...index.env, UV_CACHE_DIR: join(folder, 'cache') })
  const { path, minor } = await findInterpreter(exec)
  const asked: (readonly string[])[] = []
  const how = {
    ...{ interpreter: path, pythonVersion: minor, date: DATE },
    platform: { architecture: 'amd64', libc: 'glibc 2.31' } as const,
    constraints: parseConstraints(constraints, 'upper.txt') as readonly Constraint[],
    async builds(text: string) {
      asked.push(pinsOf(text))
      return builds(pinsOf(text))
    },
  }
  const { text, asOf, unlocked } = await lockBuild(trees, how, { uv, folder }, exec, testLog(folder))
  return { pins: pinsOf(text), asOf, unlocked, asked }
}

const hello: BuiltTree = { name: 'hello', requires: ['setuptools>=60', 'pbr'] }

describe('lockBuild', () => {
  it('takes the newest of the day, and needs no proof of it', async () => {
    expect(await lock([hello])).toEqual({
      ...{ pins: ['pbr==6.0', 'setuptools==69.0'], asOf: DATE, unlocked: [], asked: [] },
    })
  })

  it('takes what constraints name, once it is proven to build the project', async () => {
    const pins = ['pbr==5.0', 'setuptools==69.0']
    expect(await lock([hello], 'pbr==5.0\nsix==1.0\n')).toEqual({ pins, asOf: DATE, unlocked: [], asked: [pins] })
  })

  it('needs no proof of constraints on something else', async () => {
    expect((await lock([hello], 'six==1.0\n')).asked).toEqual([])
  })

  it('leaves constraints before it leaves the day', async () => {
    const { pins, asOf, asked } = await lock([hello], 'pbr==5.0\n', (all) => !all.includes('pbr==5.0'))
    expect({ pins, asOf }).toEqual({ pins: ['pbr==6.0', 'setuptools==69.0'], asOf: DATE })
    expect(asked).toHaveLength(1)
  })

  it('leaves constraints that have no solution', async () => {
    expect(await lock([hello], 'pbr==4.0\n')).toMatchObject({ pins: ['pbr==6.0', 'setuptools==69.0'], asOf: DATE })
  })

  it('leaves the day where nothing as old fits, and tries constraints again', async () => {
    const later = { name: 'hello', requires: ['setuptools>=70', 'pbr'] }
    expect(await lock([later], 'pbr==5.0\n')).toMatchObject({ pins: ['pbr==5.0', 'setuptools==80.0'], asOf: undefined })
    expect(await lock([later], 'pbr==5.0\n', () => false)).toMatchObject({ pins: ['pbr==7.0', 'setuptools==80.0'] })
  })

  it('leaves the day where the index tells none', async () => {
    const dateless = TOOLS.map((release) => ({ ...release, uploaded: null }))
    expect(await lock([hello], '', () => true, dateless)).toMatchObject({
      ...{ pins: ['pbr==7.0', 'setuptools==80.0'], asOf: undefined },
    })
  })

  it('of nothing is empty', async () => {
    expect(await lock([{ name: 'hello', requires: [] }])).toMatchObject({ pins: [], unlocked: [], asOf: undefined })
  })

  it('leaves out trees that contradict those before them, each by itself', async () => {
    const trees = [
      { ...hello, requires: ['setuptools<70', 'pbr'] },
      { name: 'alpha', requires: ['setuptools>=80'] },
      { name: 'beta', requires: ['setuptools<69'] },
      { name: 'gamma', requires: ['setuptools>=69'] },
      { name: 'delta', requires: ['nobody-has-this'] },
    ]
    expect(await lock(trees)).toMatchObject({
      ...{ pins: ['pbr==6.0', 'setuptools==65.0'], unlocked: ['alpha', 'gamma', 'delta'] },
    })
  })

  it('of a project whose requirements nobody has is a failure of the resolver', async () => {
    const failure = lock([{ name: 'hello', requires: ['nobody-has-this'] }, hello])
    await expect(failure).rejects.toThrow(ToolError)
    await expect(failure).rejects.toThrow(/nobody-has-this/)
  })
})
