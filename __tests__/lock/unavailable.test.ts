import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { type Resolved, resolve } from '../../src/lock/resolve.js'
import { readUnavailable, readYanked } from '../../src/lock/unavailable.js'
import { type Constraint, parseConstraints } from '../../src/tested/constraints.js'
import { findInterpreter } from '../../src/venv/interpreter.js'
import { fetchTools } from '../support/build-scene.js'
import { BUILD_TOOLS } from '../support/lock-scene.js'
import { packageIndex, type Release } from '../support/package-index.js'
import { scratch } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

beforeAll(fetchTools)

/** What the real uv says of these releases: `alpha`, which requires `beta`, for amd64 with glibc 2.31. */
async function compile(constraints: readonly Constraint[], ...releases: readonly Release[]): Promise<Resolved> {
  const { uv } = await fetchTools()
  const folder = scratch()
  const index = await packageIndex(...BUILD_TOOLS, ...releases)
  const { exec } = testPorts({ ...index.env, UV_CACHE_DIR: join(folder, 'cache') })
  const { path, minor } = await findInterpreter(exec)
  const resolution = {
    ...{ requirements: ['alpha'], constraints, overrides: [], leftOut: [], buildLock: '' },
    ...{ interpreter: path, pythonVersion: minor },
    platform: { architecture: 'amd64', libc: 'glibc 2.31' } as const,
  }
  return resolve(resolution, { uv, folder }, exec, testLog(folder))
}

async function unavailable(text: string, ...releases: readonly Release[]) {
  const constraints = parseConstraints(text, 'upper.txt')
  const failure = await compile(constraints, ...releases).catch((error: unknown) => error)
  if (!(failure instanceof ToolError)) throw new Error('uv found a solution')
  return readUnavailable(failure.output, constraints)
}

const alpha: Release = { name: 'alpha', version: '1.0', requires: ['beta'] }
const next: Release = { name: 'beta', version: '2.0' }
const long = 'a-name-that-is-long-enough-to-have-its-line-broken-in-the-middle-of-what-is-said-of-it'

describe('readUnavailable, of what uv says', () => {
  const cases: [string, Release, string][] = [
    ['gone', { ...next, version: '1.0.1' }, 'the index does not have it (any more)'],
    ['gone with all of its versions', { ...next, name: 'other' }, 'the index does not have it (any more)'],
    [
      'for another Python',
      { ...next, version: '1.0', files: ['cp27-cp27m-manylinux_2_17_x86_64'] },
      'there is no wheel for this Python',
    ],
    [
      'for another ABI',
      { ...next, version: '1.0', files: ['cp399-cp399-manylinux_2_17_x86_64'] },
      'there is no wheel for this Python',
    ],
    [
      'for another system',
      { ...next, version: '1.0', files: ['py3-none-win_amd64'] },
      'there is no wheel for this platform',
    ],
    [
      'for another processor',
      { ...next, version: '1.0', files: ['py3-none-manylinux_2_17_aarch64'] },
      'there is no wheel for this platform',
    ],
    [
      'for a newer glibc',
      { ...next, version: '1.0', files: ['py3-none-manylinux_2_36_x86_64'] },
      'there is no wheel for this platform',
    ],
    ['for newer Pythons', { ...next, version: '1.0', requiresPython: '>=3.99' }, 'it is for other Pythons'],
    [
      'a source archive for newer Pythons',
      { ...next, version: '1.0', requiresPython: '>=3.99', files: ['sdist'] },
      'it is for other Pythons',
    ],
    [
      'a source archive that fails',
      { ...next, version: '1.0', files: ['sdist'], tree: { 'setup.py': 'raise Exception' } },
      'its source archive can not be built',
    ],
  ]
  it.each(cases)('finds a pin of what is %s', async (_what, release, why) => {
    expect(await unavailable('beta==1.0\n', alpha, release)).toEqual([{ name: 'beta', pin: '==1.0', why }])
    if (release.name !== 'beta') return
    // Whatever else there is.
    expect(await unavailable('beta==1.0\n', alpha, release, next)).toEqual([{ name: 'beta', pin: '==1.0', why }])
  })

  it('finds several at once, whatever their names and versions look like', async () => {
    const requires = ['beta', long, 'Gamma.X_y']
    const found = await unavailable(
      `beta==1!1.0.post1+local.1\n${long}==2025.1\ngamma-x-y===1.0\n`,
      ...[{ ...alpha, requires }, next, { ...next, name: long }, { ...next, name: 'gamma-x-y' }],
    )
    const why = 'the index does not have it (any more)'
    // uv may stop at the first: the others are found when that one is lifted.
    expect(found.length).toBeGreaterThan(0)
    for (const one of found) {
      expect([
        { name: 'beta', pin: '==1!1.0.post1+local.1', why },
        { name: long, pin: '==2025.1', why },
        { name: 'gamma-x-y', pin: '==1.0', why },
      ]).toContainEqual(one)
    }
  })

  it('does not blame pins that only contradict each other', async () => {
    expect(
      await unavailable('beta==1.0\n', { ...alpha, requires: ['beta>=2'] }, next, { ...next, version: '1.0' }),
    ).toEqual([])
  })

  it('reads over lines that are broken anywhere', () => {
    const output =
      'cause: Because there is no\n      version of\n   beta==1.0 and alpha depends on it, gamma was not\n found'
    const constraints = parseConstraints('beta==1.0\ngamma==2.0\n', 'upper.txt')
    const why = 'the index does not have it (any more)'
    expect(readUnavailable(`${output} in the package\n registry`, constraints)).toEqual([
      { name: 'beta', pin: '==1.0', why },
      { name: 'gamma', pin: '==2.0', why },
    ])
  })

  it('does not blame a pin of another version, nor what is no pin', () => {
    const output = 'there is no version of beta==1.0'
    for (const text of ['beta==1.0.1\n', 'beta>=1.0\n', 'beta~=1.0\n', 'beta<2\n', 'beta>=1,==1.0\n']) {
      expect(readUnavailable(output, parseConstraints(text, 'upper.txt'))).toEqual([])
    }
    expect(readUnavailable('beta was not found in the package registry', [{ name: 'beta', specifier: '<2' }])).toEqual(
      [],
    )
  })

  it('does not blame what no constraint pins', async () => {
    expect(await unavailable('beta<1\n', alpha, next)).toEqual([])
    expect(await unavailable('gamma==1.0\n', { ...alpha, requires: ['beta==1.0'] }, next)).toEqual([])
  })
})

