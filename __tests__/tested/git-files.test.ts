import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { type GitFiles, gitFiles } from '../../src/tested/git-files.js'
import { serveGit } from '../support/git-http.js'
import { type GitRepository, gitRepository } from '../support/git-repository.js'
import { scratch } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

const USER = { name: 'me', password: 'S3CRET' }

/** Nine commits on `stable/x`, a minute apart, and one more on master. */
function nine(folder: string): { repository: GitRepository; commits: readonly string[]; last: string } {
  const repository = gitRepository(join(folder, 'source.git'))
  const commits = Array.from({ length: 9 }, (_, index) => repository.commit({ file: `${index}\n` }, `No. ${index}`))
  repository.git('branch', 'stable/x')
  return { repository, commits, last: repository.commit({ file: 'last\n' }) }
}

const open = (url: string, folder = join(scratch(), 'git')): GitFiles => gitFiles(url, folder, testPorts().exec)
/** Of the commit with that number. */
const timeOf = (number: number) => new Date((1_700_000_000 + 60 * (number + 1)) * 1000).toISOString()

async function remote(folder: string) {
  const { url } = await serveGit(folder, USER)
  return `${url.replace('://', `://${USER.name}:${USER.password}@`)}/source.git`
}

describe.each(['a folder', 'a server'])('the files of %s', (kind) => {
  async function scene() {
    const folder = scratch()
    const made = nine(folder)
    return { ...made, folder, files: open(kind === 'a folder' ? made.repository.folder : await remote(folder)) }
  }

  it('are those of a branch, a tag, a commit', async () => {
    const { repository, commits, last, files } = await scene()
    repository.git('tag', 'x-eol', commits[3] ?? '')
    expect(await files.commitOf('refs/heads/stable/x')).toBe(commits[8])
    expect(await files.commitOf('refs/tags/x-eol')).toBe(commits[3])
    expect(await files.commitOf(commits[5] ?? '')).toBe(commits[5])
    expect(await files.commitOf('HEAD')).toBe(last)
    expect(await files.file(commits[5] ?? '', 'file')).toBe('5\n')
    expect(await files.file(last, 'file')).toBe('last\n')
    expect(await files.file(last, 'none')).toBeUndefined()
    expect(await files.file(last, '.')).toBeUndefined()
  })

  it('are none where there is no such ref, commit or time', async () => {
    const { commits, files } = await scene()
    expect(await files.commitOf('refs/heads/none')).toBeUndefined()
    expect(await files.commitOf('e'.repeat(40))).toBeUndefined()
    expect(await files.history('refs/heads/none', 5)).toEqual([])
    expect(await files.asOf('refs/heads/none', timeOf(3))).toBeUndefined()
    expect(await files.asOf('refs/heads/stable/x', '2001-01-01T00:00:00Z')).toBeUndefined()
    expect(await files.info('e'.repeat(40))).toBeUndefined()
    expect(await files.commitOf(commits[8] ?? '')).toBe(commits[8])
  })

  it('are as they were at a time, however shallow another question was', async () => {
    const { commits, files } = await scene()
    expect(await files.commitOf(commits[6] ?? '')).toBe(commits[6])
    expect(await files.asOf('refs/heads/stable/x', timeOf(2))).toBe(commits[2])
    const shallow = commits.map((commit) => files.commitOf(commit))
    const [before] = await Promise.all([files.asOf('refs/heads/stable/x', timeOf(1)), ...shallow])
    expect(before).toBe(commits[1])
    const [again, history] = await Promise.all([
      files.asOf('refs/heads/stable/x', timeOf(4)),
      files.history(commits[7] ?? '', 3),
      files.commitOf(commits[4] ?? ''),
    ])
    expect(again).toBe(commits[4])
    expect(history.map(({ commit }) => commit)).toEqual([commits[7], commits[6], commits[5]])
  })

  it('have a history with what the commits say', async () => {
    const { repository, commits, files } = await scene()
    const words = 'Subject\n\nBody\u001e with an odd character\n\nChange-Id: I1'
    const commit = repository.commit({}, words)
    const [info, parent, ...more] = await files.history(commit, 2)
    expect(info).toMatchObject({ commit, message: 'Subject\n\nBody' })
    expect(info?.parents).toEqual([parent?.commit])
    expect(more).toEqual([])
    expect(await files.info(commit)).toEqual(info)
    expect((await files.history(commits[0] ?? '', 5)).map(({ date }) => date)).toEqual([timeOf(0)])
  })

  it('are an error where nobody is there to ask', async () => {
    const { repository, files } = await scene()
    renameSync(repository.folder, `${repository.folder}-gone`)
    await expect(files.commitOf('HEAD')).rejects.toThrow(ToolError)
    await expect(files.history('HEAD', 2)).rejects.toThrow(ToolError)
    await expect(files.asOf('HEAD', timeOf(1))).rejects.toThrow(ToolError)
  })
})

it('a branch is the branch, though a tag has its name', async () => {
  const { repository, commits } = nine(scratch())
  repository.git('tag', 'stable/x', commits[0] ?? '')
  expect(await open(repository.folder).commitOf('refs/heads/stable/x')).toBe(commits[8])
})

it('a file that has not come yet is an error, not a file that is missing, where the server is gone', async () => {
  const folder = scratch()
  const { repository, last } = nine(folder)
  const files = open(await remote(folder))
  expect(await files.commitOf('HEAD')).toBe(last)
  renameSync(repository.folder, `${repository.folder}-gone`)
  await expect(files.file(last, 'file')).rejects.toThrow(ToolError)
  await expect(files.file(last, 'file')).rejects.not.toThrow(USER.password)
})

it('a file larger than 8 MB is none', async () => {
  const repository = gitRepository(join(scratch(), 'source'))
  const commit = repository.commit({ small: 'x'.repeat(8 * 1024 * 1024), large: 'x'.repeat(8 * 1024 * 1024 + 1) })
  const files = open(repository.folder)
  await files.commitOf('HEAD')
  expect((await files.file(commit, 'small'))?.length).toBe(8 * 1024 * 1024)
  expect(await files.file(commit, 'large')).toBeUndefined()
})

it('a folder that is there already serves again', async () => {
  const { repository, last } = nine(scratch())
  const folder = join(scratch(), 'git')
  for (const _ of [1, 2]) expect(await open(repository.folder, folder).commitOf('HEAD')).toBe(last)
})

it.each([
  '--upload-pack=touch',
  '-x',
  'refs/heads/x:refs/heads/y',
  '+refs/heads/x',
  'refs/heads/*',
  '^refs/heads/x',
  'refs/heads/../x',
  'refs/heads/a b',
  'master',
  'HEAD~1',
  '',
])('git is not asked for %j', async (ref) => {
  const folder = join(scratch(), 'git')
  const files = open(nine(scratch()).repository.folder, folder)
  expect(await files.commitOf(ref)).toBeUndefined()
  expect(await files.history(ref, 2)).toEqual([])
  expect(await files.asOf(ref, timeOf(1))).toBeUndefined()
  expect(await files.info(ref)).toBeUndefined()
  expect(await files.file(ref, 'file')).toBeUndefined()
  expect(existsSync(folder)).toBe(false)
})
