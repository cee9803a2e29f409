import { InputError } from '../errors.js'
import { compileGlob, escapeGlob } from '../runtime/glob.js'
import type { Leg } from './plan.js'

/** https://docs.github.com/actions/reference/limits: jobs of one matrix. */
export const MAX_JOBS = 256
/** The same page: outputs of a job, counted as UTF-16. */
export const MAX_OUTPUT_BYTES = 1024 * 1024

export const GROUPINGS = ['target', 'project'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** A job of a workflow: `id` is what its `--only` takes, a leg's id or a glob that picks a group of legs. */
export interface MatrixEntry {
  readonly id: string
  readonly image: string
  readonly runner: string
}

export interface Matrix {
  readonly include: readonly MatrixEntry[]
}

type MatrixLeg = Pick<Leg, 'id' | 'target' | 'architecture' | 'project'>

/** The strategy matrix of the legs, one job a leg or a group of them; an `InputError` where GitHub would refuse it. */
export function makeMatrix(legs: readonly MatrixLeg[], grouping?: Grouping): Matrix {
  const include = grouping === undefined ? legs.map(entryOf) : groups(legs, grouping)
  const matrix = { include: include.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) }
  checkLimits(matrix, legs.length, grouping)
  return matrix
}

function entryOf({ id, target, architecture }: MatrixLeg): MatrixEntry {
  return { id: escapeGlob(id), image: target.image, runner: target.runners[architecture] }
}

/** A project's legs of several targets have no image in common: theirs is empty, and the job runs on the runner itself. */
function groups(legs: readonly MatrixLeg[], grouping: Grouping): MatrixEntry[] {
  const found = new Map<string, MatrixLeg[]>()
  for (const leg of legs) {
    const { project, target, architecture } = leg
    const name = grouping === 'target' ? target.id : project.name
    const key = JSON.stringify([name, architecture, target.runners[architecture]])
    const group = found.get(key)
    if (group === undefined) found.set(key, [leg])
    else group.push(leg)
  }
  // Globs are worked out against all legs: not for more groups than there may be jobs.
  checkJobs(found.size, legs.length, grouping)
  return [...found.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const sameImage = group.every(({ target }) => target.image === first.target.image)
    return [{ ...entryOf(first), id: globOf(group, first, grouping, legs), image: sameImage ? first.target.image : '' }]
  })
}

/** The shortest glob that picks just the group: by its ends, by its parts in braces, or with all of its ids. */
function globOf(group: readonly MatrixLeg[], first: MatrixLeg, grouping: Grouping, all: readonly MatrixLeg[]): string {
  if (group.length === 1) return escapeGlob(first.id)
  const start = grouping === 'target' ? '' : `${first.project.name}-`
  const end = grouping === 'target' ? `-${first.target.id}-${first.architecture}` : `-${first.architecture}`
  const byEnds = all.filter(({ id }) => id.startsWith(start) && id.endsWith(end))
  if (byEnds.length === group.length) return `${escapeGlob(start)}*${end}`
  const parts = [
    alternatives(group.map(({ project }) => project.name)),
    alternatives(group.map(({ project }) => project.version)),
    alternatives(group.map(({ target }) => target.id)),
    first.architecture,
  ].join('-')
  const picks = compileGlob(parts)
  const byParts = typeof picks === 'string' ? [] : all.filter(({ id }) => picks(id))
  return byParts.length === group.length ? parts : alternatives(group.map(({ id }) => id))
}

function alternatives(words: readonly string[]): string {
  const different = [...new Set(words.map(escapeGlob))].toSorted()
  return different.length === 1 ? different.join('') : `{${different.join(',')}}`
}

function checkLimits(matrix: Matrix, legs: number, grouping: Grouping | undefined): void {
  const jobs = matrix.include.length
  checkJobs(jobs, legs, grouping)
  const bytes = 2 * JSON.stringify(matrix).length
  if (bytes <= MAX_OUTPUT_BYTES) return
  throw new InputError({
    message: `the matrix has ${bytes} bytes (${jobs} jobs), and an output of a job takes at most ${MAX_OUTPUT_BYTES}.`,
    hint: waysOut(grouping),
  })
}

function checkJobs(jobs: number, legs: number, grouping: Grouping | undefined): void {
  if (jobs <= MAX_JOBS) return
  throw new InputError({
    message: `the matrix has ${jobs} jobs (${legs} legs), and GitHub takes at most ${MAX_JOBS}.`,
    hint: waysOut(grouping),
  })
}

function waysOut(grouping: Grouping | undefined): string {
  const fewer = "choose fewer legs with --only 'GLOB', --skip or -p"
  const target = grouping === 'target' ? '' : 'fold the legs of a target into one job with --group-by target, or '
  const both =
    grouping === undefined ? 'fold legs into one job with --group-by target or --group-by project, or ' : target
  return `${(both + fewer).replace(/^./, (first) => first.toUpperCase())}.`
}
