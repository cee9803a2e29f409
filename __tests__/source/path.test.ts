import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { checkoutPath, pathDate, pinPath } from '../../src/source/path.js'
import { sourceIdentity } from '../../src/source/pin.js'
import { gitRepository } from '../support/git-repository.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

const place = { file: 'manifest.yml', line: 5, column: 9 }
const pin = (path: string) => pinPath(path, place, testPorts().exec)

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
    await checkoutPath(pinned, copy)
    expect((await pin(copy)).digest).toBe(pinned.digest)
    expect(await pathDate(copy)).toBe(await pathDate(folder))
    writeFiles(copy, { 'build/x': '' })
    expect(existsSync(join(folder, 'build'))).toBe(false)
  })
})
