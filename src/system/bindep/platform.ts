import type { OsRelease } from '../os-release.js'

/** Distributions of rpm's side by their ids in os-release, and how bindep calls them and their families. */
const RED_HAT: ReadonlySet<string> = new Set([
  'almalinux',
  'amzn',
  'centos',
  'fedora',
  'ol',
  'openeuler',
  'rhel',
  'rocky',
])

/**
 * The atoms that a distribution goes by in selectors, without `platform:`: `dpkg debian debian-12 debian-bookworm`,
 * `rpm redhat rocky rocky-9`.
 */
export function platformAtoms({ id, versionId, codename = '' }: OsRelease): string[] {
  const { names, families } = kindOf(id)
  const parts = versionId === '' ? [] : versionId.toLowerCase().split('.')
  const releases = parts.map((_, index) => parts.slice(0, index + 1).join('.'))
  const suffixes = [...releases, ...(codename === '' ? [] : [codename.toLowerCase()])]
  return [...new Set([...families, ...names.flatMap((name) => [name, ...suffixes.map((one) => `${name}-${one}`)])])]
}

function kindOf(id: string): { readonly names: readonly string[]; readonly families: readonly string[] } {
  if (id === 'debian' || id === 'ubuntu') return { names: [id], families: ['dpkg'] }
  if (RED_HAT.has(id)) return { names: id === 'amzn' ? [id, 'amazonami'] : [id], families: ['rpm', 'redhat'] }
  if (id.startsWith('opensuse') || id === 'sles' || id === 'sled') {
    const names = id.startsWith('opensuse') ? [...new Set([id, 'opensuse'])] : [id]
    return { names, families: ['rpm', 'suse'] }
  }
  const managers: Readonly<Record<string, string>> = { alpine: 'apk', arch: 'pacman', gentoo: 'emerge' }
  const manager = managers[id]
  return { names: [id], families: manager === undefined ? [] : [manager] }
}
