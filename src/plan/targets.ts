import type { OsRelease } from '../system/os-release.js'

/** A distribution's release that packages are built for. */
export interface Target {
  /** e.g. `debian12`; the middle part of a leg's id. */
  readonly id: string
  readonly formats: readonly PackageFormat[]
  /** Ends a package's version, so that file names differ by target and an upgrade of the distribution is one here. */
  readonly suffix: string
  /** dpkg reads zstd from 1.21.18 on. */
  readonly zstd: boolean
}

export type PackageFormat = 'deb'

/** The known targets. */
export const TARGETS: readonly Target[] = [
  { id: 'debian11', formats: ['deb'], suffix: '+deb11', zstd: false },
  { id: 'debian12', formats: ['deb'], suffix: '+deb12', zstd: true },
  { id: 'debian13', formats: ['deb'], suffix: '+deb13', zstd: true },
  { id: 'ubuntu22.04', formats: ['deb'], suffix: '+ubuntu22.04', zstd: true },
  { id: 'ubuntu24.04', formats: ['deb'], suffix: '+ubuntu24.04', zstd: true },
  { id: 'ubuntu26.04', formats: ['deb'], suffix: '+ubuntu26.04', zstd: true },
]

/** The target that a machine of this distribution builds for. */
export function targetOf(release: OsRelease): Target | undefined {
  return TARGETS.find(({ id }) => id === `${release.id}${release.versionId}`)
}

/** The package manager's word for a Node processor name. */
export const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
