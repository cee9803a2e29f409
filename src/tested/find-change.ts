import { changeIdOf, isMergeOfChange } from './commit-message.js'
import type { GerritChange, GerritClient } from './gerrit.js'
import type { CommitInfo, GitFiles } from './git-files.js'

/** How far a commit may be from one that Gerrit knows. */
export const MAX_DISTANCE = 50

/** A change, and how it was found. */
export interface FoundChange {
  readonly change: GerritChange
  /** The commit that the change's patch set is. */
  readonly commit: string
  /** Commits between it and the one that is built; 0 for that itself. */
  readonly distance: number
}

/**
 * The change that a commit came from: a merge's second parent; by its hash, then by its Change-Id on the branch, then the
 * nearest first parent that Gerrit knows: commits of one's own stand on top of upstream's.
 */
export async function findChange(
  commits: readonly CommitInfo[],
  where: { readonly project: string; readonly branch: string | undefined },
  gerrit: GerritClient,
  history: GitFiles,
): Promise<FoundChange | undefined> {
  for (const [distance, info] of commits.slice(0, MAX_DISTANCE + 1).entries()) {
    const reviewed = await reviewedCommit(info, history)
    const change =
      (await gerrit.ofCommit(where.project, reviewed.commit)) ??
      // Far back the ids of cherry-picks and of commits of one's own would mislead.
      (distance === 0 ? await byChangeId(reviewed, where, gerrit) : undefined)
    if (change !== undefined) return { change, commit: reviewed.commit, distance }
  }
  return undefined
}

/** The merge commits that Gerrit makes belong to no change. */
async function reviewedCommit(info: CommitInfo, history: GitFiles): Promise<CommitInfo> {
  const [, second] = info.parents
  if (second === undefined || !isMergeOfChange(info.message.split('\n')[0] ?? '')) return info
  const [reviewed] = await history.firstParents(second, 1)
  return reviewed ?? { ...info, commit: second, message: '' }
}

async function byChangeId(
  { commit, message }: CommitInfo,
  { project, branch }: { readonly project: string; readonly branch: string | undefined },
  gerrit: GerritClient,
): Promise<GerritChange | undefined> {
  const id = changeIdOf(message)
  if (id === undefined) return undefined
  if (branch !== undefined) {
    const [change, ...others] = await gerrit.ofChangeId(project, id, branch)
    if (change !== undefined && others.length === 0) return change
  }
  const all = await gerrit.ofChangeId(project, id, undefined)
  return all.find(({ revisions }) => revisions.has(commit))
}
