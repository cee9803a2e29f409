import * as z from 'zod'
import { type Fetch, FetchError } from '../runtime/fetch.js'
import type { ReviewMessage } from './ci-report.js'
import { fetchJson } from './json-answer.js'
import { utcTime } from './utc-time.js'

/** A change of Gerrit, as far as giftwrap asks for it. */
export interface GerritChange {
  readonly number: number
  readonly project: string
  readonly branch: string
  /** Gerrit's own word: `NEW`, `MERGED` or `ABANDONED`. */
  readonly status: string
  readonly changeId: string
  /** ISO 8601, UTC. */
  readonly submitted: string | undefined
  /** The patch sets' numbers by their commits. */
  readonly revisions: ReadonlyMap<string, number>
  /** From the first to the last. */
  readonly messages: readonly ReviewMessage[]
}

/** A change, and the commit of one's own that it was found by. */
export interface HeldCommit {
  readonly change: GerritChange
  readonly commit: string
}

/** The merged change that a commit was cherry-picked from, as its message and branch tell. */
export interface Picked {
  /** `I` and 40 hex digits; cherry-picks have that of the change they are of. */
  readonly changeId: string
  readonly branch: string
}

/** Questions to a Gerrit, one request each as a rule. What it doesn't know is no error; what it can't answer is a `FetchError`. */
export interface GerritClient {
  /**
   * The change with a patch set that is the first of these commits (40 hex digits) of which there is one, merged or not.
   * With `picked` the one merged change of that Change-Id and branch stands for the first commit.
   */
  nearest(project: string, commits: readonly string[], picked?: Picked): Promise<HeldCommit | undefined>
  /** Those of many commits that are patch sets: a small answer, however much was said of them. */
  known(project: string, commits: readonly string[]): Promise<ReadonlySet<string>>
  /** The change's page, for people. */
  urlOf(change: Pick<GerritChange, 'project' | 'number'>): string
}

/** Asked for explicitly: without it Gerrit doesn't say that there are more. */
const PAGE = 10
const LONG_PAGE = 100
const MAX_PAGES = 10
/** Of one request, whose URL servers take to about 8000 characters. */
const MAX_COMMITS = 60
const COMMIT = /^[0-9a-f]{40}$/
const CHANGE_ID = /^I[0-9a-f]{40}$/
/** Names that need no quotes in Gerrit's query language and are no operators of it. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9._/+-]*$/

/** A Gerrit by its base URL. https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html */
export function gerritClient(baseUrl: string, fetch: Fetch): GerritClient {
  const base = baseUrl.replace(/\/+$/, '')

  /** All changes of a project that match one of the terms, page by page, with all their patch sets. */
  async function query(project: string, terms: readonly string[], more: string, size: number) {
    const words = encodeURIComponent(`project:${project} (${terms.join(' OR ')})`)
    const readable = words.replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%20', '+')
    const question = `${base}/changes/?q=${readable}&o=ALL_REVISIONS${more}&n=${size}`
    const changes: GerritChange[] = []
    let start = 0
    for (let page = 0; page < MAX_PAGES; page++) {
      const infos = readList(await fetchJson(start === 0 ? question : `${question}&S=${start}`, fetch))
      for (const info of infos) changes.push(...readChange(info))
      if (infos.length === 0 || !saysMore(infos.at(-1))) break
      start += infos.length
    }
    return changes.filter((change) => change.project === project)
  }

  return {
    async nearest(project, commits, picked) {
      const asked = commits.filter((commit) => COMMIT.test(commit)).slice(0, MAX_COMMITS)
      if (!WORD.test(project) || asked.length === 0) return undefined
      const pick =
        picked !== undefined && CHANGE_ID.test(picked.changeId) && WORD.test(picked.branch) ? picked : undefined
      const terms = asked.map((commit) => `commit:${commit}`)
      if (pick !== undefined) terms.push(`(change:${pick.changeId} branch:${pick.branch} status:merged)`)
      const found = await query(project, terms, '&o=MESSAGES&o=DETAILED_ACCOUNTS', PAGE)
      for (const commit of asked) {
        const change = holding(found, commit) ?? onlyOneOf(found, pick)
        if (change !== undefined) return { change, commit }
      }
      return undefined
    },

    async known(project, commits) {
      const asked = commits.filter((commit) => COMMIT.test(commit)).slice(0, MAX_COMMITS)
      if (!WORD.test(project) || asked.length === 0) return new Set()
      const terms = asked.map((commit) => `commit:${commit}`)
      const found = await query(project, terms, '', LONG_PAGE)
      return new Set(asked.filter((commit) => holding(found, commit) !== undefined))
    },

    urlOf: ({ project, number }) => `${base}/c/${project}/+/${number}`,
  }
}

/** The same commit may be up for review on two branches: the merged one counts. */
function holding(changes: readonly GerritChange[], commit: string): GerritChange | undefined {
  const all = changes.filter(({ revisions }) => revisions.has(commit))
  return all.find(({ status }) => status === 'MERGED') ?? all[0]
}

/** The merged change of a Change-Id and branch, unless there are several. */
function onlyOneOf(changes: readonly GerritChange[], picked: Picked | undefined): GerritChange | undefined {
  const [change, ...others] = changes.filter(({ changeId, branch, status }) => {
    return changeId === picked?.changeId && branch === picked.branch && status === 'MERGED'
  })
  return others.length === 0 ? change : undefined
}

function readList(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) throw new FetchError('content', 'the answer is no list of changes')
  return answer
}

const text = z.string().optional().catch(undefined)
const patchset = z.int().positive()
const messageSchema = z.object({
  author: z.object({ username: text }).optional().catch(undefined),
  tag: text,
  date: z.string(),
  message: z.string(),
  _revision_number: patchset.optional().catch(undefined),
})
/** `id` is not read: it has two forms, and all that it says stands in other fields. */
const changeSchema = z.object({
  _number: z.int().positive(),
  project: z.string(),
  branch: z.string(),
  status: z.string(),
  change_id: z.string(),
  submitted: text,
  revisions: z.record(z.string(), z.unknown()).catch({}),
  messages: z.array(z.unknown()).catch([]),
})
const revisionSchema = z.object({ _number: patchset })

/** One change; none where it is not in a form that is known. */
function readChange(info: unknown): GerritChange[] {
  const { data } = changeSchema.safeParse(info)
  if (data === undefined) return []
  return [
    {
      number: data._number,
      project: data.project,
      branch: data.branch,
      status: data.status,
      changeId: data.change_id,
      submitted: utcTime(data.submitted),
      revisions: new Map(Object.entries(data.revisions).flatMap(readRevision)),
      messages: data.messages.flatMap(readMessage),
    },
  ]
}

function readRevision([commit, revision]: [string, unknown]): [string, number][] {
  const { data } = revisionSchema.safeParse(revision)
  return data === undefined || !COMMIT.test(commit) ? [] : [[commit, data._number]]
}

function readMessage(info: unknown): ReviewMessage[] {
  const { data } = messageSchema.safeParse(info)
  const date = utcTime(data?.date)
  if (data === undefined || date === undefined) return []
  const { author, tag, message, _revision_number: number } = data
  return [{ username: author?.username, tag, date, patchset: number, message }]
}

function saysMore(info: unknown): boolean {
  return typeof info === 'object' && info !== null && '_more_changes' in info && info._more_changes === true
}
