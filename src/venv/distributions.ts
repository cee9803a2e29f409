import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanLine, cleanText } from '../runtime/clean-text.js'
import { readStart } from '../runtime/read-start.js'
import { normalizeName } from '../tested/python-names.js'
import { headerFields } from './metadata.js'

/** What an installed distribution says of itself, as printable text of bounded length. */
export interface Distribution {
  /** Normalised (PEP 503). */
  readonly name: string
  readonly version: string
  readonly summary: string | undefined
  /** An http or https URL. */
  readonly homepage: string | undefined
  readonly author: string | undefined
  /** An SPDX expression, by its own word. */
  readonly licenseExpression: string | undefined
  /** The older field: a name, or a whole text. */
  readonly license: string | undefined
  /** What follows `License ::` in its classifiers, e.g. `OSI Approved :: MIT License`. */
  readonly licenseClassifiers: readonly string[]
  /** Its Requires-Dist lines. */
  readonly requires: readonly string[]
  /** Of its metadata, relative to the tree, e.g. `lib/python3.11/site-packages/six-1.16.0.dist-info`. */
  readonly folder: string
}

const MAX_METADATA = 4 * 1024 * 1024
const MAX_LINE = 300
const MAX_LICENSE = 16 * 1024
const MAX_CLASSIFIERS = 20
const MAX_REQUIRES = 2000
const MAX_REQUIREMENT = 4000

/** The distributions of a virtualenv, sorted by name; folders without a name and a version in them are left out. */
export async function readDistributions(tree: string, pythonMinor: string): Promise<Distribution[]> {
  const site = join('lib', `python${pythonMinor}`, 'site-packages')
  const found: Distribution[] = []
  for (const entry of await readdir(join(tree, site))) {
    if (!entry.endsWith('.dist-info')) continue
    const folder = join(site, entry)
    const metadata = await readStart(join(tree, folder, 'METADATA'), MAX_METADATA)
    const distribution = metadata === undefined ? undefined : parseDistribution(metadata.toString('utf8'), folder)
    if (distribution !== undefined) found.push(distribution)
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Reads the text of a METADATA file; undefined where it has no name or no version. */
export function parseDistribution(metadata: string, folder: string): Distribution | undefined {
  const fields = headerFields(metadata)
  const line = (name: string, max = MAX_LINE) => cleanLine(fields.get(name)?.[0] ?? '', max) || undefined
  const lines = (name: string, count: number, max: number) =>
    (fields.get(name) ?? []).slice(0, count).map((value) => cleanLine(value, max))
  const name = normalizeName(line('name') ?? '')
  const version = line('version')
  if (name === '' || version === undefined) return undefined
  const homepage = line('home-page') ?? homepageOf(lines('project-url', MAX_CLASSIFIERS, MAX_LINE))
  return {
    name,
    version,
    summary: line('summary'),
    homepage: homepage !== undefined && isWebAddress(homepage) ? homepage : undefined,
    author: line('author') ?? line('author-email'),
    licenseExpression: line('license-expression'),
    license: cleanText(fields.get('license')?.[0] ?? '', MAX_LICENSE) || undefined,
    licenseClassifiers: lines('classifier', MAX_REQUIRES, MAX_LINE)
      .flatMap((classifier) => /^License :: (.+)$/.exec(classifier)?.[1] ?? [])
      .slice(0, MAX_CLASSIFIERS),
    requires: lines('requires-dist', MAX_REQUIRES, MAX_REQUIREMENT),
    folder,
  }
}

/** From lines such as `Homepage, https://example.org/`. */
function homepageOf(urls: readonly string[]): string | undefined {
  return urls.flatMap((url) => /^home[ -]?page\s*,\s*(\S+)$/i.exec(url)?.[1] ?? [])[0]
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s"'<>\\^`{|}]+$/i.test(text) && URL.canParse(text)
}
