import { join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import type { Lock } from '../lock/obtain-lock.js'
import type { PinnedLeg } from '../plan/plan.js'
import { sha256Text } from '../runtime/files.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { redact } from '../runtime/redact.js'
import { isRemote } from '../source/git.js'
import type { PinnedSource } from '../source/pin.js'
import { gerritClient } from '../tested/gerrit.js'
import { type GitFiles, gitFiles } from '../tested/git-files.js'
import { type Ladder, ladder, type Question } from '../tested/ladder.js'
import { rememberedLadder, type SharedLadder } from '../tested/remembered-ladder.js'
import { type Requirements, requirements } from '../tested/requirements.js'
import { NOTHING } from '../tested/tested-versions.js'
import { zuulClient } from '../tested/zuul.js'

/** Nobody is asked where the manifest says so. */
export const NOBODY: Ladder = { climb: async () => undefined, misses: [] }

/** Tested versions for all legs of a run: what one has asked the others know. */
export interface Lookups {
  ladder(leg: PinnedLeg, python: string): Ladder
}

/** For what needs no tested versions. */
export const NO_LOOKUPS: Lookups = { ladder: () => NOBODY }

/** Repositories that have to be fetched go below `work`; paths are relative to `directory`, the manifest's. */
export function testedLookups(directory: string, work: string, ports: Ports): Lookups {
  const repositories = new Map<string, GitFiles>()
  const ladders = new Map<string, SharedLadder>()
  const allRequirements = new Map<string, Requirements>()
  const repository = (url: string) =>
    remember(repositories, url, () => gitFiles(url, join(work, `git-${sha256Text(url).slice(0, 12)}`), ports.exec))
  return {
    ladder(leg, python) {
      const { settings, project, source } = leg
      if (!settings.gerrit_dependencies) return NOBODY
      const question: Question = { project: project.gerrit_project, python, ...placeOf(source) }
      if (question.commit === undefined && question.tag === undefined) return NOBODY
      const { gerrit_url, zuul_url, constraints_url } = settings
      const requirementsUrl = location(settings.requirements_url, directory)
      const releasesUrl = location(settings.releases_url, directory)
      const own = source.kind === 'git' ? source.url : source.kind === 'path' ? source.path : undefined
      const make = () =>
        ladder(question, {
          gerrit: gerritClient(gerrit_url, ports.fetch),
          zuul: zuulClient(zuul_url, ports.fetch),
          requirements: remember(allRequirements, JSON.stringify([constraints_url, requirementsUrl]), () => {
            const from = { url: redact(requirementsUrl), repository: () => repository(requirementsUrl) }
            return requirements(constraints_url, from, ports.fetch)
          }),
          history: own === undefined ? undefined : repository(own),
          releases: repository(releasesUrl),
        })
      const servers = [gerrit_url, zuul_url, constraints_url, requirementsUrl, releasesUrl].map(redact)
      const identity = [question, servers]
      const shared = remember(ladders, JSON.stringify([identity, own]), () =>
        rememberedLadder(identity, make, ports.cache),
      )
      return shared.climber()
    },
  }
}

/** They wait for servers, most of all. */
const LOOKUPS_AT_ONCE = 8

/** Climbs to the first rung of each: whatever needs them afterwards doesn't wait. */
export async function lookUpFirst(ladders: readonly Ladder[]): Promise<void> {
  await mapLimit(ladders, LOOKUPS_AT_ONCE, async (one) => {
    await one.climb()
  })
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}

/** What is known of where a source stands; a release of the package index is as good as its tag. */
function placeOf(source: PinnedSource): Pick<Question, 'commit' | 'branch' | 'tag'> {
  switch (source.kind) {
    case 'git': {
      const branch = /^refs\/heads\/(.+)$/.exec(source.fetch)?.[1]
      const tag = /^refs\/tags\/(.+)$/.exec(source.fetch)?.[1] ?? tagOf(source.tags)
      return { commit: source.commit, branch, tag }
    }
    case 'path':
      return { commit: source.commit, branch: undefined, tag: /^(.+)-0-g[0-9a-f]+$/.exec(source.described ?? '')?.[1] }
    case 'sdist':
      return { commit: undefined, branch: undefined, tag: source.requirement.split('==')[1] }
  }
}

/** Of several tags of one commit the version tells most, then the end of a series. */
function tagOf(tags: readonly string[]): string | undefined {
  return tags.find((tag) => /^v?\d+(?:\.\d+)+/.test(tag)) ?? tags.find((tag) => tag.endsWith('-eol')) ?? tags[0]
}

function location(url: string, directory: string): string {
  return isRemote(url) ? url : resolve(directory, url)
}

/** Refuses a lock with packages that nothing as good as a rung names; the manifest may overrule a rung, though. */
export function requireRung(required: number | undefined, { facts }: Lock, project: string): void {
  if (required === undefined) return
  const hint = 'Without --require-rung it is built all the same.'
  const { tested, overrides } = facts
  const wanted = new Set([...tested.overruled, ...overrides].map(({ name }) => name))
  const below = Object.entries(tested.packages)
    .map(([name, { rung }]) => [name, rung] as const)
    .filter(([name, rung]) => rung > required && !wanted.has(name))
  if (below.length === 0) return
  const shown = below.slice(0, MAX_SHOWN).map(([name, rung]) => `${name} (${rung})`)
  const more = below.length > MAX_SHOWN ? `, … and ${below.length - MAX_SHOWN} more` : ''
  const why = tested.misses.map((miss) => `\n    rung ${miss.rung}: ${miss.why}`).join('')
  throw new InputError({
    message: `${project}: --require-rung ${required}, and these are from lower ones: ${shown.join(', ')}${more}.${why}`,
    hint,
  })
}

const MAX_SHOWN = 20

/** What of a lock is not as tested as one would like, in sentences. */
export function warningsOf({ facts, failures }: Lock): string[] {
  const { tested, overrides, relaxed, upgraded, yanked, build } = facts
  const lifted = new Set([...relaxed.map(({ name }) => name), ...upgraded])
  const newest = Object.entries(tested.packages).flatMap(([name, { rung }]) =>
    rung === NOTHING && !lifted.has(name) ? [name] : [],
  )
  const because = (reason: string | undefined) => (reason === undefined ? '' : ` (${reason})`)
  return [
    ...failures,
    ...overrides.map(({ requirement, reason, instead_of }) => {
      const instead = instead_of.length === 0 ? '' : ` instead of ${instead_of.join(', ')}`
      return `not tested, but wanted by the manifest: ${requirement}${instead}${because(reason)}`
    }),
    ...relaxed.map(
      ({ name, pin, why }) => `not tested: another version than ${name}${pin}, which can't be had: ${why}`,
    ),
    ...(upgraded.length === 0 ? [] : [`not tested, but upgraded when the lock was made: ${upgraded.join(', ')}`]),
    ...yanked.map(({ name, version, why }) => `${name} ${version} was withdrawn from the index (yanked): ${why}`),
    ...(build.unlocked.length === 0
      ? []
      : [
          `what builds these source archives contradicts the rest or could not be read, and is not locked: ${build.unlocked.join(', ')}`,
        ]),
    ...(newest.length === 0 ? [] : [`nobody tested these versions, they are the newest: ${newest.join(', ')}`]),
  ]
}
