import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDistribution, readDistributions } from '../../src/venv/distributions.js'
import { scratch, writeFiles } from '../support/scratch.js'

const site = 'lib/python3.11/site-packages'
const parse = (metadata: string) => parseDistribution(metadata, 'x.dist-info')

describe('readDistributions', () => {
  it('reads what distributions say of themselves, sorted by name', async () => {
    const tree = scratch()
    writeFiles(tree, {
      [`${site}/b-1.dist-info/METADATA`]: 'Name: b\nVersion: 1\n',
      [`${site}/B_a-2.dist-info/METADATA`]: [
        'Metadata-Version: 2.4',
        'Name: A_a',
        'Version: 2.0',
        'Summary: All',
        '        of it',
        'Author-email: Somebody <a@localhost.invalid>',
        'License-Expression: MIT',
        'License: Copyright 2010',
        '        ',
        '        All rights reserved',
        'Classifier: License :: OSI Approved :: MIT License',
        'Classifier: Topic :: X',
        'Project-URL: Home Page, https://a.invalid/',
        'Requires-Dist: b>=1',
        'Requires-Dist: c ; extra == "x"',
        '',
        'Requires-Dist: in-the-description',
      ].join('\r\n'),
      [`${site}/nameless-1.dist-info/METADATA`]: 'Version: 1\n',
      [`${site}/empty-1.dist-info/RECORD`]: '',
      [`${site}/c.py`]: '',
    })
    symlinkSync(join(tree, site, 'b-1.dist-info', 'METADATA'), join(tree, site, 'empty-1.dist-info', 'METADATA'))
    const distributions = await readDistributions(tree, '3.11')
    expect(distributions.map(({ name }) => name)).toEqual(['a-a', 'b'])
    expect(distributions[0]).toEqual({
      name: 'a-a',
      version: '2.0',
      summary: 'All of it',
      homepage: 'https://a.invalid/',
      author: 'Somebody <a@localhost.invalid>',
      licenseExpression: 'MIT',
      license: 'Copyright 2010\n\nAll rights reserved',
      licenseClassifiers: ['OSI Approved :: MIT License'],
      requires: ['b>=1', 'c ; extra == "x"'],
      folder: `${site}/B_a-2.dist-info`,
    })
  })

  it('takes any bytes', async () => {
    const tree = scratch()
    const folder = `${site}/x-1.dist-info`
    writeFiles(tree, { [`${folder}/METADATA`]: '' })
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .uint8Array({ maxLength: 300 })
        .map((rest) => Buffer.concat([Buffer.from('Name: x\nVersion: 1\nSummary: '), rest])),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        writeFileSync(join(tree, folder, 'METADATA'), content)
        for (const one of await readDistributions(tree, '3.11')) {
          expect(JSON.stringify(one)).not.toMatch(/\\u00[01]|\\ud[89a-f]/)
          expect((one.summary ?? '').length).toBeLessThanOrEqual(300)
        }
      }),
    )
  })
})

describe('parseDistribution', () => {
  it('takes only web addresses for home pages', () => {
    const page = (url: string) => parse(`Name: x\nVersion: 1\nHome-page: ${url}\n`)?.homepage
    expect(page('https://x.invalid/a?b#c')).toBe('https://x.invalid/a?b#c')
    for (const url of ['UNKNOWN', 'javascript:alert(1)', 'file:///etc/passwd', 'https://x.invalid/a b', 'http://']) {
      expect(page(url)).toBe(undefined)
    }
  })

  it('bounds huge fields and long lists', () => {
    const long = 'x'.repeat(10_000_000)
    const folded = `License: a\n${' more\n'.repeat(200_000)}`
    const many = 'Requires-Dist: a\n'.repeat(50_000)
    const classifiers = 'Classifier: License :: X\n'.repeat(50_000)
    const parsed = parse(`Name: x\nVersion: 1\nSummary: ${long}\nAuthor: ${long}\n${folded}${many}${classifiers}`)
    expect(JSON.stringify(parsed).length).toBeLessThan(100_000)
    expect(parsed?.requires.length).toBeLessThanOrEqual(2000)
    expect(parsed?.licenseClassifiers.length).toBeLessThanOrEqual(20)
    expect(parsed?.license).toMatch(/^a\nmore\nmore.*…$/s)
  })

  it('keeps terminal sequences and turned text out', () => {
    const parsed = parse('Name: x\nVersion: 1\u001b[2J\nSummary: a\u202eb\nLicense: c\u0007d\n')
    expect(parsed).toMatchObject({ version: '1 [2J', summary: 'a b', license: 'cd' })
  })

  it('is nothing without a name or a version', () => {
    for (const text of ['', 'Name: x\n', 'Version: 1\n', 'Name:\nVersion: 1\n', '\nName: x\nVersion: 1\n']) {
      expect(parse(text)).toBe(undefined)
    }
  })
})
