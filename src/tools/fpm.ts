import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import { exists, sha256File } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { which } from '../runtime/which.js'
import { FPM_GEMS, FPM_VERSION } from './pins.js'

/** How to run fpm: its command, and the environment that RubyGems needs to find it. */
export interface Fpm {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
  readonly cached: boolean
}

const CACHE_KEY = { name: 'giftwrap-fpm', version: FPM_VERSION, arch: 'ruby' }

/** Where fpm could come from without a network, in words for the plan; undefined where it couldn't. */
export async function fpmAtHand(ports: Ports, gemsFolder: string | undefined): Promise<string | undefined> {
  // Without binutils fpm can't write a deb.
  if ((await which('ar', ports.environment)) === undefined) return undefined
  if ((await installedFpm(ports)) !== undefined) return `fpm ${FPM_VERSION} is installed`
  if ((await which('ruby', ports.environment)) === undefined) return undefined
  if ((await ports.cache.find(CACHE_KEY)) !== undefined) return `fpm ${FPM_VERSION} is in the tool cache`
  return gemsFolder === undefined ? undefined : `fpm ${FPM_VERSION} is in the folder of gems`
}

/**
 * fpm as it is installed, else from the tool cache, else made of pinned gems: those of the folder that the caller
 * names, which needs no network, or what `gem fetch` brings. Each file's SHA-256 is checked before it is installed.
 */
export async function provideFpm(ports: Ports, gemsFolder: string | undefined, log?: LogFile): Promise<Fpm> {
  const installed = await installedFpm(ports)
  if (installed !== undefined) return { ...installed, cached: true }
  const { folder, cached } = await ports.cache.obtain(CACHE_KEY, (partial) => install(partial, gemsFolder, ports, log))
  return { path: join(folder, 'bin', 'fpm'), env: { GEM_HOME: folder, GEM_PATH: folder }, cached }
}

/** fpm runs without the caller's home folder: gems that are installed there are found by their path then. */
async function installedFpm(ports: Ports): Promise<Omit<Fpm, 'cached'> | undefined> {
  const path = await which('fpm', ports.environment)
  if (path === undefined) return undefined
  const textOf = (argv: readonly [string, ...string[]], env: Fpm['env'] = {}) =>
    ports.exec.run({ argv, env }).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    )
  const works = async (env: Fpm['env']) =>
    (await textOf([path, '--version'], { ...env, HOME: '/nonexistent' })) === FPM_VERSION
  if (await works({})) return { path, env: {} }
  const gem = await which('gem', ports.environment)
  const env = { GEM_PATH: gem === undefined ? '' : await textOf([gem, 'environment', 'gempath']) }
  return env.GEM_PATH !== '' && (await works(env)) ? { path, env } : undefined
}

async function install(folder: string, gemsFolder: string | undefined, ports: Ports, log?: LogFile): Promise<void> {
  const gem = await which('gem', ports.environment)
  if (gem === undefined) {
    throw new InputError({
      message: `fpm ${FPM_VERSION} can't be set up: there is no Ruby on this machine.`,
      hint: 'Install the package ruby, let giftwrap do it with --provision, or choose `packager: nfpm`.',
    })
  }
  const gems = join(folder, 'gems-to-install')
  await mkdir(gems)
  const files: string[] = []
  for (const { name, version, sha256 } of FPM_GEMS) {
    const file = join(gems, `${name}-${version}.gem`)
    if (gemsFolder === undefined) {
      await fetchGem(gem, { name, version, file }, gems, ports, log)
    } else {
      await takeFrom(gemsFolder, `${name}-${version}.gem`, file)
    }
    await checkSum(file, sha256)
    files.push(file)
  }
  // RubyGems 3.3 installs files in the order given and silently skips what misses a dependency.
  const options = ['--local', '--ignore-dependencies', '--no-document', '--env-shebang', '--install-dir', folder]
  await ports.exec.run({ argv: [gem, 'install', ...options, '--bindir', join(folder, 'bin'), ...files] }, log)
  await rm(gems, { recursive: true })
}

/** `gem fetch` says what went wrong and exits as if it had not: the file tells. */
async function fetchGem(
  gem: string,
  wanted: { readonly name: string; readonly version: string; readonly file: string },
  folder: string,
  ports: Ports,
  log: LogFile | undefined,
): Promise<void> {
  const argv = [gem, 'fetch', wanted.name, '--version', wanted.version, '--platform', 'ruby']
  const { stdout, stderr } = await ports.exec.run({ argv, cwd: folder }, log)
  if (await exists(wanted.file)) return
  const said = `${stdout}${stderr}`.trim().split('\n').slice(-3).join('\n  ')
  throw new ToolError(
    `gem fetch brought no ${wanted.name} ${wanted.version}, which fpm needs:\n  ${said}\n` +
      'Where the gem server is out of reach: --fpm-gems names a folder of gems, and `packager: nfpm` needs none.',
  )
}

async function takeFrom(gemsFolder: string, name: string, file: string): Promise<void> {
  await copyFile(join(gemsFolder, name), file).catch((cause: unknown) => {
    throw new InputError(
      {
        message: `the folder of gems ${gemsFolder} has no ${name}.`,
        hint: 'It must hold fpm and all gems that it needs.',
      },
      { cause },
    )
  })
}

async function checkSum(file: string, expected: string): Promise<void> {
  const sum = await sha256File(file)
  if (sum !== expected) throw new ToolError(`${file} is not the pinned gem: SHA-256 ${sum} instead of ${expected}`)
}
