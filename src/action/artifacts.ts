import { setTimeout as wait } from 'node:timers/promises'
import * as core from '@actions/core'
import { UploadError } from '../errors.js'

/** What the results service keeps of an upload. */
export interface UploadedArtifact {
  readonly id: number
  readonly name: string
  /** Bytes of the archive that the service stores. */
  readonly size: number
}

const ATTEMPTS = 3
const WAIT_MS = 3000

/** Uploads files as one workflow artifact, their paths in it relative to `root`. */
export async function uploadArtifact(name: string, files: readonly string[], root: string): Promise<UploadedArtifact> {
  // Heavy, and only needed here: it would triple the action's start.
  const { DefaultArtifactClient } = await import('@actions/artifact')
  for (let attempt = 1; ; attempt++) {
    try {
      const { id, size } = await new DefaultArtifactClient().uploadArtifact(name, [...files], root)
      if (id === undefined || size === undefined) throw new Error('the service gave no id')
      return { id, name, size }
    } catch (cause) {
      const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
      if (!isConnectionLost(cause) || attempt === ATTEMPTS) throw refused(name, reason, root, cause)
      core.info(`${reason}; trying again`)
      await wait(WAIT_MS * attempt)
    }
  }
}

/** The client tries again when the service answers with an error, and gives up at once when it doesn't answer. */
function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && /Unable to make request: E[A-Z]+/.test(error.message)
}

function refused(name: string, reason: string, root: string, cause: unknown): UploadError {
  return new UploadError(
    `the packages could not be uploaded as artifact ${name}: ${reason}\nThey are built and lie in ${root}.`,
    { cause },
  )
}
