import { UploadError } from '../errors.js'

/** What the results service keeps of an upload. */
export interface UploadedArtifact {
  readonly id: number
  readonly name: string
  /** Bytes of the archive that the service stores. */
  readonly size: number
}

/** Uploads files as one workflow artifact, their paths in it relative to `root`. */
export async function uploadArtifact(name: string, files: readonly string[], root: string): Promise<UploadedArtifact> {
  // Heavy, and only needed here: it would triple the action's start.
  const { DefaultArtifactClient } = await import('@actions/artifact')
  try {
    const { id, size } = await new DefaultArtifactClient().uploadArtifact(name, [...files], root)
    if (id === undefined || size === undefined) throw new Error('the service gave no id')
    return { id, name, size }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UploadError(
      `the packages are built but could not be uploaded as artifact ${name}: ${reason}\n` +
        'They are in the output folder; running the job again uploads them.',
      { cause },
    )
  }
}
