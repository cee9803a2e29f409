import { compileCommand, ownRequirement, type Resolution } from '../lock/resolve.js'
import { type FormattedPackage, fileName, formatPackage } from '../package/formatted.js'
import { fpmCommand } from '../package/fpm.js'
import { withoutScripts } from '../package/fpm-scripts.js'
import { dpkgDebCommand } from '../package/native-deb.js'
import { rpmbuildCommand } from '../package/native-rpm.js'
import { tarCommand } from '../package/native-tar.js'
import { packagerOf } from '../plan/choose-packager.js'
import type { Leg } from '../plan/plan.js'
import { formatCommand } from '../runtime/exec.js'
import { redact } from '../runtime/redact.js'
import { fetchCommands, lookUpCommand } from '../source/git.js'
import { applyCommand } from '../source/patches.js'
import { downloadCommand } from '../source/sdist.js'
import { treeCommands } from '../venv/build-tree.js'
import { ownCommands } from '../venv/commands.js'
import { buildWords, installWords, lockWords } from '../venv/install-lock.js'
import { plannedModel } from './leg-model.js'
import { wishesOf } from './wishes.js'

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
    const { source, compile, tree } = plannedCommands(leg)
    const packages = leg.formats.map((format) => formatPackage(model, format))
    return [
      leg.id,
      `  source     ${describeSource(leg)}`,
      ...source.map(show),
      `  lock       ${locks.length === 0 ? 'is made' : `${locks.join(', ')}; if it is not current, one is made`}`,
      show(compile),
      `  installed  ${leg.project.install_path}, ${placement}`,
      ...tree.map(show),
      `  packager   ${leg.packager.name} (${leg.packager.why})`,
      ...packages.flatMap((found) => [`  package    ${fileName(found)}`, show(packagingCommand(leg, found))]),
      '  verified   fields, relations, scripts and every file, read back from the package',
    ]
  })
}

function describeSource({ project }: Leg): string {
  if (project.sdist !== undefined) return `${project.sdist} from the package index`
  if (project.path !== undefined) return project.path
  return `${redact(project.giturl)} at ${project.gitref}`
}

function sourceCommands({ project }: Leg): readonly (readonly string[])[] {
  const { giturl: url, gitref: ref, gitdepth: depth } = project
  if (project.sdist !== undefined) return [downloadCommand(PYTHON.path, project.sdist, WORK)]
  if (project.path !== undefined) return []
  const pin = { url, commit: '$COMMIT', fetch: ref, ...(depth === undefined ? {} : { depth }) }
  const checkout = ['git', '-C', CHECKOUT, 'checkout', '--quiet', '--detach', '$COMMIT']
  return [lookUpCommand({ url, ref }), ...fetchCommands(pin, CHECKOUT), checkout]
}

function patchCommands({ project }: Leg): readonly (readonly string[])[] {
  return project.patches.map((patch) => ['git', '-C', CHECKOUT, ...applyCommand(patch)])
}

function plannedCommands(leg: Leg) {
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
  const at = { uv: 'uv', work: WORK, date: 0 }
  const { create, check, python } = treeCommands(
    { project: project.name, installPath: project.install_path, interpreter: PYTHON },
    at,
  )
  const wishes = wishesOf(leg)
  const own = ownCommands(wishes, { ...at, toolsFile: `${WORK}/tools.txt`, path: '$PATH', checkout: CHECKOUT })
  const wheels = `${WORK}/wheels-${project.name}`
  const tree = [
    (own.create ?? create).argv,
    ...(own.tools === undefined ? [] : [own.tools.argv]),
    [...lockWords({ uv: 'uv', python, installer: wishes.installer }), '-r', `${WORK}/lock-before.txt`],
    ...(own.installProject === undefined
      ? [
          [...buildWords('uv', PYTHON.path, wheels), CHECKOUT],
          [...installWords({ uv: 'uv', python }), '--offline', `${wheels}/${project.name}.whl`],
        ]
      : [own.installProject.argv]),
    check.argv,
  ]
  return {
    source: [...sourceCommands(leg), ...patchCommands(leg)],
    compile: compile.command.argv,
    tree,
  }
}

function packagingCommand(leg: Leg, found: FormattedPackage): readonly string[] {
  const output = fileName(found)
  const root = `${WORK}/root`
  const scripts = Object.fromEntries(Object.keys(found.scripts).map((slot) => [slot, `${WORK}/scripts/${slot}`]))
  switch (packagerOf(leg, found.format)) {
    case 'fpm': {
      const staged = { root, scripts, changelog: undefined }
      const options = withoutScripts(leg.settings.fpm_options)
      // Only a build learns of a project's home page.
      const known = { ...found, homepage: found.homepage ?? '' }
      return fpmCommand(known, { fpm: 'fpm', work: `${WORK}/fpm`, output, options, staged }).argv
    }
    case 'nfpm': {
      const config = ['--config', `${WORK}/nfpm.yaml`]
      return ['nfpm', 'package', ...config, '--packager', found.format, '--target', output]
    }
    case 'native': {
      if (found.format === 'deb') return dpkgDebCommand(found, { root, output }).argv
      if (found.format === 'tar') return tarCommand(found, { root, output }).argv
      return rpmbuildCommand(found, { spec: `${WORK}/package.spec`, folder: WORK, root }).argv
    }
  }
}
