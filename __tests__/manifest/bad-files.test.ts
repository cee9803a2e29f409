import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../src/manifest/read-manifest.js'
import { problemsOf, read, short } from './manifest-file.js'

const REST = 'projects: [{name: a}]'

describe('a manifest that cannot be read', () => {
  it.each([
    ['is missing', (folder: string) => join(folder, 'none.yml'), 'there is no such manifest'],
    ['is a directory', (folder: string) => folder, 'the manifest is a directory'],
    ['never ends', () => '/dev/zero', 'the manifest is larger than 10 MB'],
  ])('%s', async (_, pathIn, message) => {
    const path = pathIn(await mkdtemp(join(tmpdir(), 'giftwrap-manifest-')))
    await expect(readManifest(path)).rejects.toMatchObject({ exitCode: 2, problems: [{ message, file: path }] })
  })

  it.each<[string, string | Uint8Array, string]>([
    ['is empty', '', '-:-: the manifest is empty'],
    ['has only comments', '# nothing\n', '-:-: the manifest is empty'],
    ['is null', '~', '-:-: the manifest is empty'],
    ['is a list', '- a', '1:1: a manifest is a mapping with `settings` and `projects`'],
    ['is a text', 'hello', '1:1: a manifest is a mapping with `settings` and `projects`'],
    ['is not UTF-8', Buffer.from('a: 1\nb: \xff', 'latin1'), '2:4: the manifest is not UTF-8'],
    ['is UTF-16', Buffer.from('\ufeffa: 1', 'utf16le'), '1:1: the manifest is not UTF-8'],
    ['has a NUL', 'a: 1\nb: \0', '2:4: this is not YAML: null byte is not allowed in input'],
    ['is larger than 10 MB', '#'.repeat(10_000_001), '-:-: the manifest is larger than 10 MB'],
    ['has an open bracket', 'a: [1\nb: 2', '2:1: this is not YAML: deficient indentation'],
    ['is indented by a tab', 'a: 1\n\tb: 2', '2:1: this is not YAML: tab characters must not be used in indentation'],
    ['has no projects', 'settings: {version: 1}', "1:1: the manifest has no 'projects'"],
    ['has no settings', 'projects: [{name: a}]', "1:1: the manifest has no 'settings'"],
    ['has an empty list of projects', 'settings: {version: 1}\nprojects: []', "2:1: 'projects' is empty"],
    ['has nothing as projects', 'settings: {version: 1}\nprojects:', "2:1: 'projects' is empty"],
    ['has a mapping of projects', 'settings: {version: 1}\nprojects: {a: 1}', "2:1: 'projects' must be a list"],
    ['has a list of settings', `settings: [1]\n${REST}`, "1:1: 'settings' must be a mapping"],
    [
      'has two documents',
      `settings: {version: 1}\n${REST}\n---\na: 1`,
      '3:1: a manifest is one YAML document, and here a second one begins',
    ],
  ])('%s', async (_, content, expected) => {
    expect((await problemsOf(content)).map(short)).toEqual([expected])
  })

  it.each<[string, string, string]>([
    ['a key twice', `settings:\n  version: 1\n  version: 2\n${REST}`, "3:3: the key 'version' is given twice"],
    ['a list as key', `settings: {version: 1, ? [a] : b}\n${REST}`, '1:26: a key must be a text'],
    [
      'a tag',
      `settings: {version: !!js/function x}\n${REST}`,
      "1:21: the tag '!!js/function' has no meaning in a manifest",
    ],
    [
      'a binary tag',
      `settings: {version: !!binary eA==}\n${REST}`,
      "1:21: the tag '!!binary' has no meaning in a manifest",
    ],
    ['an unknown alias', `settings: {version: *x}\n${REST}`, "1:21: the anchor 'x' is not defined above"],
    [
      'an alias inside of itself',
      `settings: &x {version: 1, vendor: *x}\n${REST}`,
      "1:35: the anchor 'x' is used inside of itself",
    ],
    ['a merge of a text', `settings: {version: 1, <<: x}\n${REST}`, '1:28: `<<` takes a mapping or a list of mappings'],
    [
      'a tag on a list',
      `settings: {version: 1, formats: !x [deb]}\n${REST}`,
      "1:33: the tag '!x' has no meaning in a manifest",
    ],
    [
      'a tag on a mapping',
      `settings: !!omap {version: 1}\n${REST}`,
      "1:11: the tag '!!omap' has no meaning in a manifest",
    ],
    ['a quoted merge key', `settings: {version: 1, '<<': {vendor: x}}\n${REST}`, "1:24: unknown key 'settings.<<'"],
  ])('has %s', async (_, content, expected) => {
    expect((await problemsOf(content)).map(short)).toContain(expected)
  })

  it('has an alias bomb', async () => {
    const letters = [...'abcdefghij']
    const lines = letters.map((letter, index) => {
      const item = index === 0 ? 'x' : `*${letters[index - 1]}`
      return `${letter}: &${letter} [${Array(10).fill(item).join(', ')}]`
    })
    expect((await problemsOf(lines.join('\n'))).map(short)).toEqual([
      '7:8: the aliases stand for more than 2000000 values',
    ])
  })
})

