import { InputError, type Problem } from '../errors.js'
import type { Manifest } from '../manifest/read-manifest.js'
import type { OsRelease } from '../system/os-release.js'
import { choosePackager, type FpmSituation } from './choose-packager.js'
import { findClashes } from './clashes.js'
import { findCommandClashes } from './command-clashes.js'
import type { Leg } from './plan.js'
import { type LegGlobs, selectLegs, selectProjects } from './select.js'
import {
  ARCHITECTURES,
  type Architecture,
  knownTargets,
  legId,
  legTarget,
  resolveTarget,
  type Target,
  targetOf,
  unwrapTargets,
} from './targets.js'

export interface Selection extends LegGlobs {
  /** Names of projects; all when undefined. */
  readonly projects: readonly string[] | undefined
}

/** The machine that plans. */
export interface Machine {
  readonly release: OsRelease | undefined
  /** Node's word for its processor, e.g. `x64`. */
  readonly processor: string
  readonly fpm: FpmSituation
}

/** Legs of the manifest's targets, else of the machine's own distribution, selected, by id; nothing is looked up. */
export function makeLegs(manifest: Manifest, selection: Selection, machine: Machine): readonly Leg[] {
  const places = placesOf(manifest, machine)
  const candidates = manifest.projects.flatMap((project, index) =>
    places.map((place) => ({ ...place, project, index, id: legId(project, place.target.id, place.architecture) })),
  )
  checkOverrides(manifest, candidates)
  const problems: Problem[] = []
  const legs = candidates.flatMap((candidate) => {
    try {
      return [finishLeg(candidate, manifest, machine)]
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
      return []
    }
  })
  const place = (index: number, key: string) => manifest.locate(['projects', index, key])
  problems.push(...findClashes(legs, place), ...findCommandClashes(legs, place))
  if (problems.length > 0) throw new InputError(withoutRepetition(problems))
  const selected = selectLegs(selectProjects(legs, selection.projects), selection)
  return selected.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Where legs are for: one target on one architecture. */
interface Place {
  readonly target: Target
  readonly architecture: Architecture
  /** The formats that the manifest gives the target, if it does. */
  readonly formats: Target['formats'] | undefined
}

type Candidate = Place & Pick<Leg, 'project' | 'index' | 'id'>

function placesOf(manifest: Manifest, machine: Machine): readonly Place[] {
  const wishes = manifest.targets
  if (wishes.length === 0) {
    return [{ target: machineTarget(machine), architecture: machineArchitecture(machine), formats: undefined }]
  }
  const place = (index: number) => manifest.locate(['targets', index])
  const targets = unwrapTargets(wishes.map((wish, index) => resolveTarget(wish, place(index))))
  return targets.flatMap((target, index) => {
    const architectures = new Set(wishes[index]?.arch ?? [machineArchitecture(machine)])
    return [...architectures].map((architecture) => ({ target, architecture, formats: wishes[index]?.formats }))
  })
}

function machineArchitecture({ processor }: Machine): Architecture {
  const architecture = ARCHITECTURES[processor]
  if (architecture !== undefined) return architecture
  throw new InputError({
    message: `packages can't be built on this processor (${processor}).`,
    hint: 'Give the targets an arch, e.g. {id: debian12, arch: [amd64]}, to plan for others.',
  })
}

function machineTarget({ release }: Machine): Target {
  const target = release === undefined ? undefined : targetOf(release)
  if (target !== undefined) return target
  throw new InputError({
    message: `packages can't be built for this machine's distribution (${release?.prettyName ?? 'unknown'}).`,
    hint: `Name targets in the manifest, or run giftwrap in one of: ${knownTargets()}.`,
  })
}

function finishLeg(candidate: Candidate, manifest: Manifest, machine: Machine): Leg {
  const { id, index, target, architecture } = candidate
  const { settings, project } = manifest.forLeg({
    ...{ id, project: index, target: legTarget(target, architecture) },
    formats: { own: candidate.formats, usual: target.formats },
  })
  // What an override says of one leg is nearer than what the target says of all.
  const isOverridden = manifest.overrides.some((override) => override.settings.has('formats') && override.picks(id))
  const formats =
    (isOverridden ? settings.formats : undefined) ?? candidate.formats ?? settings.formats ?? target.formats
  const own = machine.release === undefined ? undefined : targetOf(machine.release)
  const here = target.id === own?.id && ARCHITECTURES[machine.processor] === architecture
  const packager = choosePackager(settings.packager, here ? machine.fpm : CONTAINER, formats, {
    ...manifest.locate(['settings', 'packager']),
  })
  return { id, index, target, architecture, project, settings, formats, packager }
}

/** Legs that this machine can't build are built in containers. */
const CONTAINER: FpmSituation = { atHand: undefined, provisioned: true }

/** An override whose globs pick no leg is a mistake that would go unseen. */
function checkOverrides(manifest: Manifest, candidates: readonly Candidate[]): void {
  const problems = manifest.overrides.flatMap(({ select, picks }, index) => {
    if (candidates.some(({ id }) => picks(id))) return []
    return [
      {
        ...manifest.locate(['overrides', index]),
        message: `overrides[${index}] selects ${select.map((glob) => JSON.stringify(glob)).join(', ')}, which no leg is.`,
        hint: `Legs are named like ${candidates[0]?.id ?? 'keystone-2025.1-debian12-amd64'}.`,
      },
    ]
  })
  if (problems.length > 0) throw new InputError(problems)
}

/** Legs share what is wrong with a project. */
function withoutRepetition(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}
