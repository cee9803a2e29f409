import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { checkoutPath, pathDate, pinPath } from '../../src/source/path.js'
import { buildIdentity, sourceIdentity } from '../../src/source/pin.js'
import { type GitRepository, gitRepository } from '../support/git-repository.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

const place = { file: 'manifest.yml', line: 5, column: 9 }
const pin = (path: string, leftOut: readonly string[] = []) => pinPath(path, leftOut, place, testPorts().exec)

function project(): string {
  const folder = scratch()
  writeFiles(folder, { 'setup.py': 'setup()', 'pkg/a.py': 'a' })
  symlinkSync('a.py', join(folder, 'pkg/link.py'))
  return folder
}

describe('pinPath', () => {
  const changes: [string, boolean, (folder: string) => void][] = [
    ['nothing', false, () => undefined],
    ['times', false, (folder) => utimesSync(join(folder, 'pkg/a.py'), 1, 1)],
    ['reading and writing modes', false, (folder) => chmodSync(join(folder, 'pkg/a.py'), 0o600)],
    ["git's own files", false, (folder) => writeFiles(folder, { '.git/index': 'x' })],
    ['a byte', true, (folder) => writeFileSync(join(folder, 'pkg/a.py'), 'b')],
    ['an executable mode', true, (folder) => chmodSync(join(folder, 'pkg/a.py'), 0o755)],
    ['a name', true, (folder) => renameSync(join(folder, 'pkg/a.py'), join(folder, 'pkg/b.py'))],
    ['a file more', true, (folder) => writeFiles(folder, { 'pkg/c.py': '' })],
    ['a file less', true, (folder) => rmSync(join(folder, 'pkg/a.py'))],
    ['an empty folder more', true, (folder) => mkdirSync(join(folder, 'empty'))],
    [
      "a link's target",
      true,
      (folder) => {
        rmSync(join(folder, 'pkg/link.py'))
        symlinkSync('b.py', join(folder, 'pkg/link.py'))
      },
    ],
    [
      'a link that became a file of its text',
      true,
      (folder) => {
        rmSync(join(folder, 'pkg/link.py'))
        writeFileSync(join(folder, 'pkg/link.py'), 'a.py')
      },
    ],
  ]
  it.each(changes)('%s changed: another digest is %s', async (_name, another, change) => {
    const folder = project()
    const before = await pin(folder)
    change(folder)
    const after = await pin(folder)
    expect(after.digest !== before.digest).toBe(another)
    expect(sourceIdentity(after)).toBe(`path sha256:${after.digest}`)
  })

  it('notes the commit of a git repository', async () => {
    const repository = gitRepository(scratch())
    const commit = repository.commit({ 'setup.py': '' })
    expect(await pin(repository.folder)).toMatchObject({ kind: 'path', commit })
  })

  it('is another build, of the same source, when its commit gets a tag', async () => {
    const repository = gitRepository(scratch())
    repository.commit({ 'setup.py': '' })
    const pins = [await pin(repository.folder)]
    for (const tag of ['1.0', '2.0']) {
      repository.git('tag', '--annotate', '--message', tag, tag)
      pins.push(await pin(repository.folder))
      repository.commit({}, 'next')
    }
    expect(new Set(pins.map(sourceIdentity)).size).toBe(1)
    expect(new Set(pins.map(buildIdentity)).size).toBe(3)
  })

  it('does without what giftwrap itself has written there, and without its folders', async () => {
    const leftOut = ['a/out/*-*-amd64', 'a/out/plan.json', 'locks/*.txt']
    const folder = project()
    const before = await pin(folder, leftOut)
    expect(before.leftOut).toEqual(leftOut)
    writeFiles(folder, { 'a/out/hello-1-amd64/x.deb': 'x', 'a/out/plan.json': '', 'locks/hello.txt': '' })
    expect((await pin(folder, leftOut)).digest).toBe(before.digest)
    expect((await pin(folder)).digest).not.toBe(before.digest)
    const copy = join(scratch(), 'source')
    await checkoutPath(before, copy, testPorts().exec, testLog(scratch()))
    expect((await pin(copy, leftOut)).digest).toBe(before.digest)
    expect(existsSync(join(copy, 'a/out/hello-1-amd64'))).toBe(false)
    writeFiles(folder, { 'locks/lock.py': '' })
    expect((await pin(folder, leftOut)).digest).not.toBe(before.digest)
  })

  it.each(['nowhere', 'setup.py'])('refuses %s, which is no folder', async (name) => {
    const pinned = pin(join(project(), name))
    await expect(pinned).rejects.toThrow(InputError)
    await expect(pinned).rejects.toThrow(/^manifest\.yml:5:9: .* is not a folder/)
  })
})

describe('checkoutPath', () => {
  it('copies all, so that a build writes nothing into the original', async () => {
    const folder = project()
    utimesSync(join(folder, 'pkg/a.py'), 1_500_000_000, 1_500_000_000)
    const copy = join(scratch(), 'source')
    const pinned = await pin(folder)
    await checkoutPath(pinned, copy, testPorts().exec, testLog(scratch()))
    expect((await pin(copy)).digest).toBe(pinned.digest)
    expect(await pathDate(copy)).toBe(await pathDate(folder))
    writeFiles(copy, { 'build/x': '' })
    expect(existsSync(join(folder, 'build'))).toBe(false)
  })

  it.each([
    [
      'a submodule',
      (top: GitRepository, inner: GitRepository) => {
        top.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.folder, 'sub')
        return join(top.folder, 'sub')
      },
    ],
    [
      'a worktree',
      (top: GitRepository, inner: GitRepository) => {
        const folder = join(top.folder, 'tree')
        inner.git('worktree', 'add', '--quiet', '--detach', folder)
        return folder
      },
    ],
  ])('copies %s with its repository', async (_name, make) => {
    const inner = gitRepository(scratch())
    const commit = inner.commit({ 'setup.py': '' })
    inner.git('tag', '1.0')
    const top = gitRepository(scratch())
    top.commit({ README: '' })
    const path = make(top, inner)
    const copy = join(scratch(), 'source')
    const { exec } = testPorts()
    const pinned = await pin(path)
    expect(pinned).toMatchObject({ commit, described: `1.0-0-g${commit.slice(0, 7)}` })
    await checkoutPath(pinned, copy, exec, testLog(scratch()))
    // Nothing of the original is needed any more.
    for (const { folder } of [inner, top]) rmSync(folder, { recursive: true })
    const git = async (...words: string[]) => (await exec.run({ argv: ['git', '-C', copy, ...words] })).stdout.trim()
    expect(await git('describe', '--tags')).toBe('1.0')
    expect(await git('rev-parse', '--show-toplevel')).toBe(copy)
    expect(await git('status', '--porcelain')).toBe('')
  })
})
