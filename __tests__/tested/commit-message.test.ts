import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeIdOf, isMergeOfChange } from '../../src/tested/commit-message.js'
import { anyText } from './any-text.js'

const ONE = `I${'1'.repeat(40)}`
const TWO = `I${'ab'.repeat(20)}`

describe('changeIdOf', () => {
  it.each<[string, string, string | undefined]>([
    ['one blank', `Fix it\n\nChange-Id: ${ONE}`, ONE],
    ['two blanks', `Fix it\n\nChange-Id:  ${ONE}\n`, ONE],
    ['a tab', `Fix it\n\nChange-Id:\t${ONE}\n`, ONE],
    ['no blank', `Fix it\n\nChange-Id:${ONE}\n`, ONE],
    ['line ends of Windows', `Fix it\r\n\r\nChange-Id: ${ONE}\r\nSigned-off-by: a\r\n`, ONE],
    ['capitals', `Fix it\n\nchange-id: I${'AB'.repeat(20)}\n`, TWO],
    [
      'the last of two',
      `Fix it\n\nChange-Id: ${ONE}\nDepends-On: x\nChange-Id: ${TWO}\n(cherry picked from commit abc)\n`,
      TWO,
    ],
    ['none, in old commits', 'Fix it\n\ngit-svn-id: x\n', undefined],
    ['none in a sentence', `Fix it\n\nAs Change-Id: ${ONE} did`, undefined],
    ['none with words behind', `Fix it\n\nChange-Id: ${ONE} and more`, undefined],
    ['none too short', `Fix it\n\nChange-Id: ${ONE.slice(0, -1)}`, undefined],
    ['none too long', `Fix it\n\nChange-Id: ${ONE}1`, undefined],
    ['none across lines', `Fix it\n\nChange-Id:\n${ONE}`, undefined],
    ['none by another name', `Fix it\n\nI-Change-Id: ${ONE}`, undefined],
    ['none in nothing', '', undefined],
  ])('%s', (_what, message, id) => {
    expect(changeIdOf(message)).toBe(id)
  })

  it('finds the footer behind any text', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(changeIdOf(`${text}\n\nChange-Id: ${ONE}`)).toBe(ONE)
      }),
    )
  })

  it.each(['Change-Id:', 'Change-Id: ', ' ', '\n', 'Change-Id: I1', '1'])('reads a megabyte of %j', (piece) => {
    const text = piece.repeat(1_000_000 / piece.length)
    for (const message of [text, `Change-Id:${text}`, `Change-Id: ${ONE}${text}`, `${text}${ONE}`]) {
      expect(changeIdOf(`${message}\nChange-Id: ${TWO}`)).toBe(TWO)
    }
  })
})

describe('isMergeOfChange', () => {
  it.each([
    ['Merge "Fix the thing"', true],
    ['Merge "Say \\"hello\\" and "bye""', true],
    ['Merge "Fix the thing" into stable/2025.1', true],
    ['Merge "Fix the thing"\n', true],
    ['Merge ""', true],
    ["Merge branch 'master'", false],
    ['Merge "Fix the thing', false],
    ['Merge "', false],
    ['Merge "Fix the thing" by hand', false],
    ['Merge "Fix the thing" into a b', false],
    ['Revert "Merge "Fix the thing""', false],
    ['merge "Fix the thing"', false],
    ['', false],
  ])('%s: %s', (subject, expected) => {
    expect(isMergeOfChange(subject)).toBe(expected)
  })

  it.each(['"', ' ', '" into ', '" into x'])('reads a megabyte of %j', (piece) => {
    expect(isMergeOfChange(`Merge "${piece.repeat(1_000_000 / piece.length)} no`)).toBe(false)
  })
})
