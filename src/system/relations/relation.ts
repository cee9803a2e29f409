import type { VersionTerm } from '../bindep/parse.js'

/** Package managers, by the words that mappings of system packages go by. */
export const PACKAGE_MANAGERS = ['dpkg', 'rpm', 'apk', 'pacman'] as const
export type PackageManager = (typeof PACKAGE_MANAGERS)[number]

/** `elf` is what files of the tree say, `by name` what is known of distributions that say it in no file. */
export type RelationSource = 'interpreter' | 'manifest' | 'elf' | 'by name' | 'bindep' | 'devstack'

/** A system package that the package depends on, who says so, and why. */
export interface SystemRelation {
  /** In the package manager's own spelling, e.g. `libpq5 (>= 10~)`, `libpq.so.5()(64bit)`, `so:libpq.so.5`. */
  readonly relation: string
  readonly source: RelationSource
  readonly why: string
}

/** The very Python that a virtualenv links, in its minor version: another one finds no modules in it. */
export function interpreterRelations(manager: PackageManager, minor: string): SystemRelation[] {
  const next = `3.${Number(minor.slice('3.'.length)) + 1}`
  const relations: Readonly<Record<PackageManager, readonly string[]>> = {
    dpkg: [`python${minor}`],
    rpm: [`python(abi) = ${minor}`],
    apk: [`python3~${minor}`],
    pacman: [`python>=${minor}`, `python<${next}`],
  }
  const why = `the virtualenv links Python ${minor}`
  return relations[manager].map((relation) => ({ relation, source: 'interpreter', why }))
}

/** What the manifest names, as it stands there. */
export function manifestRelations(packages: readonly string[]): SystemRelation[] {
  return packages.map((relation) => ({ relation, source: 'manifest', why: 'system_dependencies' }))
}

const OPERATORS: Readonly<Record<PackageManager, Readonly<Record<VersionTerm['operator'], string | undefined>>>> = {
  dpkg: { '<': '<<', '<=': '<=', '==': '=', '!=': undefined, '>=': '>=', '>': '>>' },
  rpm: { '<': '<', '<=': '<=', '==': '=', '!=': undefined, '>=': '>=', '>': '>' },
  apk: { '<': '<', '<=': '<=', '==': '=', '!=': undefined, '>=': '>=', '>': '>' },
  pacman: { '<': '<', '<=': '<=', '==': '=', '!=': undefined, '>=': '>=', '>': '>' },
}

/** A package with conditions on its version: one relation each; undefined where the package manager has no word. */
export function versionedRelations(
  manager: PackageManager,
  name: string,
  conditions: readonly VersionTerm[],
): readonly string[] | undefined {
  if (conditions.length === 0) return [name]
  const relations = conditions.map(({ operator, version }) => {
    const word = OPERATORS[manager][operator]
    if (word === undefined) return undefined
    if (manager === 'dpkg') return `${name} (${word} ${version})`
    return manager === 'rpm' ? `${name} ${word} ${version}` : `${name}${word}${version}`
  })
  return relations.every((one) => one !== undefined) ? relations : undefined
}

/** What a package's control data says: each relation once, and no name alone that another relation has with a version. */
export function dependenciesOf(relations: readonly SystemRelation[]): string[] {
  const all = [...new Set(relations.map(({ relation }) => relation))]
  const isImplied = (one: string) =>
    all.some((other) => other.startsWith(one) && /^(?: \(| ?[<>=~])/.test(other.slice(one.length)))
  return all.filter((one) => !isImplied(one))
}

/** The package's name in a relation. */
export function nameOf(relation: string): string {
  return /^[^\s<>=~|]+/.exec(relation)?.[0] ?? relation
}
