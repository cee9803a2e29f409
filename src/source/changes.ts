import { join } from 'node:path'
import { cleanLine } from '../runtime/clean-text.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { readStart } from '../runtime/read-start.js'
import type { PinnedSource } from './pin.js'
import { VERSION_TAGS } from './superrepo.js'

/** What has changed in a project since its previous version. */
export interface Changes {
  /** The previous version's tag, where there is one. */
  readonly since: string | undefined
  /** Printable lines, the newest first; none where the source doesn't tell. */
  readonly subjects: readonly string[]
  /** How many changes there are beyond these. */
  readonly more: number
}

/** A changelog is read by people. */
const MAX_CHANGES = 100
const MAX_SUBJECT = 200
const MAX_CHANGELOG = 4 * 1024 * 1024
const NO_CHANGES: Changes = { since: undefined, subjects: [], more: 0 }

/** The changes of a checkout: by its history, else by the `ChangeLog` that pbr puts into releases. */
export async function readChanges(
  source: {
    readonly pin: PinnedSource
    readonly subdirectory?: string | undefined
    readonly version: string
  },
  folder: string,
  exec: Exec,
  log?: LogFile,
): Promise<Changes> {
  const commit = source.pin.kind === 'sdist' ? undefined : source.pin.commit
  if (commit !== undefined) return gitChanges(commit, folder, source.subdirectory !== undefined, exec, log)
  const text = await readStart(join(folder, 'ChangeLog'), MAX_CHANGELOG)
  return text === undefined ? NO_CHANGES : pbrChanges(text.toString('utf8'), source.version)
}

async function gitChanges(
  commit: string,
  folder: string,
  onlyHere: boolean,
  exec: Exec,
  log: LogFile | undefined,
): Promise<Changes> {
  const git = async (...words: string[]) => {
    const { stdout } = await exec.run({ argv: ['git', '-C', folder, ...words] }, log)
    return stdout
  }
  // Not the commit's own tag: that is the version that is packaged.
  const before = ['describe', '--tags', '--abbrev=0', ...VERSION_TAGS, `${commit}^`]
  const since = (await git(...before).catch(() => '')).trim() || undefined
  // Gerrit merges each change by a commit of its own, `Merge "<subject>"`: what it merged is in the list already.
  const range = [
    '--no-merges',
    since === undefined ? commit : `refs/tags/${since}..${commit}`,
    '--',
    ...(onlyHere ? ['.'] : []),
  ]
  const count = Number((await git('rev-list', '--count', ...range)).trim())
  const text = await git(
    '-c',
    'log.showSignature=false',
    'log',
    '-z',
    '--format=%s',
    `--max-count=${MAX_CHANGES}`,
    ...range,
  )
  const subjects = text.split('\0').slice(0, Math.min(count, MAX_CHANGES))
  return {
    since: since && cleanLine(since, MAX_SUBJECT),
    subjects: tidy(subjects),
    more: Math.max(0, count - MAX_CHANGES),
  }
}

/** The section of a version in the `ChangeLog` that pbr makes of a history. */
export function pbrChanges(text: string, version: string): Changes {
  const lines = text.split(/\r?\n/)
  const isTitle = (at: number) => /^-+$/.test(lines[at + 1] ?? '') && lines[at + 1]?.length === lines[at]?.length
  const title = lines.findIndex((line, at) => line === version && isTitle(at))
  if (title < 0) return NO_CHANGES
  const subjects: string[] = []
  let at = title + 2
  for (; at < lines.length && !isTitle(at); at += 1) {
    const line = lines[at] ?? ''
    if (line.startsWith('* ')) subjects.push(line.slice(2))
    else if (line.startsWith('  ') && subjects.length > 0) subjects.push(`${subjects.pop()} ${line.trim()}`)
  }
  const since = lines[at] === undefined ? undefined : cleanLine(lines[at] ?? '', MAX_SUBJECT) || undefined
  const more = Math.max(0, subjects.length - MAX_CHANGES)
  return { since, subjects: tidy(subjects.slice(0, MAX_CHANGES)), more }
}

/** Where the history is cut off, a merge stands for what it merged. */
const MERGE = /^Merge "(.+)"(?: into \S+)?$/

function tidy(subjects: readonly string[]): string[] {
  const clean = subjects.map((subject) => cleanLine(MERGE.exec(subject.trim())?.[1] ?? subject, MAX_SUBJECT))
  return [...new Set(clean)].filter((subject) => subject !== '')
}
