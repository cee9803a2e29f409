import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readStart } from '../../src/runtime/read-start.js'
import { scratch, writeFiles } from '../support/scratch.js'

describe('readStart', () => {
  it('reads no more than it is asked for', async () => {
    const folder = scratch()
    writeFiles(folder, { a: 'abcdef', empty: '' })
    expect(String(await readStart(join(folder, 'a'), 4))).toBe('abcd')
    expect(String(await readStart(join(folder, 'a'), 100))).toBe('abcdef')
    expect(String(await readStart(join(folder, 'empty'), 4))).toBe('')
  })

  it('reads neither links, folders, pipes nor what is not there', async () => {
    const folder = scratch()
    symlinkSync('/etc/passwd', join(folder, 'link'))
    mkdirSync(join(folder, 'folder'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    for (const name of ['link', 'folder', 'pipe', 'nothing'])
      expect(await readStart(join(folder, name), 4)).toBe(undefined)
  })
})
