import { join } from 'node:path'
import type { FetchLimits } from '../../src/runtime/fetch.js'
import { gerritClient } from '../../src/tested/gerrit.js'
import { gitFiles } from '../../src/tested/git-files.js'
import { type Ladder, ladder, type Question } from '../../src/tested/ladder.js'
import { requirements } from '../../src/tested/requirements.js'
import type { Rung } from '../../src/tested/rung.js'
import { zuulClient } from '../../src/tested/zuul.js'
import { quickFetch } from '../support/bad-answers.js'
import { scratch } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'
import { questionOf, tested, type World, type WorldOptions } from '../support/tested-world.js'

/** The real ladder in a world of the tests' own. */
export function ladderOf(world: World, question: Question, limits: Partial<FetchLimits> = {}): Ladder {
  const { exec } = testPorts()
  const fetch = quickFetch(limits)
  const { gerrit_url = '', zuul_url = '', constraints_url = '' } = world.settings
  const repository = (url: string) => gitFiles(url, join(scratch(), 'git'), exec)
  const ofRequirements = repository(world.requirements.folder)
  const source = { url: world.requirements.folder, repository: () => ofRequirements }
  return ladder(question, {
    gerrit: gerritClient(gerrit_url, fetch),
    zuul: zuulClient(zuul_url, fetch),
    requirements: requirements(constraints_url, source, fetch),
    history: question.commit === undefined ? undefined : repository(world.project.folder),
    releases: repository(world.releases.folder),
  })
}

/** All rungs, and what the others said. */
export async function climbed(
  options: WorldOptions = {},
  question: (world: World) => Question = ({ commit }) => questionOf(commit),
  limits: Partial<FetchLimits> = {},
) {
  const world = await tested(scratch(), options)
  const all = ladderOf(world, question(world), limits)
  const rungs: Rung[] = []
  for (let rung = await all.climb(); rung !== undefined; rung = await all.climb()) rungs.push(rung)
  return { world, rungs, misses: all.misses }
}

export const versions = ({ constraints }: Rung) => constraints.map(({ name, specifier }) => `${name}${specifier}`)
export const short = (rungs: readonly Rung[]) => rungs.map((rung) => [rung.rung, ...versions(rung)])
