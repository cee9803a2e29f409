/** A release of the repository, or the draft of one. */
export interface Release {
  readonly id: number
  readonly tag: string
  readonly body: string
  readonly draft: boolean
  /** Published, and its assets can't change any more. */
  readonly immutable: boolean
  /** Its page. */
  readonly url: string
  /** Where its assets are sent. */
  readonly uploadUrl: string
}

/** A file of a release. */
export interface Asset {
  readonly id: number
  readonly name: string
  readonly size: number
  /** False where an upload broke off: its name is taken, and its bytes aren't there. */
  readonly complete: boolean
  /** `sha256:…`; services that are old don't say it. */
  readonly digest: string | undefined
}

/** What a release is made with. */
export interface NewRelease {
  readonly tag: string
  readonly name: string
  readonly body: string
  readonly prerelease: boolean
  /** The commit that the tag is made at where there is none yet. */
  readonly target: string | undefined
}

/** A file that is to become an asset. */
export interface AssetFile {
  readonly path: string
  readonly name: string
  /** Shown in place of the name. */
  readonly label: string | undefined
  readonly size: number
}

/** The releases of one repository. Errors are `ReleaseError`s; what may pass by itself was tried again, but for uploads. */
export interface Releases {
  /** Drafts have a tag's name and can't be found by it. */
  published(tag: string): Promise<Release | undefined>
  /** The drafts that bear a tag's name, the oldest first. */
  drafts(tag: string): Promise<readonly Release[]>
  byId(id: number): Promise<Release>
  /** Not tried again: a draft whose answer got lost would be there twice. */
  createDraft(release: NewRelease): Promise<Release>
  /** Sets the text, and publishes a draft with `draft: false`. */
  update(id: number, change: { readonly body: string; readonly draft?: false }): Promise<Release>
  assets(id: number): Promise<readonly Asset[]>
  /** Not tried again: what broke off has to be removed first. */
  upload(release: Release, file: AssetFile): Promise<Asset>
  /** What is gone already counts as removed. */
  removeAsset(id: number): Promise<void>
}

/**
 * Why the service did not do it: `passing` (it may work a moment later: broken, no connection), `limited` (too many
 * requests, and waiting was not enough), `taken` (the name is), `immutable` (the release is), `forbidden` (the token may
 * not), `refused` (all else).
 */
export type ReleaseFailure = 'passing' | 'limited' | 'taken' | 'immutable' | 'forbidden' | 'refused'

/** The one kind of error of `Releases`. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError'
  readonly kind: ReleaseFailure

  constructor(kind: ReleaseFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
