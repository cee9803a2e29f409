import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolError } from '../errors.js'
import type { LockedDistribution } from '../lock/lock-file.js'
import { normalizeName } from '../tested/python-names.js'

export interface InstalledDistribution {
  /** Normalised (PEP 503). */
  readonly name: string
  readonly version: string
  readonly summary: string | undefined
  readonly homepage: string | undefined
  readonly license: string | undefined
}

/** What is installed in a virtualenv, read from the metadata of its distributions. */
export async function readInstalled(tree: string, pythonMinor: string): Promise<InstalledDistribution[]> {
  const site = join(tree, 'lib', `python${pythonMinor}`, 'site-packages')
  const installed: InstalledDistribution[] = []
  for (const entry of (await readdir(site)).sort()) {
    if (!entry.endsWith('.dist-info')) continue
    const fields = headerFields(await readFile(join(site, entry, 'METADATA'), 'utf8'))
    const name = fields.get('name')
    const version = fields.get('version')
    if (name === undefined || version === undefined) throw new ToolError(`${entry} has no name or version`)
    installed.push({
      name: normalizeName(name),
      version,
      summary: fields.get('summary'),
      homepage: fields.get('home-page'),
      license: fields.get('license-expression') ?? fields.get('license'),
    })
  }
  return installed
}

function headerFields(metadata: string): Map<string, string> {
  const fields = new Map<string, string>()
  // Some wheels are made on Windows.
  for (const line of metadata.split(/\r?\n/)) {
    if (line.trim() === '') break
    const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1].toLowerCase(), match[2].trim())
  }
  return fields
}

/**
 * Compares a virtualenv with its lock: each locked distribution that has no marker is there in its version, and
 * nothing else but those that are built beside it: the project, and commits. Gives a sentence for each difference.
 */
export function differencesFromLock(
  installed: readonly InstalledDistribution[],
  locked: readonly LockedDistribution[],
  beside: readonly string[],
): string[] {
  const found = new Map(installed.map(({ name, version }) => [name, version]))
  const allowed = new Set(beside.map(normalizeName))
  const differences: string[] = []
  for (const { name, version, marker } of locked) {
    allowed.add(name)
    const there = found.get(name)
    if (there === undefined && marker !== undefined) continue
    if (there === undefined) differences.push(`${name} ${version} is locked and not installed`)
    else if (there !== version) differences.push(`${name} ${version} is locked and ${there} is installed`)
  }
  for (const name of beside) {
    if (!found.has(normalizeName(name))) differences.push(`${name} itself is not installed`)
  }
  for (const { name, version } of installed) {
    if (!allowed.has(name)) differences.push(`${name} ${version} is installed and not locked`)
  }
  return differences
}
