import type { OsRelease } from './os-release.js'

/** Where devstack has the lists of a family of distributions. */
export const DEVSTACK_FOLDERS = { dpkg: 'files/debs', rpm: 'files/rpms' } as const

/**
 * The packages of one of devstack's lists for a release, e.g. `bookworm`, `f43`, `rhel9`. Lines with `NOPRIME` are
 * installed by devstack itself at some other time, those with `testonly` for its tests. Source: its `functions-common`.
 */
export function parseDevstack(text: string, release: string): string[] {
  const packages = text.split('\n').flatMap((line) => {
    if (line.includes('NOPRIME')) return []
    const hash = line.indexOf('#')
    const name = (hash < 0 ? line : line.slice(0, hash)).trim()
    const comment = hash < 0 ? '' : line.slice(hash)
    if (!NAME.test(name) || /\btestonly\b/.test(comment)) return []
    const only = /\bdist:(\S*)/.exec(comment)?.[1]
    const not = /\bnot:(\S*)/.exec(comment)?.[1]
    if (only !== undefined && !names(only, release)) return []
    return not !== undefined && names(not, release) ? [] : [name]
  })
  return [...new Set(packages)]
}

/** What both package managers take as a name, and no option. */
const NAME = /^[A-Za-z0-9/][A-Za-z0-9.+_/-]*$/

function names(list: string, release: string): boolean {
  return list.toLowerCase().split(',').includes(release.toLowerCase())
}

/** What devstack calls a release. */
export function devstackRelease({ id, versionId, codename = '' }: OsRelease): string {
  const major = versionId.split('.')[0] ?? ''
  if (id === 'debian' || id === 'ubuntu') return codename
  if (id === 'fedora') return `f${major}`
  if (id.startsWith('opensuse')) return `opensuse-${versionId}`
  return id === 'openeuler' ? `openEuler-${versionId}` : `rhel${major}`
}
