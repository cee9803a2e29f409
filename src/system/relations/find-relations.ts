import { anyGlob } from '../../runtime/glob.js'
import type { BindepRule } from '../bindep/parse.js'
import { DEFAULT_PROFILES, selectRules } from '../bindep/select.js'
import type { InstalledTree } from '../elf/scan-tree.js'
import table from '../loaded-by-name.json' with { type: 'json' }
import type { SystemContext } from '../owners/owners.js'
import { elfRelations } from './elf-relations.js'
import { nameOf, type PackageManager, type SystemRelation, versionedRelations } from './relation.js'

/** What is looked at for system packages; what is undefined was not asked for. */
export interface RelationSources {
  readonly project: string
  readonly manager: PackageManager
  /** Names that the target goes by, the nearest first: `debian12 debian dpkg`. */
  readonly platforms: readonly string[]
  /** The built tree and the names (PEP 503) of the distributions in it. */
  readonly tree: (InstalledTree & { readonly distributions: readonly string[] }) | undefined
  readonly bindep: { readonly rules: readonly BindepRule[]; readonly atoms: readonly string[] } | undefined
  /** Packages of devstack's list, and which list of which commit that is. */
  readonly devstack: { readonly packages: readonly string[]; readonly list: string } | undefined
  /** Globs over relations, names of packages and of libraries. */
  readonly exclude: readonly string[]
}

export interface FoundRelations {
  readonly relations: readonly SystemRelation[]
  /** Found, and not wanted by the manifest. */
  readonly leftOut: readonly SystemRelation[]
  /** Worth a warning. */
  readonly notes: readonly string[]
}

/** What there is to find beside what the manifest itself names, each with its source. */
export async function findRelations(sources: RelationSources, system: SystemContext): Promise<FoundRelations> {
  const { manager, tree, bindep, devstack, project } = sources
  const isExcluded = anyGlob(sources.exclude)
  const notes: string[] = []
  const elf = tree === undefined ? undefined : await elfRelations({ ...tree, project }, manager, isExcluded, system)
  notes.push(...(elf?.notes ?? []))
  const found = [
    ...(elf?.relations ?? []),
    ...(tree === undefined ? [] : byName(tree.distributions, sources.platforms)),
    ...(bindep === undefined ? [] : ofBindep(bindep, manager, notes)),
    ...(devstack?.packages ?? []).map(
      (relation): SystemRelation => ({ relation, source: 'devstack', why: `stands in ${devstack?.list ?? ''}` }),
    ),
  ]
  const excluded = ({ relation }: SystemRelation) => isExcluded(relation) || isExcluded(nameOf(relation))
  return {
    relations: found.filter((one) => !excluded(one)),
    leftOut: [...(elf?.leftOut ?? []), ...found.filter(excluded)],
    notes,
  }
}

/** What distributions load or run by its name; the nearest of the target's names decides. */
function byName(distributions: readonly string[], platforms: readonly string[]): SystemRelation[] {
  return table.distributions.flatMap(({ name, reason, packages }): SystemRelation[] => {
    if (!distributions.includes(name)) return []
    const lists: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(packages))
    const list = platforms.map((platform) => lists.get(platform)).find((one) => one !== undefined) ?? []
    return list.map((relation) => ({ relation, source: 'by name', why: `${name} ${reason}` }))
  })
}

function ofBindep(
  { rules, atoms }: NonNullable<RelationSources['bindep']>,
  manager: PackageManager,
  notes: string[],
): SystemRelation[] {
  return selectRules(rules, DEFAULT_PROFILES, atoms).flatMap((rule): SystemRelation[] => {
    const why = `line ${rule.line} of bindep.txt`
    const relations = versionedRelations(manager, rule.package, rule.versions)
    if (relations !== undefined) return relations.map((relation) => ({ relation, source: 'bindep', why }))
    notes.push(`${rule.package} (${why}): ${manager} has no word for !=, and the version is left out`)
    return [{ relation: rule.package, source: 'bindep', why }]
  })
}
