import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildRequires, dependsOnPython } from '../../src/lock/build-requires.js'
import { scratch, writeFiles } from '../support/scratch.js'

const LEGACY = ['setuptools>=40.8.0', 'wheel']

async function ofTree(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = scratch()
  writeFiles(folder, files)
  return buildRequires(folder)
}

describe('buildRequires of pyproject.toml', () => {
  it.each([
    ['what it says', '[build-system]\nrequires = ["flit_core>=3.2,<4"]', ['flit_core>=3.2,<4']],
    ['nothing where it says so', '[build-system]\nrequires = []', []],
    ["setuptools' own needs where it says nothing", '[tool.black]\nline-length = 120', LEGACY],
    ['the same where it is no TOML', '[build-system\nrequires = [', LEGACY],
    ['the same where it is nonsense', '[build-system]\nrequires = "pbr"', LEGACY],
    [
      'extras, markers, brackets and blanks',
      `[build-system]
requires = ["setuptools-scm[toml] >= 6.2, != 7.0", "tomli>=1; python_version < '3.11'", "a (>=1)", " b ", "b"]`,
      ['setuptools-scm[toml] >= 6.2, != 7.0', "tomli>=1; python_version < '3.11'", 'a (>=1)', 'b'],
    ],
    [
      'no URLs, paths, options and what is none',
      `[build-system]
requires = ["a @ https://host/a.whl", "./b", "-r c", "--index-url https://host", "d e", "f>=%s", "g>={x}", "", "h>1\\ni"]`,
      [],
    ],
  ])('gives %s', async (_what, pyproject, requires) => {
    expect(await ofTree({ 'pyproject.toml': pyproject })).toEqual(requires)
  })
})

describe('buildRequires of setup.cfg', () => {
  it.each([
    ['one line', '[options]\nsetup_requires = pbr>=2.0; six', ['pbr>=2.0', 'six']],
    [
      'lines, with comments, to the next key',
      '[metadata]\nname = x\n[options]\nsetup_requires =\n  pbr>=2.0\n  # none\n\tnumpy\ninstall_requires =\n  six\n',
      ['pbr>=2.0', 'numpy'],
    ],
    [
      'markers, which have semicolons too',
      "[options]\nsetup_requires =\n  tomli>=1 ; python_version < '3.11'\n",
      ["tomli>=1 ; python_version < '3.11'"],
    ],
    ['no other section', '[other]\nsetup_requires = pbr\n[options.extras_require]\nsetup_requires = six\n', []],
  ])('gives %s', async (_what, setupCfg, requires) => {
    expect(await ofTree({ 'setup.cfg': setupCfg })).toEqual([...LEGACY, ...requires])
  })
})

describe('buildRequires of setup.py', () => {
  it.each([
    [
      "OpenStack's",
      "import setuptools\nsetuptools.setup(\n    setup_requires=['pbr>=2.0.0'],\n    pbr=True)",
      ['pbr>=2.0.0'],
    ],
    [
      'several, with comments and extras',
      `setup(setup_requires = [\n 'pbr[x]>=2', # why\n "six",\n], x=['y'])`,
      ['pbr[x]>=2', 'six'],
    ],
    ['a tuple', "setup(setup_requires=('pbr', 'six'), x=('y'))", ['pbr', 'six']],
    ['a text', "setup(setup_requires='pbr>=1',\n name='x')", ['pbr>=1']],
    ['no list that is computed', 'setup(setup_requires=needs() + ["pbr"])', []],
    ['nothing that is filled in', "setup(setup_requires=['pbr>=%s' % V])", []],
    ['nothing of a name', "setup(setup_requires=NEEDS, name='x')", []],
    ['nothing of other keys', "setup(install_requires=['pbr'])", []],
  ])('gives %s', async (_what, setupPy, requires) => {
    expect(await ofTree({ 'setup.py': setupPy })).toEqual([...LEGACY, ...requires])
  })

  it('adds to what pyproject.toml says', async () => {
    const tree = {
      'pyproject.toml': '[build-system]\nrequires = ["setuptools", "pbr>=6"]',
      'setup.py': "setup(setup_requires=['pbr>=2', 'pbr>=6'])",
    }
    expect(await ofTree(tree)).toEqual(['setuptools', 'pbr>=6', 'pbr>=2', 'wheel'])
  })
})

describe('buildRequires of hostile trees', () => {
  it('is that of setuptools where there are no files, or folders and larger ones in their places', async () => {
    expect(await ofTree({})).toEqual(LEGACY)
    expect(await ofTree({ 'pyproject.toml/x': '', 'setup.cfg/x': '', 'setup.py/x': '' })).toEqual(LEGACY)
    const folder = scratch()
    writeFileSync(join(folder, 'setup.py'), "setup(setup_requires=['pbr'])\n")
    truncateSync(join(folder, 'setup.py'), 1024 * 1024 + 1)
    expect(await buildRequires(folder)).toEqual(LEGACY)
    expect(await dependsOnPython(folder)).toBe(false)
  })

  // Each of these would keep a reader that tries all ways busy for hours.
  const many = (text: string) => text.repeat(Math.floor((1024 * 1024 - 100) / text.length))
  it.each([
    ['pyproject.toml', `[build-system]\nrequires = ["a${many(' ')}@"]`],
    ['pyproject.toml', `[build-system]\nrequires = ["a${many('>=1,')}@"]`],
    ['setup.cfg', `[options]\n${many('setup_requires\n')}`],
    ['setup.cfg', `[options]\nsetup_requires =${many('\n \t')}x y`],
    ['setup.py', many('setup_requires=[')],
    ['setup.py', `setup_requires=[${many("'a',")}`],
    ['setup.py', `setup_requires=[${many(' ')}`],
    ['setup.py', `setup_requires${many(' ')}`],
    ['setup.py', `setup_requires=['${many('a')}`],
  ])('reads a %s at length', async (name, text) => {
    const requires = await ofTree({ [name]: text })
    expect(requires.length).toBeLessThanOrEqual(3)
  })

  it('gives requirements of one line and no option for any text', async () => {
    const piece = fc.constantFrom(
      ...['setup_requires', '=', '[', ']', '(', "'", '"', '\n', ' ', '#', ',', ';', '[options]', '[build-system]'],
      ...[
        'requires',
        'pbr',
        '>=',
        '1.0',
        '-r',
        '@',
        'https://h',
        '\\',
        '\u0000',
        '%s',
        '\r',
        '{',
        "python_version<'3'",
      ],
    )
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
    const files = fc.record({ 'pyproject.toml': text, 'setup.cfg': text, 'setup.py': text }, { requiredKeys: [] })
    await fc.assert(
      fc.asyncProperty(files, async (tree) => {
        for (const line of await ofTree(tree)) expect(line).toMatch(/^[A-Za-z0-9][^@\p{Cc}]*$/u)
      }),
      { numRuns: 300 },
    )
  })
})

describe('dependsOnPython', () => {
  it.each([
    ['import sys\nsetup(install_requires=["a"] if sys.version_info < (3, 10) else [])', true],
    ['import platform\nplatform.python_version()', true],
    ['import sys\nsys.hexversion', true],
    ['import setuptools\nsetuptools.setup(setup_requires=["pbr"], pbr=True)', false],
  ])('%j: %s', async (setupPy, depends) => {
    const folder = scratch()
    writeFiles(folder, { 'setup.py': setupPy })
    expect(await dependsOnPython(folder)).toBe(depends)
  })
})
