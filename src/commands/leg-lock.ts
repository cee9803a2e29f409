import { mkdir } from 'node:fs/promises'
import { InputError } from '../errors.js'
import { type CommittedLock, readCommittedLock } from '../lock/committed.js'
import type { LockInputs } from '../lock/inputs.js'
import { type Lock, type LockContext, obtainLock } from '../lock/obtain-lock.js'
import type { Manifest } from '../manifest/read-manifest.js'
import type { Leg, PinnedLeg } from '../plan/plan.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { redact } from '../runtime/redact.js'
import { type PinnedSource, sourceIdentity } from '../source/pin.js'
import { type ConstraintFile, loadConstraints } from '../tested/constraints.js'
import type { Ladder } from '../tested/ladder.js'
import { legRecord } from './leg-record.js'
import { onDemand } from './on-demand.js'
import { type Lookups, requireRung } from './tested-ladder.js'
import { toolbox } from './toolbox.js'

/** Where a leg's versions come from: a lock that the user's repository holds, or constraints to resolve under. */
export interface LockSource {
  readonly inputs: LockInputs
  readonly committed: CommittedLock
  /** Empty where the committed lock is current, and not to be upgraded. */
  readonly constraintFiles: readonly ConstraintFile[]
  /** Tested versions for what is to be resolved; each climbs by itself. */
  ladder(): Ladder
  /** Nothing but the lock is allowed. */
  readonly strict: boolean
}

/** Constraint files, each read at most once, whatever number of legs asks. */
export interface Constraints {
  /** Those that need no reading; the last ones. */
  readonly more: readonly ConstraintFile[]
  /** Those of a leg's settings, and then all of `more`. */
  read(sources: readonly string[]): Promise<readonly ConstraintFile[]>
}

export function manifestConstraints(manifest: Manifest, more: readonly ConstraintFile[], ports: Ports): Constraints {
  const files = new Map<string, Promise<ConstraintFile>>()
  const one = (source: string, index: number) => {
    const place = manifest.locate(['settings', 'constraints', index])
    const file = files.get(source) ?? loadConstraints(source, manifest.directory, place, ports.fetch)
    files.set(source, file)
    return file
  }
  return { more, read: async (sources) => [...(await Promise.all(sources.map(one))), ...more] }
}

/** Local files are read in any case: that one is missing is an error whatever lock is there. */
export async function findLockSource(
  leg: PinnedLeg,
  manifest: Manifest,
  python: string,
  constraints: Constraints,
  how: {
    readonly locked: boolean
    readonly anew: boolean
    /** The committed lock is the only one too, and is resolved again. */
    readonly upgrade?: boolean
  },
  lookups: Lookups,
): Promise<LockSource> {
  const more = { ladder: () => lookups.ladder(leg, python), strict: how.locked }
  const sources = leg.settings.constraints
  const local = sources.some((source) => !/^https?:/i.test(source))
  const files = local ? await constraints.read(sources) : undefined
  const inputs: LockInputs = {
    ...inputsOf(leg, leg.source, python),
    constraints: [
      ...sources.map((source, index) =>
        /^https?:/i.test(source)
          ? { source: redact(source) }
          : { source: redact(source), sha256: files?.[index]?.sha256 },
      ),
      ...constraints.more.map(({ source, sha256 }) => ({ source, sha256 })),
    ],
  }
  const { project } = leg
  if (how.anew) {
    return { inputs, committed: { state: 'absent' }, constraintFiles: await constraints.read(sources), ...more }
  }
  const committed = await readCommittedLock(manifest.directory, inputs)
  if (committed.state === 'current') {
    return { inputs, committed, constraintFiles: how.upgrade ? await constraints.read(sources) : [], ...more }
  }
  if (how.locked || how.upgrade) {
    const option = how.locked ? '--locked' : '--upgrade-package'
    const why = committed.state === 'stale' ? `is stale: ${committed.why}` : 'is not there'
    throw new InputError({
      message: `${option}: the lock of ${project.name} ${project.version} for Python ${python} ${why}.`,
      hint: 'Make it anew by `giftwrap lock`.',
    })
  }
  return { inputs, committed, constraintFiles: files ?? (await constraints.read(sources)), ...more }
}

/** What of a leg decides its lock, beside constraints. */
export function inputsOf(
  { project, target, architecture }: Leg,
  source: PinnedSource,
  python: string,
): Omit<LockInputs, 'constraints'> {
  return {
    project: project.name,
    version: project.version,
    python,
    platform: { architecture, libc: target.libc },
    source: sourceIdentity(source),
    subdirectory: project.subdirectory,
    extras: project.extras,
    pipDependencies: project.pip_dependencies,
    pipOverrides: project.pip_overrides,
    postinstallDependencies: project.postinstall_dependencies,
  }
}

/** A lock made for its own sake, not in the course of a build. */
export async function resolveLock(
  leg: PinnedLeg,
  { inputs, constraintFiles, ladder }: LockSource,
  how: Omit<LockContext, 'constraintFiles' | 'ladder' | 'prepare'> & { readonly requireRung: number | undefined },
  ports: Ports,
  log: LogFile,
): Promise<Lock> {
  await mkdir(how.work, { recursive: true })
  const record = { ...legRecord(leg, how.work, ports.reporter), log }
  const prepare = onDemand(leg, how.work, toolbox(undefined, ports), ports, record)
  const context = { ...how, constraintFiles, ladder: ladder(), prepare }
  const lock = await obtainLock(inputs, context, (make) => record.stage('lock', make), ports, log)
  requireRung(how.requireRung, lock, leg.project.name)
  return lock
}
