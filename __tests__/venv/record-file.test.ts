import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRecord, readRecords, rewriteRecords } from '../../src/venv/record-file.js'
import { describeSizes, readSizes, sizesOf } from '../../src/venv/sizes.js'
import { scratch, writeFiles } from '../support/scratch.js'

describe('parseRecord', () => {
  it('reads paths and sizes, quoted or not, with either end of line', () => {
    const lines = [
      'a/b.py,sha256=x,12',
      '"a ""b"", c.py",,',
      '"plain",sha256=x,3',
      '../../../bin/./x,sha256=x,4',
      'RECORD,,',
    ]
    expect(parseRecord(`${lines.join('\r\n')}\r\n`).map(({ path, size }) => [path, size])).toEqual([
      ['a/b.py', 12],
      ['a "b", c.py', undefined],
      ['plain', 3],
      ['../../../bin/x', 4],
      ['RECORD', undefined],
    ])
  })

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const { path } of parseRecord(text)) expect(path).not.toBe('')
      }),
    )
  })
})

describe('rewriteRecords', () => {
  it('keeps lines, takes some out, and writes new ones that are read back', () => {
    const name = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '.x'), minLength: 1, maxLength: 5 })
    const names = fc.uniqueArray(
      name.filter((text) => text.trim() !== '' && !/^\./.test(text)),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(names, (list) => {
        const site = scratchOnce()
        writeFiles(site, Object.fromEntries(list.map((one) => [`new/${one}`, one])))
        writeFiles(site, { 'x-1.dist-info/RECORD': 'old,sha256=o,1\nsame,,\ngone,,\n' })
        rewriteRecords(site, (path) =>
          path === 'old' ? list.map((one) => `new/${one}`) : path === 'gone' ? [] : [path],
        )
        const lines = readRecords(site)[0]?.lines ?? []
        expect(lines.map(({ path }) => path)).toEqual([...list.map((one) => `new/${one}`), 'same'])
        expect(lines.map(({ size }) => size)).toEqual([...list.map((one) => one.length), undefined])
      }),
      { numRuns: 50 },
    )
  })

  it('writes the hash as the specification has it', () => {
    const site = scratch()
    writeFiles(site, { 'a.pyc': 'bytes', 'x-1.dist-info/RECORD': 'a.py,,' })
    rewriteRecords(site, (path) => [`${path}c`])
    const hash = createHash('sha256').update('bytes').digest('base64url')
    expect(readFileSync(join(site, 'x-1.dist-info/RECORD'), 'utf8')).toBe(`a.pyc,sha256=${hash},5\n`)
  })
})

let once: string | undefined
function scratchOnce(): string {
  once ??= scratch()
  return once
}

describe('sizes', () => {
  it('are those of the RECORDs, largest first, ties by name', () => {
    const record = (distribution: string, text: string) => ({ distribution, lines: parseRecord(text) })
    const sizes = sizesOf([
      record('Small_One-1.0.dist-info', 'a,x,1\nb,x,2\nRECORD,,\n'),
      record('large-2.0.dist-info', 'a,x,1000000\n'),
      record('b-1.dist-info', ''),
      record('a-1.dist-info', ''),
    ])
    expect(sizes).toEqual([
      { name: 'large', bytes: 1_000_000 },
      { name: 'small-one', bytes: 3 },
      { name: 'a', bytes: 0 },
      { name: 'b', bytes: 0 },
    ])
    expect(describeSizes(sizes)).toBe('size: 1.0 MB in 4 distributions: large 1.0, small-one 0.0, a 0.0, b 0.0')
  })

  it('are told in one line, with the ten largest', () => {
    const sizes = Array.from({ length: 12 }, (_, index) => ({
      name: `n${index}`,
      bytes: 12_000_000 - index * 1_000_000,
    }))
    expect(describeSizes(sizes)).toMatch(/^size: 78\.0 MB in 12 distributions: n0 12\.0, .* n9 3\.0, …$/)
    expect(describeSizes([])).toBe('size: 0.0 MB in 0 distributions')
  })

  it('are read from a tree', () => {
    const tree = scratch()
    writeFiles(tree, {
      'lib/python3.11/site-packages/x-1.dist-info/RECORD': 'a,x,7\n',
      'lib/python3.11/site-packages/y': '',
    })
    expect(readSizes(tree, '3.11')).toEqual([{ name: 'x', bytes: 7 }])
  })
})
