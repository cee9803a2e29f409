import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cleanText } from '../runtime/clean-text.js'
import { walkTree } from '../runtime/files.js'
import { readStart } from '../runtime/read-start.js'

/** A file that says under what terms a distribution may be used. */
export interface LicenceFile {
  /** Relative to the folder that was searched. */
  readonly path: string
  readonly text: string
  /** The file has more than `text`. */
  readonly cut: boolean
}

const LICENCE_NAME = /^(?:un)?licen[cs]e|^copying|^notice|^copyright/i
/** In folders of this name (PEP 639, REUSE) all files are meant; setuptools puts the authors there too. */
const LICENCE_FOLDER = /^licen[cs]es$/i
const NO_LICENCE = /^authors|\.(?:py|pyc|pyi|so|json)$/i
const MAX_DEPTH = 4
const MAX_FILES = 50
/** The GPL, the longest of the common ones, has 35 kB. */
const MAX_BYTES = 128 * 1024

/**
 * The licence files of a checkout or of a `*.dist-info` folder, sorted by path: those at its top and all in its folder
 * `licenses`. Links are not followed; at most 50 files, of each the first 128 KiB.
 */
export async function readLicenceFiles(folder: string): Promise<LicenceFile[]> {
  if (!existsSync(folder)) return []
  const isOutside = (path: string) => {
    const [top = '', ...below] = path.split('/')
    return (below.length > 0 && !LICENCE_FOLDER.test(top)) || below.length > MAX_DEPTH
  }
  const files: LicenceFile[] = []
  for (const { path, kind } of walkTree(folder, isOutside)) {
    if (files.length === MAX_FILES) break
    if (kind !== 'file' || !isLicence(path)) continue
    const bytes = await readStart(join(folder, path), MAX_BYTES + 1)
    if (bytes === undefined) continue
    const text = cleanText(bytes.subarray(0, MAX_BYTES).toString('utf8'), MAX_BYTES)
    if (text !== '') files.push({ path, text, cut: bytes.length > MAX_BYTES })
  }
  return files
}

function isLicence(path: string): boolean {
  const parts = path.split('/')
  const name = parts.at(-1) ?? ''
  return !NO_LICENCE.test(name) && (parts.length > 1 || LICENCE_NAME.test(name))
}
