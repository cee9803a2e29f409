import { compileCommand, ownRequirement, type Resolution } from '../lock/resolve.js'
import { fpmCommand } from '../package/fpm.js'
import { debFileName, type PackageModel } from '../package/model.js'
import type { Leg } from '../plan/plan.js'
import { formatCommand } from '../runtime/exec.js'
import { redact } from '../runtime/redact.js'
import { fetchCommands, lookUpCommand } from '../source/git.js'
import { downloadCommand } from '../source/sdist.js'
import { treeCommands } from '../venv/build-tree.js'
import { buildWords, installWords } from '../venv/install-lock.js'
import { declaredModel } from './leg-model.js'

/** What stands in for what only a build knows. */
const PYTHON = { path: '/usr/bin/python3', version: '3', minor: '3' }
const WORK = '$WORK'
const CHECKOUT = '$WORK/source'

/**
 * What a build would do, in lines: legs, and the commands of each; nothing is looked up. `placement` says how a tree
 * comes to its final path here, `locksOf` which locks there are for a leg.
 */
export function describeBuild(
  legs: readonly Leg[],
  placement: string,
  locksOf: (leg: Leg) => readonly string[],
): string[] {
  return legs.flatMap((leg) => {
    const model = plannedModel(leg)
    const locks = locksOf(leg)
    const show = (argv: readonly string[]) => `  $ ${redact(formatCommand(argv))}`
    const { source, compile, tree, packaging } = plannedCommands(leg, model)
    return [
      leg.id,
      `  source     ${describeSource(leg)}`,
      ...source.map(show),
      `  lock       ${locks.length === 0 ? 'is made' : `${locks.join(', ')}; if it is not current, one is made`}`,
      show(compile),
      `  installed  ${leg.project.install_path}, ${placement}`,
      ...tree.map(show),
      `  packager   ${leg.packager.name} (${leg.packager.why})`,
      `  package    ${debFileName(model)}`,
      show(packaging),
      '  verified   control fields and every file, read back from the package',
    ]
  })
}

function describeSource({ project }: Leg): string {
  if (project.sdist !== undefined) return `${project.sdist} from the package index`
  if (project.path !== undefined) return project.path
  return `${redact(project.giturl)} at ${project.gitref}`
}

function plannedModel(leg: Leg): PackageModel {
  const { settings } = leg
  return {
    ...declaredModel(leg, { interpreter: PYTHON }),
    summary: leg.project.name,
    homepage: settings.homepage,
    license: settings.license,
    tree: { folder: '$TREE', installPath: leg.project.install_path },
    configFiles: [],
    date: 0,
  }
}

function sourceCommands({ project }: Leg): readonly (readonly string[])[] {
  const { giturl: url, gitref: ref, gitdepth: depth } = project
  if (project.sdist !== undefined) return [downloadCommand(PYTHON.path, project.sdist, WORK)]
  if (project.path !== undefined) return []
  const pin = { url, commit: '$COMMIT', fetch: ref, ...(depth === undefined ? {} : { depth }) }
  const checkout = ['git', '-C', CHECKOUT, 'checkout', '--quiet', '--detach', '$COMMIT']
  return [lookUpCommand({ url, ref }), ...fetchCommands(pin, CHECKOUT), checkout]
}

function plannedCommands(leg: Leg, model: PackageModel) {
  const { project } = leg
  const resolution: Resolution = {
    requirements: [ownRequirement(project.name, project.extras, CHECKOUT), ...project.pip_dependencies],
    constraints: [],
    overrides: [],
    leftOut: [project.name],
    interpreter: PYTHON.path,
    pythonVersion: leg.target.python ?? PYTHON.minor,
    platform: { architecture: leg.architecture, libc: leg.target.libc },
    buildLock: '',
  }
  const compile = compileCommand(resolution, { uv: 'uv', folder: WORK })
  const { create, check, python } = treeCommands(
    { project: project.name, installPath: project.install_path, interpreter: PYTHON },
    { uv: 'uv', work: WORK, date: 0 },
  )
  const install = installWords({ uv: 'uv', python })
  const wheels = `${WORK}/wheels-${project.name}`
  const tree = [
    create.argv,
    [...install, '--require-hashes', '-r', `${WORK}/lock-before.txt`],
    [...buildWords('uv', PYTHON.path, wheels), CHECKOUT],
    [...install, '--offline', `${wheels}/${project.name}.whl`],
    check.argv,
  ]
  const output = debFileName(model)
  const packaging =
    leg.packager.name === 'fpm'
      ? fpmCommand(model, { fpm: 'fpm', work: `${WORK}/fpm`, output, options: leg.settings.fpm_options }).argv
      : ['nfpm', 'package', '--config', `${WORK}/nfpm.yaml`, '--packager', 'deb', '--target', output]
  return {
    source: sourceCommands(leg),
    compile: compile.command.argv,
    tree,
    packaging,
  }
}
