import { checkProjects, type ProjectIdentity } from './check-projects.js'
import { checkShape, type ManifestShape } from './check-shape.js'
import { type Found, findNotYet } from './find-not-yet.js'
import { settingsOfInputs, varsOfInputs } from './lay-inputs.js'
import { withListed } from './lay-projects.js'
import { LoadedManifest, type Manifest } from './manifest.js'
import { mergeMaps } from './merge-trees.js'
import { NOT_YET, type NotYet } from './not-yet.js'
import { givenSettings, type ManifestOverrides } from './overrides.js'
import { ProblemList } from './problem-list.js'
import { readFiles } from './read-files.js'
import type { Resolver } from './resolver.js'
import { Sources } from './sources.js'
import { BudgetExhausted } from './template/budget.js'
import type { MapNode, Path } from './yaml-tree.js'

export type { Explanation, Origin } from './explain.js'
export type { ListedProject } from './lay-projects.js'
export type { LegInput, LegTarget, LegValues } from './leg.js'
export { type Manifest, renderTemplate } from './manifest.js'
export type { ManifestOverrides } from './overrides.js'
export type { ManifestTarget, Project, Settings } from './schema.js'

/** Reads and checks a manifest file; throws an `InputError` with all problems, sorted by file, line and column. */
export async function readManifest(path: string, overrides: ManifestOverrides = {}): Promise<Manifest> {
  return loadManifest(path, overrides, NOT_YET)
}

/** The same with another list of what is not built yet, for those who build it. */
export async function loadManifest(path: string, overrides: ManifestOverrides, notYet: NotYet): Promise<Manifest> {
  const given = givenSettings(overrides)
  const sources = new Sources(path)
  const problems = new ProblemList(sources)
  const root = await readFiles(path, sources, problems)
  if (root === undefined) problems.throwIfAny()
  const inputs = settingsOfInputs(given, sources)
  const vars = await varsOfInputs(overrides, sources)
  const shape = withListed(withVars(checkShape(root, problems), vars), overrides.projects ?? [], sources)
  const loaded = new LoadedManifest(path, root, shape, inputs, sources)
  const resolved = resolve(loaded, shape, problems, notYet)
  problems.throwIfAny()
  return loaded.finish(resolved)
}

function withVars(shape: ManifestShape, vars: MapNode | undefined): ManifestShape {
  return vars === undefined ? shape : { ...shape, vars: mergeMaps(shape.vars, vars) }
}

function resolve(loaded: LoadedManifest, shape: ManifestShape, problems: ProblemList, notYet: NotYet) {
  const warnings = new ProblemList(loaded.sources)
  const report = (path: Path, message: string): void => problems.add(message, loaded.offsetOf(path))
  try {
    const resolver = loaded.resolver(problems)
    const targets = resolver.targets()
    checkTargets(targets, report)
    const superrepo = resolver.superrepo()
    const found = findValues(resolver, shape)
    checkProjects(
      found.projects.flatMap(({ identity }) => identity ?? []),
      report,
    )
    findNotYet(notYet, shape, found, problems, warnings)
    const projects = found.projects.flatMap(({ project }) => project ?? [])
    const { settings } = found
    return { resolver, settings, projects, targets, superrepo, warnings: warnings.toProblems() }
  } catch (error) {
    if (!(error instanceof BudgetExhausted)) throw error
    problems.add(error.message, undefined)
    return undefined
  }
}

function findValues(resolver: Resolver, shape: ManifestShape) {
  const { settingsNode, lateSettings } = resolver
  const settings = resolver.settings()
  const projects = shape.projects.flatMap(({ index, node }, position) => {
    const sections = resolver.sections(position)
    if (sections === undefined) return []
    const late = resolver.lateKeys(sections)
    const project = resolver.project(sections)
    resolver.checkLateSettings(sections)
    return [{ index, node, project, late, identity: identityOf(index, sections.project, late) }]
  })
  return { settings, settingsNode, lateSettings, projects } satisfies Found
}

function identityOf(
  index: number,
  section: { valueOf(key: string): unknown },
  late: ReadonlySet<string>,
): ProjectIdentity | undefined {
  const [name, version, package_name, path] = ['name', 'version', 'package_name', 'install_path'].map((key) => {
    const value = late.has(key) ? undefined : section.valueOf(key)
    return typeof value === 'string' ? value : undefined
  })
  if (name === undefined || version === undefined) return undefined
  return { index, name, version, package_name: package_name ?? '', install_path: path }
}

function checkTargets(
  targets: readonly { readonly id: string }[],
  report: (path: Path, message: string) => void,
): void {
  const seen = new Map<string, number>()
  for (const [index, { id }] of targets.entries()) {
    const same = seen.get(id)
    if (same === undefined) seen.set(id, index)
    else report(['targets', index], `targets[${index}] is ${id}, as targets[${same}] already is`)
  }
}
