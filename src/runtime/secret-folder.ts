import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, processNamespace } from './process-mark.js'

/** In memory, where there is such a place. */
const MEMORY = '/dev/shm'
/** Short: the sockets in it have names of at most 107 bytes. */
const NAME = /^gw-(?<space>\d+)-(?<pid>\d+)-[0-9a-f]{8}$/

/**
 * Lends a folder that nobody else can read, in memory where that can be had, and removes it at the end; those of
 * killed runs of the same user go first.
 */
export async function withSecretFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const usable = await access(MEMORY, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  const root = usable ? MEMORY : tmpdir()
  await removeLeftovers(root)
  const folder = join(root, `gw-${processSpace()}-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(folder, { mode: 0o700 })
    // Whatever the umask was.
    await chmod(folder, 0o700)
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const { space, pid } = NAME.exec(name)?.groups ?? {}
    if (space === undefined || space !== processSpace() || isAlive(Number(pid))) continue
    const folder = join(root, name)
    const owner = (await lstat(folder).catch(() => undefined))?.uid
    if (owner === process.getuid?.()) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Containers may share the memory, not the numbers of processes. */
const processSpace = () => processNamespace() ?? '0'
