import { compareDebianVersions } from '../debian-version.js'

/** What a library's package says of its symbols: the first version of the package that has each. */
export interface LibrarySymbols {
  /** Relations with `#MINVER#` in the place of the version; the first is the usual one, others go by their number. */
  readonly templates: readonly string[]
  /** By `name@version`: the package's version and the template's number. */
  readonly symbols: ReadonlyMap<string, { readonly version: string; readonly template: number }>
}

/** Reads a package's `symbols` control file: libraries by their sonames. Source: deb-symbols(5). */
export function parseSymbols(text: string): ReadonlyMap<string, LibrarySymbols> {
  const libraries = new Map<string, LibrarySymbols>()
  let templates: string[] = []
  let symbols = new Map<string, { version: string; template: number }>()
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line.startsWith('*') || line.trim() === '') continue
    const alternative = /^\|\s*(.+?)\s*$/.exec(line)?.[1]
    // A name may stand in quotes where it has blanks; tags are for sources, and the name ends at the last `@`.
    const symbol = /^\s+(?:"([^"]+)"|(\S+))\s+(\S+)(?:\s+(\d+))?\s*$/.exec(line)
    const header = /^(\S+)\s+(\S.*?)\s*$/.exec(line)
    if (alternative !== undefined) templates.push(alternative)
    else if (symbol !== null) {
      const [, quoted, plain = '', version = '', template = '0'] = symbol
      symbols.set((quoted ?? plain).replace(/^\([^)]*\)/, ''), { version, template: Number(template) })
    } else if (header?.[1] !== undefined && header[2] !== undefined) {
      templates = [header[2]]
      symbols = new Map()
      libraries.set(header[1], { templates, symbols })
    }
  }
  return libraries
}

/**
 * The templates that the used symbols ask for, each with the lowest version of the package that will do (empty for any).
 * A library of which no symbol is used is needed all the same, in the oldest version that it describes.
 */
export function neededTemplates({ templates, symbols }: LibrarySymbols, used: Iterable<string>): Map<string, string> {
  const needed = new Map<string, string>()
  const [usual] = templates
  if (usual === undefined) return needed
  const versions = [...symbols.values()].flatMap((one) => (one.template === 0 ? [one.version] : []))
  raise(
    needed,
    usual,
    versions.reduce((low, one) => (low === '' || compareDebianVersions(one, low) < 0 ? one : low), ''),
  )
  for (const name of used) {
    const symbol = symbols.get(name)
    const template = symbol && templates[symbol.template]
    if (symbol !== undefined && template !== undefined) raise(needed, template, symbol.version)
  }
  return needed
}

/** Asks for a template in this version at least. */
export function raise(needed: Map<string, string>, template: string, version: string): void {
  const known = needed.get(template)
  if (known === undefined || compareDebianVersions(version, known) > 0) needed.set(template, version)
}

/** A template as relations, one for each comma. */
export function fillTemplate(template: string, version: string): string[] {
  const least = version === '' || version === '0' ? '' : `(>= ${version})`
  return template.split(',').map((one) => one.replaceAll('#MINVER#', least).trim().replaceAll(/\s+/g, ' '))
}

/** The relations that a `shlibs` control file has for a soname. Source: deb-shlibs(5). */
export function shlibsOf(text: string, soname: string): string | undefined {
  const split = /^(?<name>.+)\.so\.(?<version>.+)$/.exec(soname) ?? /^(?<name>.+)-(?<version>\d.*)\.so$/.exec(soname)
  for (const line of text.split('\n')) {
    const [, type, name, version, relations] = /^\s*(?:(\S+):\s+)?(\S+)\s+(\S+)(?:\s+(\S.*?))?\s*$/.exec(line) ?? []
    const isDeb = type === undefined || type === 'deb'
    if (isDeb && name === split?.groups?.name && version === split?.groups?.version) return relations
  }
  return undefined
}
