import type { Path } from './yaml-tree.js'

/** What no two projects may share; a path that speaks of the target is looked at for each leg. */
export interface ProjectIdentity {
  /** Its place in the manifest's list. */
  readonly index: number
  readonly name: string
  readonly version: string
  readonly package_name: string
  readonly install_path: string | undefined
}

/** Finds projects that are listed twice, and different ones that would be installed at one path. */
export function checkProjects(
  projects: readonly ProjectIdentity[],
  report: (path: Path, message: string) => void,
): void {
  const versions = new Map<string, number>()
  const owners = new Map<string, ProjectIdentity>()
  for (const project of projects) {
    const { index, name, version, install_path: path } = project
    const same = versions.get(`${name} ${version}`)
    if (same !== undefined) {
      report(['projects', index, 'name'], `projects[${index}] is ${name} ${version}, as projects[${same}] already is`)
      continue
    }
    versions.set(`${name} ${version}`, index)
    if (path === undefined) continue
    const owner = owners.get(path)
    if (owner === undefined) {
      owners.set(path, project)
    } else if (owner.name !== name || owner.package_name !== project.package_name) {
      // Two versions of one package replace each other, so they may share its path.
      const message = `projects[${index}] (${name}) has the install path of projects[${owner.index}] (${owner.name}): ${path}`
      report(['projects', index, 'install_path'], message)
    }
  }
}
