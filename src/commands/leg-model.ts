import { join } from 'node:path'
import type { PackageModel } from '../package/model.js'
import { debVersion } from '../package/version.js'
import type { Leg, PinnedLeg } from '../plan/plan.js'
import { walkTree } from '../runtime/files.js'
import type { InstalledDistribution } from '../venv/installed.js'
import type { LegContext } from './leg-context.js'

/** What the manifest alone decides of a leg's package. */
export function declaredModel(leg: Leg, context: Pick<LegContext, 'interpreter'>) {
  const { project, settings, target } = leg
  const { interpreter } = context
  return {
    name: project.package_name,
    version: debVersion(project.version),
    revision: `${settings.iteration}${target.suffix}`,
    architecture: leg.architecture,
    maintainer: settings.maintainer,
    vendor: settings.vendor,
    dependencies: [`python${interpreter.minor}`, ...project.system_dependencies],
    compression: target.zstd ? ('zstd' as const) : ('xz' as const),
  }
}

/** The leg's package: what the manifest says, what the project says of itself, and the tree. */
export async function packageModel(
  leg: PinnedLeg,
  tree: string,
  date: number,
  itself: InstalledDistribution | undefined,
  context: LegContext,
): Promise<PackageModel> {
  const { project } = leg
  const configFiles = walkTree(tree)
    .filter(({ path, kind }) => kind === 'file' && path.startsWith('etc/'))
    .map(({ path }) => join(project.install_path, path))
  return {
    ...declaredModel(leg, context),
    summary: itself?.summary || project.name,
    homepage: leg.settings.homepage ?? itself?.homepage,
    license: leg.settings.license ?? itself?.license,
    tree: { folder: tree, installPath: project.install_path },
    configFiles,
    date,
  }
}
