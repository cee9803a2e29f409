import { InputError, type Problem } from '../errors.js'
import type { Asset, AssetFile } from '../runtime/releases.js'

/** https://docs.github.com/repositories/releasing-projects-on-github/about-releases */
export const MAX_ASSETS = 1000
/** The same page: each is under 2 GiB. */
export const MAX_ASSET_BYTES = 2 * 1024 ** 3

/** A file to be published and its sum. */
export interface Wanted extends AssetFile {
  /** Hexadecimal. */
  readonly sha256: string
}

/** What has to happen that a release has just the wanted files beside its others. */
export interface Uploads {
  readonly upload: readonly Wanted[]
  /** What broke off earlier, and what is replaced. */
  readonly remove: readonly Asset[]
  /** That are there with the very bytes. */
  readonly there: number
}

/** True when an asset is whole and has the file's bytes, as far as the service tells. */
export function isSame(asset: Asset, file: Wanted): boolean {
  if (!asset.complete || asset.size !== file.size) return false
  return asset.digest === undefined || asset.digest === `sha256:${file.sha256}`
}

/**
 * Compares what a release has with what it is to have. What would be refused by GitHub, and other bytes under a name
 * unless they may be replaced, is an `InputError` with all of it: before the first upload.
 */
export function planUploads(existing: readonly Asset[], wanted: readonly Wanted[], replace: boolean): Uploads {
  const problems: Problem[] = []
  const upload: Wanted[] = []
  const remove: Asset[] = []
  const byName = new Map(existing.map((asset) => [asset.name, asset]))
  for (const file of wanted) {
    if (file.size >= MAX_ASSET_BYTES) {
      const hint = 'Publish it as an artifact, or make it smaller.'
      problems.push({
        message: `${file.name} has ${file.size} bytes, and a release takes less than 2 GiB a file.`,
        hint,
      })
    }
    const asset = byName.get(file.name)
    if (asset !== undefined && isSame(asset, file)) continue
    upload.push(file)
    if (asset === undefined) continue
    remove.push(asset)
    if (asset.complete && !replace) {
      const bytes = `${asset.size} bytes${asset.digest === undefined ? '' : `, ${asset.digest}`}`
      const hint = 'Raise the rebuild number (iteration), or replace it with replace: true.'
      problems.push({ message: `the release has another ${file.name} already (${bytes}).`, hint })
    }
  }
  const count = existing.length - remove.length + upload.length
  if (count > MAX_ASSETS) {
    const hint = 'Publish fewer legs to one release.'
    problems.push({ message: `the release would have ${count} files, and GitHub takes at most ${MAX_ASSETS}.`, hint })
  }
  if (problems.length > 0) throw new InputError(problems)
  return { upload, remove, there: wanted.length - upload.length }
}
