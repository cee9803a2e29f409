import type { Leg } from '../plan/plan.js'
import { NEEDS, type SystemNeed } from '../tools/distribution-packages.js'

/** What legs need from the distribution before anything is looked up. */
export function needsOf(
  legs: readonly Leg[],
  how: { readonly packaging: boolean; readonly inPlace: boolean },
): SystemNeed[] {
  const usesGit = legs.some(({ project }) => project.sdist === undefined && project.path === undefined)
  const byFpm = how.packaging ? legs.filter(({ packager }) => packager.name === 'fpm') : []
  return [
    NEEDS.certificates,
    NEEDS.python,
    NEEDS.pip,
    ...(usesGit ? [NEEDS.git] : []),
    ...(byFpm.length > 0 ? [NEEDS.ruby, NEEDS.ar] : []),
    ...(byFpm.some(({ target }) => target.zstd) ? [NEEDS.zstd] : []),
    ...(byFpm.some(({ target }) => !target.zstd) ? [NEEDS.xz] : []),
    ...(how.inPlace ? [] : [NEEDS.unshare]),
  ]
}
