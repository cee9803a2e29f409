import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pbrChanges, readChanges } from '../../src/source/changes.js'
import type { PinnedSource } from '../../src/source/pin.js'
import { gitRepository } from '../support/git-repository.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

const { exec } = testPorts()
const pathPin = (path: string, commit?: string): PinnedSource => ({
  ...{ kind: 'path', path, leftOut: [], digest: 'd' },
  ...(commit === undefined ? {} : { commit }),
})
const changesAt = (folder: string, commit: string, subdirectory?: string) =>
  readChanges(
    { pin: pathPin(folder, commit), version: '1', subdirectory },
    subdirectory ? join(folder, subdirectory) : folder,
    exec,
  )

describe('readChanges', () => {
  it('lists what came since the tag before, the newest first', async () => {
    const repository = gitRepository(scratch())
    repository.commit({ a: '1' }, 'long ago')
    repository.git('tag', '1.0.0')
    repository.commit({ a: '2' }, 'Fix one\n\nAt length.')
    repository.git('tag', 'some-eol')
    const commit = repository.commit({ a: '3' }, 'Fix\u001b[31m two\u202e')
    repository.git('tag', '-a', '-m', 'release', '1.0.1')
    const expected = { since: '1.0.0', subjects: ['Fix [31m two', 'Fix one'], more: 0 }
    expect(await changesAt(repository.folder, commit)).toEqual(expected)
    const next = repository.commit({ a: '4' }, 'Fix three')
    expect(await changesAt(repository.folder, next)).toEqual({ since: '1.0.1', subjects: ['Fix three'], more: 0 })
  })

  it("takes what Gerrit's merges merged, once each", async () => {
    const repository = gitRepository(scratch())
    repository.commit({ a: '1' }, 'first')
    repository.git('tag', '1.0.0')
    for (const [topic, subjects] of [
      ['one', ['Add A', 'Add B']],
      ['two', ['Add C', 'Translations']],
      ['three', ['Translations']],
    ] as const) {
      repository.git('checkout', '--quiet', '-b', topic)
      for (const subject of subjects) repository.commit({ [topic]: subject }, subject)
      repository.git('checkout', '--quiet', 'master')
      repository.git(
        'merge',
        '--quiet',
        '--no-ff',
        '-m',
        topic === 'two' ? "Merge branch 'two'" : `Merge "${subjects.at(-1)}"`,
        topic,
      )
    }
    const { subjects } = await changesAt(repository.folder, repository.git('rev-parse', 'HEAD'))
    expect(subjects.toSorted()).toEqual(['Add A', 'Add B', 'Add C', 'Translations'])
  })

  it('takes the whole history where there is no tag, bounded', async () => {
    const repository = gitRepository(scratch())
    for (let index = 1; index <= 105; index += 1) repository.commit({}, `change ${index}`)
    const { since, subjects, more } = await changesAt(repository.folder, repository.git('rev-parse', 'HEAD'))
    expect([since, subjects.length, subjects[0], subjects.at(-1), more]).toEqual([
      undefined,
      100,
      'change 105',
      'change 6',
      5,
    ])
  })

  it('reads a merge at the end of a shallow history as what it merged', async () => {
    const origin = gitRepository(scratch())
    origin.commit({ a: '1' }, 'first')
    origin.git('checkout', '--quiet', '-b', 'topic')
    origin.commit({ b: '1' }, 'Fix it')
    origin.git('checkout', '--quiet', 'master')
    origin.git('merge', '--quiet', '--no-ff', '-m', 'Merge "Fix it" into stable/2025.1', 'topic')
    const folder = scratch()
    origin.git('clone', '--quiet', '--depth=1', `file://${origin.folder}`, folder)
    expect((await changesAt(folder, origin.git('rev-parse', 'HEAD'))).subjects).toEqual(['Fix it'])
  })

  it('of a subdirectory takes its own', async () => {
    const repository = gitRepository(scratch())
    repository.commit({ 'sub/a': '1' }, 'within')
    const commit = repository.commit({ b: '1' }, 'beside')
    expect((await changesAt(repository.folder, commit, 'sub')).subjects).toEqual(['within'])
    expect((await changesAt(repository.folder, commit)).subjects).toEqual(['beside', 'within'])
  })

  it('shortens huge subjects', async () => {
    const repository = gitRepository(scratch())
    writeFiles(repository.folder, { message: 'x'.repeat(1_000_000) })
    repository.git('commit', '--quiet', '--allow-empty', '--file', join(repository.folder, 'message'))
    const { subjects } = await changesAt(repository.folder, repository.git('rev-parse', 'HEAD'))
    expect(subjects).toEqual([`${'x'.repeat(199)}…`])
  })

  it("reads a release's ChangeLog, and needs none", async () => {
    const folder = scratch()
    const read = () => readChanges({ pin: pathPin(folder), version: '27.0.2' }, folder, exec)
    expect(await read()).toEqual({ since: undefined, subjects: [], more: 0 })
    writeFiles(folder, { ChangeLog: 'CHANGES\n=======\n\n27.0.2\n------\n\n* Fix it\n\n27.0.1\n------\n\n* Before\n' })
    expect(await read()).toEqual({ since: '27.0.1', subjects: ['Fix it'], more: 0 })
  })
})

describe('pbrChanges', () => {
  it('joins lines and ends at the next version', () => {
    const text = '27.0.2\r\n------\r\n\r\n* Fix\r\n  it\r\n* Merge "x"\r\n\r\n27.0.0.0rc1\r\n-----------\r\n* no\r\n'
    expect(pbrChanges(text, '27.0.2')).toEqual({ since: '27.0.0.0rc1', subjects: ['Fix it', 'x'], more: 0 })
    expect(pbrChanges(text, '27.0.0')).toEqual({ since: undefined, subjects: [], more: 0 })
    expect(pbrChanges(text, '27.0.0.0rc1')).toEqual({ since: undefined, subjects: ['no'], more: 0 })
  })

  it('takes any text', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom('1.0', '---', '* a', '  b', '\n', '\r', '\u0000'))
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { subjects } = pbrChanges(lines.join('\n'), '1.0')
        expect(subjects.join('')).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})
