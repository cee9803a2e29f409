import type { Command } from '../runtime/exec.js'
import type { FormattedPackage } from './formatted.js'
import { tarOptions } from './fpm.js'

/** An archive of what is staged, by GNU tar. */
export function tarCommand(found: FormattedPackage, at: { readonly root: string; readonly output: string }): Command {
  const compress = found.compression === 'xz' ? '--xz' : '--gzip'
  return {
    argv: ['tar', '--create', '--file', at.output, '--directory', at.root, compress, ...tarOptions(found.date), '.'],
    // gzip writes no name or time of what it reads from a pipe.
    env: {},
  }
}
