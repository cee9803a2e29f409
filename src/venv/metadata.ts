/** Beyond this a field is no name, version, licence or relation that anything here could use. */
const MAX_VALUE = 64 * 1024
const MAX_FIELDS = 20_000

/**
 * The fields in the header of a distribution's METADATA, names in lower case, each with its values in order; folded
 * lines are joined by newlines. Source: https://packaging.python.org/specifications/core-metadata/
 */
export function headerFields(metadata: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>()
  let values: string[] | undefined
  let count = 0
  // Some wheels are made on Windows.
  for (const line of metadata.split(/\r?\n/)) {
    // A folded text keeps its empty lines as lines of blanks: only one without any ends the header.
    if (line === '' || count > MAX_FIELDS) break
    if (/^[ \t]/.test(line)) {
      append(values, line.replace(/^ {7}\|| {8}|[ \t]+/, ''))
      continue
    }
    const [, name, value] = /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line) ?? []
    values = undefined
    if (name === undefined || value === undefined) continue
    count += 1
    values = fields.get(name.toLowerCase()) ?? []
    fields.set(name.toLowerCase(), values)
    values.push(value.trim().slice(0, MAX_VALUE))
  }
  return fields
}

function append(values: string[] | undefined, line: string): void {
  const last = values?.pop()
  if (values === undefined || last === undefined) return
  values.push(last.length < MAX_VALUE ? `${last}\n${line.trimEnd()}`.slice(0, MAX_VALUE) : last)
}
