import type { Platform } from './platform.js'

/** A version that the manifest wants instead of the tested one. */
export interface WantedOverride {
  readonly requirement: string
  readonly reason?: string | undefined
}

/** What a lock must have been made of to be current. */
export interface LockInputs {
  readonly project: string
  readonly version: string
  /** e.g. `3.11`. */
  readonly python: string
  readonly platform: Platform
  readonly source: string
  readonly subdirectory?: string | undefined
  readonly extras: readonly string[]
  readonly pipDependencies: readonly string[]
  readonly pipOverrides: readonly WantedOverride[]
  readonly postinstallDependencies: readonly string[]
  /** Sources of the constraints; the SHA-256 of those that are local files. */
  readonly constraints: readonly { readonly source: string; readonly sha256?: string | undefined }[]
}
