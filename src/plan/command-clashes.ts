import type { Problem } from '../errors.js'
import { compileGlob } from '../runtime/glob.js'
import type { Leg } from './plan.js'

type Linking = Pick<Leg, 'id' | 'index' | 'project' | 'target' | 'architecture'>

const HINT = 'Name the commands of one of them, or leave them out: a link in /usr/bin is of one package only.'

/**
 * Packages that could be installed beside each other and would both link a command in /usr/bin. What `true` and globs
 * pick is only known of built projects: of one project's versions it is the same.
 */
export function findCommandClashes(
  legs: readonly Linking[],
  place: (index: number, key: string) => Omit<Problem, 'message'>,
): Problem[] {
  const linking = legs.filter(
    ({ project: { commands } }) => commands === true || (commands !== false && commands.length > 0),
  )
  const groups = new Map<string, Linking[]>()
  for (const leg of linking) {
    const where = `${leg.target.id}-${leg.architecture}`
    groups.set(where, [...(groups.get(where) ?? []), leg])
  }
  return [...groups.values()].flatMap((group) =>
    group.flatMap((leg, index) => {
      for (const other of group.slice(0, index)) {
        const shared = sharedCommand(other, leg)
        // Versions of one package replace each other.
        if (shared === undefined || other.project.package_name === leg.project.package_name) continue
        const message = `${leg.id} links ${shared} in /usr/bin, as ${other.id} does.`
        return [{ ...place(leg.index, 'commands'), message, hint: HINT }]
      }
      return []
    }),
  )
}

/** What both would link; undefined where nothing says that they do. */
function sharedCommand(a: Linking, b: Linking): string | undefined {
  const isSameProject = a.project.name === b.project.name
  const [left, right] = [a.project.commands, b.project.commands]
  if (typeof left === 'boolean' || typeof right === 'boolean') return isSameProject ? 'its commands' : undefined
  for (const one of left) {
    for (const two of right) {
      if (one === two && (isSameProject || isPlain(one))) return one
      if (isSameProject && picks(one, two)) return two
      if (isSameProject && picks(two, one)) return one
    }
  }
  return undefined
}

function isPlain(glob: string): boolean {
  return !/[*?[\]{}\\]/.test(glob)
}

function picks(glob: string, name: string): boolean {
  const test = compileGlob(glob)
  return isPlain(name) && typeof test !== 'string' && test(name)
}
