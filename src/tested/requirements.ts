import { type Fetch, FetchError } from '../runtime/fetch.js'
import { type Constraint, parseConstraints } from './constraints.js'
import type { GitFiles } from './git-files.js'
import { requirementsRefs, type Series } from './series.js'

/** Constraints out of openstack/requirements. */
export interface FoundRequirements {
  readonly constraints: readonly Constraint[]
  readonly url: string
  /** The commit of openstack/requirements, where it is known. */
  readonly requirements?: string
}

export interface Requirements {
  /** As of a commit, which may be a speculative merge that is nowhere any more. */
  ofCommit(commit: string): Promise<FoundRequirements | undefined>
  /** Of a branch as it was at a time (ISO 8601). */
  ofBranch(branch: string, date: string): Promise<FoundRequirements | undefined>
  /** Of a series as it is now, or as it was at a time. */
  ofSeries(series: Series, date: string | undefined): Promise<FoundRequirements | undefined>
}

const FILE = 'upper-constraints.txt'
const LIMITS = { maxBytes: 8 * 1024 * 1024, timeoutSeconds: 60 }

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
      return answer.isHtml ? undefined : { constraints: parseConstraints(answer.text, url), url }
    } catch (error) {
      // The repository knows it too.
      if (error instanceof FetchError) return undefined
      throw error
    }
  }
  async function show(commit: string): Promise<FoundRequirements | undefined> {
    const repository = source.repository()
    const text = await repository.file(commit, FILE)
    if (text === undefined) return undefined
    return { constraints: parseConstraints(text, FILE), url: `${source.url} ${FILE}`, requirements: commit }
  }
  async function at(ref: string, date: string | undefined): Promise<FoundRequirements | undefined> {
    const repository = source.repository()
    const tip = await repository.commitOf(ref)
    if (tip === undefined) return undefined
    const then = date === undefined ? tip : await repository.lastBefore(tip, date)
    return then === undefined ? undefined : show(then)
  }
  return {
    async ofCommit(commit) {
      const found = await download(commit)
      if (found !== undefined) return { ...found, requirements: commit }
      return (await source.repository().commitOf(commit, 1)) === undefined ? undefined : show(commit)
    },
    async ofBranch(branch, date) {
      const [, series] = /^(?:stable|unmaintained)\/(.+)$/.exec(branch) ?? []
      const refs = series === undefined ? [branch] : [branch, `unmaintained/${series}`, `${series}-eol`]
      for (const ref of refs) {
        const found = await at(ref, date)
        if (found !== undefined) return found
      }
      return undefined
    },
    async ofSeries(series, date) {
      const found = date === undefined ? await download(series.id) : undefined
      if (found !== undefined) return found
      for (const ref of requirementsRefs(series)) {
        const there = await at(ref, date)
        if (there !== undefined) return there
      }
      return undefined
    },
  }
}
