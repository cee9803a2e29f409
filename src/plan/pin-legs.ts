import { join, resolve } from 'node:path'
import type { Manifest } from '../manifest/read-manifest.js'
import { type LogFile, withHeldLog } from '../runtime/log-file.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { isRemote, type LendFolder, pinGit } from '../source/git.js'
import { pinPath } from '../source/path.js'
import type { PinnedSource } from '../source/pin.js'
import { pinSdist } from '../source/sdist.js'
import type { Leg, PinnedLeg } from './plan.js'

/**
 * Decides each leg's source down to a commit or the SHA-256 of an archive or folder. A tool that fails leaves a log in
 * the leg's output folder; what several legs share is looked up once.
 */
export async function pinLegs(
  legs: readonly Leg[],
  manifest: Manifest,
  outputDir: string,
  lendFolder: LendFolder,
  ports: Ports,
): Promise<PinnedLeg[]> {
  const looked = new Map<string, Promise<PinnedSource>>()
  return mapLimit(legs, LOOKUPS_AT_ONCE, async (leg) => {
    const { sdist, path, giturl, gitref, gitdepth } = leg.project
    const key = JSON.stringify(sdist ?? [path, giturl, gitref, gitdepth])
    const known = looked.get(key)
    if (known !== undefined) return { ...leg, source: await known }
    const log = join(outputDir, leg.id, 'plan.log')
    const source = withHeldLog(log, (held) => pinSource(leg, manifest, lendFolder, ports, held))
    looked.set(key, source)
    return { ...leg, source: await source }
  })
}

/** They wait for servers, most of all. */
const LOOKUPS_AT_ONCE = 8

async function pinSource(
  { project, index }: Leg,
  manifest: Manifest,
  lendFolder: LendFolder,
  ports: Ports,
  log: LogFile,
): Promise<PinnedSource> {
  const place = (key: string) => manifest.locate(['projects', index, key])
  if (project.sdist !== undefined) return pinSdist(project.sdist, ports, log)
  if (project.path !== undefined) {
    return pinPath(resolve(manifest.directory, project.path), place('path'), ports.exec)
  }
  const source = {
    url: gitUrl(project.giturl, manifest.directory),
    ref: project.gitref,
    ...(project.gitdepth === undefined ? {} : { depth: project.gitdepth }),
  }
  return pinGit(source, place('gitref'), ports.exec, lendFolder, log)
}

/** A path is taken from the manifest's folder; URLs and `host:path` stay. */
function gitUrl(url: string, directory: string): string {
  return isRemote(url) ? url : resolve(directory, url)
}
