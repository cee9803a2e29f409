import { InputError } from '../errors.js'
import type { Manifest } from '../manifest/read-manifest.js'
import type { OsRelease } from '../system/os-release.js'
import { choosePackager, type FpmSituation } from './choose-packager.js'
import type { Leg } from './plan.js'
import { selectLegs, selectProjects } from './select.js'
import { ARCHITECTURES, TARGETS, type Target, targetOf } from './targets.js'

export interface Selection {
  /** Names of projects; all when undefined. */
  readonly projects: readonly string[] | undefined
  /** Glob over leg ids; all when undefined. */
  readonly only: string | undefined
}

/** The machine that builds. */
export interface Machine {
  readonly release: OsRelease | undefined
  /** Node's word for its processor, e.g. `x64`. */
  readonly processor: string
  readonly fpm: FpmSituation
}

/** The legs of a manifest for this machine's own distribution, selected; nothing is looked up. */
export function makeLegs(manifest: Manifest, selection: Selection, machine: Machine): readonly Leg[] {
  const target = machineTarget(machine)
  const architecture = ARCHITECTURES[machine.processor]
  if (architecture === undefined) {
    throw new InputError({ message: `packages can't be built on this processor (${machine.processor}).` })
  }
  const packager = choosePackager(manifest.settings.packager, machine.fpm)
  const legs = manifest.projects.map((project, index) => ({
    id: `${project.name}-${project.version}-${target.id}-${architecture}`,
    project,
    index,
    target,
    architecture,
    packager,
  }))
  return selectLegs(selectProjects(legs, selection.projects), selection.only)
}

function machineTarget({ release }: Machine): Target {
  const target = release === undefined ? undefined : targetOf(release)
  if (target !== undefined) return target
  throw new InputError({
    message: `packages can't be built for this machine's distribution (${release?.prettyName ?? 'unknown'}).`,
    hint: `Run giftwrap in one of: ${TARGETS.map(({ id }) => id).join(', ')}.`,
  })
}
