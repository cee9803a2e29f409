import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable, printableLines } from '../../src/runtime/printable.js'

describe('printable', () => {
  it.each([
    ['escapes of terminals', '\u001b[2J\u009b1m', '\\u001b[2J\\u009b1m'],
    ['ends of lines', 'a\r\nb\u2028c\u0085', 'a\\u000d\\u000ab\\u2028c\\u0085'],
    ['text turned round and hidden', '\u202eabc\u200b\u2066', '\\u202eabc\\u200b\\u2066'],
    ['tags, as pairs', '\u{e0041}', '\\udb40\\udc41'],
    ['halves of pairs', '\ud800', '\\ud800'],
    ['what can be read', 'é → 漢 \t😀', 'é → 漢 \t😀'],
  ])('of %s', (_name, text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('leaves JSON the same data', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = printableLines(JSON.stringify(value, null, 2))
        expect(text).not.toMatch(/[^\P{C}\n\t\p{Cn}\p{Co}]/u)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
