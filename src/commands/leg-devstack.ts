import { join, resolve } from 'node:path'
import type { PinnedLeg } from '../plan/plan.js'
import { sha256Text } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'
import { redact } from '../runtime/redact.js'
import { isRemote } from '../source/git.js'
import { DEVSTACK_FOLDERS, devstackRelease, parseDevstack } from '../system/devstack.js'
import { readOsRelease } from '../system/os-release.js'
import { gitFiles } from '../tested/git-files.js'
import type { LegRecord } from './leg-record.js'
import { platformOf } from './leg-relations.js'

/** What devstack says that a project needs. */
export interface DevstackList {
  readonly packages: readonly string[]
  /** Which list of which commit, in words. */
  readonly list: string
}

/**
 * devstack's list for the leg, of the branch that the project's source is on where devstack has it too, else of its main
 * branch; undefined where the manifest doesn't ask for it or devstack has none. A branch moves, so it is asked each time.
 */
export async function devstackList(
  leg: PinnedLeg,
  directory: string,
  work: string,
  ports: Ports,
  record: LegRecord,
): Promise<DevstackList | undefined> {
  const { project, settings, source } = leg
  if (!project.system_dependencies_from.includes('devstack')) return undefined
  const { manager } = platformOf(leg)
  if (manager !== 'dpkg' && manager !== 'rpm') {
    record.warn(`devstack has no packages for ${leg.target.id}`)
    return undefined
  }
  const url = isRemote(settings.devstack_url) ? settings.devstack_url : resolve(directory, settings.devstack_url)
  const repository = gitFiles(url, join(work, `git-${sha256Text(url).slice(0, 12)}`), ports.exec, record.log)
  const branch = source.kind === 'git' ? /^refs\/heads\/(.+)$/.exec(source.fetch)?.[1] : undefined
  const ofBranch = branch === undefined ? undefined : await repository.commitOf(`refs/heads/${branch}`)
  const commit = ofBranch ?? (await repository.commitOf('HEAD'))
  const path = `${DEVSTACK_FOLDERS[manager]}/${project.name}`
  const text = commit === undefined ? undefined : await repository.file(commit, path)
  if (text === undefined) {
    record.warn(`${redact(url)} has no ${path}: no packages from devstack`)
    return undefined
  }
  const release = await readOsRelease()
  const packages = parseDevstack(text, release === undefined ? '' : devstackRelease(release))
  return { packages, list: `${path} of ${redact(url)} at ${commit}` }
}
