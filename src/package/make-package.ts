import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import { partialPath, sha256File } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import type { Fpm } from '../tools/fpm.js'
import { type Additions, additionsOf, NO_ADDITIONS } from '../tools/fpm-options.js'
import { type FormattedPackage, fileName, formatPackage } from './formatted.js'
import { fpmCommand } from './fpm.js'
import { withFpmScripts, withoutScripts } from './fpm-scripts.js'
import type { PackageFormat, PackageModel } from './model.js'
import { dpkgDebCommand, writeControl } from './native-deb.js'
import { rpmbuildCommand, rpmSpec } from './native-rpm.js'
import { tarCommand } from './native-tar.js'
import { NFPM_ENVIRONMENT, nfpmConfig, nfpmContents } from './nfpm.js'
import { stagePackage } from './stage.js'
import { type PackageFacts, verifyPackage } from './verify.js'

/** A packager that is ready to run. */
export type Packager =
  | { readonly name: 'fpm'; readonly fpm: Fpm; readonly options: readonly string[] }
  | { readonly name: 'nfpm'; readonly path: string }
  /** dpkg-deb, rpmbuild or GNU tar. */
  | { readonly name: 'native' }

/** A package beside its place, not yet read back. */
export interface MadePackage {
  readonly found: FormattedPackage
  readonly packager: Packager
  readonly partial: string
  readonly path: string
}

interface Room {
  /** A folder of this package's own for what is in between. */
  readonly work: string
  readonly ports: Ports
  readonly log: LogFile
}

/** Makes the package beside its place in `folder`; `settle` puts it there once it has been read back. */
export async function makePackage(
  model: PackageModel,
  format: PackageFormat,
  packager: Packager,
  at: { readonly folder: string; readonly work: string },
  ports: Ports,
  log: LogFile,
): Promise<MadePackage> {
  const formatted = formatPackage(model, format)
  const found = packager.name === 'fpm' ? await withFpmScripts(formatted, packager.options) : formatted
  const path = join(at.folder, fileName(found))
  await mkdir(dirname(path), { recursive: true })
  // Tools go by the ending of the file's name.
  const partial = `${partialPath(path)}${/\.(?:pkg\.)?[a-z]+(?:\.(?:zst|gz|xz))?$/.exec(fileName(found))?.[0] ?? ''}`
  const room = { work: join(at.work, `package-${format}`), ports, log }
  await mkdir(room.work, { recursive: true })
  try {
    await run(found, model, packager, partial, room)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    await rm(room.work, { recursive: true, force: true })
  }
  return { found, packager, partial, path }
}

/**
 * Reads the package back, compares it with what was to be packaged, has `sign` sign it where it is given, and only then
 * gives it its name.
 */
export async function settlePackage(
  made: MadePackage,
  ports: Ports,
  log: LogFile,
  sign?: (file: string) => Promise<void>,
): Promise<PackageFacts> {
  try {
    const facts = await verifyPackage(made.partial, made.found, additions(made.packager), ports, log)
    const signed = sign === undefined ? {} : await sign(made.partial).then(() => sizeAndSum(made.partial))
    await rename(made.partial, made.path)
    return { ...facts, ...signed }
  } finally {
    await rm(made.partial, { force: true })
  }
}

async function sizeAndSum(file: string): Promise<Pick<PackageFacts, 'size' | 'sha256'>> {
  return { size: (await stat(file)).size, sha256: await sha256File(file) }
}

function additions(packager: Packager): Additions {
  return packager.name === 'fpm' ? additionsOf(packager.options) : NO_ADDITIONS
}

async function run(
  found: FormattedPackage,
  model: PackageModel,
  packager: Packager,
  output: string,
  room: Room,
): Promise<void> {
  const { name } = packager
  const staged = stagePackage(found, room.work, { tree: name !== 'nfpm', changelog: name !== 'fpm' })
  await checkScripts(staged.scripts, room)
  if (name === 'fpm') await runFpm(found, packager, staged, output, room)
  else if (name === 'nfpm') await runNfpm(found, model, packager.path, staged, output, room)
  else await runNative(found, staged, output, room)
}

type Staged = ReturnType<typeof stagePackage>

/** A script that sh can't read would only show itself on the operator's machine. */
async function checkScripts(scripts: Staged['scripts'], { ports, log }: Room): Promise<void> {
  for (const [slot, file] of Object.entries(scripts)) {
    await ports.exec.run({ argv: ['sh', '-n', file] }, log).catch((cause: unknown) => {
      if (!(cause instanceof ToolError)) throw cause
      const last = cause.message.split('\n').findLast((line) => line.includes(file)) ?? ''
      throw new InputError(
        {
          message: `the package's script ${slot} can't be read by sh: ${last.replace(file, '').trim()}`,
          hint: 'One of the manifest’s scripts is not whole.',
        },
        { cause },
      )
    })
  }
}

async function runFpm(
  found: FormattedPackage,
  { fpm, options }: Extract<Packager, { name: 'fpm' }>,
  staged: Staged,
  output: string,
  { work, ports, log }: Room,
): Promise<void> {
  const workdir = join(work, 'fpm')
  await mkdir(workdir)
  const command = fpmCommand(found, { fpm: fpm.path, work: workdir, output, options: withoutScripts(options), staged })
  // fpm takes options, scripts for the package among them, from `.fpm` where it runs and in the home folder.
  const env = { ...command.env, ...fpm.env, HOME: workdir }
  await ports.exec.run({ ...command, cwd: workdir, env }, log)
}

async function runNfpm(
  found: FormattedPackage,
  model: PackageModel,
  nfpm: string,
  staged: Staged,
  output: string,
  { work, ports, log }: Room,
): Promise<void> {
  const config = join(work, 'nfpm.yaml')
  const contents = await nfpmContents(found, staged)
  await writeFile(config, nfpmConfig(found, model.architecture, contents, staged))
  // nfpm packages a folder instead of a link when the link's text names one from where it runs.
  const cwd = join(work, 'empty')
  await mkdir(cwd)
  const argv = [nfpm, 'package', '--config', config, '--packager', found.format, '--target', output]
  await ports.exec.run({ argv, cwd, env: { ...NFPM_ENVIRONMENT, SOURCE_DATE_EPOCH: String(found.date) } }, log)
}

async function runNative(
  found: FormattedPackage,
  staged: Staged,
  output: string,
  { work, ports, log }: Room,
): Promise<void> {
  const { root } = staged
  switch (found.format) {
    case 'deb':
      writeControl(found, staged)
      await ports.exec.run(dpkgDebCommand(found, { root, output }), log)
      return
    case 'rpm': {
      const folder = join(work, 'rpmbuild')
      const spec = join(folder, 'package.spec')
      for (const name of ['tmp', 'BUILD']) await mkdir(join(folder, name), { recursive: true })
      await writeFile(spec, rpmSpec(found))
      await ports.exec.run({ ...rpmbuildCommand(found, { spec, folder, root }), cwd: folder }, log)
      const made = (await readdir(folder)).filter((name) => name.endsWith('.rpm'))
      if (made.length !== 1) throw new ToolError(`rpmbuild made ${made.length} packages of ${found.name}`)
      await rename(join(folder, made[0] ?? ''), output)
      return
    }
    case 'tar':
      await ports.exec.run(tarCommand(found, { root, output }), log)
      return
    default:
      throw new InputError({
        message: `there is no native tool for ${found.format} packages here.`,
        hint: 'Choose packager: nfpm.',
      })
  }
}
