import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import type { Command, CommandOutput } from '../../src/runtime/exec.js'
import { checkoutGit, commitDate, type LendFolder, parseLsRemote, pinGit } from '../../src/source/git.js'
import { gitRepository } from '../support/git-repository.js'
import { lazy, scratch, sharedScratch } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'
import { testPorts } from '../support/test-ports.js'

const folder = sharedScratch()

/** A repository with branches, tags and a change as Gerrit keeps it. */
const remote = lazy(() => {
  const repository = gitRepository(join(folder, 'remote'))
  const { git, commit } = repository
  const first = commit({ 'setup.py': '', old: '1' })
  git('tag', 'light', first)
  git('tag', '--annotate', '--message', 'release', '1.0', first)
  const second = commit({ new: '2' })
  git('branch', 'stable/2025.1', first)
  git('branch', 'both', first)
  git('tag', 'both', second)
  git('branch', 'agreed', second)
  git('tag', 'agreed', second)
  git('checkout', '--quiet', '-b', 'a/master')
  const tail = commit({ tail: '' })
  git('checkout', '--quiet', '--detach', first)
  const change = commit({ change: '' })
  git('update-ref', 'refs/changes/42/142/3', change)
  const loose = commit({ loose: '' })
  git('checkout', '--quiet', '--detach', first)
  const tagged = commit({ tagged: '' })
  git('tag', 'only', tagged)
  git('checkout', '--quiet', 'master')
  return { ...repository, first, second, tail, change, loose, tagged, tag: git('rev-parse', 'refs/tags/1.0') }
})

const place = { file: 'manifest.yml', line: 5, column: 9 }
const lend: LendFolder = (work) => work(scratch())
const pin = (ref: string, url = remote().folder) => pinGit({ url, ref }, place, testPorts().exec, lend)

describe('pinGit', () => {
  const refs: [string, string, 'first' | 'second' | 'tail' | 'change', string][] = [
    ['a branch', 'master', 'second', 'refs/heads/master'],
    ['a branch with a slash', 'stable/2025.1', 'first', 'refs/heads/stable/2025.1'],
    ['a branch whose tail is another', 'a/master', 'tail', 'refs/heads/a/master'],
    ['an annotated tag, peeled', '1.0', 'first', 'refs/tags/1.0'],
    ['a lightweight tag', 'light', 'first', 'refs/tags/light'],
    ['a change of Gerrit', 'refs/changes/42/142/3', 'change', 'refs/changes/42/142/3'],
    ['a full ref', 'refs/heads/both', 'first', 'refs/heads/both'],
    ['the tag of two of a name', 'refs/tags/both', 'second', 'refs/tags/both'],
    ['HEAD', 'HEAD', 'second', 'HEAD'],
  ]
  it.each(refs)('finds %s', async (_name, ref, commit, fetch) => {
    const url = remote().folder
    expect(await pin(ref)).toEqual({ kind: 'git', url, ref, commit: remote()[commit], fetch })
  })

  it('finds the commit that a short hash begins, of a branch or a tag', async () => {
    const { first, tail, tagged } = remote()
    for (const commit of [first, tail, tagged]) {
      const ref = commit.slice(0, 9)
      expect(await pin(ref)).toEqual({ kind: 'git', url: remote().folder, ref, commit, fetch: commit })
    }
  })

  it('refuses a short hash that begins several commits, and says how many', async () => {
    const commits = ['1', '2', '3'].map((digit) => `abcdef0${digit.repeat(33)}`)
    const run = async ({ argv }: Command) => {
      return { stdout: argv.includes('rev-list') ? [...commits, 'f'.repeat(40)].join('\n') : '', stderr: '' }
    }
    const source = { url: 'https://me:S3CRET@git.test/x', ref: 'abcdef0' }
    const pinned = pinGit(source, place, { ...testPorts().exec, run }, lend)
    await expect(pinned).rejects.toThrow(
      /^manifest\.yml:5:9: abcdef0 is the beginning of 3 commits of https:\/\/\*\*\*@git\.test\/x\.\n.*more of its digits/,
    )
  })

  it.each(['master', 'none'])('tells nobody the password of a URL: %s', async (ref) => {
    const run = async (): Promise<CommandOutput> => {
      if (ref === 'none') return { stdout: '', stderr: '' }
      throw new ToolError('git failed', { status: 128 })
    }
    const pinned = pinGit({ url: 'https://me:S3CRET@git.test/x', ref }, place, { ...testPorts().exec, run }, lend)
    await expect(pinned).rejects.toThrow(/https:\/\/\*\*\*@git\.test\/x /)
  })

  it('leaves it a failure of git where git did not end by its own word', async () => {
    const failure = new ToolError('git took longer than 120 s')
    const run = async () => Promise.reject(failure)
    await expect(pinGit({ url: '/x', ref: 'x' }, place, { ...testPorts().exec, run }, lend)).rejects.toBe(failure)
  })

  it('takes a full commit as it is, and looks nothing up', async () => {
    const { first } = remote()
    expect(await pin(first, '/nowhere')).toEqual({
      kind: 'git',
      url: '/nowhere',
      ref: first,
      commit: first,
      fetch: first,
    })
  })

  it.each([
    ['an unknown ref', 'none', /^manifest\.yml:5:9: .* has no branch, tag or other ref "none"/],
    ['the tail of a ref', '2025.1', /no branch, tag or other ref/],
    ['a pattern', 'mas*', /no branch, tag or other ref/],
    ['the beginning of no commit', '0123456', /all of its 40 digits/],
    ['a branch and a tag at one commit', 'agreed', /both a branch and a tag/],
    [
      'a branch and a tag at two commits',
      'both',
      /both a branch and a tag .*\n.*refs\/heads\/both or refs\/tags\/both/,
    ],
  ])('refuses %s', async (_name, ref, message) => {
    await expect(pin(ref)).rejects.toThrow(InputError)
    await expect(pin(ref)).rejects.toThrow(message)
  })

  it.each([
    ['that is not there', '/nowhere/x.git'],
    ['whose server is not there', 'http://127.0.0.1:2/x.git'],
    ['of a helper that runs commands', 'ext::sh -c "touch MARK"'],
    ['that looks like an option', '--upload-pack=touch MARK'],
  ])('refuses a repository %s', async (_name, url) => {
    const mark = join(scratch(), 'was-here')
    const pinned = pin('master', url.replace('MARK', mark))
    await expect(pinned).rejects.toThrow(/manifest\.yml:5:9: the git repository .* can't be read/s)
    expect(existsSync(mark)).toBe(false)
  })
})

describe('parseLsRemote', () => {
  const commit = fc.stringMatching(/^[0-9a-f]{40}$/)
  it('reads any list of refs, peeled tags in place of their objects', () => {
    const name = fc.stringMatching(/^refs\/(heads|tags)\/[a-z]{1,6}$/)
    fc.assert(
      fc.property(fc.dictionary(name, fc.tuple(commit, fc.option(commit))), (refs) => {
        const lines = Object.entries(refs).flatMap(([ref, [object, peeled]]) => [
          `${object}\t${ref}`,
          ...(peeled === null ? [] : [`${peeled}\t${ref}^{}`]),
        ])
        const expected = Object.entries(refs).map(([ref, [object, peeled]]) => ({
          name: ref,
          commit: peeled ?? object,
        }))
        expect(parseLsRemote(`${lines.join('\n')}\n`)).toEqual(expected)
      }),
    )
  })

  it('takes commits only', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const ref of parseLsRemote(text)) expect(ref.commit).toMatch(/^[0-9a-f]{40}$/)
      }),
    )
  })
})

