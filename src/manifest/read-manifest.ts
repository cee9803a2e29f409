import { dirname, resolve as resolvePath } from 'node:path'
import { checkProjects } from './check-projects.js'
import { checkShape, type ManifestShape } from './check-shape.js'
import { type ManifestOverrides, overriddenText } from './overrides.js'
import { ProblemList } from './problem-list.js'
import { readText } from './read-text.js'
import { readYaml } from './read-yaml.js'
import { type ResolvedManifest, resolveManifest } from './resolve-manifest.js'
import type { Project, Settings } from './schema.js'
import { BudgetExhausted } from './template/budget.js'
import { nearestNode, type Path } from './yaml-tree.js'

export type { ManifestOverrides } from './overrides.js'
export type { Project, Settings } from './schema.js'

export interface Manifest {
  /** As given. */
  readonly file: string
  /** Absolute. */
  readonly directory: string
  readonly settings: Settings
  readonly projects: readonly Project[]
  /** Where a value stands, or the nearest part of the manifest that holds its place; counted from 1. */
  locate(path: Path): { file: string; line?: number; column?: number }
}

/** Reads and checks a manifest file; throws an `InputError` with all problems, sorted by line and column. */
export async function readManifest(path: string, overrides: ManifestOverrides = {}): Promise<Manifest> {
  return parseManifest(path, await readText(path), overrides)
}

function parseManifest(file: string, text: string, overrides: ManifestOverrides): Manifest {
  const problems = new ProblemList(file, text)
  const { root, problems: yamlProblems } = readYaml(text)
  for (const { message, offset } of yamlProblems) problems.add(message, offset)
  if (root === undefined && yamlProblems.length > 0) problems.throwIfAny()

  const overridden = ([section, key]: Path): boolean =>
    section === 'settings' && overriddenText(overrides, String(key)) !== undefined
  const offsetOf = (path: Path): number | undefined =>
    root === undefined || overridden(path) ? undefined : nearestNode(root, path).offset
  const report = (path: Path, message: string): void => {
    const hint = overridden(path) ? 'It was given by an input or an option, not by the manifest.' : undefined
    problems.add(message, offsetOf(path), hint)
  }

  const { settings, projects } = resolve(checkShape(root, problems), overrides, report, problems)
  checkProjects(projects, report)
  problems.throwIfAny()
  if (settings === undefined) throw new Error('a manifest without problems has settings')
  return {
    file,
    directory: dirname(resolvePath(file)),
    settings,
    projects: projects.flatMap(({ project }) => project ?? []),
    locate: (path) => problems.place(offsetOf(path)),
  }
}

function resolve(
  shape: ManifestShape,
  overrides: ManifestOverrides,
  report: (path: Path, message: string) => void,
  problems: ProblemList,
): ResolvedManifest {
  try {
    return resolveManifest(shape, overrides, report)
  } catch (error) {
    if (!(error instanceof BudgetExhausted)) throw error
    problems.add(error.message, undefined)
    return { projects: [] }
  }
}
