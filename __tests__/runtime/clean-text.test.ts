import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanLine, cleanText } from '../../src/runtime/clean-text.js'

const any = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.array(fc.constantFrom('\ud83d', '\ude00', 'a', '\n', '\u202e', '\u001b[1m', '\r')).map((parts) => parts.join('')),
)
const max = fc.integer({ min: 1, max: 30 })

describe('cleanLine', () => {
  it.each([
    ['  a\tb \r\n c  ', 20, 'a b c'],
    ['a\u001b[31mb\u0000', 20, 'a [31mb'],
    ['evil \u202egnp.exe', 20, 'evil gnp.exe'],
    ['zero\u200bwidth', 20, 'zero width'],
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['abcd\u{1f600}g', 6, 'abcd…'],
    ['naïve – “quotes” 日本', 40, 'naïve – “quotes” 日本'],
    [`${' '.repeat(1000)}x`, 6, ''],
  ])('makes of %j in %i', (text, length, expected) => {
    expect(cleanLine(text, length)).toBe(expected)
  })

  it('gives one printable line, no longer than asked, that is clean already', () => {
    fc.assert(
      fc.property(any, max, (text, length) => {
        const line = cleanLine(text, length)
        expect(line.length).toBeLessThanOrEqual(length)
        expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u202e]|^\s|\s$/u)
        expect(Buffer.from(line, 'utf8').toString('utf8')).toBe(line)
        expect(cleanLine(line, length)).toBe(line)
      }),
    )
  })
})

describe('cleanText', () => {
  it.each([
    ['\n\na  \r\n\tb\rc\n\n', 40, 'a\n        b\nc'],
    ['a\n\n\nb\u0007', 40, 'a\n\n\nb'],
    ['abcdef\ngh', 6, 'abcde…'],
  ])('makes of %j in %i', (text, length, expected) => {
    expect(cleanText(text, length)).toBe(expected)
  })

  it('gives printable lines, no longer together than asked', () => {
    fc.assert(
      fc.property(any, max, (text, length) => {
        const clean = cleanText(text, length)
        expect(clean.length).toBeLessThanOrEqual(length)
        expect(clean.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u)
        expect(clean).not.toMatch(/^\n|\n$|[ \t]\n/)
      }),
    )
  })
})
