import * as z from 'zod'
import { type Fetch, FetchError, type FetchLimits } from '../runtime/fetch.js'
import { type Freeze, FreezeReader } from './freeze.js'
import { ANSWER_LIMITS } from './json-answer.js'

/** What a build's logs say was installed, and the log that says so. */
export interface BuildFreeze {
  readonly freeze: Freeze
  readonly url: string
}

const LOG_LIMITS: FetchLimits = { maxBytes: 256 * 1024 * 1024, timeoutSeconds: 300 }
/** The first log is the right one nearly always. */
const MAX_LOGS = 3
/** Answers for what was deleted, or can't be read by everybody any more. */
const GONE = [401, 403, 404, 410]
/** Before Zuul v3 jobs were Jenkins's, which left no manifest. */
const JENKINS_JOB = /^(?:gate|check|periodic)-/
/** Zuul v3's log and Jenkins's, packed or not. */
const CONSOLES = ['job-output.txt', 'job-output.txt.gz', 'console.html', 'console.html.gz']

/** The folder of a build's logs, with a slash at its end; undefined for what is no http(s) URL or has a password. */
export function logFolder(logUrl: string): string | undefined {
  const url = URL.canParse(logUrl) ? new URL(logUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username + url.password !== '') return undefined
  url.search = ''
  url.hash = ''
  return url.href.replace(/\/*$/, '/')
}

/** Looks for what a build installed: one request for the list of its logs, and mostly one for the log. */
export async function findFreeze(logUrl: string, job: string, fetch: Fetch): Promise<BuildFreeze | 'expired' | 'none'> {
  const folder = logFolder(logUrl)
  if (folder === undefined) return 'none'
  let answer: 'expired' | 'none' = 'expired'
  for (const log of (await listLogs(folder, job, fetch)).slice(0, MAX_LOGS)) {
    const url = folder + log
    const reader = await unlessGone(() => readLog(url, job, fetch))
    const freeze = reader?.result()
    if (freeze !== undefined) return { freeze, url }
    if (reader !== undefined) answer = 'none'
  }
  return answer
}

/** A file of a build as text; undefined where it is gone, or a web page stands in for it. */
export function readBuildFile(url: string, fetch: Fetch): Promise<string | undefined> {
  return unlessGone(async () => {
    const { text, isHtml } = await fetch.text(url, ANSWER_LIMITS)
    return isHtml ? undefined : text
  })
}

async function unlessGone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof FetchError && isGone(error)) return undefined
    throw error
  }
}

/** Web pages stand in for logs; the hosts of the oldest ones have no name any more. */
function isGone({ kind, status = 0 }: FetchError): boolean {
  return kind === 'html' || kind === 'unreachable' || GONE.includes(status)
}

/** Paths below the folder, the best first; none where the logs are gone. */
async function listLogs(folder: string, job: string, fetch: Fetch): Promise<readonly string[]> {
  if (!JENKINS_JOB.test(job)) {
    try {
      const { text, isHtml } = await fetch.text(`${folder}zuul-manifest.json`, ANSWER_LIMITS, {
        accept: 'application/json',
      })
      return isHtml ? [] : chooseLogs(text, job)
    } catch (error) {
      if (!(error instanceof FetchError) || !isGone(error)) throw error
      // The first jobs of Zuul v3 had no manifest either: what is not there may never have been.
      if (error.status !== 404) return []
    }
  }
  const listing = await unlessGone(() => fetch.text(folder, ANSWER_LIMITS))
  const names = linkedNames(listing?.text ?? '')
  return CONSOLES.filter((name) => names.has(name)).slice(0, 1)
}

const manifestSchema = z.object({ tree: z.array(z.unknown()) })
const nodeSchema = z.object({ name: z.string(), children: z.array(z.unknown()).optional().catch(undefined) })

/**
 * tox 4 keeps a freeze as a file of its own, `<N>-freeze.log`; tox 3 prints it into the job's log, where pip's own
 * lines are too. tox 3's files `<environment>-<N>.log` are only a last resort: which N it is can't be told.
 */
function chooseLogs(manifest: string, job: string): string[] {
  const tree = readNodes(readManifest(manifest))
  const tox = readNodes(tree.find(({ name }) => name === 'tox')?.children ?? []).map(({ name }) => name)
  const numbered = (form: RegExp) =>
    tox
      .map((name) => ({ path: `tox/${name}`, match: form.exec(name)?.groups }))
      .filter(({ match }) => match !== undefined && isOf(job, match.environment))
      .sort((a, b) => Number(b.match?.number) - Number(a.match?.number))
      .map(({ path }) => path)
  const consoles = CONSOLES.filter((name) => tree.some((node) => node.name === name))
  return [
    ...numbered(/^(?<number>\d{1,4})-freeze\.log(?:\.gz)?$/).slice(0, 1),
    // It is always there, whatever the manifest says.
    consoles[0] ?? 'job-output.txt',
    ...numbered(/^(?<environment>[\w.-]+)-(?<number>\d{1,4})\.log(?:\.gz)?$/),
  ]
}

function isOf(job: string, environment: string | undefined): boolean {
  return environment === undefined || `-${job}-`.includes(`-${environment}-`)
}

function readManifest(text: string): readonly unknown[] {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data?.tree ?? []
  } catch {
    return []
  }
}

/** One level only: a tree from outside may be of any depth. */
function readNodes(nodes: readonly unknown[]) {
  return nodes.flatMap((node) => nodeSchema.safeParse(node).data ?? [])
}

/** The last parts of all links of a page. */
function linkedNames(html: string): ReadonlySet<string> {
  const links = html.matchAll(/\bhref\s{0,9}=\s{0,9}["']?([^"'\s<>?#]{1,2000})/gi)
  return new Set([...links].map(([, link = '']) => link.slice(link.lastIndexOf('/') + 1)))
}

async function readLog(url: string, job: string, fetch: Fetch): Promise<FreezeReader> {
  const reader = new FreezeReader(job)
  if (/-freeze\.log(?:\.gz)?$/.test(url)) {
    const text = await readBuildFile(url, fetch)
    if (text === undefined) throw new FetchError('html', 'the answer is a web page')
    for (const line of printedByTox(text)) reader.push(line)
    return reader
  }
  const push = (line: string) => {
    reader.push(line)
    return !reader.isComplete
  }
  await fetch.lines(url, LOG_LIMITS, push, { takeHtml: /\.html(?:\.gz)?$/.test(url) })
  return reader
}

/**
 * A log file of tox 4 as tox would have printed it: `name:`, more such lines, the command, `exit_code:`, and then what
 * the command printed, its errors last.
 */
function printedByTox(log: string): string[] {
  const lines = log.split(/\r?\n/)
  const exit = lines.findIndex((line) => line.startsWith('exit_code: '))
  if (exit < 0) return lines
  const [, name = 'tox'] = /^name: ([\w.-]+)$/.exec(lines[0] ?? '') ?? []
  const end = lines.indexOf('standard error:', exit)
  const items = lines
    .slice(exit + 1, end < 0 ? undefined : end)
    .filter((line) => /^[A-Za-z0-9][\w.-]*==[^=\s,][^\s,]*$/.test(line))
  return [`${name}: freeze> python -m pip freeze --all`, `${name}: ${items.join(',')}`]
}
