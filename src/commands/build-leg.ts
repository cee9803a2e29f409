import { mkdir, rm, rmdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InputError } from '../errors.js'
import { parseLock } from '../lock/lock-file.js'
import { type Lock, obtainLock } from '../lock/obtain-lock.js'
import { packageFileName } from '../package/formatted.js'
import { type MadePackage, makePackage, settlePackage } from '../package/make-package.js'
import type { PackageModel } from '../package/model.js'
import { packagerOf } from '../plan/choose-packager.js'
import type { PinnedLeg } from '../plan/plan.js'
import { exists, removeAbandoned, sha256Text, writeFileAtomic } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import { sourceIdentity } from '../source/pin.js'
import { FPM_VERSION, NFPM } from '../tools/pins.js'
import { readInstalled } from '../venv/installed.js'
import { describeSizes, readSizes } from '../venv/sizes.js'
import { VERSION } from '../version.js'
import { withCompilers } from './compiling.js'
import { committedLock, confirmLock } from './confirm-lock.js'
import { fpmOptionsIdentity } from './fpm-options-of-legs.js'
import type { LegContext } from './leg-context.js'
import { type DevstackList, devstackList } from './leg-devstack.js'
import { packageDocuments, SBOM } from './leg-documents.js'
import type { LockSource } from './leg-lock.js'
import { declaredModel, packageModel } from './leg-model.js'
import { type LegRecord, legRecord } from './leg-record.js'
import { legRelations, relationsIdentity } from './leg-relations.js'
import { legTree, treeInputs, treeKey } from './leg-tree.js'
import { type OnDemand, onDemand } from './on-demand.js'
import { withRelations } from './provenance.js'
import { keysOf, packagesAreThere, RESULT_VERSION, type Result, readResult, writeResult } from './result.js'
import { type SigningKeys, signerOf, signingKeys } from './signing.js'
import { requireRung, warningsOf } from './tested-ladder.js'

