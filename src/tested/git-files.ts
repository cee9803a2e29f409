import { mkdir } from 'node:fs/promises'
import { ToolError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { filter, isLocal, uploadPack } from '../source/git.js'

/** What a commit says of itself. */
export interface CommitInfo {
  readonly commit: string
  readonly parents: readonly string[]
  /** Of the committer, ISO 8601, UTC. */
  readonly date: string
  /** Subject and body. */
  readonly message: string
}

/** A git repository of which only that is fetched what is asked for. */
export interface GitFiles {
  /** The commit of a branch, tag or commit; undefined where the repository hasn't got it. `depth` counts commits. */
  commitOf(ref: string, depth?: number): Promise<string | undefined>
  /** The commit and its first parents, at most `count`. */
  firstParents(commit: string, count: number): Promise<readonly CommitInfo[]>
  /** The last commit on the way of first parents that was there at a time (ISO 8601). */
  lastBefore(commit: string, date: string): Promise<string | undefined>
  /** The text of a file of a commit. */
  file(commit: string, path: string): Promise<string | undefined>
}

const FETCH_SECONDS = 600
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
    await run('remote', 'add', 'origin', url)
  }
  async function infos(...words: readonly string[]): Promise<readonly CommitInfo[]> {
    const text = (await ask('log', FORMAT, ...words)) ?? ''
    return text.split(SEPARATOR).flatMap((entry) => {
      const [commit = '', parents = '', date = '', message = ''] = entry.trimStart().split('\0')
      if (!/^[0-9a-f]{40}$/.test(commit)) return []
      const time = new Date(date)
      if (Number.isNaN(time.getTime())) return []
      return [{ commit, parents: parents.split(' ').filter(Boolean), date: time.toISOString(), message }]
    })
  }
  return {
    async commitOf(ref, depth) {
      made ??= make()
      await made
      const deep = depth === undefined ? [] : [`--depth=${depth}`]
      // Files are many and commits few: trees come when a file is asked for.
      const how = ['--quiet', '--no-tags', ...deep, ...(isLocal(url) ? [] : filter(url, 'tree:0')), ...uploadPack(url)]
      if ((await ask('fetch', ...how, '--', 'origin', ref)) === undefined) {
        // git tells a ref that is not there from a server that is not there by words alone.
        await run('ls-remote', ...uploadPack(url), '--', 'origin', 'HEAD')
        return undefined
      }
      return (await ask('rev-parse', '--verify', '--quiet', 'FETCH_HEAD^{commit}'))?.trim() || undefined
    },
    firstParents: (commit, count) => infos('--first-parent', `--max-count=${count}`, commit, '--'),
    async lastBefore(commit, date) {
      const words = ['--first-parent', '--max-count=1', `--before=${date}`, commit, '--']
      return (await ask('rev-list', ...words))?.trim() || undefined
    },
    file: (commit, path) => ask('show', `${commit}:${path}`),
  }
}
