import { join } from 'node:path'
import { ToolError } from '../../errors.js'
import { findLibrary, libraryFolders } from '../elf/loader.js'
import type { LibraryNeed } from '../elf/scan-tree.js'
import { type FindOwners, isPlainName, type LibraryRelation, STRANGE, type SystemContext } from './owners.js'

/** The packages of pacman that own the libraries; a rolling release has one version of each. */
export const pacmanOwners: FindOwners = async (needs, system) => {
  const folders = libraryFolders(system.architecture, system.root)
  const relations: LibraryRelation[] = []
  const unowned: { need: LibraryNeed; why: string }[] = []
  for (const need of needs) {
    if (!isPlainName(need.library.slice(need.library.lastIndexOf('/') + 1))) {
      unowned.push({ need, why: STRANGE })
      continue
    }
    const path = findLibrary(need.library, [...need.folders, ...folders], system.architecture, system.root)
    const owner = path === undefined ? undefined : await ownerOf(path, system)
    if (owner !== undefined) relations.push({ relation: owner, needs: [need] })
    else unowned.push({ need, why: path === undefined ? 'and is not on this machine' : `and no package owns ${path}` })
  }
  return { relations, unowned }
}

async function ownerOf(path: string, { exec, log, root }: SystemContext): Promise<string | undefined> {
  // It takes the path as it is outside of the root.
  const [where, file] = root === undefined ? [[], path] : [['--root', root], join(root, path)]
  try {
    const { stdout } = await exec.run({ argv: ['pacman', ...where, '--query', '--owns', '--quiet', '--', file] }, log)
    return stdout.trim().split('\n')[0] || undefined
  } catch (error) {
    if (error instanceof ToolError && error.status === 1) return undefined
    throw error
  }
}
