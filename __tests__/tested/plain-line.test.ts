import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainLine } from '../../src/tested/plain-line.js'
import { anyText } from './any-text.js'

const STAMP = '2025-03-01 01:44:12.123456 | '

describe('plainLine', () => {
  it.each([
    ['nothing', 'a==1', 'a==1'],
    ["Zuul's stamp", `${STAMP}a==1`, 'a==1'],
    ["Zuul's stamp and host", `${STAMP}ubuntu-noble | a==1`, 'a==1'],
    ["devstack's second stamp", `${STAMP}controller | 2025-03-01 01:44:12.120 | a==1`, 'a==1'],
    ['a stamp of Jenkins', '2013-09-02 00:00:45.001 | a==1', 'a==1'],
    ['a host without a stamp: it may be anything', 'ubuntu | a==1', 'ubuntu | a==1'],
    ['nothing behind the host', `${STAMP}ubuntu-noble | `, ''],
    ['no blank behind the host', `${STAMP}ubuntu-noble |`, ''],
    ['colours', '\u001b[1m\u001b[38;5;12mpy311:\u001b[0m a==1\u001b[K', 'py311: a==1'],
    ['a title', '\u001b]0;tox\u0007a==1', 'a==1'],
    ['a link', '\u001b]8;;https://x.example\u001b\\a==1', 'a==1'],
    ['colours before the stamp', `\u001b[32m${STAMP}a==1\u001b[0m`, 'a==1'],
    ['HTML', "<span class='line'><a name='7'>2013-09-02 00:00:45.001</a> | a==1</span><br/>", 'a==1'],
    ['entities', 'a &lt; b &amp;&amp; c &gt; d &quot;e&quot; &#39;f&#x27; &nbsp;g', 'a < b && c > d "e" \'f\'  g'],
    ['entities, once', '&amp;lt;', '&lt;'],
    ['line ends, which a line has none of', 'a&#10;b&#xd;c', 'a b c'],
    ['what is no entity', '&unknown; &#x110000; &#; &', '&unknown; &#x110000; &#; &'],
    ['a specifier, which is no tag', 'a<2,>1 <b', 'a<2,>1 <b'],
    ['what a bar of progress overwrote', '10%\r50%\ra==1\r', 'a==1'],
    ['blanks behind', 'a==1 \t', 'a==1'],
    ['blanks before: they tell', '  a==1', '  a==1'],
  ])('without %s', (_what, line, text) => {
    expect(plainLine(line)).toBe(text)
  })

  it('throws at nothing, and makes no line longer', () => {
    const piece = fc.constantFrom('<', '>', '&', ';', '&#', '\u001b', '[', ']', '\u0007', '\r', ' | ', STAMP, '1', 'a')
    const line = fc.array(fc.oneof(piece, anyText())).map((parts) => parts.join(''))
    fc.assert(
      fc.property(line, (text) => {
        expect(plainLine(text).length).toBeLessThanOrEqual(text.length)
      }),
    )
  })

  it.each([
    '<',
    '<a',
    '<a ',
    '&',
    '&#1',
    '&#x1',
    '\u001b',
    '\u001b[',
    '\u001b[1',
    '\u001b]',
    '\u001b]a',
    ' ',
    '\r',
    STAMP,
    'a',
  ])('reads a megabyte of %j', (piece) => {
    const text = piece.repeat(1_000_000 / piece.length)
    for (const line of [text, `<a${text}`, `${STAMP}${text}`, `\u001b[${text}`, `\u001b]${text}`]) plainLine(line)
  })
})
