import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import type { Command, CommandOutput, Exec } from '../../src/runtime/exec.js'
import { checkoutGit, commitDate, type LendFolder, parseLsRemote, pinGit } from '../../src/source/git.js'
import { buildIdentity, sourceIdentity } from '../../src/source/pin.js'
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
  const tags = { first: ['1.0', 'light'], second: ['agreed', 'both'], tail: [], tagged: ['only'], change: [] }
  const refs: [string, string, keyof typeof tags, string][] = [
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
    expect(await pin(ref)).toEqual({ kind: 'git', url, ref, commit: remote()[commit], fetch, tags: tags[commit] })
  })

  it('finds the commit that a short hash begins, of a branch or a tag', async () => {
    for (const name of ['first', 'tail', 'tagged'] as const) {
      const commit = remote()[name]
      const ref = commit.slice(0, 9)
      const expected = { kind: 'git', url: remote().folder, ref, commit, fetch: commit, tags: tags[name] }
      expect(await pin(ref)).toEqual(expected)
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

  it('takes a full commit that a branch, or nothing, holds', async () => {
    const { folder: url, first, loose } = remote()
    for (const commit of [first, loose]) {
      const named = commit === first ? tags.first : []
      expect(await pin(commit)).toEqual({ kind: 'git', url, ref: commit, commit, fetch: commit, tags: named })
    }
  })

  it('finds a full commit on a server that hands out refs only', async () => {
    const repository = gitRepository(join(scratch(), 'refs-only'))
    const first = repository.commit({ a: '1' })
    repository.commit({ a: '2' })
    repository.git('config', 'uploadpack.allowAnySHA1InWant', 'false')
    const env = {
      GIT_PROTOCOL_VERSION: '0',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'protocol.version',
      GIT_CONFIG_VALUE_0: '0',
    }
    const { exec } = testPorts(env)
    expect(await pinGit({ url: `file://${repository.folder}`, ref: first }, place, exec, lend)).toMatchObject({
      commit: first,
    })
  })

  it('takes a full commit in capitals', async () => {
    const { first } = remote()
    expect(await pin(first.toUpperCase())).toMatchObject({ commit: first })
  })

  it('refuses a shallow repository on this machine, unless a depth is given', async () => {
    const shallow = join(scratch(), 'shallow')
    remote().git('clone', '--quiet', '--depth', '1', `file://${remote().folder}`, shallow)
    for (const url of [shallow, `file://${shallow}`]) {
      await expect(pin('master', url)).rejects.toThrow(/^manifest\.yml:5:9: .* is shallow: .*\n.*fetch-depth: 0/)
      const deep = await pinGit({ url, ref: 'master', depth: 1 }, place, testPorts().exec, lend)
      expect(deep.commit).toBe(remote().second)
    }
  })

  it.skipIf(process.getuid?.() !== 0)('reads a repository of somebody else, which the manifest names', async () => {
    const other = join(scratch(), 'other')
    remote().git('clone', '--quiet', '--bare', remote().folder, other)
    execFileSync('chown', ['-R', '1234:1234', other])
    const { exec } = testPorts()
    for (const ref of ['master', remote().first.slice(0, 9)]) {
      const pinned = await pinGit({ url: other, ref }, place, exec, lend)
      const source = join(scratch(), 'source')
      await checkoutGit(pinned, source, exec, testLog(scratch()))
      expect(existsSync(join(source, 'setup.py'))).toBe(true)
    }
  })

  it('says the server that does not answer in time', async () => {
    const server = createServer(() => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const ports = testPorts()
    const impatient: Exec = {
      ...ports.exec,
      run: (command, log) => ports.exec.run({ ...command, timeoutSeconds: 1 }, log),
    }
    const pinned = pinGit({ url: `git://127.0.0.1:${port}/x.git`, ref: 'master' }, place, impatient, lend)
    await expect(pinned).rejects.toThrow(InputError)
    await expect(pinned).rejects.toThrow(/can't be read.\n.*did not finish within 1 s/)
  })

  it.each([
    ['an unknown ref', 'none', /^manifest\.yml:5:9: .* has no branch, tag or other ref "none"/],
    ['the tail of a ref', '2025.1', /no branch, tag or other ref/],
    ['a pattern', 'mas*', /no branch, tag or other ref/],
    ['the beginning of no commit', '0123456', /all of its 40 digits/],
    [
      'a full commit that is not there',
      '0'.repeat(40),
      /^manifest\.yml:5:9: .* has no branch, tag or other ref "0{40}"\.$/,
    ],
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

  it('has the tags of the time when the commit was pinned', async () => {
    const repository = gitRepository(join(scratch(), 'tagged'))
    const commit = repository.commit({ a: '1' })
    repository.git('tag', '1.0')
    const { exec } = testPorts()
    const before = await pinGit({ url: repository.folder, ref: 'master' }, place, exec, lend)
    repository.git('tag', '2.0')
    const after = await pinGit({ url: repository.folder, ref: 'master' }, place, exec, lend)
    expect([before.commit, after.commit]).toEqual([commit, commit])
    expect(sourceIdentity(after)).toBe(sourceIdentity(before))
    expect(buildIdentity(after)).not.toBe(buildIdentity(before))
    expect(buildIdentity({ ...after, depth: 1 })).not.toBe(buildIdentity(after))
    for (const [pinned, tags] of [
      [before, '1.0'],
      [after, '1.0\n2.0'],
    ] as const) {
      const source = join(scratch(), 'source')
      await checkoutGit(pinned, source, exec, testLog(scratch()))
      expect((await exec.run({ argv: ['git', '-C', source, 'tag'] })).stdout.trim()).toBe(tags)
    }
  })

  it('fails as a tool does when the server has no such commit', async () => {
    const target = scratch()
    const { exec } = testPorts()
    const commit = '0'.repeat(40)
    const pinned = { kind: 'git' as const, url: remote().folder, ref: commit, commit, fetch: commit, tags: [] }
    await expect(checkoutGit(pinned, join(target, 'source'), exec, testLog(target))).rejects.toThrow(ToolError)
  })

  it("knows the commit's date", async () => {
    const { exec, source, pinned } = await checkedOut('1.0')
    expect(await commitDate(pinned.commit, source, exec, testLog(scratch()))).toBe(1_700_000_060)
  })
})
