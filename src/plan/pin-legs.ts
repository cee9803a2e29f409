import { isAbsolute, resolve } from 'node:path'
import type { Manifest } from '../manifest/read-manifest.js'
import type { Ports } from '../runtime/ports.js'
import { pinGit } from '../source/git.js'
import { pinPath } from '../source/path.js'
import type { PinnedSource } from '../source/pin.js'
import { pinSdist } from '../source/sdist.js'
import type { Leg, PinnedLeg } from './plan.js'

/** Decides each leg's source down to a commit or the SHA-256 of an archive or folder. */
export async function pinLegs(legs: readonly Leg[], manifest: Manifest, ports: Ports): Promise<PinnedLeg[]> {
  return Promise.all(legs.map(async (leg) => ({ ...leg, source: await pinSource(leg, manifest, ports) })))
}

async function pinSource({ project, index }: Leg, manifest: Manifest, ports: Ports): Promise<PinnedSource> {
  const place = (key: string) => manifest.locate(['projects', index, key])
  if (project.sdist !== undefined) return pinSdist(project.sdist, ports)
  if (project.path !== undefined) {
    return pinPath(resolve(manifest.directory, project.path), place('path'), ports.exec)
  }
  const source = {
    url: gitUrl(project.giturl, manifest.directory),
    ref: project.gitref,
    ...(project.gitdepth === undefined ? {} : { depth: project.gitdepth }),
  }
  return pinGit(source, place('gitref'), ports.exec)
}

/** A path is taken from the manifest's folder; URLs and `host:path` stay. */
function gitUrl(url: string, directory: string): string {
  const isPath = isAbsolute(url) || !/^[A-Za-z0-9+.@_-]+:/.test(url)
  return isPath ? resolve(directory, url) : url
}
