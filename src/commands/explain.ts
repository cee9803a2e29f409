import { dirname } from 'node:path'
import { InputError } from '../errors.js'
import { explainLock, explainPackage, type LockOverview, type PackageExplanation } from '../lock/explain.js'
import type { LockView } from '../lock/view.js'
import { suggest } from '../manifest/suggest.js'
import type { Ports } from '../runtime/ports.js'
import { printable } from '../runtime/printable.js'
import { normalizeName } from '../tested/python-names.js'
import type { ExplainInputs } from './explain-inputs.js'
import { overridesOf } from './manifest-inputs.js'
import { readCommittedLocks, readPackageLock, readPlanLocks } from './read-locks.js'
import { readWholeManifest } from './superrepo-projects.js'

/** What a project's locks say of one package, or as a whole; undefined where a lock doesn't have the package. */
export type Explained =
  | { readonly package: string; readonly versions: readonly ExplainedVersion<PackageExplanation | undefined>[] }
  | { readonly package: undefined; readonly versions: readonly ExplainedVersion<LockOverview>[] }

/** All locks of one version of the project. */
export interface ExplainedVersion<T> {
  readonly project: string
  readonly version: string
  readonly locks: readonly { readonly lock: LockView; readonly about: T }[]
}

/** `giftwrap explain`: why locks that are there have the versions that they have. Nothing is looked up. */
export async function explain(inputs: ExplainInputs, ports: Ports): Promise<Explained> {
  const ofProject = await locksOfProject(inputs, ports)
  const views = inputs.pythons === undefined ? ofProject : ofPythons(ofProject, inputs.pythons)
  if (inputs.package === undefined) return { package: undefined, versions: byVersion(views, explainLock) }
  const name = normalizeName(inputs.package)
  const versions = byVersion(views, (view) => explainPackage(view, name))
  if (versions.every(({ locks }) => locks.every(({ about }) => about === undefined))) throw unknownPackage(name, views)
  return { package: name, versions }
}

async function locksOfProject(inputs: ExplainInputs, ports: Ports): Promise<LockView[]> {
  const { project: name, from } = inputs
  if (from.kind === 'manifest') return committedLocks(inputs, ports)
  const views = from.kind === 'plan' ? await readPlanLocks(from.file, ports) : [await readPackageLock(from.file, ports)]
  const found = views.filter(({ project }) => project === name)
  if (found.length === 0) {
    throw unknown(
      `${from.file} has no lock of ${JSON.stringify(name)}.`,
      name,
      views.map(({ project }) => project),
    )
  }
  return found
}

/** Of all versions that the manifest has of the project. */
async function committedLocks(inputs: ExplainInputs, ports: Ports): Promise<LockView[]> {
  const { project: name, from } = inputs
  const { manifest } = await readWholeManifest(from.file, overridesOf(inputs), ports, true)
  const versions = manifest.projects.filter((one) => one.name === name).map(({ version }) => version)
  if (versions.length === 0) {
    const names = manifest.projects.map((one) => one.name)
    throw unknown(`${from.file} has no project ${JSON.stringify(name)}.`, name, names)
  }
  const views: LockView[] = []
  for (const version of new Set(versions)) {
    views.push(...((await readCommittedLocks(dirname(from.file), { project: name, version }, ports)) ?? []))
  }
  if (views.length > 0) return views
  throw new InputError({
    message: `there is no lock of ${name} ${versions.join(', ')} beside ${from.file}.`,
    hint: 'Make it by `giftwrap lock`, or name a plan (--plan) or a package (--package).',
  })
}

function ofPythons(views: readonly LockView[], pythons: readonly string[]): readonly LockView[] {
  const there = [...new Set(views.map(({ python }) => python))]
  const missing = pythons.filter((python) => !there.includes(python))
  if (missing.length === 0) return views.filter(({ python }) => pythons.includes(python))
  throw new InputError({
    message: `--python-version: there is no lock for Python ${missing.map((one) => JSON.stringify(one)).join(', ')}.`,
    hint: `There are locks for ${there.map(printable).join(', ')}.`,
  })
}

function byVersion<T>(views: readonly LockView[], about: (view: LockView) => T): ExplainedVersion<T>[] {
  const versions = new Map<string, ExplainedVersion<T>>()
  for (const lock of views) {
    const { project, version } = lock
    const { locks } = versions.get(version) ?? { locks: [] }
    versions.set(version, { project, version, locks: [...locks, { lock, about: about(lock) }] })
  }
  return [...versions.values()]
}

function unknownPackage(name: string, views: readonly LockView[]): InputError {
  const [view] = views
  if (view !== undefined && name === normalizeName(view.project)) {
    return new InputError({
      message: `${name} is the project itself, which no lock of its own has: it is built from its source.`,
    })
  }
  const known = views.flatMap(({ packages, build }) => [...packages.keys(), ...build.keys()])
  return unknown(`no lock of ${view?.project ?? 'the project'} has ${JSON.stringify(name)}.`, name, known)
}

const MOST_NAMES = 20

/** With what may have been meant, or else what there is, as far as these are few. */
function unknown(message: string, name: string, known: readonly string[]): InputError {
  const names = [...new Set(known)].toSorted().map(printable)
  const near = suggest(name, names)
  const hint =
    near !== undefined
      ? `Did you mean ${near}?`
      : names.length > 0 && names.length <= MOST_NAMES
        ? `There are ${names.join(', ')}.`
        : undefined
  return new InputError({ message: printable(message), ...(hint === undefined ? {} : { hint }) })
}
