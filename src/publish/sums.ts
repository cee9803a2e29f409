/** A file as it is published. */
export interface SummedFile {
  readonly name: string
  /** Hexadecimal. */
  readonly sha256: string
}

/** `SHA256SUMS`: a line a file, by name, in the form of `sha256sum`; names have no line ends and no backslashes. */
export function sumsText(files: readonly SummedFile[]): string {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return sorted.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')
}
