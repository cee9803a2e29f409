import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  additionsOf,
  FPM_OPTIONS,
  fpmFiles,
  fpmOptionsFrom,
  fpmOptionsSeenFrom,
  fpmWords,
  readFpmOptions,
} from '../../src/tools/fpm-options.js'
import { REPOSITORY } from '../support/paths.js'

const problemsOf = (...words: string[]) => readFpmOptions(words).problems.map(({ message }) => message)

describe('fpm_options', () => {
  it('are read with their values, joined or apart', () => {
    const { options, problems } = readFpmOptions(['--category=net', '--template-scripts', '--deb-field', 'A: --b=c'])
    expect(problems).toEqual([])
    expect(options.map(({ name, value }) => [name, value])).toEqual([
      ['--category', 'net'],
      ['--template-scripts', undefined],
      ['--deb-field', 'A: --b=c'],
    ])
  })

  it.each([
    ['what giftwrap decides', ['--prefix', '/x'], 'fpm_options: --prefix may not be given'],
    ['files that bring more options', ['--fpm-options-file', 'x'], 'fpm_options: --fpm-options-file may not'],
    ['the short form', ['-x', '*.py'], 'fpm_options: -x may not'],
    ['what fpm does not know', ['--no-such-option'], 'fpm_options: --no-such-option may not'],
    ["a name of JavaScript's own", ['--constructor'], 'fpm_options: --constructor may not'],
    ['an input', ['/etc/shadow'], 'fpm_options: "/etc/shadow" is no option.'],
    ['a missing value', ['--category'], 'fpm_options: --category lacks its value.'],
    ['a value too many', ['--template-scripts=x'], 'fpm_options: --template-scripts takes no value.'],
  ])('refuse %s', (_name, words, message) => {
    expect(problemsOf(...words)).toEqual([expect.stringContaining(message)])
  })

  it('name the key of the manifest that does what a refused one would', () => {
    expect(readFpmOptions(['--depends', 'x']).problems[0]?.hint).toBe('Use system_dependencies of the manifest.')
  })

  it('have the paths of their files, and of nothing else, moved', () => {
    const { options } = readFpmOptions(['--after-install=a/b', '--category', 'a/b', '--deb-changelog', '/x/y'])
    const absolute = fpmOptionsFrom('/m', options)
    expect(fpmWords(absolute)).toEqual(['--after-install', '/m/a/b', '--category', 'a/b', '--deb-changelog', '/x/y'])
    expect(fpmFiles(absolute)).toEqual(['/m/a/b', '/x/y'])
    expect(fpmFiles(fpmOptionsSeenFrom('/m/out', absolute))).toEqual(['../a/b', '../../x/y'])
    expect(fpmOptionsFrom('/m/out', fpmOptionsSeenFrom('/m/out', absolute))).toEqual(absolute)
  })

  it('say what they add to a package', () => {
    const words = ['--after-install', '/p', '--deb-meta-file', '/x/extra', '--deb-interest', '/usr', '--provides', 'y']
    expect(additionsOf([...words, '--deb-field', 'Bugs: none: yet', '--deb-activate', 'z'])).toEqual({
      members: ['postinst', 'extra', 'triggers'],
      fields: { Provides: 'y', Bugs: 'none: yet' },
      templated: false,
    })
    for (const option of ['--template-scripts', '--deb-maintainerscripts-force-errorchecks']) {
      expect(additionsOf([option])).toEqual({ members: [], fields: {}, templated: true })
    }
  })

  it('come back as they were read', () => {
    const word = fc.oneof(fc.constantFrom(...Object.keys(FPM_OPTIONS)), fc.string())
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const { options } = readFpmOptions(words)
        expect(readFpmOptions(fpmWords(options))).toEqual({ options, problems: [] })
      }),
    )
  })

  it('are all in the documentation', () => {
    const text = readFileSync(join(REPOSITORY, 'docs', 'fpm-options.md'), 'utf8')
    expect(Object.keys(FPM_OPTIONS).filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })
})
