import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitWords } from '../../src/runtime/split-words.js'
import { hasTool, need } from '../support/requirements.js'

describe('splitWords', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['  \t ', []],
    ['virtualenv .', ['virtualenv', '.']],
    ['pip install  --no-deps\t%s', ['pip', 'install', '--no-deps', '%s']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    ['a\\ b \\\\ \\"', ['a b', '\\', '"']],
    [`"a\\"b\\\\c\\d\\$HOME\\\`"`, ['a"b\\c\\d$HOME`']],
    [`'$HOME | > * ? # ~ ; & \` ( )'`, ['$HOME | > * ? # ~ ; & ` ( )']],
    ['%s[ldap] a#b x~y {a,b} !x a=b $ a$', ['%s[ldap]', 'a#b', 'x~y', '{a,b}', '!x', 'a=b', '$', 'a$']],
    ['pip install "urllib3>=2"', ['pip', 'install', 'urllib3>=2']],
    ['env A=b c', ['env', 'A=b', 'c']],
    ['a\\\nb', ['ab']],
  ])('gives the words of %j', (line, words) => {
    expect(splitWords(line)).toEqual(words)
  })

  it.each([
    ["a 'b", /' without its partner/],
    ['a "b', /" without its partner/],
    ['a "b\\"', /" without its partner/],
    ['a \\', /ends with a backslash/],
    ['a && b', /has & outside of quotes/],
    ['a | b', /has \| outside/],
    ['a; b', /has ; outside/],
    ['a >b', /has > outside/],
    ['pip install urllib3>=2', /has > outside/],
    ['a <b', /has < outside/],
    ['(a)', /has \( outside/],
    ['a $HOME', /has \$ outside/],
    ['a x$' + '{HOME}', /has \$ outside/],
    ['a $(b)', /has \$ outside/],
    ['a "$HOME"', /has \$ in "…"/],
    ['a "`b`"', /has ` in "…"/],
    ['a `b`', /has ` outside/],
    ['a *.whl', /has \* outside/],
    ['a ?', /has \? outside/],
    ['a # b', /has # outside/],
    ['~/bin/a', /has ~ outside/],
    ['A=b c', /sets a variable: write env A=b …/],
  ])('says what is wrong with %j', (line, message) => {
    expect(splitWords(line)).toMatch(message)
  })

  it('gives back any words that were quoted', () => {
    const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
    const doubleQuote = (word: string) => `"${word.replaceAll(/[$`"\\]/g, '\\$&')}"`
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !/^[A-Za-z_]\w*=/.test(text))
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.boolean())), (words) => {
        const line = words.map(([text, single]) => (single ? quote(text) : doubleQuote(text))).join(' ')
        expect(splitWords(line)).toEqual(words.map(([text]) => text))
      }),
    )
  })

  it('agrees with a real shell on all that it takes', (context) => {
    need(context, hasTool('sh'), 'sh')
    const letters = [...`ab '"\\\t$%s.[]{}=-/!#~é`, '\\ ', "''", '""']
    const line = fc.array(fc.constantFrom(...letters), { maxLength: 14 }).map((parts) => parts.join(''))
    const taken = fc
      .sample(line, { numRuns: 3000, seed: 7 })
      .flatMap((text) => {
        const words = splitWords(text)
        return typeof words === 'string' ? [] : [{ text, words }]
      })
      .slice(0, 1000)
    expect(taken.length).toBeGreaterThan(300)
    // Each word is ended by a byte that no word has; `[…]` that matches no file stays as it is.
    const script = taken.map(({ text }) => `printf '%s\\001' ${text}\nprintf '\\002'`).join('\n')
    const printed = execFileSync('sh', ['-c', `set -f\n${script}`], { encoding: 'utf8' })
    const seen = printed.split('\u0002').slice(0, -1)
    const expected = taken.map(({ words }) => (words.length === 0 ? '\u0001' : words.map((w) => `${w}\u0001`).join('')))
    expect(seen).toEqual(expected)
  })
})
