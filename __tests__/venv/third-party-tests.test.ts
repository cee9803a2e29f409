import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { walkTree } from '../../src/runtime/files.js'
import { removeThirdPartyTests, usesOf } from '../../src/venv/third-party-tests.js'
import { scratch, writeFiles } from '../support/scratch.js'

/** Distributions with their files; each gets its RECORD. */
function siteOf(distributions: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const site = scratch()
  for (const [name, files] of Object.entries(distributions)) {
    const record = `${name}-1.0.dist-info/RECORD`
    writeFiles(site, { ...files, [record]: [...Object.keys(files), record].map((path) => `${path},,\n`).join('') })
  }
  return site
}

describe('removeThirdPartyTests', () => {
  it("removes the suites of others, never the project's own, and their lines of RECORD", () => {
    const site = siteOf({
      My_Project: { 'mine/__init__.py': '', 'mine/tests/test_a.py': '' },
      other: {
        'other/__init__.py': 'x = 1',
        'other/tests/__init__.py': '',
        'other/tests/deep/tests/b.py': '',
        'tests/c.py': '',
      },
    })
    writeFiles(site, { 'other/tests/__pycache__/x.pyc': '' })
    expect(removeThirdPartyTests(site, 'My.project')).toEqual(['other/tests', 'tests'])
    const files = walkTree(site).flatMap(({ path, kind }) => (kind === 'file' ? [path] : []))
    expect(files.filter((path) => path.includes('tests/'))).toEqual([
      'mine/tests/test_a.py',
      'other/tests/__pycache__/x.pyc',
    ])
    expect(walkTree(site).map(({ path }) => path)).not.toContain('other/tests/deep')
    expect(readFileSync(join(site, 'other-1.0.dist-info/RECORD'), 'utf8')).toBe(
      'other/__init__.py,,\nother-1.0.dist-info/RECORD,,\n',
    )
  })

  it('keeps one that something else needs', () => {
    const site = siteOf({
      mine: { 'mine/a.py': 'from used.tests import helper\n', 'mine/tests/b.py': 'import for_tests.tests.x\n' },
      used: { 'used/tests/helper.py': '' },
      for_tests: { 'for_tests/tests/x.py': '' },
      entry: {
        'entry/tests/plugin.py': '',
        'entry-1.0.dist-info/entry_points.txt': '[x]\na = entry.tests.plugin:main\n',
      },
      inner: { 'inner/__init__.py': 'from .tests import runner\n', 'inner/tests/runner.py': '' },
      unused: { 'unused/tests/x.py': '', 'unused/b.py': 'from .atests import x\n' },
    })
    expect(removeThirdPartyTests(site, 'mine')).toEqual(['unused/tests'])
  })
})

describe('usesOf', () => {
  it.each<[string, string, boolean]>([
    ['a/b.py', 'from x.y.tests import z', true],
    ['a/b.py', 'from x.y.tests.deep import z', true],
    ['a/b.py', '    import x.y.tests as t', true],
    ['a/b.py', 'from x.y import other, tests', true],
    ['a/b.py', 'from x.y import (tests)', true],
    ['x/y/b.py', 'from . import tests', true],
    ['x/y/b.py', 'from .tests.deep import z', true],
    ['x/y/__init__.py', 'from .tests import z', true],
    ['x/y/z/b.py', 'from ..tests import z', true],
    ['x/y/z/w/b.py', 'from ... import tests', true],
    ['a/b.py', "load('x.y.tests.deep')", true],
    ['x/z/b.py', 'from .tests import z', false],
    ['x/y/z/b.py', 'from .tests import z', false],
    ['a/b.py', 'from x.y import z', false],
    ['a/b.py', 'import x.y.tests_more', false],
    ['a/b.py', "load('ax.y.tests')", false],
    ['a/b.py', 'from w.x.y.tests import z', false],
    ['a/b.py', '# runs the tests of x.y', false],
  ])('in %s: %s', (path, text, isUse) => {
    expect(usesOf(path, `\n${text}\n`, ['x/y/tests'])).toEqual(isUse ? ['x/y/tests'] : [])
  })

  it('takes any text', () => {
    const word = fc.constantFrom('from', 'import', 'tests', '.', '..', ' ', '\n', 'x', '(', ',', '#', '\t')
    fc.assert(
      fc.property(
        fc.array(word).map((words) => words.join('')),
        (text) => {
          expect(usesOf('b.py', text, ['x/tests']).length).toBeLessThan(2)
        },
      ),
    )
  })
})
