/** An artifact of this workflow run. */
export interface StoredArtifact {
  readonly id: number
  readonly name: string
  /** Bytes of the archive that the service stores. */
  readonly size: number
}

/** A workflow run's artifacts. What the service does not do is an `UploadError`: a re-run may. */
export interface Artifacts {
  /** All of this run, those of its earlier attempts too; of a name that is there more than once the newest. */
  list(): Promise<readonly StoredArtifact[]>
  /**
   * Unpacks an artifact into a folder. What is in it comes from outside: what is too large, or no archive of plain files,
   * is an `InputError`, and may leave a part behind.
   */
  download(artifact: StoredArtifact, folder: string): Promise<void>
  /** Uploads files as one artifact, their paths in it relative to `root`. */
  upload(name: string, files: readonly string[], root: string): Promise<StoredArtifact>
}
