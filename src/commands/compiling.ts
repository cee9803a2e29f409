import { InputError, ToolError } from '../errors.js'
import type { PinnedLeg } from '../plan/plan.js'
import type { LogFile } from '../runtime/log-file.js'
import { platformAtoms } from '../system/bindep/platform.js'
import { readBindep } from '../system/bindep/read-file.js'
import { type BuildPackage, compilationPackages, isInstalled } from '../system/build-packages.js'
import { readOsRelease } from '../system/os-release.js'
import type { SystemNeed } from '../tools/distribution-packages.js'
import type { LegContext } from './leg-context.js'
import type { LegRecord } from './leg-record.js'
import { platformOf } from './leg-relations.js'
import type { OnDemand } from './on-demand.js'

/** Gives the build host what the manifest names for it. */
export async function provideBuildDependencies(leg: PinnedLeg, context: LegContext): Promise<void> {
  const packages = leg.project.build_dependencies ?? []
  const reason = `to build ${leg.project.name} (build_dependencies)`
  await context.provide(packages.map((name) => needOf({ name, versions: [] }, reason, leg)))
}

/**
 * Does what may compile source archives. Where one can't be compiled, what compiling takes on this machine is provided
 * (compilers, and the headers that the project's bindep.txt names) and it is done once more, after `clean`; where
 * nothing may be installed, the error names the archive and the packages. A manifest that names build_dependencies has
 * had them before.
 */
export async function withCompilers<T>(
  leg: PinnedLeg,
  work: (log: LogFile) => Promise<T>,
  clean: () => Promise<void>,
  prepare: OnDemand,
  context: LegContext,
  record: LegRecord,
): Promise<T> {
  const failed = new Set<string>()
  try {
    return await work(watched(record.log, leg.project.name, failed))
  } catch (error) {
    if (!(error instanceof ToolError) || failed.size === 0) throw error
    const archives = [...failed].join(', ')
    const missing = leg.project.build_dependencies === undefined ? await missingPackages(leg, prepare, context) : []
    if (missing.length === 0 || !context.provision) throw explained(error, archives, missing)
    await context.provide(missing.map((one) => needOf(one, `to compile ${archives}`, leg)))
    await clean()
    return await work(record.log)
  }
}

const FAILED = /Failed to (?:download and )?build [`']([^`'\n]+)[`']/g

/** The log, and what uv says there that it could not build: `name==version`, or the project's own path. */
function watched(log: LogFile, project: string, failed: Set<string>): LogFile {
  return {
    path: log.path,
    write(text) {
      for (const [, name = ''] of text.matchAll(FAILED)) {
        failed.add(name.includes('/') ? project : name.replace('==', ' '))
      }
      log.write(text)
    },
  }
}

async function missingPackages(leg: PinnedLeg, prepare: OnDemand, context: LegContext): Promise<BuildPackage[]> {
  const release = await readOsRelease()
  const { folder } = await prepare.source()
  const rules = await readBindep(folder, leg.project.name)
  const { manager } = platformOf(leg)
  const atoms = release === undefined ? [] : platformAtoms(release)
  const packages = compilationPackages(rules, atoms, manager, context.interpreter.minor)
  const there = await Promise.all(packages.map((one) => isInstalled(one, manager, context.ports.exec)))
  return packages.filter((_, index) => there[index] === false)
}

function explained(error: ToolError, archives: string, missing: readonly BuildPackage[]): ToolError {
  const names = missing.map(({ name }) => name).join(' ')
  const hint =
    missing.length === 0
      ? 'Name what it needs in build_dependencies; all packages that are known to be needed are installed.'
      : `This machine lacks: ${names}. Install them, let giftwrap do it with --provision, or name others in build_dependencies.`
  const message = `${archives} can't be built here: there is no wheel for this machine, so the source is compiled.\n    ${hint}\n${error.message}`
  return new ToolError(message, { cause: error, ...(error.status === undefined ? {} : { status: error.status }) })
}

function needOf(one: BuildPackage, reason: string, leg: PinnedLeg): SystemNeed {
  if (!/^[A-Za-z0-9/][^\s]*$/.test(one.name)) {
    throw new InputError({
      message: `${leg.project.name}: ${JSON.stringify(one.name)} is no package that can be installed.`,
    })
  }
  const { manager } = platformOf(leg)
  return { package: one.name, reason, isThere: ({ exec }) => isInstalled(one, manager, exec) }
}
