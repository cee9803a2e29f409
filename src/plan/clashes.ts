import { posix } from 'node:path'
import type { Problem } from '../errors.js'
import type { Leg } from './plan.js'

type Clashing = Pick<Leg, 'id' | 'index' | 'project' | 'target' | 'architecture'>

/** Legs that can't be told apart, or whose packages can't be installed beside each other though they should be. */
export function findClashes(
  legs: readonly Clashing[],
  place: (index: number, key: string) => Omit<Problem, 'message'>,
): Problem[] {
  const ids = new Map<string, Clashing>()
  const paths = new Map<string, Clashing>()
  const packages = new Map<string, Clashing>()
  const problems = legs.flatMap((leg) => {
    const { index, project, target, architecture } = leg
    const where = `${target.id}-${architecture}`
    const sameId = claim(ids, leg.id, leg)
    if (sameId !== undefined) {
      const message = `projects[${index}] and projects[${sameId.index}] give one leg: ${leg.id}.`
      return [{ ...place(index, 'name'), message, hint: 'Name or version of one of them must differ.' }]
    }
    const problems: Problem[] = []
    const samePath = claim(paths, `${where} ${project.install_path}`, leg)
    // Two versions of one package replace each other, so they may share its path.
    if (samePath !== undefined && !isSamePackage(samePath, leg)) {
      const message = `${leg.id} has the install path of ${samePath.id}: ${project.install_path}.`
      problems.push({ ...place(index, 'install_path'), message })
    }
    const samePackage = claim(packages, `${where} ${project.package_name} ${project.version}`, leg)
    if (samePackage !== undefined) {
      const message = `${leg.id} has name and version of ${samePackage.id}'s package: ${project.package_name} ${project.version}.`
      problems.push({ ...place(index, 'package_name'), message })
    }
    return problems
  })
  return [...problems, ...findNested(legs, paths, place)]
}

/** To remove the package of the outer path would reach into the inner one's. */
function findNested(
  legs: readonly Clashing[],
  paths: ReadonlyMap<string, Clashing>,
  place: (index: number, key: string) => Omit<Problem, 'message'>,
): Problem[] {
  return legs.flatMap((leg) => {
    const { install_path: path } = leg.project
    for (let outer = posix.dirname(path); outer !== posix.dirname(outer); outer = posix.dirname(outer)) {
      const owner = paths.get(`${leg.target.id}-${leg.architecture} ${outer}`)
      if (owner === undefined) continue
      const message = `${leg.id} would lie inside of ${owner.id}: ${path} in ${outer}.`
      return [{ ...place(leg.index, 'install_path'), message }]
    }
    return []
  })
}

function claim(owners: Map<string, Clashing>, key: string, leg: Clashing): Clashing | undefined {
  const owner = owners.get(key)
  if (owner === undefined) owners.set(key, leg)
  return owner
}

function isSamePackage(a: Clashing, b: Clashing): boolean {
  return a.project.name === b.project.name && a.project.package_name === b.project.package_name
}