/** Builds one leg and writes its result beside its packages; a failed one leaves its log and result only. */
export async function buildLeg(leg: PinnedLeg, lockSource: LockSource, context: LegContext): Promise<Result> {
  const record = legRecord(leg, context.outputDir, context.ports.reporter)
  const work = join(context.work, leg.id)
  await mkdir(work, { recursive: true })
  await removeAbandoned(record.folder)
  try {
    return await runStages(leg, lockSource, work, context, record)
  } catch (error) {
    // A full disk fails both: what is told is the first.
    await recordFailure(error, leg, context, record).catch(() => undefined)
    throw error
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function runStages(
  leg: PinnedLeg,
  lockSource: LockSource,
  work: string,
  context: LegContext,
  record: LegRecord,
): Promise<Result> {
  const keys = signingKeys(leg, context.ports.environment.variables)
  const prepare = onDemand(leg, work, context.toolbox, context.ports, record)
  const lock = await legLock(leg, lockSource, work, prepare, context, record)
  requireRung(context.requireRung, lock, leg.project.name)
  for (const warning of warningsOf(lock)) record.warn(warning)
  const inputs = treeInputs(leg, lock, context)
  const ofTree = treeKey(leg, inputs)
  const devstack = await devstackList(leg, context.directory, work, context.ports, record)
  const key = await packageKey(leg, ofTree, devstack, context)
  const earlier = await readResult(record.folder)
  if (
    context.reuse &&
    earlier?.status === 'ok' &&
    earlier.key === key &&
    (await packagesAreThere(record.folder, earlier))
  ) {
    return reuse(earlier, leg, record)
  }
  const made = await keysOf(record.folder, earlier)
  await refuseOverwrite(leg, made, key, context, record)

  const tree = await legTree(leg, inputs, work, prepare, context, record)
  const locked = parseLock(lock.text, 'the lock')
  const installed = await readInstalled(tree, context.interpreter.minor)
  // The one distribution that neither lock nor overrides name is the project's own.
  const others = new Set([...locked, ...lock.facts.overrides].map(({ name }) => name))
  const itself = installed.find(({ name }) => !others.has(name))
  const sizes = readSizes(tree, context.interpreter.minor)
  record.log.write(`${describeSizes(sizes)}\n`)
  // Every entry of the tree has the source's date.
  const date = Math.floor((await stat(tree)).mtimeMs / 1000)
  const built = { folder: tree, key: ofTree, installed }
  const found = await legRelations(leg, built, devstack, prepare, context, record)
  const documents = await packageDocuments(leg, tree, { itself, locked, date, found }, prepare, context, record)
  const model = await packageModel(leg, tree, date, found.relations, itself, documents, context)
  const packages = await legPackages(leg, model, { keys, work }, prepare, context, record)
  const origin = withRelations(inputs.evidence['provenance.json'] ?? '{}', found)
  await writeFileAtomic(join(record.folder, 'provenance.json'), origin)
  if (documents.sbom !== undefined) await writeFileAtomic(join(record.folder, SBOM), documents.sbom)
  const result: Result = {
    ...describe(leg, key, context, record),
    status: 'ok',
    packages,
    keys: { ...made, ...Object.fromEntries(packages.map(({ file }) => [file, key])) },
    lock: { sha256: lock.sha256, origin: lock.origin, distributions: locked.length },
    sizes: Object.fromEntries(sizes.map(({ name, bytes }) => [name, bytes])),
  }
  await writeResult(record.folder, result)
  return result
}

async function legLock(
  leg: PinnedLeg,
  { inputs, committed, constraintFiles, ladder, strict }: LockSource,
  work: string,
  prepare: OnDemand,
  context: LegContext,
  record: LegRecord,
): Promise<Lock> {
  if (committed.state === 'current') {
    const lock = committedLock(committed)
    return record.stage('lock', async () => ({
      value: await confirmLock(lock, inputs, strict, { work, prepare, context, record }),
      use: 'reused',
    }))
  }
  if (committed.state === 'stale') record.warn(`${committed.file} is not used: ${committed.why}`)
  const { interpreter, siblings, reuse, relax, ports } = context
  const how = { interpreter, relax, constraintFiles, ladder: ladder(), siblings, reuse, work, prepare }
  const obtain = (log: LogFile) => obtainLock(inputs, how, (make) => record.stage('lock', make), ports, log)
  // The metadata of some source archives can't be had without what compiles them.
  return withCompilers(leg, obtain, async () => {}, prepare, context, record)
}

/** A package for each format: all are made before the first gets its name. */
async function legPackages(
  leg: PinnedLeg,
  model: PackageModel,
  how: { readonly keys: SigningKeys; readonly work: string },
  prepare: OnDemand,
  context: LegContext,
  record: LegRecord,
): Promise<Result['packages']> {
  const made: MadePackage[] = []
  try {
    for (const format of leg.formats) {
      const packager = await prepare.packager(format)
      const at = { folder: record.folder, work: how.work }
      const value = () => makePackage(model, format, packager, at, context.ports, record.log)
      made.push(await record.stage('package', async () => ({ value: await value(), use: 'made' })))
    }
    const packages: Result['packages'] = []
    for (const one of made) {
      const value = () =>
        settlePackage(one, context.ports, record.log, signerOf(one.found.format, how.keys, context, record))
      const facts = await record.stage('verify', async () => ({ value: await value(), use: 'made' }))
      const { size, sha256, fields } = facts
      packages.push({ file: basename(one.path), size, sha256, fields: { ...fields } })
    }
    return packages
  } finally {
    for (const { partial } of made) await rm(partial, { force: true })
  }
}

function packageFiles(leg: PinnedLeg, context: LegContext): string[] {
  return leg.formats.map((format) => packageFileName(declaredModel(leg, context), format))
}

/** SHA-256 over all that decides what the leg's packages are. */
async function packageKey(
  leg: PinnedLeg,
  tree: string,
  devstack: DevstackList | undefined,
  context: LegContext,
): Promise<string> {
  const { fpm_options, homepage, license, sign } = leg.settings
  const { commands, config_files, services } = leg.project
  const packagers = leg.formats.map((format) => [format, packagerOf(leg, format)])
  const versions = [FPM_VERSION, await fpmOptionsIdentity(fpm_options), NFPM.version]
  const declared = [
    declaredModel(leg, context),
    homepage,
    license,
    sign,
    commands,
    config_files,
    services,
    relationsIdentity(leg, devstack),
  ]
  return sha256Text(JSON.stringify([VERSION, tree, packagers, versions, declared]))
}

async function reuse(earlier: Result, leg: PinnedLeg, record: LegRecord): Promise<Result> {
  for (const stage of ['venv', 'system', 'package', 'verify'] as const) {
    await record.stage(stage, async () => ({ value: undefined, use: 'reused' }))
  }
  const { timings, cache, warnings } = record
  const result: Result = { ...earlier, packager: leg.packager, timings, cache, warnings }
  await writeResult(record.folder, result)
  return result
}

/** The same name and version with other content is never made unasked: two machines could then hold both. */
async function refuseOverwrite(
  leg: PinnedLeg,
  keys: Readonly<Record<string, string>>,
  key: string,
  context: LegContext,
  record: LegRecord,
): Promise<void> {
  if (context.forceOverwrite || leg.settings.force_overwrite) return
  for (const file of packageFiles(leg, context)) {
    const path = join(record.folder, file)
    if (keys[file] === key || !(await exists(path))) continue
    throw new InputError({
      message: `${path} is there already, made from other inputs.`,
      hint: 'Raise the rebuild number (--iteration 2), choose another output folder, or replace it with --force-overwrite.',
    })
  }
}

function describe(leg: PinnedLeg, key: string, context: LegContext, record: LegRecord) {
  return {
    version: RESULT_VERSION,
    leg: leg.id,
    key,
    project: leg.project.name,
    source: sourceIdentity(leg.source),
    python: context.interpreter.version,
    packager: leg.packager,
    timings: record.timings,
    cache: record.cache,
    warnings: record.warnings,
  } as const
}

/** Bad input leaves nothing new; a tool's failure leaves the log and a result, and no package of that name. */
async function recordFailure(error: unknown, leg: PinnedLeg, context: LegContext, record: LegRecord): Promise<void> {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof InputError) {
    if (await exists(join(record.folder, 'result.json'))) return
    await rm(record.log.path, { force: true })
    // Not empty where somebody has put something else.
    await rmdir(record.folder).catch(() => undefined)
    return
  }
  record.log.write(`${message}\n`)
  for (const file of [...packageFiles(leg, context), 'provenance.json', SBOM]) {
    await rm(join(record.folder, file), { force: true })
  }
  await writeResult(record.folder, {
    ...describe(leg, '', context, record),
    status: 'failed',
    packages: [],
    keys: await keysOf(record.folder, await readResult(record.folder)),
    error: message,
  })
}
