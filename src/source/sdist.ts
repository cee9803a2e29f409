import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import { sha256File } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import type { CacheKey } from '../runtime/tool-cache.js'
import { findPip } from '../tools/pip.js'
import type { PinnedSdist } from './pin.js'

/** Brings a release's source archive from the package index into the tool cache; releases never change there. */
export async function pinSdist(requirement: string, ports: Ports, log?: LogFile): Promise<PinnedSdist> {
  const { folder } = await ports.cache.obtain(sdistKey(requirement), (partial) =>
    download(requirement, partial, ports, log),
  )
  const [name] = await readdir(folder)
  if (name === undefined) throw new ToolError(`${folder} is empty: remove it, and it will be fetched again`)
  const file = join(folder, name)
  return { kind: 'sdist', requirement, sha256: await sha256File(file), file }
}

/** Where the tool cache has the archive. */
export function sdistKey(requirement: string): CacheKey {
  return { name: 'giftwrap-sdist', version: requirement.replace('==', '-'), arch: 'any' }
}

async function download(requirement: string, folder: string, ports: Ports, log: LogFile | undefined): Promise<void> {
  const python = await findPip(ports)
  if (python === undefined) {
    throw new InputError({
      message: `${requirement} can't be fetched: there is no python3 with pip on this machine.`,
      hint: 'Install the package python3-pip, or let giftwrap do it with --provision.',
    })
  }
  await ports.exec.run({ argv: downloadCommand(python, requirement, folder) }, log)
  if ((await readdir(folder)).length !== 1)
    throw new ToolError(`pip download of ${requirement} brought no source archive`)
}

export function downloadCommand(python: string, requirement: string, folder: string): readonly string[] {
  // Of this one alone: pip may read its metadata, and what builds that comes as wheels.
  const [name = ''] = requirement.split('==')
  const options = ['--quiet', '--no-deps', '--no-binary', name, '--dest', folder]
  return [python, '-m', 'pip', 'download', ...options, '--', requirement]
}

/** Unpacks the archive so that `folder` is the project's top folder. */
export async function checkoutSdist(pin: PinnedSdist, folder: string, ports: Ports, log: LogFile): Promise<void> {
  const unpacked = `${folder}.unpacked`
  await mkdir(unpacked, { recursive: true })
  // tar itself refuses names with `..` and strips leading slashes.
  const options = ['--no-same-owner', '--no-same-permissions', '--directory', unpacked]
  await ports.exec.run({ argv: ['tar', '--extract', '--file', pin.file, ...options] }, log)
  const [top, ...others] = await readdir(unpacked)
  if (top === undefined || others.length > 0)
    throw new ToolError(`${pin.requirement}: the archive has no single top folder`)
  await rename(join(unpacked, top), folder)
  await rm(unpacked, { recursive: true })
}

/** When the release was made, as its PKG-INFO's time says; seconds since 1970. */
export async function sdistDate(folder: string): Promise<number> {
  return Math.floor((await stat(join(folder, 'PKG-INFO'))).mtimeMs / 1000)
}
