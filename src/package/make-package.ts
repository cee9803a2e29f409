import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { partialPath } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import type { Fpm } from '../tools/fpm.js'
import { type Additions, additionsOf, NO_ADDITIONS } from '../tools/fpm-options.js'
import { fpmCommand } from './fpm.js'
import { debFileName, type PackageModel } from './model.js'
import { NFPM_ENVIRONMENT, nfpmConfig, nfpmContents } from './nfpm.js'
import { type PackageFacts, verifyDeb } from './verify-deb.js'

/** A packager that is ready to run. */
export type Packager =
  | { readonly name: 'fpm'; readonly fpm: Fpm; readonly options: readonly string[] }
  | { readonly name: 'nfpm'; readonly path: string }

/** Makes the package beside its place in `folder`; `settle` puts it there once it has been read back. */
export async function makePackage(
  model: PackageModel,
  packager: Packager,
  at: { readonly folder: string; readonly work: string },
  ports: Ports,
  log: LogFile,
): Promise<{ readonly partial: string; readonly path: string }> {
  const path = join(at.folder, debFileName(model))
  await mkdir(dirname(path), { recursive: true })
  // Both tools go by the ending of the file's name.
  const partial = `${partialPath(path)}.deb`
  try {
    if (packager.name === 'fpm') await runFpm(model, packager, partial, at.work, ports, log)
    else await runNfpm(model, packager.path, partial, at.work, ports, log)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  return { partial, path }
}

/** Reads the package back, compares it with the model, and only then gives it its name. */
export async function settlePackage(
  model: PackageModel,
  packager: Packager,
  made: { readonly partial: string; readonly path: string },
  ports: Ports,
  log: LogFile,
): Promise<PackageFacts> {
  try {
    const facts = await verifyDeb(made.partial, model, additions(packager), ports, log)
    await rename(made.partial, made.path)
    return facts
  } finally {
    await rm(made.partial, { force: true })
  }
}

function additions(packager: Packager): Additions {
  return packager.name === 'fpm' ? additionsOf(packager.options) : NO_ADDITIONS
}

async function runFpm(
  model: PackageModel,
  packager: Extract<Packager, { name: 'fpm' }>,
  output: string,
  work: string,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const workdir = join(work, 'fpm')
  await mkdir(workdir, { recursive: true })
  const { fpm, options } = packager
  const command = fpmCommand(model, { fpm: fpm.path, work: workdir, output, options })
  // fpm takes options, scripts for the package among them, from `.fpm` where it runs and in the home folder.
  const env = { ...command.env, ...fpm.env, HOME: workdir }
  await ports.exec.run({ ...command, cwd: workdir, env }, log)
}

async function runNfpm(
  model: PackageModel,
  nfpm: string,
  output: string,
  work: string,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const config = join(work, 'nfpm.yaml')
  await writeFile(config, nfpmConfig(model, await nfpmContents(model)))
  // nfpm packages a folder instead of a link when the link's text names one from where it runs.
  const cwd = join(work, 'empty')
  await mkdir(cwd, { recursive: true })
  const argv = [nfpm, 'package', '--config', config, '--packager', 'deb', '--target', output]
  await ports.exec.run({ argv, cwd, env: { ...NFPM_ENVIRONMENT, SOURCE_DATE_EPOCH: String(model.date) } }, log)
}
