import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { TreeEntry } from '../../runtime/files.js'

const RECORD = /(?:^|\/)([^/]+)\.dist-info\/RECORD$/

/** Which distribution brought a file, e.g. `psycopg2 2.9.9`: by paths below the tree, from every `RECORD` in it. */
export function recordedFiles(tree: string, entries: readonly TreeEntry[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { path, kind } of entries) {
    const folder = kind === 'file' ? RECORD.exec(path)?.[1] : undefined
    if (folder === undefined) continue
    const distribution = nameAndVersion(folder)
    const site = dirname(dirname(path))
    for (const line of readFileSync(join(tree, path), 'utf8').split(/\r?\n/)) {
      const name = firstField(line)
      if (name !== '') files.set(normalize(join(site, name)), distribution)
    }
  }
  return files
}

/** `python_ldap-3.4.4` as people write it. Source: the specification of recorded installs. */
function nameAndVersion(folder: string): string {
  const dash = folder.indexOf('-')
  const name = dash < 0 ? folder : folder.slice(0, dash)
  return `${name.replaceAll('_', '-')}${dash < 0 ? '' : ` ${folder.slice(dash + 1)}`}`
}

/** Of a line of comma-separated values; a quote in quotes stands twice. */
function firstField(line: string): string {
  const quoted = /^"((?:[^"]|"")*)"(?:,|$)/.exec(line)?.[1]
  return quoted?.replaceAll('""', '"') ?? line.split(',', 1)[0] ?? ''
}
