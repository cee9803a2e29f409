import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLicenceFiles } from '../../src/venv/licence-files.js'
import { scratch, writeFiles } from '../support/scratch.js'

describe('readLicenceFiles', () => {
  it('finds them at the top and in folders of licences, sorted', async () => {
    const folder = scratch()
    writeFiles(folder, {
      LICENSE: 'a\r\n',
      'licence.txt': 'b',
      'COPYING.LESSER': 'c',
      NOTICE: 'd',
      'LICENSES/MIT.txt': 'e',
      'licenses/vendor/deep/TERMS': 'f',
      'licenses/AUTHORS': 'no',
      'license.py': 'no',
      AUTHORS: 'no',
      'docs/LICENSE': 'no',
      'COPYING.empty': '\n \n',
      README: 'no',
    })
    expect((await readLicenceFiles(folder)).map(({ path, text }) => [path, text])).toEqual([
      ['COPYING.LESSER', 'c'],
      ['LICENSE', 'a'],
      ['LICENSES/MIT.txt', 'e'],
      ['NOTICE', 'd'],
      ['licence.txt', 'b'],
      ['licenses/vendor/deep/TERMS', 'f'],
    ])
  })

  it('bounds megabytes of text, and their number', async () => {
    const folder = scratch()
    writeFiles(folder, { LICENSE: `${'line of text\n'.repeat(400_000)}` })
    for (let index = 0; index < 100; index += 1) writeFiles(folder, { [`licenses/${index}`]: 'x' })
    const files = await readLicenceFiles(folder)
    expect(files).toHaveLength(50)
    expect(files[0]).toMatchObject({ path: 'LICENSE', cut: true })
    expect(files[0]?.text.length).toBeLessThanOrEqual(128 * 1024)
    expect(files[1]).toMatchObject({ cut: false })
  })

  it('follows no links and needs no folder', async () => {
    const folder = scratch()
    symlinkSync('/etc/passwd', join(folder, 'LICENSE'))
    symlinkSync('/etc', join(folder, 'licenses'))
    expect(await readLicenceFiles(folder)).toEqual([])
    expect(await readLicenceFiles(join(folder, 'nothing'))).toEqual([])
  })
})
