import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { writeFiles } from './scratch.js'

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@localhost.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@localhost.invalid',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
}

/** A real repository in a folder. */
export interface GitRepository {
  readonly folder: string
  git(...words: readonly string[]): string
  /** Writes files and commits them, at a fixed date; gives the commit. */
  commit(files: Readonly<Record<string, string>>, message?: string): string
}

export function gitRepository(folder: string): GitRepository {
  mkdirSync(folder, { recursive: true })
  let seconds = 1_700_000_000
  const git = (...words: readonly string[]) => {
    const date = `${seconds} +0000`
    const env = { ...process.env, ...IDENTITY, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
    return execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8', env, stdio: 'pipe' }).trim()
  }
  git('init', '--quiet', '--initial-branch=master')
  // As the servers of giftwrap's projects allow it.
  git('config', 'uploadpack.allowFilter', 'true')
  git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  return {
    folder,
    git,
    commit(files, message = 'a change') {
      seconds += 60
      writeFiles(folder, files)
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', message)
      return git('rev-parse', 'HEAD')
    },
  }
}
