import type { Command } from '../runtime/exec.js'
import { type PackageModel, PRIORITY, SECTION } from './model.js'

const COMPRESSION = { zstd: 'zst', xz: 'xz', gzip: 'gz' } as const

/** The fpm command that makes a deb of the model at `output`. Source: `fpm --help` of 1.18.0. */
export function fpmCommand(
  model: PackageModel,
  at: { readonly fpm: string; readonly work: string; readonly output: string; readonly options: readonly string[] },
): Command & { readonly env: Readonly<Record<string, string>> } {
  return {
    argv: [
      at.fpm,
      ...['--input-type', 'dir', '--output-type', 'deb', '--package', at.output, '--workdir', at.work],
      ...['--name', model.name, '--version', model.version, '--iteration', model.revision],
      ...['--architecture', model.architecture, '--maintainer', model.maintainer, '--description', model.summary],
      ...['--category', SECTION, '--deb-priority', PRIORITY],
      // Without these fpm writes the user's name, "unknown" and a page that isn't there.
      ...['--vendor', model.vendor ?? '', '--url', model.homepage ?? '', '--license', model.license ?? ''],
      ...model.dependencies.flatMap((dependency) => ['--depends', dependency]),
      ...['--deb-no-default-config-files', ...model.configFiles.flatMap((file) => ['--config-files', file])],
      ...['--deb-compression', COMPRESSION[model.compression]],
      ...at.options,
      ...['--chdir', model.tree.folder, '--prefix', model.tree.installPath, '.'],
    ],
    env: { SOURCE_DATE_EPOCH: String(model.date) },
  }
}
