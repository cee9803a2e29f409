/** A package, whatever tool makes it. Paths are absolute as the installed system sees them. */
export interface PackageModel {
  readonly name: string
  /** In the format's own spelling, without the iteration. */
  readonly version: string
  /** Debian's revision: rebuild number and target, e.g. `1+deb12`. */
  readonly revision: string
  /** The package manager's word, e.g. `amd64`. */
  readonly architecture: string
  readonly summary: string
  readonly maintainer: string
  readonly vendor: string | undefined
  readonly homepage: string | undefined
  readonly license: string | undefined
  readonly dependencies: readonly string[]
  /** The folder whose content is packaged, and where it is installed. */
  readonly tree: { readonly folder: string; readonly installPath: string }
  /** Files that an upgrade keeps as the operator left them. */
  readonly configFiles: readonly string[]
  /** Date of everything in the package; seconds since 1970. */
  readonly date: number
  readonly compression: 'zstd' | 'xz' | 'gzip'
}

/** What every package says of itself where no option of fpm says otherwise. */
export const SECTION = 'python'
export const PRIORITY = 'optional'

/** The name of the package's file, e.g. `openstack-keystone_27.0.2-1+deb12_amd64.deb`. */
export function debFileName(model: Pick<PackageModel, 'name' | 'version' | 'revision' | 'architecture'>): string {
  const { name, version, revision, architecture } = model
  return `${name}_${version}-${revision}_${architecture}.deb`
}
