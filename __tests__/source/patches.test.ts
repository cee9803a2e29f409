import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { checkout } from '../../src/source/checkout.js'
import { type PinnedPatch, pinPatches } from '../../src/source/patches.js'
import { pinPath } from '../../src/source/path.js'
import { buildIdentity, type PinnedSource, sourceIdentity } from '../../src/source/pin.js'
import { gitRepository } from '../support/git-repository.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

const ports = testPorts()

const CHANGE = `--- a/hello.py
+++ b/hello.py
@@ -1,5 +1,5 @@
 # hello
-greeting = 'hello'
+greeting = 'patched'
 #
 #
 #
`
const AGAIN = CHANGE.replace("'hello'", "'patched'").replace("+greeting = 'patched'", "+greeting = 'twice'")
const NEW_FILE = `diff --git a/data/new.txt b/data/new.txt
new file mode 100644
--- /dev/null
+++ b/data/new.txt
@@ -0,0 +1 @@
+new
`
const HELLO = "# hello\ngreeting = 'hello'\n#\n#\n#\n"
const FILES = { 'setup.py': '', 'hello.py': HELLO }

async function pinned(...texts: readonly string[]): Promise<PinnedPatch[]> {
  const folder = scratch()
  writeFiles(folder, Object.fromEntries(texts.map((text, index) => [`patches/${index}.diff`, text])))
  return pinPatches(
    texts.map((_, index) => `patches/${index}.diff`),
    folder,
    {},
  )
}

/** A checkout of a repository's HEAD, tagged 1.0, as the build has it. */
async function gitCheckout(patches: readonly PinnedPatch[], prepare: (folder: string) => void = () => undefined) {
  const repository = gitRepository(scratch())
  writeFiles(repository.folder, FILES)
  prepare(repository.folder)
  const commit = repository.commit({})
  repository.git('tag', '1.0')
  const pin: PinnedSource = {
    ...{ kind: 'git', url: repository.folder, ref: 'master', commit, fetch: 'refs/heads/master', tags: ['1.0'] },
    patches,
  }
  const work = scratch()
  const made = await checkout({ pin, project: 'hello' }, join(work, 'source'), ports, testLog(work))
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', made.folder, ...words], { encoding: 'utf8' }).trim()
  return { ...made, git, commit }
}

async function pathCheckout(source: string, patches: readonly PinnedPatch[], work = scratch()) {
  const pin = { ...(await pinPath(source, [], {}, ports.exec)), patches }
  return checkout({ pin, project: 'hello' }, join(work, 'source'), ports, testLog(work))
}

