import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { PackageModel, Phase } from '../package/model.js'
import { isPlainPath, pathGlob } from '../package/path-glob.js'
import { serviceUnit, unitName } from '../package/units.js'
import type { Leg, PinnedLeg } from '../plan/plan.js'
import { walkTree } from '../runtime/files.js'
import { compileGlob } from '../runtime/glob.js'
import { dependenciesOf, type SystemRelation } from '../system/relations/relation.js'
import type { InstalledDistribution } from '../venv/installed.js'
import type { LegContext } from './leg-context.js'
import { declaredRelations } from './leg-relations.js'

/** What a build knows of a package before it has its tree. */
export type DeclaredModel = Omit<PackageModel, 'tree' | 'configFiles' | 'commands' | 'units' | 'date' | Learned>
type Learned = 'summary' | 'homepage' | 'license' | 'changelog' | 'copyright' | 'sbom'

/** What the manifest alone decides of a leg's package. */
export function declaredModel(leg: Leg, context: Pick<LegContext, 'interpreter'>): DeclaredModel {
  const { project, settings, target } = leg
  return {
    name: project.package_name,
    version: project.version,
    epoch: project.epoch,
    iteration: project.iteration ?? settings.iteration,
    suffix: target.suffix,
    architecture: leg.architecture,
    maintainer: settings.maintainer,
    vendor: settings.vendor,
    python: context.interpreter.minor,
    relations: {
      depends: dependsOf(declaredRelations(leg, context.interpreter)),
      recommends: project.recommends,
      provides: project.provides,
      conflicts: project.conflicts,
      replaces: project.replaces,
    },
    account: { user: project.user, group: project.group },
    directories: project.directories.map(({ path, owner, group, mode }) => ({
      path: path.replace(/\/$/, ''),
      owner: owner ?? project.user ?? 'root',
      group: group ?? project.group ?? project.user ?? 'root',
      mode,
    })),
    scripts: scriptsOf(leg),
    bytecode: settings.bytecode,
    compression: target.zstd ? 'zstd' : 'xz',
  }
}

/** The leg's package: what the manifest says, what the project says of itself, the tree, and what that depends on. */
export async function packageModel(
  leg: PinnedLeg,
  tree: string,
  date: number,
  relations: readonly SystemRelation[],
  itself: InstalledDistribution | undefined,
  documents: Pick<PackageModel, 'changelog' | 'copyright' | 'sbom'>,
  context: LegContext,
): Promise<PackageModel> {
  const { project, settings } = leg
  const summary = itself?.summary || project.name
  const declared = declaredModel(leg, context)
  return {
    ...declared,
    relations: { ...declared.relations, depends: dependsOf(relations) },
    summary,
    homepage: settings.homepage ?? itself?.homepage,
    license: settings.license ?? itself?.license,
    tree: { folder: tree, installPath: project.install_path },
    configFiles: configFilesOf(leg, tree),
    commands: await commandsOf(leg, tree, itself),
    units: unitsOf(leg, summary),
    changelog: documents.changelog,
    copyright: documents.copyright,
    sbom: documents.sbom,
    date,
  }
}

/** The same before anything is built: what only a build learns is what stands in for it. */
export function plannedModel(leg: Leg): PackageModel {
  const { settings, project } = leg
  const version = leg.target.python ?? '3'
  return {
    ...declaredModel(leg, { interpreter: { path: '/usr/bin/python3', version, minor: version } }),
    summary: leg.project.name,
    homepage: settings.homepage,
    license: settings.license,
    tree: { folder: '$TREE', installPath: project.install_path },
    configFiles: [],
    commands: [],
    units: unitsOf(leg, project.name),
    changelog: undefined,
    copyright: undefined,
    sbom: undefined,
    date: 0,
  }
}

function scriptsOf({ project }: Leg): Readonly<Partial<Record<Phase, string>>> {
  return Object.fromEntries(
    Object.entries(project.scripts).flatMap(([phase, script]) =>
      script?.text === undefined ? [] : [[phase, script.text]],
    ),
  )
}

/** Units of the services; the account is the project's where a service names none. */
function unitsOf({ project }: Leg, summary: string): PackageModel['units'] {
  return project.services.map(({ name = '', command, text, user, group, environment }) => {
    if (command === undefined) return { name: unitName(name), text: text ?? '' }
    const account = { user: user ?? project.user, group: group ?? (user === undefined ? project.group : undefined) }
    return serviceUnit({ name, command, ...account, environment }, summary, project.install_path)
  })
}

/** Files of the tree that the manifest's globs pick; a path that is no glob has to be there. */
function configFilesOf({ project }: Leg, tree: string): string[] {
  const files = walkTree(tree)
    .filter(({ kind }) => kind === 'file')
    .map(({ path }) => join(project.install_path, path))
  const missing = project.config_files.filter((glob) => isPlainPath(glob) && !files.includes(glob))
  if (missing.length > 0) {
    throw new InputError({
      message: `${project.name}: the package has no ${missing.join(', ')}, which config_files name${missing.length === 1 ? 's' : ''}.`,
      hint: 'Files of the package lie below its install path; a glob may pick none.',
    })
  }
  const picked = project.config_files.map(pathGlob)
  return files.filter((file) => picked.some((test) => test(file)))
}

/** What uv and Python put into `bin` for themselves. */
const NOT_COMMANDS = /^(?:python[\d.]*|pip[\d.]*|activate.*)$/i

/** Names of `bin` that are linked in /usr/bin: those of the project's own RECORD, or what the manifest names. */
async function commandsOf(
  { project }: Leg,
  tree: string,
  itself: InstalledDistribution | undefined,
): Promise<readonly string[]> {
  const { commands } = project
  if (commands === false) return []
  const there = walkTree(join(tree, 'bin'))
    .filter(({ path, kind }) => kind !== 'directory' && !NOT_COMMANDS.test(path))
    .map(({ path }) => path)
  if (commands === true) {
    const record = itself === undefined ? '' : await readFile(join(tree, itself.record), 'utf8').catch(() => '')
    const own = new Set([...record.matchAll(/^(?:\.\.\/)+bin\/([^/,\n]+),/gm)].map(([, name]) => name))
    return there.filter((name) => own.has(name))
  }
  const picked = new Set<string>()
  for (const glob of commands) {
    const test = compileGlob(glob)
    if (typeof test === 'string') throw new InputError({ message: `commands: ${JSON.stringify(glob)} ${test}.` })
    const names = there.filter(test)
    if (names.length === 0 && isPlainPath(glob)) {
      const hint = `Its bin has ${there.slice(0, 20).join(', ') || 'none'}${there.length > 20 ? ', …' : ''}.`
      throw new InputError({ message: `${project.name} has no command ${glob}, which \`commands\` names.`, hint })
    }
    for (const name of names) picked.add(name)
  }
  return [...picked].sort()
}

/** Each format has a word of its own for the interpreter, which the model names. */
function dependsOf(relations: readonly SystemRelation[]): string[] {
  return dependenciesOf(relations.filter(({ source }) => source !== 'interpreter'))
}
