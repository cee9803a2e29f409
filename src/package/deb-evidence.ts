import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { GiftwrapError, InputError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import { printable } from '../runtime/printable.js'

/** What a package carries of what it was made of, by file name; as many of them as it has. */
export type Evidence = Partial<Record<(typeof FILES)[number], string>>

const FILES = ['lock.txt', 'build-lock.txt', 'provenance.json'] as const
const PLACE = /^(?<folder>.*\/share\/giftwrap)\/(?<name>lock\.txt|build-lock\.txt|provenance\.json)$/
/** The file that makes a folder of that name ours. */
const MARK = 'provenance.json'

const MEBIBYTE = 1024 * 1024
const LIMITS = {
  file: 16 * MEBIBYTE,
  /** Of the unpacked archive; large services have a tenth. */
  archive: 8192 * MEBIBYTE,
  folders: 16,
  seconds: 600,
}

/**
 * Reads `share/giftwrap/` below a deb's install path; of several such folders the one nearest to the root. A file that
 * is no such package is an `InputError`; what dpkg-deb can't read, its `ToolError`.
 */
export async function readDebEvidence(file: string, exec: Exec, limits: typeof LIMITS = LIMITS): Promise<Evidence> {
  const folders = new Map<string, Map<string, string>>()
  const command = { argv: ['dpkg-deb', '--fsys-tarfile', resolve(file)], timeoutSeconds: limits.seconds }
  await exec.stream(command, (tar) => collect(tar, folders, file, limits))
  const ours = [...folders].filter(([, files]) => files.has(MARK)).map(([folder]) => folder)
  const [nearest] = ours.toSorted((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1))
  if (nearest === undefined) {
    throw new InputError({ message: `${file} is no package of giftwrap: it has no share/giftwrap/${MARK}.` })
  }
  return Object.fromEntries(folders.get(nearest) ?? [])
}

function depthOf(folder: string): number {
  return folder.split('/').length
}

async function collect(
  tar: NodeJS.ReadableStream,
  folders: Map<string, Map<string, string>>,
  file: string,
  limits: typeof LIMITS,
): Promise<void> {
  const tooMuch = (what: string) => new InputError({ message: `${file} is not read: ${what}.` })
  const reader = extract()
  let total = 0
  async function* measured(): AsyncGenerator<Buffer | string> {
    for await (const chunk of tar) {
      total += chunk.length
      if (total > limits.archive) throw tooMuch(`unpacked it has more than ${limits.archive} bytes`)
      yield chunk
    }
  }
  reader.on('entry', (header, stream, next) => {
    const size = header.size ?? 0
    stream.on('error', next)
    const { folder, name } = PLACE.exec(header.name.replace(/^\.?\/?/, '/'))?.groups ?? {}
    if (header.type !== 'file' || folder === undefined || name === undefined) {
      stream.on('end', next)
      stream.resume()
      return
    }
    if (size > limits.file) return next(tooMuch(`${folder}/${name} has more than ${limits.file} bytes`))
    const chunks: Buffer[] = []
    stream.on('data', (chunk) => chunks.push(chunk as Buffer))
    stream.on('end', () => {
      const files = folders.get(folder) ?? new Map<string, string>()
      folders.set(folder, files.set(name, Buffer.concat(chunks).toString('utf8')))
      next(folders.size > limits.folders ? tooMuch('it has too many folders share/giftwrap') : undefined)
    })
  })
  try {
    await pipeline(measured, reader)
  } catch (cause) {
    if (cause instanceof GiftwrapError || !(cause instanceof Error)) throw cause
    throw new InputError({ message: `${file} can't be read as a package: ${printable(cause.message)}.` }, { cause })
  }
}
