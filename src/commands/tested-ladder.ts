import { join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import type { Lock } from '../lock/obtain-lock.js'
import type { PinnedLeg } from '../plan/plan.js'
import { sha256Text } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'
import { redact } from '../runtime/redact.js'
import { isRemote } from '../source/git.js'
import type { PinnedSource } from '../source/pin.js'
import { gerritClient } from '../tested/gerrit.js'
import { gitFiles } from '../tested/git-files.js'
import { type Ladder, ladder, type Question } from '../tested/ladder.js'
import { requirements } from '../tested/requirements.js'
import { NOTHING, rememberedLadder } from '../tested/tested-versions.js'
import { zuulClient } from '../tested/zuul.js'

/** Nobody is asked where the manifest says so. */
export const NOBODY: Ladder = { climb: async () => undefined, misses: [] }

/** The rungs of tested versions for a leg's source; repositories that they need are fetched below `work`. */
export function testedLadder(leg: PinnedLeg, directory: string, python: string, work: string, ports: Ports): Ladder {
  const { settings, project, source } = leg
  if (!settings.gerrit_dependencies) return NOBODY
  const question: Question = { project: project.gerrit_project, python, ...placeOf(source) }
  if (question.commit === undefined && question.tag === undefined) return NOBODY
  const { gerrit_url, zuul_url, constraints_url } = settings
  const requirementsUrl = location(settings.requirements_url, directory)
  const releasesUrl = location(settings.releases_url, directory)
  const repository = (url: string) => gitFiles(url, join(work, `git-${sha256Text(url).slice(0, 12)}`), ports.exec)
  const servers = [gerrit_url, zuul_url, constraints_url, requirementsUrl, releasesUrl].map(redact)
  const make = () => {
    const own = source.kind === 'git' ? source.url : source.kind === 'path' ? source.path : undefined
    const ofRequirements = { url: redact(requirementsUrl), repository: once(() => repository(requirementsUrl)) }
    return ladder(question, {
      gerrit: gerritClient(gerrit_url, ports.fetch),
      zuul: zuulClient(zuul_url, ports.fetch),
      requirements: requirements(constraints_url, ofRequirements, ports.fetch),
      history: own === undefined ? undefined : repository(own),
      releases: repository(releasesUrl),
    })
  }
  return rememberedLadder([question, servers], make, ports.cache)
}

/** What is known of where a source stands; a release of the package index is as good as its tag. */
function placeOf(source: PinnedSource): Pick<Question, 'commit' | 'branch' | 'tag'> {
  switch (source.kind) {
    case 'git': {
      const branch = /^refs\/heads\/(.+)$/.exec(source.fetch)?.[1]
      const tag = /^refs\/tags\/(.+)$/.exec(source.fetch)?.[1] ?? source.tags[0]
      return { commit: source.commit, branch, tag }
    }
    case 'path':
      return { commit: source.commit, branch: undefined, tag: /^(.+)-0-g[0-9a-f]+$/.exec(source.described ?? '')?.[1] }
    case 'sdist':
      return { commit: undefined, branch: undefined, tag: source.requirement.split('==')[1] }
  }
}

function location(url: string, directory: string): string {
  return isRemote(url) ? url : resolve(directory, url)
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Refuses a lock with packages that nothing as good as a rung names; the manifest may overrule a rung, though. */
export function requireRung(required: number | undefined, { tested }: Lock, project: string): void {
  if (required === undefined) return
  const hint = 'Without --require-rung it is built all the same.'
  if (tested === undefined) {
    throw new InputError({ message: `${project}: its lock does not say where its versions come from.`, hint })
  }
  const overruled = new Set(tested.overruled.map(({ name }) => name))
  const below = Object.entries(tested.packages).filter(([name, rung]) => rung > required && !overruled.has(name))
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
export function warningsOf({ tested }: Lock): string[] {
  if (tested === undefined) return []
  const failed = tested.misses.filter((miss) => miss.failed)
  const newest = Object.entries(tested.packages).flatMap(([name, rung]) => (rung === NOTHING ? [name] : []))
  return [
    ...failed.map(({ rung, why }) => `tested versions (rung ${rung}) could not be asked for: ${why}`),
    ...(newest.length === 0 ? [] : [`nobody tested these versions, they are the newest: ${newest.join(', ')}`]),
  ]
}
