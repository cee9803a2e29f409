import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { load, manifestFolder, problemsIn } from './manifest-folder.js'

const REST = 'settings: {version: 1}\nprojects: [{name: a}]\n'

describe('include', () => {
  it('merges files in their order, and what the manifest says wins', async () => {
    const folder = await manifestFolder({
      'manifest.yml': 'include: [one.yml, two.yml]\nsettings: {version: 3, license: }\n',
      'one.yml': 'settings: {version: 1, vendor: one, license: MIT, homepage: one}\nprojects: [{name: a}]\n',
      'two.yml': 'settings: {version: 2, homepage: two}\n',
    })
    const { settings } = await load(folder)
    expect(settings).toMatchObject({ version: '3', vendor: 'one', license: 'MIT', homepage: 'two' })
  })

  it('lets projects of one name meet, and others follow each other', async () => {
    const folder = await manifestFolder({
      'manifest.yml':
        'include: common.yml\nprojects:\n- {name: a, gitref: mine}\n- {name: b, version: 2}\n- {name: c}\n',
      'common.yml': 'settings: {version: 1}\nprojects:\n- {name: a, extras: [x]}\n- {name: b, version: 1}\n',
    })
    const { projects } = await load(folder)
    expect(projects.map(({ name, version, gitref, extras }) => [name, version, gitref, extras])).toEqual([
      ['a', '1', 'mine', ['x']],
      ['b', '1', 'master', []],
      ['b', '2', 'master', []],
      ['c', '1', 'master', []],
    ])
  })

  it('lets projects of one name and version meet, and one without a version none of several', async () => {
    const folder = await manifestFolder({
      'manifest.yml':
        'include: common.yml\nprojects:\n- {name: a, version: 2, gitref: mine}\n- {name: a, gitref: third}\n',
      'common.yml':
        'settings: {version: 3}\nprojects:\n- {name: a, version: 1}\n- {name: a, version: 2, gitdepth: 4}\n',
    })
    const { projects } = await load(folder)
    expect(projects.map(({ version, gitref, gitdepth }) => [version, gitref, gitdepth])).toEqual([
      ['1', 'master', undefined],
      ['2', 'mine', 4],
      ['3', 'third', undefined],
    ])
  })

  it('lets overrides follow each other, those of the manifest last', async () => {
    const folder = await manifestFolder({
      'manifest.yml': `include: [a.yml]\n${REST}overrides: [{select: '*', extras: [mine]}]\n`,
      'a.yml': "overrides: [{select: 'a-*', extras: [a], gitref: a}]\n",
    })
    const leg = { id: 'a-1-debian12-amd64', project: 0, target: { id: 'debian12', platforms: [] } }
    expect((await load(folder)).forLeg(leg).project).toMatchObject({ extras: ['mine'], gitref: 'a' })
  })

  it('takes a name that only begins with dots', async () => {
    const folder = await manifestFolder({
      'manifest.yml': `include: [..common.yml]\n${REST}`,
      '..common.yml': 'vars: {a: b}\n',
    })
    expect((await load(folder)).vars).toEqual({ a: 'b' })
  })

  it('tells what stands at the end of one file as of that file', async () => {
    const folder = await manifestFolder({
      'manifest.yml': `include: [broken.yml, next.yml]\n${REST}`,
      'broken.yml': 'vars:\n  a: "x',
      'next.yml': 'vars: {b: 1}\n',
    })
    expect(await problemsIn(() => load(folder))).toMatchObject([{ file: join(folder, 'broken.yml'), line: 2 }])
  })

  it('refuses more than 20 MB together', async () => {
    const large = '#'.repeat(9_000_000)
    const names = ['a.yml', 'b.yml', 'c.yml']
    const folder = await manifestFolder({
      'manifest.yml': `include: [${names}]\n${REST}`,
      ...Object.fromEntries(names.map((name) => [name, large])),
    })
    const problems = await problemsIn(() => load(folder))
    expect(problems.map(({ message }) => message)).toEqual(['include: the files are larger than 20 MB together'])
  })

  it('refuses a file that is not UTF-8, by its name', async () => {
    const folder = await manifestFolder({ 'manifest.yml': `include: [latin.yml]\n${REST}` })
    await writeFile(join(folder, 'latin.yml'), Buffer.from('vars: {a: \xe4}\n', 'latin1'))
    const [problem] = await problemsIn(() => load(folder))
    expect(problem?.message).toMatch(/^include: \S*latin\.yml: the manifest is not UTF-8$/)
  })

  it('reads files of files, each relative to the one that names it', async () => {
    const folder = await manifestFolder({
      'manifest.yml': 'include: [parts/a.yml]\nprojects: [{name: a}]\n',
      'parts/a.yml': 'include: [b.yml]\n',
      'parts/b.yml': 'settings: {version: 7}\n',
    })
    expect((await load(folder)).settings.version).toBe('7')
  })

  it('tells the place in the file where a problem stands', async () => {
    const folder = await manifestFolder({
      'manifest.yml': `include: [common.yml]\nsettings: {version: 1}\n`,
      'common.yml': '# shared\nprojects:\n  - {name: ../x}\n',
    })
    const [problem] = await problemsIn(() => load(folder))
    expect(problem).toMatchObject({ file: join(folder, 'common.yml'), line: 3, column: 12 })
  })

  it.each([
    ['..', 'include: [../x.yml]', "must not have '..' in it"],
    ['an absolute path', 'include: [/etc/passwd]', 'include: must'],
    ['a backslash', "include: ['a\\b.yml']", "must be a path in the manifest's folder, with slashes"],
    ['a NUL', 'include: ["a\\0.yml"]', 'must not have control characters in it'],
    ['a leading dash', 'include: [-a.yml]', 'must not start with a dash'],
    ['nothing', "include: ['']", 'must not be empty'],
    ['a missing file', 'include: [none.yml]', 'there is no such file'],
    ['a template', "include: ['{{ vars.x }}.yml']", 'takes no templates'],
    ['a mapping', 'include: [{a: b}]', 'must be the name of a file'],
    ['itself', 'include: [manifest.yml]', 'goes round in a circle'],
    ['a folder', 'include: [folder]', 'is a directory'],
    ['a list', 'include: [list.yml]', 'an included file is a mapping'],
    ['what is not YAML', 'include: [broken.yml]', 'this is not YAML'],
  ])('refuses %s', async (_, include, message) => {
    const files = { 'list.yml': '- a\n', 'broken.yml': 'a: [1\n', 'folder/x.yml': '' }
    const folder = await manifestFolder({ ...files, 'manifest.yml': `${include}\n${REST}` })
    const problems = await problemsIn(() => load(folder))
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toContain(message)
    expect(problems[0]?.line).toBeTypeOf('number')
  })

  it('refuses a circle of files and shows it', async () => {
    const folder = await manifestFolder({
      'manifest.yml': `include: [a.yml]\n${REST}`,
      'a.yml': 'include: [b.yml]\n',
      'b.yml': 'include: [a.yml]\n',
    })
    const [problem] = await problemsIn(() => load(folder))
    expect(problem?.message).toMatch(/goes round in a circle: \S*a\.yml → \S*b\.yml → \S*a\.yml$/)
    expect(problem?.file).toBe(join(folder, 'b.yml'))
  })

  it("refuses links that lead out of the manifest's folder, of files and of folders", async () => {
    const folder = await manifestFolder({ 'inner/manifest.yml': '', 'outside/secret.yml': 'vars: {a: b}\n' })
    const inner = join(folder, 'inner')
    await symlink('../outside/secret.yml', join(inner, 'file.yml'))
    await symlink('../outside', join(inner, 'folder'))
    for (const name of ['file.yml', 'folder/secret.yml']) {
      await writeFile(join(inner, 'manifest.yml'), `include: [${name}]\n${REST}`)
      const [problem] = await problemsIn(() => load(inner))
      expect(problem?.message).toBe("include: is a link out of the manifest's folder")
    }
  })

  it('follows links that stay inside, also where the folder itself is one', async () => {
    const folder = await manifestFolder({
      'real/manifest.yml': `include: [link.yml]\n${REST}`,
      'real/x.yml': 'vars: {a: b}\n',
    })
    await symlink('x.yml', join(folder, 'real', 'link.yml'))
    await symlink('real', join(folder, 'other'))
    expect((await load(join(folder, 'other'))).vars).toEqual({ a: 'b' })
  })

  it('ends where files name each other a thousand times over', async () => {
    const many = Array.from({ length: 60 }, () => 'b.yml').join(', ')
    const folder = await manifestFolder({
      'manifest.yml': `include: [a.yml, a.yml, a.yml]\n${REST}`,
      'a.yml': `include: [${many}]\n`,
      'b.yml': 'vars: {a: b}\n',
    })
    const problems = await problemsIn(() => load(folder))
    expect(problems.map(({ message }) => message)).toEqual(['include: takes more than 100 files'])
  })

  it('reads nothing outside by way of a folder made beside it with the same beginning', async () => {
    const folder = await manifestFolder({ 'm/manifest.yml': `include: [x.yml]\n${REST}` })
    const beside = join(folder, 'm-other')
    await mkdir(beside)
    await writeFile(join(beside, 'x.yml'), 'vars: {a: b}\n')
    await symlink(join(beside, 'x.yml'), join(folder, 'm', 'x.yml'))
    const [problem] = await problemsIn(() => load(join(folder, 'm')))
    expect(problem?.message).toContain('is a link out of')
    expect(dirname(problem?.file ?? '')).toBe(join(folder, 'm'))
  })
})