describe('a manifest that looks odd and is fine', () => {
  it.each([
    ['a byte order mark', `\ufeffsettings: {version: 1}\n${REST}`],
    ['CRLF', `settings: {version: 1}\r\n${REST}\r\n`],
    ['an explicit start and end', `---\nsettings: {version: 1}\n${REST}\n...\n`],
    ['a tag of the core schema', `settings: {version: !!str 1}\n${REST}`],
    ['quotes', `settings: {version: "1"}\n${REST}`],
    ['a folded text', `settings:\n  version: >-\n    1\n${REST}`],
    ['an anchor', `settings: {version: &v 1, vendor: *v}\n${REST}`],
    [
      'a merge key',
      `settings:\n  <<: &s {version: 2}\n  version: 1\nprojects: [{<<: [{name: b}, *s], version: 1, name: a}]`,
    ],
  ])('has %s', async (_, content) => {
    const manifest = await read(content)
    expect(manifest.settings.version).toBe('1')
    expect(manifest.projects).toMatchObject([{ name: 'a', version: '1' }])
  })

  it.each(['\r\n', '\r', '\n'])('counts lines that end with %j', async (end) => {
    const [problem] = await problemsOf(['settings:', '  version: 1', '  x: 1', REST, ''].join(end))
    expect(problem).toMatchObject({ line: 3, column: 3 })
  })

  it('counts no byte order mark as a column', async () => {
    expect((await problemsOf(`\ufeffsettings: {versoin: 1, version: 2}\n${REST}`)).map(short)).toEqual([
      "1:12: unknown key 'settings.versoin'",
    ])
  })

  it.each(['|', '>', '|-', '>2'])('tells the place of a text of several lines by its %s', async (header) => {
    const text = `settings:\n  version: 1\n  vendor: ${header}\n    a\n\n    b | c > d\n${REST}`
    const [problem] = await problemsOf(text)
    expect(problem).toMatchObject({ line: 3, column: 11, message: expect.stringContaining('must be one line') })
  })

  it('joins the lines of a text as YAML does, and keeps what stands in them', async () => {
    const texts = "{a: \"x\n\n    y\\tz\", b: x\n    y, c: 'it''s'}"
    const { settings } = await read(
      `settings:\n  version: 1\n  environment: ${texts}\n  entrypoint: |\n    a\n     b\n${REST}`,
    )
    expect(settings.environment).toEqual({ a: 'x\ny\tz', b: 'x y', c: "it's" })
    expect(settings.entrypoint).toEqual(['a\n b\n'])
  })

  it('takes what is first among several mappings to merge, and two merge keys', async () => {
    const { projects } = await read(
      `settings: {version: 1}\nprojects: [{<<: [{name: a, gitref: x}, {name: b, gitref: y, version: 2}], <<: {version: 3, gitdepth: 4}}]`,
    )
    expect(projects).toMatchObject([{ name: 'a', gitref: 'x', version: '2', gitdepth: 4 }])
  })

  it.each(['', '~', 'null', 'Null', 'NULL'])(
    'takes %j for nothing, and the same in quotes for a text',
    async (word) => {
      const { settings } = await read(`settings: {version: 1, vendor: ${word}, environment: {A: '${word}'}}\n${REST}`)
      expect(settings).not.toHaveProperty('vendor')
      expect(settings.environment).toEqual({ A: word })
    },
  )

  it('takes a text for what its tag says', async () => {
    const { settings } = await read(`settings: {version: 1, vendor: !!str null}\n${REST}`)
    expect(settings.vendor).toBe('null')
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])('%s is an unknown key like others', async (key) => {
    const problems = await problemsOf(
      `settings: {version: 1, ${key}: {polluted: 1}}\nprojects: [{name: a, ${key}: 1}]\n${key}: 1`,
    )
    expect(problems.map(({ message }) => message)).toEqual([
      `unknown key 'settings.${key}'`,
      `unknown key 'projects[0].${key}'`,
      `unknown key '${key}'`,
    ])
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('many problems', () => {
  const unknownKeys = (count: number) => Array.from({ length: count }, (_, index) => `  x${index}: 1\n`).join('')

  it.each([
    [100, 100, '102:3: unknown key'],
    [101, 101, '-:-: … and 1 more'],
    [12_345, 101, '-:-: … and 12245 more'],
  ])('%s of them are %s, and the last is %s', async (count, shown, last) => {
    const problems = (await problemsOf(`settings:\n  version: 1\n${unknownKeys(count)}${REST}`)).map(short)
    expect(problems).toHaveLength(shown)
    expect(problems.at(-1)).toContain(last)
  })

  it('with a key of a million characters are told in short', async () => {
    const [problem] = await problemsOf(`? ${'x'.repeat(1_000_000)}\n: 1\nsettings: {version: 1}\n${REST}`)
    expect(problem?.message.length).toBeLessThan(100)
  })
})
