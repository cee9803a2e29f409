const NAME = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i
const VERSION =
  /^v?(\d+!)?\d+(\.\d+)*([-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*)?(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?([-_.]?dev[-_.]?\d*)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?$/i
const MAX_LENGTH = 200

/** A distribution's name as the package index compares it (PEP 503): lower case, runs of `-_.` are one `-`. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}

/** True for a distribution's name (PEP 508) of a length that some project may have. */
export function isPythonName(text: string): boolean {
  return text.length <= MAX_LENGTH && NAME.test(text)
}

/** True for a version (PEP 440), normalised or not, of a length that some release may have. */
export function isPythonVersion(text: string): boolean {
  return text.length <= MAX_LENGTH && VERSION.test(text)
}
