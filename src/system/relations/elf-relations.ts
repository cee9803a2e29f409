import { InputError, type Problem } from '../../errors.js'
import { type InstalledTree, type LibraryNeed, scanTree } from '../elf/scan-tree.js'
import { apkOwners } from '../owners/apk.js'
import { dpkgOwners } from '../owners/dpkg.js'
import type { FindOwners, SystemContext } from '../owners/owners.js'
import { pacmanOwners } from '../owners/pacman.js'
import { rpmOwners } from '../owners/rpm.js'
import type { PackageManager, SystemRelation } from './relation.js'

const OWNERS: Readonly<Record<PackageManager, FindOwners>> = {
  dpkg: dpkgOwners,
  rpm: rpmOwners,
  apk: apkOwners,
  pacman: pacmanOwners,
}

export interface ElfRelations {
  readonly relations: readonly SystemRelation[]
  /** Libraries that were not looked for, as `excluded` says. */
  readonly leftOut: readonly SystemRelation[]
  /** What the reader should know of, in sentences. */
  readonly notes: readonly string[]
}

/**
 * The packages of this system that own the libraries which compiled files of a tree need. A library that nobody owns is
 * an `InputError` that names the distribution and the file, unless another distribution of the tree brings it.
 */
export async function elfRelations(
  tree: InstalledTree & { readonly project: string },
  manager: PackageManager,
  excluded: (library: string) => boolean,
  system: SystemContext,
): Promise<ElfRelations> {
  const { needs, notes, bundled } = scanTree(tree, system.architecture)
  const wanted = needs.filter(({ library }) => !excluded(library))
  const owners = await OWNERS[manager](wanted, system)
  const problems: Problem[] = []
  const found: string[] = [...notes]
  for (const { need, why } of owners.unowned) {
    const other = bundled.get(need.library)
    if (other === undefined) problems.push(problemOf(tree.project, need, why))
    else found.push(`${describe([need])}: taken to be loaded from ${other.path}${of(other.distribution)} before`)
  }
  if (problems.length > 0) throw new InputError(problems)
  const row = (relation: string, of: readonly LibraryNeed[]) => ({
    relation,
    source: 'elf' as const,
    why: describe(of),
  })
  return {
    relations: owners.relations.map(({ relation, needs: asking }) => row(relation, asking)).sort(byRelation),
    leftOut: needs.filter(({ library }) => excluded(library)).map((need) => row(need.library, [need])),
    notes: found,
  }
}

function problemOf(project: string, need: LibraryNeed, why: string): Problem {
  return {
    message: `${project}: ${describe([need])}, ${why}.`,
    hint: `Install the package that has it here and name it in build_dependencies, or leave it out: system_dependencies_exclude: [${need.library}].`,
  }
}

/** e.g. `libpq.so.5 is needed by lib/…/_psycopg.so of psycopg2 2.9.9 and 2 more files`. */
function describe(needs: readonly LibraryNeed[]): string {
  const files = new Map(needs.flatMap(({ neededBy }) => neededBy.map((file) => [file.path, file] as const)))
  const [first] = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const libraries = needs.map(({ library }) => library).sort()
  const more = files.size > 1 ? ` and ${files.size - 1} more file${files.size > 2 ? 's' : ''}` : ''
  const verb = libraries.length > 1 ? 'are' : 'is'
  return `${libraries.join(', ')} ${verb} needed by ${first?.path ?? 'the tree'}${of(first?.distribution)}${more}`
}

function of(distribution: string | undefined): string {
  return distribution === undefined ? '' : ` of ${distribution}`
}

function byRelation(a: SystemRelation, b: SystemRelation): number {
  return a.relation < b.relation ? -1 : 1
}
