import { chmodSync, lstatSync, lutimesSync } from 'node:fs'
import { join } from 'node:path'
import { ToolError } from '../errors.js'
import { walkTree } from '../runtime/files.js'

/** Gives a tree the modes and times that its packages shall have, whatever umask and clock made it. */
export function normalizeTree(tree: string, date: number): void {
  for (const { path, kind } of [...walkTree(tree), { path: '', kind: 'directory' as const }]) {
    const entry = join(tree, path)
    if (kind === 'other') throw new ToolError(`${entry} is neither file, folder nor link`)
    if (kind === 'directory') chmodSync(entry, 0o755)
    if (kind === 'file') chmodSync(entry, lstatSync(entry).mode & 0o111 ? 0o755 : 0o644)
    lutimesSync(entry, date, date)
  }
}
