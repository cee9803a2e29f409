import { mkdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import { parseLock } from '../lock/lock-file.js'
import { type Lock, obtainLock } from '../lock/obtain-lock.js'
import { makePackage, settlePackage } from '../package/make-package.js'
import { debFileName } from '../package/model.js'
import type { PinnedLeg } from '../plan/plan.js'
import { exists, removeAbandoned, sha256Text, writeFileAtomic } from '../runtime/files.js'
import { sourceIdentity } from '../source/pin.js'
import { FPM_VERSION, NFPM } from '../tools/pins.js'
import { readInstalled } from '../venv/installed.js'
import { VERSION } from '../version.js'
import { committedLock, confirmLock } from './confirm-lock.js'
import { fpmOptionsIdentity } from './fpm-options-of-legs.js'
import type { LegContext } from './leg-context.js'
import type { LockSource } from './leg-lock.js'
import { declaredModel, packageModel } from './leg-model.js'
import { type LegRecord, legRecord } from './leg-record.js'
import { legTree, treeInputs, treeKey } from './leg-tree.js'
import { type OnDemand, onDemand } from './on-demand.js'
import { keysOf, packagesAreThere, RESULT_VERSION, type Result, readResult, writeResult } from './result.js'
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
  const prepare = onDemand(leg, work, context.toolbox, context.ports, record)
  const lock = await legLock(lockSource, work, prepare, context, record)
  requireRung(context.requireRung, lock, leg.project.name)
  for (const warning of warningsOf(lock)) record.warn(warning)
  const inputs = treeInputs(leg, lock, context)
  const key = await packageKey(leg, treeKey(leg, inputs), context)
  const earlier = await readResult(record.folder)
  if (
    context.reuse &&
    earlier?.status === 'ok' &&
    earlier.key === key &&
    (await packagesAreThere(record.folder, earlier))
  ) {
    return reuse(earlier, leg, record)
  }
  const keys = await keysOf(record.folder, earlier)
  await refuseOverwrite(leg, keys, key, context, record)

  const tree = await legTree(
    leg,
    inputs,
    async () => ({
      ...{ uv: await prepare.uv(), source: await prepare.source(), work, override: prepare.override },
      warn: record.warn,
    }),
    context,
    record,
  )
  const packager = await prepare.packager()
  const locked = parseLock(lock.text, 'the lock')
  const installed = await readInstalled(tree, context.interpreter.minor)
  // The one distribution that neither lock nor overrides name is the project's own.
  const others = new Set([...locked, ...lock.facts.overrides].map(({ name }) => name))
  const itself = installed.find(({ name }) => !others.has(name))
  // Every entry of the tree has the source's date.
  const date = Math.floor((await stat(tree)).mtimeMs / 1000)
  const model = await packageModel(leg, tree, date, itself, context)
  const at = { folder: record.folder, work }
  const made = await record.stage('package', async () => ({
    value: await makePackage(model, packager, at, context.ports, record.log),
    use: 'made',
  }))
  const facts = await record.stage('verify', async () => ({
    value: await settlePackage(model, packager, made, context.ports, record.log),
    use: 'made',
  }))
  await writeFileAtomic(join(record.folder, 'provenance.json'), inputs.evidence['provenance.json'] ?? '')
  const { size, sha256, fields } = facts
  const result: Result = {
    ...describe(leg, key, context, record),
    status: 'ok',
    packages: [{ file: debFileName(model), size, sha256, fields }],
    keys: { ...keys, [debFileName(model)]: key },
    lock: { sha256: lock.sha256, origin: lock.origin, distributions: locked.length },
  }
  await writeResult(record.folder, result)
  return result
}

async function legLock(
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
  return obtainLock(
    inputs,
    { interpreter, relax, constraintFiles, ladder: ladder(), siblings, reuse, work, prepare },
    (make) => record.stage('lock', make),
    ports,
    record.log,
  )
}

/** SHA-256 over all that decides what the leg's packages are. */
async function packageKey(leg: PinnedLeg, tree: string, context: LegContext): Promise<string> {
  const { fpm_options, homepage, license } = leg.settings
  const packager =
    leg.packager.name === 'fpm' ? ['fpm', FPM_VERSION, await fpmOptionsIdentity(fpm_options)] : ['nfpm', NFPM.version]
  return sha256Text(JSON.stringify([VERSION, tree, packager, declaredModel(leg, context), homepage, license]))
}

async function reuse(earlier: Result, leg: PinnedLeg, record: LegRecord): Promise<Result> {
  for (const stage of ['venv', 'package', 'verify'] as const) {
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
  const file = debFileName(declaredModel(leg, context))
  const path = join(record.folder, file)
  if (keys[file] === key || context.forceOverwrite || leg.settings.force_overwrite || !(await exists(path))) return
  throw new InputError({
    message: `${path} is there already, made from other inputs.`,
    hint: 'Raise the rebuild number (--iteration 2), choose another output folder, or replace it with --force-overwrite.',
  })
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
  for (const file of [debFileName(declaredModel(leg, context)), 'provenance.json']) {
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
