import { mkdir } from 'node:fs/promises'
import { ToolError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { filter, uploadPack } from '../source/git.js'

/** What a commit says of itself. */
export interface CommitInfo {
  readonly commit: string
  readonly parents: readonly string[]
  /** Of the committer, ISO 8601, UTC. */
  readonly date: string
  /** Subject and body. */
  readonly message: string
}

/** A git repository of which only that is fetched what is asked for. A ref is a commit or a whole name, e.g. `refs/heads/x`. */
export interface GitFiles {
  /** The commit of a ref; undefined where the repository hasn't got it. */
  commitOf(ref: string): Promise<string | undefined>
  /** The commit of a ref and its first parents, at most `count`; none where the repository hasn't got it. */
  history(ref: string, count: number): Promise<readonly CommitInfo[]>
  /** The last commit on a ref's way of first parents that was there at a time (ISO 8601). */
  asOf(ref: string, date: string): Promise<string | undefined>
  /** A commit that was fetched with others. */
  info(commit: string): Promise<CommitInfo | undefined>
  /** The text of a file of a commit; undefined where the commit hasn't got it, or it is larger than 8 MB. */
  file(commit: string, path: string): Promise<string | undefined>
}

const FETCH_SECONDS = 600
/** As git has it; where a branch and a tag have one name, git takes the tag for a short one. */
const REF = /^(?:HEAD|[0-9a-f]{40}|refs\/[A-Za-z0-9._/@+-]{1,200})$/
const COMMIT = /^[0-9a-f]{40}$/
const MAX_FILE_BYTES = 8 * 1024 * 1024
/** git's word for the whole history; without it a repository stays as shallow as it was fetched for another question. */
const WHOLE_HISTORY = 0x7fffffff
/** What servers say of a ref or commit that they haven't got, or don't hand out: the exit code is that of all failures. */
const NOT_THERE = /couldn't find remote ref|not our ref|unadvertised object/
const SEPARATOR = '\u001e'
const FORMAT = '--format=%H%x00%P%x00%cI%x00%B%x1e'

/** Reads `url` (a URL or an absolute path) by way of a folder of its own. */
export function gitFiles(url: string, folder: string, exec: Exec, log?: LogFile): GitFiles {
  const run = async (...words: readonly string[]) => {
    const argv = ['git', '-c', 'safe.directory=*', '-C', folder, ...words]
    return (await exec.run({ argv, timeoutSeconds: FETCH_SECONDS }, log)).stdout
  }
  /** What git has no answer for. */
  const ask = (...words: readonly string[]) =>
    run(...words).catch((error: unknown) => {
      if (error instanceof ToolError && error.status !== undefined) return undefined
      throw error
    })
  let made: Promise<unknown> | undefined
  async function make(): Promise<void> {
    await mkdir(folder, { recursive: true })
    await run('init', '--quiet', '--bare')
    // Not `remote add`: the folder may be there already.
    await run('config', 'remote.origin.url', url)
  }
  async function infos(commit: string, count: number): Promise<readonly CommitInfo[]> {
    if (!COMMIT.test(commit)) return []
    const words = ['--no-show-signature', '--first-parent', `--max-count=${count}`, FORMAT, commit, '--']
    const text = (await ask('log', ...words)) ?? ''
    return text.split(SEPARATOR).flatMap((entry) => {
      const [hash = '', parents = '', date = '', message = ''] = entry.trimStart().split('\0')
      const time = new Date(date)
      if (!COMMIT.test(hash) || Number.isNaN(time.getTime())) return []
      return [{ commit: hash, parents: parents.split(' ').filter(Boolean), date: time.toISOString(), message }]
    })
  }
  /** Fetches as many commits, which makes what is there already as shallow, too. */
  async function fetched(ref: string, depth: number): Promise<string | undefined> {
    if (!REF.test(ref) || ref.includes('..')) return undefined
    made ??= make()
    await made
    // Files are many and commits few: trees come when a file is asked for.
    const how = ['--quiet', '--no-tags', `--depth=${depth}`, ...filter(url, 'tree:0'), ...uploadPack(url)]
    try {
      await run('fetch', ...how, '--', 'origin', ref)
    } catch (error) {
      if (error instanceof ToolError && error.status !== undefined && NOT_THERE.test(error.message)) return undefined
      throw error
    }
    return (await ask('rev-parse', '--verify', '--quiet', 'FETCH_HEAD^{commit}'))?.trim() || undefined
  }
  let queue: Promise<unknown> = Promise.resolve()
  /** Questions about history wait for each other: a fetch changes how far it goes, and what came last. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const next = queue.then(work)
    queue = next.catch(() => undefined)
    return next
  }
  return {
    commitOf: (ref) => alone(() => fetched(ref, 1)),
    history: (ref, count) =>
      alone(async () => {
        // One more, for the second parents.
        const commit = await fetched(ref, count + 1)
        return commit === undefined ? [] : infos(commit, count)
      }),
    asOf: (ref, date) =>
      alone(async () => {
        const commit = await fetched(ref, WHOLE_HISTORY)
        if (commit === undefined) return undefined
        const words = ['--first-parent', '--max-count=1', `--before=${date}`, commit, '--']
        return (await ask('rev-list', ...words))?.trim() || undefined
      }),
    info: async (commit) => (await infos(commit, 1))[0],
    async file(commit, path) {
      if (!COMMIT.test(commit)) return undefined
      // Fails where the server doesn't send what has not come yet, and says nothing where the path is not there.
      const entry = await run('ls-tree', '--full-tree', '--long', '-z', commit, '--', path)
      const [, blob, size, found] = /^\d+ blob ([0-9a-f]{40,64}) +(\d+)\t([^\0]+)\0$/.exec(entry) ?? []
      if (blob === undefined || found !== path || Number(size) > MAX_FILE_BYTES) return undefined
      return run('cat-file', 'blob', blob)
    },
  }
}
