import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lock } from '../lock/obtain-lock.js'
import type { PinnedLeg } from '../plan/plan.js'
import { sha256Text } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { ToolCache } from '../runtime/tool-cache.js'
import { buildIdentity } from '../source/pin.js'
import { PIP, UV } from '../tools/pins.js'
import { buildStagedTree, buildTreeInPlace, type TreeContext, type TreeInputs } from '../venv/build-tree.js'
import type { TreeLock } from '../venv/install-lock.js'
import { provideBuildDependencies, withCompilers } from './compiling.js'
import type { LegContext } from './leg-context.js'
import type { LegRecord } from './leg-record.js'
import type { OnDemand } from './on-demand.js'
import { provenance } from './provenance.js'
import { wishesOf } from './wishes.js'

/** Changes whenever the same inputs give another tree. */
const TREE_FORMAT = 2
const TREES = 'giftwrap-venv'
/** A tree is about 100 MB: old ones go. */
const TREES_KEPT = 10
/** A run may package what another one has found or made just now. */
const IN_USE_SECONDS = 3600

export function treeInputs(leg: PinnedLeg, lock: Lock, context: LegContext): TreeInputs {
  const { settings } = leg
  return {
    ...wishesOf(leg),
    interpreter: context.interpreter,
    lock: treeLock(lock),
    includeConfig: settings.include_config,
    isolate: settings.isolate,
    sources: settings.sources,
    bytecode: settings.bytecode,
    thirdPartyTests: settings.third_party_tests,
    evidence: {
      'lock.txt': lock.text,
      'build-lock.txt': lock.build,
      'provenance.json': provenance(leg, lock, context.interpreter),
    },
  }
}

function treeLock({ text, build, facts }: Lock): TreeLock {
  return {
    text,
    build,
    unlocked: facts.build.unlocked,
    postinstall: facts.postinstall,
    overridden: facts.overrides.map(({ name }) => name),
    overrides: facts.overrides.flatMap(({ name, git }) => (git === undefined ? [] : [{ name, ...git }])),
  }
}

/** SHA-256 over all that decides what a tree is. */
export function treeKey(leg: PinnedLeg, inputs: TreeInputs): string {
  const source = [buildIdentity(leg.source), leg.project.subdirectory ?? '']
  return sha256Text(JSON.stringify([TREE_FORMAT, UV.version, PIP.version, process.arch, leg.target.id, source, inputs]))
}

/** The folder of the leg's tree: built in place, or from the cache of trees, or built for it. */
export async function legTree(
  leg: PinnedLeg,
  inputs: TreeInputs,
  work: string,
  onDemand: OnDemand,
  context: LegContext,
  record: LegRecord,
): Promise<string> {
  const { placement, ports } = context
  const prepare = async (): Promise<TreeContext> => {
    await provideBuildDependencies(leg, context)
    const { override } = onDemand
    return { uv: await onDemand.uv(), source: await onDemand.source(), work, override, warn: record.warn }
  }
  if (placement === 'in-place') {
    const tools = await prepare()
    const overwrite = context.forceOverwrite || leg.settings.force_overwrite
    const replace = overwrite ? 'any' : context.disposable ? 'ours' : 'nothing'
    return record.stage('venv', async () => {
      const build = (log: LogFile) => buildTreeInPlace(inputs, tools, replace, ports, log)
      // What the first try leaves is marked as unfinished, and the second one replaces it.
      await withCompilers(leg, build, async () => {}, onDemand, context, record)
      return { value: inputs.installPath, use: 'made' }
    })
  }
  const version = treeKey(leg, inputs).slice(0, 32)
  const key = { name: TREES, version, arch: `${leg.target.id}-${leg.architecture}` }
  if (!context.reuse) await ports.cache.remove(key)
  const found = await ports.cache.find(key)
  const tools = found === undefined ? await prepare() : undefined
  return record.stage('venv', async () => {
    const { folder, cached } = await ports.cache.obtain(key, async (partial) => {
      const at = tools ?? (await prepare())
      const build = (log: LogFile) => buildStagedTree(inputs, at, partial, placement, ports, log)
      await withCompilers(leg, build, () => emptyFolder(partial), onDemand, context, record)
    })
    return { value: join(folder, 'tree'), use: cached ? 'reused' : 'made' }
  })
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
}

/** Removes trees that nobody has asked for of late; once all legs are packaged. */
export async function pruneTrees(cache: ToolCache): Promise<void> {
  await cache.prune(TREES, TREES_KEPT, IN_USE_SECONDS)
}
