/** A distribution's name as the package index compares it (PEP 503): lower case, runs of `-_.` are one `-`. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}
