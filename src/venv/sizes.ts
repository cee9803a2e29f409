import { normalizeName } from '../tested/python-names.js'
import { type RecordFile, readRecords } from './record-file.js'

/** How much of a tree a distribution is. */
export interface DistributionSize {
  /** Normalised (PEP 503). */
  readonly name: string
  /** Of the files that its RECORD gives a size; a RECORD gives none for itself. */
  readonly bytes: number
}

/** The sizes of distributions by their RECORDs, largest first. */
export function sizesOf(records: readonly Pick<RecordFile, 'distribution' | 'lines'>[]): DistributionSize[] {
  return records
    .map(({ distribution, lines }) => ({
      name: normalizeName(distribution.split('-')[0] ?? distribution),
      bytes: lines.reduce((sum, { size = 0 }) => sum + size, 0),
    }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
}

export function readSizes(tree: string, pythonMinor: string): DistributionSize[] {
  return sizesOf(readRecords(`${tree}/lib/python${pythonMinor}/site-packages`))
}

const LARGEST = 10

/** One line: the whole, and the largest. */
export function describeSizes(sizes: readonly DistributionSize[]): string {
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  const largest = sizes.slice(0, LARGEST).map(({ name, bytes }) => `${name} ${megabytes(bytes)}`)
  const rest = sizes.length > LARGEST ? ', …' : ''
  const count = `${sizes.length} distribution${sizes.length === 1 ? '' : 's'}`
  return `size: ${megabytes(all)} MB in ${count}${largest.length === 0 ? '' : `: ${largest.join(', ')}`}${rest}`
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}
