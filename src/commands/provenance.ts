import type { Lock } from '../lock/obtain-lock.js'
import type { PinnedLeg } from '../plan/plan.js'
import { redact } from '../runtime/redact.js'
import type { FoundRelations } from '../system/relations/find-relations.js'
import { PIP, UV } from '../tools/pins.js'
import { needsPip } from '../venv/commands.js'
import type { Interpreter } from '../venv/interpreter.js'
import { VERSION } from '../version.js'
import { wishesOf } from './wishes.js'

/** Where everything in a package comes from, as JSON: the same for the same inputs, without local paths. */
export function provenance(leg: PinnedLeg, lock: Lock, interpreter: Interpreter): string {
  const record = {
    format: 1,
    project: leg.project.name,
    version: leg.project.version,
    source: { ...describeSource(leg), ...describePatches(leg) },
    python: interpreter.version,
    lock: { sha256: lock.sha256, ...lock.facts },
    made_by: { giftwrap: VERSION, uv: UV.version, ...(needsPip(wishesOf(leg)) ? { pip: PIP.version } : {}) },
  }
  return `${JSON.stringify(record, null, 2)}\n`
}

/** The same with the package's system packages, each with who says so: what lies beside the package, not in its tree. */
export function withRelations(text: string, { relations, leftOut }: FoundRelations): string {
  const record: unknown = JSON.parse(text)
  const more = { relations, ...(leftOut.length === 0 ? {} : { left_out: leftOut }) }
  return `${JSON.stringify({ ...(record as object), ...more }, null, 2)}\n`
}

function describeSource({ source }: PinnedLeg): Readonly<Record<string, string>> {
  switch (source.kind) {
    case 'git':
      return { kind: 'git', url: redact(source.url), ref: source.ref, commit: source.commit }
    case 'sdist':
      return { kind: 'sdist', requirement: source.requirement, sha256: source.sha256 }
    case 'path':
      return { kind: 'path', digest: source.digest, ...(source.commit === undefined ? {} : { commit: source.commit }) }
  }
}

function describePatches({ source: { patches = [] } }: PinnedLeg) {
  return patches.length === 0 ? {} : { patches: patches.map(({ path, sha256 }) => ({ path, sha256 })) }
}
