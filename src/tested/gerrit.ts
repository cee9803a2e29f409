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
  /** The patch sets' numbers by their commits; the latest patch set at least. */
  readonly revisions: ReadonlyMap<string, number>
  /** From the first to the last. */
  readonly messages: readonly ReviewMessage[]
}

/** Questions to a Gerrit. What it doesn't know is no error; what it can't answer is a `FetchError`. */
export interface GerritClient {
  /** The change with a patch set that is this commit (40 hex digits), merged or not. */
  ofCommit(project: string, commit: string): Promise<GerritChange | undefined>
  /** The merged changes with a Change-Id (`I` and 40 hex digits); cherry-picks have that of the change they are of. */
  ofChangeId(project: string, changeId: string, branch: string | undefined): Promise<readonly GerritChange[]>
  /** The change's page, for people. */
  urlOf(change: Pick<GerritChange, 'project' | 'number'>): string
}

/** Asked for explicitly: without it Gerrit doesn't say that there are more. */
const PAGE = 5
const MAX_PAGES = 10
const COMMIT = /^[0-9a-f]{40}$/
const CHANGE_ID = /^I[0-9a-f]{40}$/
/** Names that need no quotes in Gerrit's query language and are no operators of it. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9._/+-]*$/

/** A Gerrit by its base URL. https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html */
export function gerritClient(baseUrl: string, fetch: Fetch): GerritClient {
  const base = baseUrl.replace(/\/+$/, '')

  /** All changes that match, page by page; of each the latest patch set or all of them. */
  async function query(terms: readonly string[], revisions: 'CURRENT_REVISION' | 'ALL_REVISIONS') {
    const words = terms.map((term) => encodeURIComponent(term).replaceAll('%3A', ':').replaceAll('%2F', '/')).join('+')
    const question = `${base}/changes/?q=${words}&o=${revisions}&o=MESSAGES&o=DETAILED_ACCOUNTS&n=${PAGE}`
    const changes: GerritChange[] = []
    let start = 0
    for (let page = 0; page < MAX_PAGES; page++) {
      const infos = readList(await fetchJson(start === 0 ? question : `${question}&S=${start}`, fetch))
      for (const info of infos) changes.push(...readChange(info))
      if (infos.length === 0 || !saysMore(infos.at(-1))) return changes
      start += infos.length
    }
    return changes
  }

  return {
    async ofCommit(project, commit) {
      if (!WORD.test(project) || !COMMIT.test(commit)) return undefined
      const terms = [`commit:${commit}`, `project:${project}`]
      const found = (await query(terms, 'CURRENT_REVISION')).filter((change) => change.project === project)
      const current = holding(found, commit)
      if (current !== undefined || found.length === 0) return current
      const earlier = await query(terms, 'ALL_REVISIONS')
      return holding(
        earlier.filter((change) => change.project === project),
        commit,
      )
    },

    async ofChangeId(project, changeId, branch) {
      if (!WORD.test(project) || !CHANGE_ID.test(changeId)) return []
      if (branch !== undefined && !WORD.test(branch)) return []
      const terms = [`change:${changeId}`, `project:${project}`]
      if (branch !== undefined) terms.push(`branch:${branch}`)
      // Without a branch only the commits of all patch sets tell the changes apart.
      const revisions = branch === undefined ? 'ALL_REVISIONS' : 'CURRENT_REVISION'
      const found = await query([...terms, 'status:merged'], revisions)
      return found.filter((change) => {
        if (change.project !== project || change.changeId !== changeId || change.status !== 'MERGED') return false
        return branch === undefined || change.branch === branch
      })
    },

    urlOf: ({ project, number }) => `${base}/c/${project}/+/${number}`,
  }
}

/** The same commit may be up for review on two branches: the merged one counts. */
function holding(changes: readonly GerritChange[], commit: string): GerritChange | undefined {
  const all = changes.filter(({ revisions }) => revisions.has(commit))
  return all.find(({ status }) => status === 'MERGED') ?? all[0]
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
