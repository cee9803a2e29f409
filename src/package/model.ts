import type { FORMATS } from '../manifest/schema/settings.js'

/** What a package's file is. */
export type PackageFormat = (typeof FORMATS)[number]

/** When a maintainer script of the manifest runs. */
export const PHASES = [
  'before_install',
  'after_install',
  'before_remove',
  'after_remove',
  'before_upgrade',
  'after_upgrade',
] as const
export type Phase = (typeof PHASES)[number]

/** Kinds of relations to other packages. */
export const RELATION_KINDS = ['depends', 'recommends', 'provides', 'conflicts', 'replaces'] as const
export type RelationKind = (typeof RELATION_KINDS)[number]
export type Relations = Readonly<Record<RelationKind, readonly string[]>>

/** A unit of systemd. */
export interface Unit {
  /** File name, e.g. `keystone.service`. */
  readonly name: string
  readonly text: string
}

/** A directory that the package sees to on the installed system, and no file of it. */
export interface OwnedDirectory {
  readonly path: string
  readonly owner: string
  readonly group: string
  /** Octal, e.g. `0750`. */
  readonly mode: string
}

/** A package, whatever its format and whichever tool makes it. Paths are absolute as the installed system sees them. */
export interface PackageModel {
  readonly name: string
  /** As the project has it, e.g. `27.0.2` or `28.0.0.0rc1`. */
  readonly version: string
  /** Of the manifest, where it says one; else the version's own counts. */
  readonly epoch: number | undefined
  /** Rebuild number. */
  readonly iteration: number
  /** Of the distribution, e.g. `+deb12` or `.el9`; formats whose releases are numbers leave it out. */
  readonly suffix: string
  readonly architecture: 'amd64' | 'arm64'
  readonly summary: string
  readonly maintainer: string
  readonly vendor: string | undefined
  readonly homepage: string | undefined
  readonly license: string | undefined
  /** Minor version of the interpreter that the virtualenv links, e.g. `3.11`. */
  readonly python: string
  /** As the manifest writes them; the interpreter is none of them. */
  readonly relations: Relations
  /** The folder whose content is packaged, and where it is installed. */
  readonly tree: { readonly folder: string; readonly installPath: string }
  /** Files of the tree that an upgrade keeps as the operator left them. */
  readonly configFiles: readonly string[]
  /** Names in the tree's `bin` that are linked in `/usr/bin`. */
  readonly commands: readonly string[]
  readonly units: readonly Unit[]
  /** System account. */
  readonly account: { readonly user: string | undefined; readonly group: string | undefined }
  readonly directories: readonly OwnedDirectory[]
  readonly scripts: Readonly<Partial<Record<Phase, string>>>
  readonly bytecode: 'install' | 'ship' | 'none'
  readonly changelog: string | undefined
  readonly copyright: string | undefined
  /** Bill of materials, CycloneDX as JSON. */
  readonly sbom: string | undefined
  /** Date of everything in the package; seconds since 1970. */
  readonly date: number
  readonly compression: 'zstd' | 'xz' | 'gzip'
}

/** What every package says of itself where no option of fpm says otherwise. */
export const SECTION = 'python'
export const PRIORITY = 'optional'