describe('checkoutGit', () => {
  async function checkedOut(ref: string, depth?: number) {
    const target = scratch()
    const { exec } = testPorts()
    const url = `file://${remote().folder}`
    const pinned = await pinGit({ url, ref, ...(depth === undefined ? {} : { depth }) }, place, exec, lend)
    await checkoutGit(pinned, join(target, 'source'), exec, testLog(target))
    const git = async (...words: string[]) =>
      (await exec.run({ argv: ['git', '-C', join(target, 'source'), ...words] })).stdout.trim()
    return { pinned, source: join(target, 'source'), git, exec }
  }

  it.each(['master', '1.0', 'stable/2025.1', 'refs/changes/42/142/3', 'a/master'])(
    'has the very commit of %s',
    async (ref) => {
      const { pinned, git } = await checkedOut(ref)
      expect(await git('rev-parse', 'HEAD')).toBe(pinned.commit)
      expect(await git('status', '--porcelain')).toBe('')
    },
  )

  it('has the history and tags that pbr makes versions of', async () => {
    const { git, source } = await checkedOut('master')
    expect(await git('describe', '--tags', '--match', '1.0')).toMatch(/^1\.0-1-g[0-9a-f]+$/)
    expect(await git('rev-list', '--count', 'HEAD')).toBe('2')
    expect(readFileSync(join(source, 'old'), 'utf8')).toBe('1')
  })

  it('has as many commits as gitdepth says', async () => {
    const { git } = await checkedOut('master', 1)
    expect(await git('rev-list', '--count', 'HEAD')).toBe('1')
  })

  it.each([undefined, 1])('has a commit that no branch holds, at depth %s', async (depth) => {
    const { source, git } = await checkedOut(remote().loose, depth)
    expect(existsSync(join(source, 'loose'))).toBe(true)
    expect(await git('rev-parse', 'HEAD')).toBe(remote().loose)
  })

  it('has the pinned commit when the branch has gone on since', async () => {
    const repository = gitRepository(join(scratch(), 'moving'))
    const pinnedCommit = repository.commit({ a: '1' })
    const { exec } = testPorts()
    const pinned = await pinGit({ url: repository.folder, ref: 'master' }, place, exec, lend)
    repository.commit({ a: '2' })
    const target = scratch()
    await checkoutGit(pinned, join(target, 'source'), exec, testLog(target))
    expect(pinned.commit).toBe(pinnedCommit)
    expect(readFileSync(join(target, 'source', 'a'), 'utf8')).toBe('1')
  })

  it('fails as a tool does when the server has no such commit', async () => {
    const target = scratch()
    const { exec } = testPorts()
    const pinned = await pinGit({ url: remote().folder, ref: '0'.repeat(40) }, place, exec, lend)
    await expect(checkoutGit(pinned, join(target, 'source'), exec, testLog(target))).rejects.toThrow(ToolError)
  })

  it("knows the commit's date", async () => {
    const { exec, source, pinned } = await checkedOut('1.0')
    expect(await commitDate(pinned.commit, source, exec)).toBe(1_700_000_060)
  })
})
