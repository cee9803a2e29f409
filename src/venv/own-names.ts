import { dirname, join } from 'node:path'
import type { Environment } from '../runtime/environment.js'

/** Homes that the makers of wheels have too: their compilers leave them in libraries. */
const COMMON_HOMES = ['/', '/root', '/home/runner', '/github/home']

/**
 * Names that a tree can only have from this run: of its staging and work folders, which are nobody else's, and the
 * paths of its caches and home. What is part of the install path itself is meant to be there.
 */
export function ownNames(
  folders: readonly string[],
  { variables, cacheRoot }: Pick<Environment, 'variables' | 'cacheRoot'>,
  installPath: string,
): string[] {
  const home = variables.HOME?.replace(/(?<=.)\/+$/, '') || undefined
  const userCache = variables.XDG_CACHE_HOME || (home === undefined ? undefined : join(home, '.cache'))
  const cacheOf = (tool: string, variable: string | undefined) =>
    variable || (userCache === undefined ? undefined : join(userCache, tool))
  const paths = [
    ...folders.flatMap(uniqueParts),
    join(cacheRoot, 'giftwrap-'),
    withSlash(cacheOf('uv', variables.UV_CACHE_DIR)),
    withSlash(cacheOf('pip', variables.PIP_CACHE_DIR)),
    home === undefined || COMMON_HOMES.includes(home) || dirname(home) === '/' ? undefined : withSlash(home),
  ]
  const names = paths.filter((name) => name !== undefined && !`${installPath}/`.includes(name))
  return [...new Set(names)].flatMap((name) => name ?? [])
}

/** A folder's parts that have this process in their names; where there are none, all of it. */
function uniqueParts(folder: string): string[] {
  const parts = folder.split('/').filter((part) => part.includes('.partial-'))
  return parts.length > 0 ? parts : [folder]
}

function withSlash(path: string | undefined): string | undefined {
  return path === undefined ? undefined : `${path.replace(/\/+$/, '')}/`
}