describe('readYanked, of what uv says', () => {
  it.each([
    ['it "ate" (all) files', 'it "ate" (all) files'],
    ['', 'no reason is given'],
  ])('has the reason %j', async (yanked, why) => {
    const one: Release = { name: 'beta', version: '1.0', yanked }
    const { warnings } = await compile(parseConstraints('beta==1.0\n', 'upper.txt'), alpha, one, next)
    expect(readYanked(warnings)).toEqual([{ name: 'beta', version: '1.0', why }])
  })

  it('is nothing where uv takes another version by itself', async () => {
    const { warnings, text } = await compile([], alpha, { ...next, version: '3.0', yanked: 'no' }, next)
    expect(text).toContain('beta==2.0')
    expect(readYanked(warnings)).toEqual([])
  })
})

describe('readUnavailable and readYanked, of any text', () => {
  const piece = fc.constantFrom(
    ...[
      'there is no version of ',
      'was not found in the package registry',
      'warning: ',
      ' is yanked',
      ' (reason: "',
      '")',
    ],
    ...[
      'beta',
      '==',
      '1.0',
      '`',
      '\n',
      ' ',
      'Failed to build ',
      ' has no wheels with a matching ',
      ' depends on Python',
      '.',
    ],
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
  )
  const constraints = [{ name: 'beta', specifier: '==1.0' }]

  it('name nothing but a pin, at most once', () => {
    fc.assert(
      fc.property(text, (output) => {
        const found = readUnavailable(output, constraints)
        expect(found.length).toBeLessThan(2)
        for (const one of found) expect(one).toEqual({ name: 'beta', pin: '==1.0', why: expect.stringMatching(/./) })
        for (const one of readYanked(output)) expect(one).toMatchObject({ name: 'beta', version: '1.0' })
      }),
    )
  })

  it('read one that is long', () => {
    for (const one of ['a', 'a==', 'there is no version of ', 'warning: a==1 is yanked (reason: "', ' ', 'a=']) {
      const output = one.repeat((1024 * 1024) / one.length)
      expect(readUnavailable(output, constraints)).toEqual([])
      expect(readYanked(output)).toEqual([])
    }
  })
})
