import { InputError } from '../errors.js'
import { type CommittedLock, type LockInputs, readCommittedLock } from '../lock/committed.js'
import type { Manifest } from '../manifest/read-manifest.js'
import type { PinnedLeg } from '../plan/plan.js'
import type { Ports } from '../runtime/ports.js'
import { redact } from '../runtime/redact.js'
import { sourceIdentity } from '../source/pin.js'
import { type ConstraintFile, loadConstraints } from '../tested/constraints.js'

/** Where a leg's versions come from: a lock that the user's repository holds, or constraints to resolve under. */
export interface LockSource {
  readonly inputs: LockInputs
  readonly committed: CommittedLock
  /** Empty where the committed lock is current. */
  readonly constraintFiles: readonly ConstraintFile[]
}

/** Reads the manifest's constraints at most once, whatever number of legs asks. */
export type Constraints = () => Promise<readonly ConstraintFile[]>

export function manifestConstraints(manifest: Manifest, ports: Ports): Constraints {
  let files: Promise<readonly ConstraintFile[]> | undefined
  return () => {
    files ??= Promise.all(
      manifest.settings.constraints.map((source, index) =>
        loadConstraints(source, manifest.directory, manifest.locate(['settings', 'constraints', index]), ports.fetch),
      ),
    )
    return files
  }
}

/** Local files are read in any case: that one is missing is an error whatever lock is there. */
export async function findLockSource(
  leg: PinnedLeg,
  manifest: Manifest,
  python: string,
  constraints: Constraints,
  how: { readonly locked: boolean; readonly anew: boolean },
): Promise<LockSource> {
  const sources = manifest.settings.constraints
  const local = sources.some((source) => !/^https?:/i.test(source))
  const files = local ? await constraints() : undefined
  const { project } = leg
  const inputs: LockInputs = {
    project: project.name,
    version: project.version,
    python,
    source: sourceIdentity(leg.source),
    subdirectory: project.subdirectory,
    extras: project.extras,
    pipDependencies: project.pip_dependencies,
    constraints: sources.map((source, index) =>
      /^https?:/i.test(source)
        ? { source: redact(source) }
        : { source: redact(source), sha256: files?.[index]?.sha256 },
    ),
  }
  if (how.anew) return { inputs, committed: { state: 'absent' }, constraintFiles: await constraints() }
  const committed = await readCommittedLock(manifest.directory, inputs)
  if (committed.state === 'current') return { inputs, committed, constraintFiles: [] }
  if (how.locked) {
    const why = committed.state === 'stale' ? `is stale: ${committed.why}` : 'is not there'
    throw new InputError({
      message: `--locked: the lock of ${project.name} ${project.version} for Python ${python} ${why}.`,
      hint: 'Make it anew by `giftwrap lock`.',
    })
  }
  return { inputs, committed, constraintFiles: files ?? (await constraints()) }
}
