import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Leg, PinnedLeg } from '../plan/plan.js'
import { legTarget } from '../plan/targets.js'
import { sha256Text } from '../runtime/files.js'
import { platformAtoms } from '../system/bindep/platform.js'
import { readBindep } from '../system/bindep/read-file.js'
import { readOsRelease } from '../system/os-release.js'
import { type FoundRelations, findRelations } from '../system/relations/find-relations.js'
import {
  interpreterRelations,
  manifestRelations,
  PACKAGE_MANAGERS,
  type PackageManager,
  type SystemRelation,
} from '../system/relations/relation.js'
import type { InstalledDistribution } from '../venv/installed.js'
import type { Interpreter } from '../venv/interpreter.js'
import type { LegContext } from './leg-context.js'
import type { DevstackList } from './leg-devstack.js'
import type { LegRecord } from './leg-record.js'
import type { OnDemand } from './on-demand.js'

/** Changes whenever the same tree gives other relations. */
const FORMAT = 1
const RELATIONS = 'giftwrap-relations'
const RELATIONS_KEPT = 50
const FILE = 'relations.json'

/** Names that the leg's target goes by, and which of them is its package manager. */
export function platformOf(leg: Leg): { readonly platforms: readonly string[]; readonly manager: PackageManager } {
  const { platforms } = legTarget(leg.target, leg.architecture)
  const manager = PACKAGE_MANAGERS.find((name) => platforms.includes(name))
  if (manager === undefined) throw new Error(`${leg.target.id} has no package manager`)
  return { platforms, manager }
}

/** What is known of a leg's relations before there is a tree: its interpreter, and what the manifest names. */
export function declaredRelations(leg: Leg, interpreter: Interpreter): SystemRelation[] {
  const { system_dependencies_from: from, system_dependencies: packages } = leg.project
  return [
    ...interpreterRelations(platformOf(leg).manager, interpreter.minor),
    ...(from.includes('manifest') ? manifestRelations(packages) : []),
  ]
}

/** All that decides which relations are found, beside the tree. */
export function relationsIdentity(leg: Leg, devstack: DevstackList | undefined): readonly unknown[] {
  const { system_dependencies_from: from, system_dependencies_exclude: exclude } = leg.project
  return [FORMAT, [...from].sort(), exclude, devstack?.list, devstack?.packages]
}

/** A leg's built tree. */
interface BuiltTree {
  readonly folder: string
  /** SHA-256 over all that it is made of. */
  readonly key: string
  readonly installed: readonly InstalledDistribution[]
}

/** The leg's relations: those that are declared, and those that are found, which the cache has for a tree that it had. */
export async function legRelations(
  leg: PinnedLeg,
  tree: BuiltTree,
  devstack: DevstackList | undefined,
  prepare: OnDemand,
  context: LegContext,
  record: LegRecord,
): Promise<FoundRelations> {
  const { ports, reuse } = context
  const version = sha256Text(JSON.stringify([tree.key, relationsIdentity(leg, devstack)])).slice(0, 32)
  const key = { name: RELATIONS, version, arch: `${leg.target.id}-${leg.architecture}` }
  if (!reuse) await ports.cache.remove(key)
  const usesSource = leg.project.system_dependencies_from.includes('bindep')
  const checkout = usesSource && (await ports.cache.find(key)) === undefined ? await prepare.source() : undefined
  const found = await record.stage('system', async () => {
    const { folder, cached } = await ports.cache.obtain(key, async (partial) => {
      const source = checkout ?? (usesSource ? await prepare.source() : undefined)
      const made = await look(leg, tree, devstack, source?.folder, context, record)
      await writeFile(join(partial, FILE), JSON.stringify(made))
    })
    const value = JSON.parse(await readFile(join(folder, FILE), 'utf8')) as FoundRelations
    return { value, use: cached ? 'reused' : 'made' }
  })
  await ports.cache.prune(RELATIONS, RELATIONS_KEPT, 0)
  for (const note of found.notes) record.warn(note)
  return { ...found, relations: [...declaredRelations(leg, context.interpreter), ...found.relations] }
}

async function look(
  leg: PinnedLeg,
  tree: BuiltTree,
  devstack: DevstackList | undefined,
  checkout: string | undefined,
  { ports: { exec } }: LegContext,
  { log }: LegRecord,
): Promise<FoundRelations> {
  const { name, install_path, system_dependencies_from: from, system_dependencies_exclude: exclude } = leg.project
  const release = await readOsRelease()
  return findRelations(
    {
      ...{ project: name, ...platformOf(leg), exclude, devstack },
      tree: from.includes('elf')
        ? {
            folder: tree.folder,
            installPath: install_path,
            distributions: tree.installed.map((distribution) => distribution.name),
          }
        : undefined,
      bindep:
        checkout === undefined
          ? undefined
          : { rules: await readBindep(checkout, name), atoms: release === undefined ? [] : platformAtoms(release) },
    },
    { architecture: leg.architecture, exec, log },
  )
}
