import { type Fetch, FetchError } from '../runtime/fetch.js'
import { type Constraint, readConstraints } from './constraints.js'
import type { GitFiles } from './git-files.js'
import { isPythonVersion } from './python-names.js'
import { requirementsRefs, type Series } from './series.js'

/** Constraints out of openstack/requirements. */
export interface FoundRequirements {
  /** At least one. */
  readonly constraints: readonly Constraint[]
  readonly url: string
  /** The commit of openstack/requirements, where it is known. */
  readonly requirements?: string
}

/** What can't be asked is a `FetchError` or `ToolError`, and never nothing. */
export interface Requirements {
  /** As of a commit, which may be a speculative merge that is nowhere any more. */
  ofCommit(commit: string): Promise<FoundRequirements | undefined>
  /** Of a branch as it was at a time (ISO 8601). */
  ofBranch(branch: string, date: string): Promise<FoundRequirements | undefined>
  /** Of a series as it is now. */
  ofSeries(series: Series): Promise<FoundRequirements | undefined>
}

const FILE = 'upper-constraints.txt'
const LIMITS = { maxBytes: 8 * 1024 * 1024, timeoutSeconds: 60 }
const BRANCH = 'refs/heads/'
const TAG = 'refs/tags/'

/** Asks the server of constraint files first and the repository then: `repository` is made when it is needed. */
export function requirements(
  constraintsUrl: string,
  source: { readonly url: string; repository(): GitFiles },
  fetch: Fetch,
): Requirements {
  const base = constraintsUrl.replace(/\/+$/, '')

  async function download(word: string): Promise<FoundRequirements | undefined> {
    const url = `${base}/${word}`
    try {
      const answer = await fetch.text(url, LIMITS)
      if (answer.isHtml) throw new FetchError('html', 'the answer is a web page')
      return { constraints: readUpperConstraints(answer.text), url }
    } catch (error) {
      if (error instanceof FetchError && (error.status === 404 || error.status === 410)) return undefined
      throw error
    }
  }
  /** The repository knows what the server does; where it has no answer either, what is wrong with the server counts. */
  async function downloadOr(word: string, read: () => Promise<FoundRequirements | undefined>) {
    let failure: FetchError | undefined
    try {
      const found = await download(word)
      if (found !== undefined) return found
    } catch (error) {
      if (!(error instanceof FetchError)) throw error
      failure = error
    }
    const found = await read()
    if (found === undefined && failure !== undefined) throw failure
    return found
  }
  async function show(commit: string): Promise<FoundRequirements | undefined> {
    const text = await source.repository().file(commit, FILE)
    if (text === undefined) return undefined
    return { constraints: readUpperConstraints(text), url: `${source.url} ${FILE}`, requirements: commit }
  }
  async function first(refs: readonly string[], date: string | undefined) {
    const repository = source.repository()
    for (const ref of new Set(refs)) {
      const commit = await (date === undefined ? repository.commitOf(ref) : repository.asOf(ref, date))
      const found = commit === undefined ? undefined : await show(commit)
      if (found !== undefined) return found
    }
    return undefined
  }
  const asked = new Map<string, Promise<FoundRequirements | undefined>>()
  /** Projects of one series ask for the same; what failed is asked for again. */
  function once(key: readonly string[], ask: () => Promise<FoundRequirements | undefined>) {
    const word = JSON.stringify(key)
    const answer = asked.get(word) ?? ask()
    asked.set(word, answer)
    answer.catch(() => asked.delete(word))
    return answer
  }
  return {
    ofCommit: (commit) =>
      once(['commit', commit], async () => {
        const found = await downloadOr(commit, () => first([commit], undefined))
        return found === undefined ? undefined : { ...found, requirements: commit }
      }),
    ofBranch: (branch, date) => {
      const [, series] = /^(?:stable|unmaintained)\/(.+)$/.exec(branch) ?? []
      const moved = series === undefined ? [] : [`${BRANCH}unmaintained/${series}`, `${TAG}${series}-eol`]
      return once(['branch', branch, date], () => first([`${BRANCH}${branch}`, ...moved], date))
    },
    ofSeries: (series) =>
      once(['series', series.id], () => downloadOr(series.id, () => first(requirementsRefs(series), undefined))),
  }
}

/**
 * A file of constraints as a service gives it: lines that are none, and versions that no index knows (PEP 440), are left
 * out; where they are as many as the others it is something else.
 */
function readUpperConstraints(text: string): readonly Constraint[] {
  const { constraints, odd } = readConstraints(text)
  const good = constraints.filter(({ specifier }) => specifier.split(',').every(isSpecifier))
  if (good.length > odd.length + constraints.length - good.length) return good
  throw new FetchError('content', 'the answer is not a file of constraints')
}

function isSpecifier(specifier: string): boolean {
  return isPythonVersion(specifier.replace(/^[=~!<>]+/, '').replace(/\.\*$/, ''))
}
