import { sha256Text } from '../runtime/files.js'
import type { PinnedPatch } from './patches.js'

/** Where a project's source comes from, decided down to its bytes. Times are seconds since 1970, UTC. */
export type PinnedSource = (PinnedGit | PinnedSdist | PinnedPath) & {
  /** What is changed in it, in order. */
  readonly patches?: readonly PinnedPatch[]
}

export interface PinnedGit {
  readonly kind: 'git'
  readonly url: string
  readonly ref: string
  /** 40 hexadecimal digits. */
  readonly commit: string
  /** What has to be fetched to get the commit: a ref, or the commit itself. */
  readonly fetch: string
  /** Names of the tags of the commit, sorted: pbr makes versions of them. */
  readonly tags: readonly string[]
  readonly depth?: number
}

export interface PinnedSdist {
  readonly kind: 'sdist'
  readonly requirement: string
  readonly sha256: string
  /** The archive in the tool cache. */
  readonly file: string
}

export interface PinnedPath {
  readonly kind: 'path'
  readonly path: string
  /** Globs, relative to the folder, of what lies in it and is no part of it: what giftwrap itself writes there. */
  readonly leftOut: readonly string[]
  /** SHA-256 over the folder's files: names, modes, bytes. */
  readonly digest: string
  /** HEAD, where the folder is a git repository. */
  readonly commit?: string
  /** Its nearest tag and the distance to it, as `git describe` has it: pbr makes versions of them. */
  readonly described?: string
}

/** What identifies the source's content, in a form that fits result files: no local path, no credentials. */
export function sourceIdentity(pin: PinnedSource): string {
  const { patches = [] } = pin
  const content = contentIdentity(pin)
  if (patches.length === 0) return content
  return `${content} patched sha256:${sha256Text(patches.map(({ sha256 }) => sha256).join(' '))}`
}

function contentIdentity(pin: PinnedSource): string {
  switch (pin.kind) {
    case 'git':
      return `git ${pin.commit}`
    case 'sdist':
      return `sdist ${pin.requirement} sha256:${pin.sha256}`
    case 'path':
      return `path sha256:${pin.digest}`
  }
}

/**
 * What identifies all that a build sees of the source: its content, and what its version is made of, which can change
 * while the commit stays. A lock depends on the content only.
 */
export function buildIdentity(pin: PinnedSource): string {
  const content = sourceIdentity(pin)
  if (pin.kind === 'sdist') return content
  if (pin.kind === 'path') return [content, pin.commit ?? '', pin.described ?? ''].join(' ').trim()
  return [content, ...pin.tags, ...(pin.depth === undefined ? [] : [`depth ${pin.depth}`])].join(' ')
}
