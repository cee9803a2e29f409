import { changeIdOf, isMergeOfChange } from './commit-message.js'
import type { GerritChange, GerritClient, HeldCommit } from './gerrit.js'
import type { CommitInfo, GitFiles } from './git-files.js'

/** How far a commit may be from one that Gerrit knows. */
export const MAX_DISTANCE = 50
/** Commits that may be Gerrit's, of which one request brings all that was said of them. */
const MAX_LIKELY = 5

/** A change, and how it was found. */
export interface FoundChange {
  readonly change: GerritChange
  /** The commit that the change's patch set is. */
  readonly commit: string
  /** Commits between it and the one that is built; 0 for that itself. */
  readonly distance: number
}

type Commits = Pick<GitFiles, 'info'>

/** A commit that may be a change's patch set. */
interface Candidate {
  readonly commit: string
  readonly message: string
  readonly distance: number
  /** A merge that Gerrit makes has it for its second parent. */
  readonly isMerged: boolean
}

/**
 * The change that a commit came from: a merge's second parent; by its hash, then by its Change-Id on the branch, then the
 * nearest ancestor that Gerrit knows: commits of one's own stand on top of upstream's. `commits` are the commit and its
 * first parents. One request where the commit or the first merge of Gerrit's below it is known, and three at most.
 */
export async function findChange(
  commits: readonly CommitInfo[],
  where: { readonly project: string; readonly branch: string | undefined },
  gerrit: GerritClient,
  history: Commits | undefined,
): Promise<FoundChange | undefined> {
  const { project, branch } = where
  const all = candidatesOf(commits, history)
  const first = await takeLikely(all)
  const changeId = changeIdOf(first[0]?.message ?? '')
  // Far back the ids of cherry-picks and of commits of one's own would mislead.
  const picked = changeId === undefined || branch === undefined ? undefined : { changeId, branch }
  const held = await gerrit.nearest(project, hashesOf(first), picked)
  if (held !== undefined) return foundIn(held, first)
  const rest: Candidate[] = []
  for await (const candidate of all) rest.push(candidate)
  const known = await gerrit.known(project, hashesOf(rest))
  const nearest = rest.find(({ commit }) => known.has(commit))
  const far = nearest === undefined ? undefined : await gerrit.nearest(project, [nearest.commit])
  return far === undefined ? undefined : foundIn(far, rest)
}

function foundIn({ change, commit }: HeldCommit, candidates: readonly Candidate[]): FoundChange {
  const distance = candidates.find((candidate) => candidate.commit === commit)?.distance ?? 0
  return { change, commit, distance }
}

function hashesOf(candidates: readonly Candidate[]): readonly string[] {
  return candidates.map(({ commit }) => commit)
}

/** The next ones as far as the first that Gerrit merged: up to it they may all be one's own. */
async function takeLikely(candidates: AsyncGenerator<Candidate>): Promise<readonly Candidate[]> {
  const taken: Candidate[] = []
  let likely = 0
  while (likely < MAX_LIKELY) {
    const { value, done } = await candidates.next()
    if (done) break
    taken.push(value)
    if (value.isMerged) break
    if (changeIdOf(value.message) !== undefined) likely += 1
  }
  return taken
}

/** The nearest first. Where one's own branch was brought up to date by a merge, upstream's is the second parent. */
async function* candidatesOf(
  commits: readonly CommitInfo[],
  history: Commits | undefined,
): AsyncGenerator<Candidate, undefined> {
  let aside: Candidate | undefined
  for (const [distance, info] of commits.slice(0, MAX_DISTANCE + 1).entries()) {
    const own = await reviewed(info, distance, history)
    yield own
    if (aside !== undefined) yield aside
    const [, second] = info.parents
    const other = own.isMerged || second === undefined ? undefined : await history?.info(second)
    aside = other === undefined ? undefined : await reviewed(other, distance + 1, history)
  }
  if (aside !== undefined && aside.distance <= MAX_DISTANCE) yield aside
  return undefined
}

/** The merge commits that Gerrit makes belong to no change. */
async function reviewed(
  { commit, parents, message }: CommitInfo,
  distance: number,
  history: Commits | undefined,
): Promise<Candidate> {
  const [, second] = parents
  if (second === undefined || !isMergeOfChange(message.split('\n')[0] ?? '')) {
    return { commit, message, distance, isMerged: false }
  }
  const info = await history?.info(second)
  return { commit: second, message: info?.message ?? '', distance, isMerged: true }
}
