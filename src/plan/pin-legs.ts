import { join, relative, resolve } from 'node:path'
import { expectedError, type GiftwrapError, joinErrors } from '../errors.js'
import type { Manifest } from '../manifest/read-manifest.js'
import { escapeGlob } from '../runtime/glob.js'
import { type LogFile, withHeldLog } from '../runtime/log-file.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { isRemote, type LendFolder, pinGit } from '../source/git.js'
import { pinPatches } from '../source/patches.js'
import { pinPath } from '../source/path.js'
import type { PinnedSource } from '../source/pin.js'
import { pinSdist } from '../source/sdist.js'
import type { Leg, PinnedLeg } from './plan.js'
import { ARCHITECTURE_NAMES } from './targets.js'

/**
 * Decides each leg's source down to a commit or the SHA-256 of an archive or folder. A tool that fails leaves a log in
 * the leg's output folder; what several legs share is looked up once, and whatever can't be had is told at once.
 */
export async function pinLegs(
  legs: readonly Leg[],
  manifest: Manifest,
  outputDir: string,
  lendFolder: LendFolder,
  ports: Ports,
): Promise<PinnedLeg[]> {
  const looked = new Map<string, Promise<PinnedSource | GiftwrapError>>()
  const sources = await mapLimit(legs, LOOKUPS_AT_ONCE, (leg) => {
    const { sdist, path, giturl, gitref, gitdepth, patches } = leg.project
    const key = JSON.stringify([sdist ?? [path, giturl, gitref, gitdepth], patches])
    const log = join(outputDir, leg.id, 'plan.log')
    const source =
      looked.get(key) ??
      withHeldLog(log, (held) => pinPatched(leg, manifest, outputDir, lendFolder, ports, held)).catch(expectedOnly)
    looked.set(key, source)
    return source
  })
  const failures = (await Promise.all(looked.values())).filter((source) => source instanceof Error)
  const failure = joinErrors(failures, `${looked.size} sources`)
  if (failure !== undefined) throw failure
  return legs.flatMap((leg, index) => {
    const source = sources[index]
    return source === undefined || source instanceof Error ? [] : [{ ...leg, source }]
  })
}

function expectedOnly(error: unknown): GiftwrapError {
  const expected = expectedError(error)
  if (expected === undefined) throw error
  return expected
}

/** They wait for servers, most of all. */
const LOOKUPS_AT_ONCE = 8

async function pinPatched(
  leg: Leg,
  manifest: Manifest,
  outputDir: string,
  lendFolder: LendFolder,
  ports: Ports,
  log: LogFile,
): Promise<PinnedSource> {
  const { project, index } = leg
  const place = manifest.locate(['projects', index, 'patches'])
  const patches = await pinPatches(project.patches, manifest.directory, place)
  const source = await pinSource(leg, manifest, outputDir, lendFolder, ports, log)
  return patches.length === 0 ? source : { ...source, patches }
}

async function pinSource(
  { project, index }: Leg,
  manifest: Manifest,
  outputDir: string,
  lendFolder: LendFolder,
  ports: Ports,
  log: LogFile,
): Promise<PinnedSource> {
  const place = (key: string) => manifest.locate(['projects', index, key])
  if (project.sdist !== undefined) return pinSdist(project.sdist, ports, log)
  if (project.path !== undefined) {
    const path = resolve(manifest.directory, project.path)
    const outputs = [outputDir, resolve(manifest.settings.output_dir)]
    return pinPath(path, ownFiles(path, manifest.directory, outputs), place('path'), ports.exec)
  }
  const source = {
    url: gitUrl(project.giturl, manifest.directory),
    ref: project.gitref,
    ...(project.gitdepth === undefined ? {} : { depth: project.gitdepth }),
  }
  return pinGit(source, place('gitref'), ports.exec, lendFolder, log)
}

/** Globs of what giftwrap writes into a folder that is a project's source too: legs, plans and committed locks. */
function ownFiles(path: string, directory: string, outputs: readonly string[]): string[] {
  const inside = (folder: string, names: readonly string[]) => {
    const place = relative(path, folder)
    if (place === '..' || place.startsWith('../')) return []
    return names.map((name) => (place === '' ? name : `${escapeGlob(place)}/${name}`))
  }
  const written = [`*-*-*-{${ARCHITECTURE_NAMES.join(',')}}`, 'plan.json', 'locks/*-py3.*.txt']
  const all = [
    ...inside(directory, ['locks/*-py3.*.txt', 'locks/*-*.json']),
    ...outputs.flatMap((output) => inside(output, written)),
  ]
  return [...new Set(all)].toSorted()
}

/** A path is taken from the manifest's folder; URLs and `host:path` stay. */
function gitUrl(url: string, directory: string): string {
  return isRemote(url) ? url : resolve(directory, url)
}
