import { describe, expect, it } from 'vitest'
import { withoutCommands } from '../../src/action/log-lines.js'
import { parseCommands } from '../support/run-action.js'

describe('foreign output in the log', () => {
  it.each([
    '::set-output name=a::1',
    '    ::add-mask::build',
    'first\n\t::error file=a.py,line=1::oops',
    'progress\r::stop-commands::token',
    '\u0085::add-mask::b',
    'see ##[add-mask]secret',
    '##[set-output name=a;]1',
  ])('loses the commands of %j', (text) => {
    expect(parseCommands(text)).toHaveLength(1)
    expect(parseCommands(withoutCommands(text))).toEqual([])
  })

  it.each(['std::vector<int>', 'a :: b', 'lib.cpp:1:2: error: x', '# [info]'])('leaves %j as it is', (text) => {
    expect(withoutCommands(text)).toBe(text)
  })
})
