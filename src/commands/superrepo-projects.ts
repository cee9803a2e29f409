import { checkGitUrl } from '../manifest/check-git.js'
import { type Manifest, type ManifestOverrides, readManifest } from '../manifest/read-manifest.js'
import { sha256Text } from '../runtime/files.js'
import type { Ports } from '../runtime/ports.js'
import { isRemote } from '../source/git.js'
import { listSuperrepo } from '../source/superrepo.js'
import { type ConstraintFile, parseConstraints } from '../tested/constraints.js'
import { withWorkFolder } from './work-folder.js'

export interface WholeManifest {
  readonly manifest: Manifest
  /** Those that the superrepo holds. */
  readonly constraints: readonly ConstraintFile[]
}

const SOURCE = 'superrepo: requirements/upper-constraints.txt'

/** Reads a manifest, and the projects of its superrepo where it has one. */
export async function readWholeManifest(
  file: string,
  overrides: ManifestOverrides,
  ports: Ports,
  offline = false,
): Promise<WholeManifest> {
  const manifest = await readManifest(file, overrides)
  const { superrepo: location, directory, settings } = manifest
  if (location === undefined) return { manifest, constraints: [] }
  const place = manifest.locate(['superrepo'])
  if (offline && isRemote(location)) {
    ports.reporter.warning({ ...place, message: 'a dry run does not list the projects of a superrepo elsewhere' })
    return { manifest, constraints: [] }
  }
  const superrepo = { location, directory, ref: settings.version, place, checkUrl: checkGitUrl }
  const { projects, constraints } = await listSuperrepo(superrepo, (work) => withWorkFolder(ports, work), ports)
  return {
    manifest: await readManifest(file, { ...overrides, projects }),
    constraints:
      constraints === undefined
        ? []
        : [{ source: SOURCE, sha256: sha256Text(constraints), constraints: parseConstraints(constraints, SOURCE) }],
  }
}
