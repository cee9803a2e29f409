import { isAbsolute, join, resolve } from 'node:path'
import type { Manifest } from '../manifest/read-manifest.js'
import { type LogFile, withHeldLog } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { pinGit } from '../source/git.js'
import { pinPath } from '../source/path.js'
import type { PinnedSource } from '../source/pin.js'
import { pinSdist } from '../source/sdist.js'
import type { Leg, PinnedLeg } from './plan.js'

/**
 * Decides each leg's source down to a commit or the SHA-256 of an archive or folder. A tool that fails leaves a log in
 * the leg's output folder.
 */
export async function pinLegs(
  legs: readonly Leg[],
  manifest: Manifest,
  outputDir: string,
  ports: Ports,
): Promise<PinnedLeg[]> {
  const pin = async (leg: Leg): Promise<PinnedLeg> => {
    const path = join(outputDir, leg.id, 'plan.log')
    return { ...leg, source: await withHeldLog(path, (log) => pinSource(leg, manifest, ports, log)) }
  }
  return Promise.all(legs.map(pin))
}

async function pinSource(
  { project, index }: Leg,
  manifest: Manifest,
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
  return pinGit(source, place('gitref'), ports.exec, log)
}

/** A path is taken from the manifest's folder; URLs and `host:path` stay. */
function gitUrl(url: string, directory: string): string {
  const isPath = isAbsolute(url) || !/^[A-Za-z0-9+.@_-]+:/.test(url)
  return isPath ? resolve(directory, url) : url
}
