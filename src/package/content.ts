import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { ToolError } from '../errors.js'
import type { Relations } from './model.js'
import type { Scripts } from './scripts/compose.js'

/** What stands in a package at a path as installed. */
export interface ArchivedEntry {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  readonly mode: number
  /** `0:0`, or names where the format has no numbers. */
  readonly owner: string
  /** Hexadecimal SHA-256 of a file's bytes, or where a link leads. */
  readonly content: string
}

/** All that a package says of itself and has in it, read back. */
export interface PackageContent {
  /** In the format's own words, e.g. `Package` of a deb and `Name` of an rpm. */
  readonly fields: Readonly<Record<string, string>>
  /** Without what the format adds by itself. */
  readonly relations: Relations
  /** By absolute path. */
  readonly entries: ReadonlyMap<string, ArchivedEntry>
  readonly configFiles: readonly string[] | undefined
  readonly scripts: Scripts
  /** Whatever else a package manager would act upon. */
  readonly others: readonly string[]
  /** Small files by their path, for what is compared by its text. */
  readonly texts: ReadonlyMap<string, Buffer>
}

/** `./opt/`, `/opt` and `opt` are one path. */
function pathOf(name: string): string {
  return `/${name.replace(/^\.?\/+|^\.$/, '').replace(/\/+$/, '')}`
}

/** What a package's control part may have; the largest that were seen have a few KiB. */
const MAX_TEXT = 4 * 1024 * 1024

/** The entries of a tar archive; bytes of those that `keeps` says are kept. */
export async function readTar(
  tar: NodeJS.ReadableStream,
  keeps: (path: string) => boolean,
): Promise<{ readonly entries: Map<string, ArchivedEntry>; readonly texts: Map<string, Buffer> }> {
  const entries = new Map<string, ArchivedEntry>()
  const texts = new Map<string, Buffer>()
  const reader = extract()
  reader.on('entry', (header, stream, next) => {
    const hash = createHash('sha256')
    const kept: Buffer[] = []
    const path = pathOf(header.name)
    const keep = keeps(path)
    if (keep && (header.size ?? 0) > MAX_TEXT) {
      next(new ToolError(`${path} of the package has ${header.size} bytes, which can't be`))
      return
    }
    stream.on('data', (data) => {
      const chunk = data as Buffer
      hash.update(chunk)
      if (keep) kept.push(chunk)
    })
    stream.on('error', next)
    stream.on('end', () => {
      if (entries.has(path)) return next(new ToolError(`${path} is in the package twice`))
      if (keep) texts.set(path, Buffer.concat(kept))
      const kind =
        header.type === 'file' || header.type === 'directory' || header.type === 'symlink' ? header.type : 'other'
      entries.set(path, {
        kind,
        mode: (header.mode ?? 0) & 0o7777,
        owner: `${header.uid}:${header.gid}`,
        content: kind === 'symlink' ? (header.linkname ?? '') : hash.digest('hex'),
      })
      next()
    })
    stream.resume()
  })
  await pipeline(tar, reader)
  return { entries, texts }
}
