import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolError } from '../errors.js'
import type { LockedDistribution } from '../lock/lock-file.js'
import { normalizeName } from '../tested/python-names.js'
import { headerFields } from './metadata.js'

export interface InstalledDistribution {
  /** Normalised (PEP 503). */
  readonly name: string
  readonly version: string
  readonly summary: string | undefined
  readonly homepage: string | undefined
  readonly license: string | undefined
  /** Path of its RECORD in the tree. */
  readonly record: string
}

/** What is installed in a virtualenv, read from the metadata of its distributions. */
export async function readInstalled(tree: string, pythonMinor: string): Promise<InstalledDistribution[]> {
  const site = join(tree, 'lib', `python${pythonMinor}`, 'site-packages')
  const installed: InstalledDistribution[] = []
  for (const entry of (await readdir(site)).sort()) {
    if (!entry.endsWith('.dist-info')) continue
    const fields = headerFields(await readFile(join(site, entry, 'METADATA'), 'utf8'))
    // Some fold a whole licence into the field.
    const first = (field: string) => fields.get(field)?.[0]?.split('\n')[0]
    const name = first('name')
    const version = first('version')
    if (name === undefined || version === undefined) throw new ToolError(`${entry} has no name or version`)
    installed.push({
      name: normalizeName(name),
      version,
      summary: first('summary'),
      homepage: first('home-page'),
      license: first('license-expression') ?? first('license'),
      record: join('lib', `python${pythonMinor}`, 'site-packages', entry, 'RECORD'),
    })
  }
  return installed
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
