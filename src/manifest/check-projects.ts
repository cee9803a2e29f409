import type { Identity, ResolvedProject } from './resolve-manifest.js'
import type { Path } from './yaml-tree.js'

/** Finds projects that are listed twice, and different ones that would be installed at one path. */
export function checkProjects(
  projects: readonly ResolvedProject[],
  report: (path: Path, message: string) => void,
): void {
  const versions = new Map<string, number>()
  const owners = new Map<string, { readonly index: number; readonly identity: Identity }>()
  for (const { index, identity } of projects) {
    if (identity === undefined) continue
    const { name, version, install_path: path, package_name: packageName } = identity
    const same = versions.get(`${name} ${version}`)
    if (same !== undefined) {
      report(['projects', index, 'name'], `projects[${index}] is ${name} ${version}, as projects[${same}] already is`)
      continue
    }
    versions.set(`${name} ${version}`, index)
    const owner = owners.get(path)
    if (owner === undefined) {
      owners.set(path, { index, identity })
    } else if (owner.identity.name !== name || owner.identity.package_name !== packageName) {
      // Two versions of one package replace each other, so they may share its path.
      const other = `projects[${owner.index}] (${owner.identity.name})`
      const message = `projects[${index}] (${name}) has the install path of ${other}: ${path}`
      report(['projects', index, 'install_path'], message)
    }
  }
}
