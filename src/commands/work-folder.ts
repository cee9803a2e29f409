import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { partialPath, removeAbandoned } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'

/** Gives `work` a folder of this run's own, removed at its end; what killed runs left beside it goes first. */
export async function withWorkFolder<T>(ports: Ports, work: (folder: string) => Promise<T>): Promise<T> {
  const all = join(ports.environment.cacheRoot, 'giftwrap-work')
  await removeAbandoned(all)
  const folder = partialPath(join(all, 'run'))
  await mkdir(folder, { recursive: true })
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
