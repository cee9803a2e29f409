import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { committedLockPath, type LockInputs, readCommittedLock, writeCommittedLock } from '../../src/lock/committed.js'
import { scratch } from '../support/scratch.js'

const INPUTS: LockInputs = {
  project: 'keystone',
  version: '27.0.2',
  python: '3.11',
  source: 'sdist keystone==27.0.2 sha256:00',
  extras: ['ldap'],
  pipDependencies: ['uwsgi'],
  constraints: [{ source: 'upper.txt', sha256: '11' }],
}
const LOCK = {
  text: 'six==1.16.0 --hash=sha256:00\n',
  constraints: [{ source: 'upper.txt', sha256: '11' }],
  madeBy: 'giftwrap 0.1.0, uv 1',
}

async function written(): Promise<string> {
  const directory = scratch()
  await writeCommittedLock(directory, INPUTS, LOCK)
  return directory
}

describe('a committed lock', () => {
  it('lies in locks/ by project, version and Python, and is read back', async () => {
    const directory = scratch()
    const file = await writeCommittedLock(directory, INPUTS, LOCK)
    expect(file).toBe(join(directory, 'locks', 'keystone-27.0.2-py3.11.txt'))
    expect(file).toBe(`${committedLockPath(directory, INPUTS)}.txt`)
    expect(await readCommittedLock(directory, INPUTS)).toMatchObject({ state: 'current', text: LOCK.text, file })
  })

  it('is absent for another version and another Python', async () => {
    const directory = await written()
    expect(await readCommittedLock(directory, { ...INPUTS, version: '27.0.1' })).toEqual({ state: 'absent' })
    expect(await readCommittedLock(directory, { ...INPUTS, python: '3.13' })).toEqual({ state: 'absent' })
  })

  const stale: [string, Partial<LockInputs>][] = [
    ['source', { source: 'git 0000' }],
    ['subdirectory', { subdirectory: 'api' }],
    ['extras', { extras: [] }],
    ['pip_dependencies', { pipDependencies: ['uwsgi', 'six'] }],
    ['constraints', { constraints: [] }],
    ['constraints', { constraints: [{ source: 'other.txt', sha256: '11' }] }],
    ['constraints', { constraints: [{ source: 'upper.txt', sha256: '22' }] }],
    ['constraints', { constraints: [{ source: 'upper.txt' }, { source: 'more.txt' }] }],
  ]
  it.each(stale)('is stale when %s is another: %j', async (what, change) => {
    expect(await readCommittedLock(await written(), { ...INPUTS, ...change })).toMatchObject({
      state: 'stale',
      why: `its ${what} is not the manifest's`,
    })
  })

  it('stays current while constraints at a URL change: the lock says what they were', async () => {
    const remote = { ...INPUTS, constraints: [{ source: 'https://host/upper.txt' }] }
    const directory = scratch()
    const constraints = [{ source: 'https://host/upper.txt', sha256: '33' }]
    await writeCommittedLock(directory, remote, { ...LOCK, constraints })
    expect((await readCommittedLock(directory, remote)).state).toBe('current')
  })

  it.each([
    ['edited', 'six==1.17.0 --hash=sha256:00\n', undefined, 'it was edited by hand'],
    ['without its record', undefined, null, /does not say what it was made of/],
    ['with a record that is no JSON', undefined, 'x', /does not say what it was made of/],
    ['with a record of another format', undefined, '{"format": 2}', /does not say what it was made of/],
  ])('is stale when it is %s', async (_name, text, record, why) => {
    const directory = await written()
    const path = committedLockPath(directory, INPUTS)
    if (text !== undefined) writeFileSync(`${path}.txt`, text)
    if (record === null) rmSync(`${path}.json`)
    else if (record !== undefined) writeFileSync(`${path}.json`, record)
    const found = await readCommittedLock(directory, INPUTS)
    expect(found).toMatchObject({ state: 'stale', why: expect.stringMatching(why) })
  })

  it('has a record that people can read in a review', async () => {
    const path = committedLockPath(await written(), INPUTS)
    expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toEqual({
      format: 1,
      project: 'keystone',
      version: '27.0.2',
      python: '3.11',
      source: INPUTS.source,
      extras: ['ldap'],
      pip_dependencies: ['uwsgi'],
      constraints: [{ source: 'upper.txt', sha256: '11' }],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      made_by: LOCK.madeBy,
    })
  })
})