describe('patches', () => {
  it('are applied to a git checkout in their order', async () => {
    const { folder } = await gitCheckout(await pinned(CHANGE, AGAIN, NEW_FILE))
    expect(readFileSync(join(folder, 'hello.py'), 'utf8')).toBe(HELLO.replace("'hello'", "'twice'"))
    expect(readFileSync(join(folder, 'data/new.txt'), 'utf8')).toBe('new\n')
  })

  it('change no version: the commit, its tags, its date, and that nothing is dirty', async () => {
    const plain = await gitCheckout([])
    const { git, commit, date } = await gitCheckout(await pinned(CHANGE, NEW_FILE))
    expect(git('rev-parse', 'HEAD')).toBe(commit)
    expect(git('describe', '--dirty', '--tags', '--long')).toBe(plain.git('describe', '--dirty', '--tags', '--long'))
    expect(git('status', '--porcelain')).toBe('')
    expect(git('log', '-1', '--format=%ct %an %s')).toBe(plain.git('log', '-1', '--format=%ct %an %s'))
    expect(date).toBe(plain.date)
  })

  it('bring files that git knows, as build backends list them', async () => {
    const { git } = await gitCheckout(await pinned(NEW_FILE))
    expect(git('ls-files')).toBe('data/new.txt\nhello.py\nsetup.py')
  })

  it('are applied to a local folder and not to the original', async () => {
    const source = scratch()
    writeFiles(source, FILES)
    const { folder } = await pathCheckout(source, await pinned(CHANGE))
    expect(readFileSync(join(folder, 'hello.py'), 'utf8')).toContain('patched')
    expect(readFileSync(join(source, 'hello.py'), 'utf8')).toBe(FILES['hello.py'])
  })

  it('are applied where the work folder lies in somebody else’s repository', async () => {
    const outer = gitRepository(scratch())
    outer.commit({ 'hello.py': 'of the outer one\n' })
    const source = scratch()
    writeFiles(source, FILES)
    // In a repository git takes the paths of its own patches from the top, and skips those of other folders.
    const own = `diff --git a/hello.py b/hello.py\n${CHANGE}`
    const { folder } = await pathCheckout(source, await pinned(own), outer.folder)
    expect(readFileSync(join(folder, 'hello.py'), 'utf8')).toContain('patched')
    expect(readFileSync(join(outer.folder, 'hello.py'), 'utf8')).toBe('of the outer one\n')
  })

  it('leave a local repository clean that was clean, and dirty that was dirty', async () => {
    const source = gitRepository(scratch())
    source.commit(FILES)
    source.git('tag', '1.0')
    const describe = (folder: string) =>
      execFileSync('git', ['-C', folder, 'describe', '--dirty', '--tags'], { encoding: 'utf8' }).trim()
    expect(describe((await pathCheckout(source.folder, await pinned(CHANGE, NEW_FILE))).folder)).toBe('1.0')
    writeFiles(source.folder, { 'setup.py': '# changed\n' })
    expect(describe((await pathCheckout(source.folder, await pinned(CHANGE))).folder)).toBe('1.0-dirty')
    writeFiles(source.folder, { 'hello.py': `${HELLO}# more\n` })
    const { folder } = await pathCheckout(source.folder, await pinned(CHANGE))
    expect(readFileSync(join(folder, 'hello.py'), 'utf8')).toMatch(/'patched'\n(?:#\n)+# more\n$/)
    expect(describe(folder)).toBe('1.0-dirty')
  })

  it.each([
    [
      'a line that is not there',
      CHANGE.replace("'hello'", "'other'"),
      /patch failed: hello\.py:1; hello\.py: patch does/,
    ],
    ['a file that is not there', CHANGE.replaceAll('hello.py', 'none.py'), /none\.py: No such file or directory/],
    ['no patch at all', 'hello\n', /No valid patches in input/],
    ['a file outside', NEW_FILE.replaceAll('data/new.txt', '../new.txt'), /invalid path '\.\.\/new\.txt'/],
    ["a file of git's own", NEW_FILE.replaceAll('data/new.txt', '.git/hooks/x'), /invalid path '\.git\/hooks\/x'/],
    ['a file through a link', NEW_FILE.replaceAll('data/', 'link/'), /beyond a symbolic link/],
  ])('of %s: the error names patch and file', async (_what, text, message) => {
    const made = gitCheckout(await pinned(NEW_FILE.replaceAll('data/', 'fine/'), text), (folder) => {
      symlinkSync('/tmp', join(folder, 'link'))
    })
    await expect(made).rejects.toThrow(InputError)
    await expect(made).rejects.toThrow(/^patches\/1\.diff: the patch does not apply to the source of hello: /)
    await expect(made).rejects.toThrow(message)
    expect(existsSync('/tmp/new.txt')).toBe(false)
  })

  it('are part of what identifies a source', async () => {
    const pin = await pinPath(scratch(), [], {}, ports.exec)
    const [one, two] = [await pinned(CHANGE), await pinned(AGAIN)]
    const identities = [[], one, two, [...one, ...two], [...two, ...one]].map((patches) =>
      sourceIdentity({ ...pin, patches }),
    )
    expect(new Set(identities).size).toBe(5)
    expect(identities[0]).toBe(sourceIdentity(pin))
    expect(buildIdentity({ ...pin, patches: one })).toContain(identities[1])
  })

  it('that can not be read are an error with their path', async () => {
    const folder = scratch()
    writeFileSync(join(folder, 'big.diff'), Buffer.alloc((8 << 20) + 1))
    const place = { file: 'manifest.yml', line: 3 }
    await expect(pinPatches(['none.diff'], folder, place)).rejects.toThrow(
      /^manifest\.yml:3: the patch none\.diff can't/,
    )
    await expect(pinPatches(['big.diff'], folder, place)).rejects.toThrow(/big\.diff is larger than 8 MiB/)
  })
})
