import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import * as core from '@actions/core'
import { InputError, UploadError } from '../errors.js'
import type { Artifacts, StoredArtifact } from '../runtime/artifacts.js'
import { unpackZip } from '../runtime/unpack-zip.js'

const ATTEMPTS = 3
const WAIT_MS = 3000

/** A leg has one package a format, and reports. */
const MAX_FILES = 100
const MAX_BYTES = 8 * 1024 ** 3

/** The artifacts of this run, by GitHub's own client. */
export function runArtifacts(): Artifacts {
  /** What the service said of each archive. */
  const digests = new Map<number, string>()
  return {
    async list() {
      return persistently('artifacts could not be listed', async (client) => {
        const { artifacts } = await client.listArtifacts({ latest: true })
        for (const { id, digest } of artifacts) if (digest !== undefined) digests.set(id, digest)
        return artifacts.map(({ id, name, size }) => ({ id, name, size }))
      })
    },

    async download({ id, name, size }, folder) {
      const what = `the artifact ${name} could not be downloaded`
      if (size > MAX_BYTES) {
        throw new InputError({ message: `the artifact ${name} has ${size} bytes, and ${MAX_BYTES} are the most.` })
      }
      const scratch = await mkdtemp(`${folder}.zip-`)
      try {
        await persistently(what, async (client) => {
          const expectedHash = digests.get(id)
          const hash = expectedHash === undefined ? {} : { expectedHash }
          // Unpacked here: the client's own unpacking knows no limits.
          const { digestMismatch } = await client.downloadArtifact(id, { path: scratch, skipDecompress: true, ...hash })
          if (digestMismatch === true) throw new Error('its bytes are not those that were uploaded')
        })
        // The service names the file.
        const [archive = ''] = await readdir(scratch)
        await unpackZip(join(scratch, archive), folder, { maxEntries: MAX_FILES, maxBytes: MAX_BYTES }).catch(
          (cause) => {
            throw new InputError({ message: `the artifact ${name} can't be unpacked: ${reasonOf(cause)}` }, { cause })
          },
        )
      } finally {
        await rm(scratch, { recursive: true, force: true })
      }
    },

    upload: (name, files, root) =>
      persistently(
        `the packages could not be uploaded as artifact ${name}`,
        async (client): Promise<StoredArtifact> => {
          const { id, size } = await client.uploadArtifact(name, [...files], root)
          if (id === undefined || size === undefined) throw new Error('the service gave no id')
          return { id, name, size }
        },
        `\nThey are built and lie in ${root}.`,
      ),
  }
}

type Client = InstanceType<typeof import('@actions/artifact')['DefaultArtifactClient']>

async function persistently<T>(what: string, work: (client: Client) => Promise<T>, hint = ''): Promise<T> {
  // Heavy, and only needed here: it would triple the action's start.
  const { DefaultArtifactClient } = await import('@actions/artifact')
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(new DefaultArtifactClient())
    } catch (cause) {
      const reason = reasonOf(cause)
      if (!isConnectionLost(cause) || attempt === ATTEMPTS)
        throw new UploadError(`${what}: ${reason}${hint}`, { cause })
      core.info(`${reason}; trying again`)
      await wait(WAIT_MS * attempt)
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}

/** The client tries again when the service answers with an error, and gives up at once when it doesn't answer. */
function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && /Unable to make request: E[A-Z]+/.test(error.message)
}
