import { ToolError } from '../../errors.js'
import { mapLimit } from '../../runtime/map-limit.js'
import type { LibraryNeed } from '../elf/scan-tree.js'
import { type FindOwners, isPlainName, STRANGE, type SystemContext } from './owners.js'

/** Questions at once; each is a process. */
const AT_ONCE = 4

/**
 * Relations in the form in which rpm finds them itself: `libpq.so.5()(64bit)`, and one for each version of symbols,
 * `libc.so.6(GLIBC_2.34)(64bit)`. What no installed package provides is unowned.
 */
export const rpmOwners: FindOwners = async (needs, system) => {
  const asked = needs.flatMap((need) => rpmRelations(need).map((relation) => ({ need, relation })))
  const provided = await mapLimit(asked, AT_ONCE, ({ relation }) => isProvided(relation, system))
  const missing = asked.filter((_, index) => provided[index] === false)
  const strange = needs.filter(({ library }) => !isPlainName(library))
  return {
    relations: asked.flatMap(({ need, relation }, index) =>
      provided[index] === true ? [{ relation, needs: [need] }] : [],
    ),
    unowned: [
      ...missing.map(({ need, relation }) => ({ need, why: `and no package provides ${relation}` })),
      ...strange.map((need) => ({ need, why: STRANGE })),
    ],
  }
}

/** All processors that packages are made for have 64 bits. */
export function rpmRelations({ library, versions }: Pick<LibraryNeed, 'library' | 'versions'>): string[] {
  if (!isPlainName(library)) return []
  return ['', ...versions.filter(isPlainName)].map((version) => `${library}(${version})(64bit)`)
}

async function isProvided(relation: string, { exec, log, root }: SystemContext): Promise<boolean> {
  const where = root === undefined ? [] : ['--root', root]
  try {
    await exec.run({ argv: ['rpm', ...where, '--query', '--whatprovides', relation] }, log)
    return true
  } catch (error) {
    // Its word for "no package provides it".
    if (error instanceof ToolError && error.status === 1) return false
    throw error
  }
}
