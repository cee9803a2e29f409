import { serve } from './loopback.js'

/** A change as the stand-in knows it. */
export interface StandInChange {
  readonly number: number
  readonly project: string
  readonly branch: string
  readonly status: 'NEW' | 'MERGED' | 'ABANDONED'
  readonly changeId: string
  /** Of the patch sets 1, 2, … */
  readonly commits: readonly string[]
  readonly messages?: readonly StandInMessage[]
}

export interface StandInMessage {
  readonly message: string
  readonly patchset: number
  readonly tag?: string
  readonly username?: string
}

/** Answers questions about changes on loopback, as Gerrit 3.10 was seen to do: a test compares it with a real one. */
export async function serveGerrit(changes: readonly StandInChange[]) {
  const asked: string[] = []
  const { url } = await serve((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'application/json;charset=utf-8' })
    response.end(answerQuery(changes, request.url ?? ''))
  })
  return { url, asked }
}

/** The answer to a path that begins with `/changes/?q=`. */
export function answerQuery(changes: readonly StandInChange[], path: string): string {
  const asked = new URL(path, 'http://gerrit').searchParams
  const words = (asked.get('q') ?? '').match(/[()]|[^\s()]+/g) ?? []
  const found = changes.filter((change) => matchesAll(change, [...words])).toSorted((a, b) => b.number - a.number)
  const start = Number(asked.get('S') ?? 0)
  const end = start + Number(asked.get('n') ?? 25)
  const options = new Set(asked.getAll('o'))
  const infos = found.slice(start, end).map((change) => changeInfo(change, options))
  const last = infos.at(-1)
  if (last !== undefined && found.length > end) Object.assign(last, { _more_changes: true })
  return `)]}'\n${JSON.stringify(infos)}\n`
}

/** Takes the words as far as the bracket that closes: `a:1 (b:2 OR (c:3 d:4))`. */
function matchesAll(change: StandInChange, words: string[]): boolean {
  const alternatives = [true]
  for (let word = words.shift(); word !== undefined && word !== ')'; word = words.shift()) {
    if (word === 'OR') {
      alternatives.push(true)
      continue
    }
    const [operator = '', value = ''] = word.split(/:(.*)/, 2)
    const isMatch = word === '(' ? matchesAll(change, words) : matches(change, operator, value)
    alternatives.push((alternatives.pop() ?? true) && isMatch)
  }
  return alternatives.includes(true)
}

function matches(change: StandInChange, operator: string, value: string): boolean {
  if (operator === 'commit') return change.commits.includes(value)
  if (operator === 'change') return change.changeId === value
  if (operator === 'status') return change.status.toLowerCase() === value
  return (operator === 'project' && change.project === value) || (operator === 'branch' && change.branch === value)
}

const TIME = '2026-11-24 11:10:46.000000000'

/** Gerrit's ChangeInfo, with what the options `o` ask for. */
export function changeInfo(change: StandInChange, options: ReadonlySet<string>): object {
  const account = (username: string) => {
    const known = { name: username, email: `${username}@example.com`, username }
    return { _account_id: username === 'zuul' ? 1000001 : 1000000, ...(options.has('DETAILED_ACCOUNTS') ? known : {}) }
  }
  const revisions = change.commits.map((commit, index) => {
    return [commit, { kind: 'REWORK', _number: index + 1, created: TIME, uploader: account('admin') }] as const
  })
  const messages = change.messages?.map(({ message, patchset, tag, username }, index) => ({
    id: `${index}`.padStart(40, '0'),
    ...(tag === undefined ? {} : { tag }),
    ...(username === undefined ? {} : { author: account(username) }),
    date: TIME,
    message,
    _revision_number: patchset,
  }))
  const project = encodeURIComponent(change.project)
  const all = options.has('ALL_REVISIONS')
  return {
    id: `${project}~${change.number}`,
    triplet_id: `${project}~${encodeURIComponent(change.branch)}~${change.changeId}`,
    project: change.project,
    branch: change.branch,
    change_id: change.changeId,
    subject: 'A change',
    status: change.status,
    created: TIME,
    updated: TIME,
    ...(change.status === 'MERGED' ? { submitted: TIME, submitter: account('zuul') } : {}),
    _number: change.number,
    owner: account('admin'),
    ...(options.has('MESSAGES') ? { messages: messages ?? [] } : {}),
    ...(all || options.has('CURRENT_REVISION')
      ? {
          current_revision: change.commits.at(-1),
          revisions: Object.fromEntries(all ? revisions : revisions.slice(-1)),
        }
      : {}),
  }
}
