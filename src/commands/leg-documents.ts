import { join } from 'node:path'
import type { LockedDistribution } from '../lock/lock-file.js'
import { debianChangelog, describeChanges } from '../package/changelog.js'
import { type Copyright, debianCopyright, licenceTexts, plainCopyright } from '../package/copyright.js'
import { declaredLicence } from '../package/licence.js'
import type { PackageModel } from '../package/model.js'
import { type SystemOrigin, systemPackages } from '../package/package-url.js'
import { sbom } from '../package/sbom.js'
import { formatVersion } from '../package/versions.js'
import type { PinnedLeg } from '../plan/plan.js'
import type { Family, Target } from '../plan/targets.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { redact } from '../runtime/redact.js'
import { readChanges } from '../source/changes.js'
import { isLocal } from '../source/git.js'
import { type PinnedSource, sourceIdentity } from '../source/pin.js'
import type { FoundRelations } from '../system/relations/find-relations.js'
import { dependenciesOf } from '../system/relations/relation.js'
import { NFPM, UV } from '../tools/pins.js'
import { dependencyGraph, parseRequirement } from '../venv/dependency-graph.js'
import { readDistributions } from '../venv/distributions.js'
import type { InstalledDistribution } from '../venv/installed.js'
import type { Interpreter } from '../venv/interpreter.js'
import { readLicenceFiles } from '../venv/licence-files.js'
import { markerEnvironment } from '../venv/marker.js'
import { readOwnedPaths } from '../venv/owned-paths.js'
import { VERSION } from '../version.js'
import type { LegContext } from './leg-context.js'
import type { LegRecord } from './leg-record.js'
import type { OnDemand } from './on-demand.js'

/** What a package tells of its content. */
export interface LegDocuments {
  /** CycloneDX 1.6 JSON. */
  readonly sbom: string
  /** For `/usr/share/doc/<package>/copyright`. */
  readonly copyright: string
  /** The same in plain words. */
  readonly plainCopyright: string
  /** The project's licence files. */
  readonly licences: readonly { readonly name: string; readonly text: string }[]
}

/** Reads a finished tree and says what is in it; `undefined` where the project itself is not. */
export async function legDocuments(
  leg: PinnedLeg,
  tree: string,
  known: {
    /** The project's distribution, normalised. */
    readonly distribution: string
    readonly locked: readonly LockedDistribution[]
    readonly interpreter: Interpreter
    /** Relations of the package, in the format's words. */
    readonly dependencies: readonly string[]
    /** Of the source; seconds since 1970. */
    readonly date: number
  },
): Promise<LegDocuments | undefined> {
  const { project, settings, target, source } = leg
  const distributions = await readDistributions(tree, known.interpreter.minor)
  const paths = await readOwnedPaths(tree, distributions)
  const hashes = new Map(known.locked.map((one) => [one.name, one.hashes]))
  const bundled = await Promise.all(
    distributions.map(async (one) => {
      const files = await readLicenceFiles(join(tree, one.folder))
      const licence = declaredLicence(
        one,
        files.map(({ text }) => text),
      )
      return { ...one, licence, files, paths: paths.get(one.name) ?? [], hashes: hashes.get(one.name) ?? [] }
    }),
  )
  const itself = bundled.find(({ name }) => name === known.distribution)
  if (itself === undefined) return undefined
  const asked = project.pip_dependencies.flatMap((text) => parseRequirement(text) ?? [])
  const machine = leg.architecture === 'arm64' ? 'aarch64' : 'x86_64'
  const roots = [{ name: itself.name, extras: project.extras }, ...asked]
  const copyright: Copyright = {
    name: project.name,
    source: repositoryOf(source)?.url ?? sourceIdentity(source),
    installPath: project.install_path,
    project: itself,
    bundled: bundled.filter((one) => one !== itself),
  }
  const bom = await sbom({
    package: {
      name: project.package_name,
      version: project.version,
      summary: itself.summary,
      licence:
        settings.license === undefined
          ? itself.licence
          : declaredLicence({ licenseExpression: undefined, license: settings.license, licenseClassifiers: [] }),
    },
    project: itself.name,
    source: { identity: sourceIdentity(source), repository: repositoryOf(source) },
    distributions: bundled,
    graph: dependencyGraph(distributions, roots, markerEnvironment(known.interpreter, machine)),
    system: systemPackages(known.dependencies, systemOrigin(target)),
    tools: [
      { name: 'giftwrap', version: VERSION },
      { name: UV.name, version: UV.version },
      ...(leg.packager.name === 'nfpm' ? [{ name: NFPM.name, version: NFPM.version }] : []),
    ],
    date: known.date,
  })
  return {
    sbom: bom,
    copyright: debianCopyright(copyright),
    plainCopyright: plainCopyright(copyright),
    licences: licenceTexts(itself.files),
  }
}

/** A repository that others can reach, without a user's name and password: a path of this machine is nobody's business. */
function repositoryOf(source: PinnedSource): { readonly url: string; readonly commit: string } | undefined {
  if (source.kind !== 'git' || isLocal(source.url)) return undefined
  const { commit } = source
  if (!URL.canParse(source.url)) return { url: redact(source.url), commit }
  const url = new URL(source.url)
  url.username = ''
  url.password = ''
  return { url: redact(url.href), commit }
}

const PACKAGE_TYPES: Readonly<Record<Family, SystemOrigin['type']>> = {
  debian: 'deb',
  redhat: 'rpm',
  suse: 'rpm',
  alpine: 'apk',
  arch: 'alpm',
}

/** Where a target's packages are from, e.g. `debian-12`; a target of one's own is called by its id. */
export function systemOrigin(target: Pick<Target, 'id' | 'family' | 'distribution'>): SystemOrigin {
  const { id, family, distribution } = target
  const release = id.startsWith(distribution) ? id.slice(distribution.length).replace(/^-/, '') : id
  return {
    type: PACKAGE_TYPES[family],
    namespace: distribution,
    distro: release === '' ? distribution : `${distribution}-${release}`,
  }
}

/** What a package's changelog says, in Debian's form: what came since the previous version's tag. */
export async function legChangelog(
  leg: PinnedLeg,
  source: () => Promise<{ readonly root: string }>,
  date: number,
  exec: Exec,
  log: LogFile,
): Promise<string> {
  const { project, settings, target } = leg
  const { epoch, version } = formatVersion(project.version, 'deb')
  const whole = project.epoch ?? epoch
  const iteration = `${project.iteration ?? settings.iteration}${target.suffix.replace(/^\./, '+')}`
  const from = { pin: leg.source, subdirectory: project.subdirectory, version: project.version }
  const changes = await readChanges(from, (await source()).root, exec, log)
  return debianChangelog(
    {
      package: project.package_name,
      version: `${whole === 0 ? '' : `${whole}:`}${version}-${iteration}`,
      maintainer: settings.maintainer,
      changes: describeChanges(project.name, project.version, changes),
      date,
    },
    target.id,
  )
}

/** Beside the packages. */
export const SBOM = 'sbom.cdx.json'

/** What a package tells of itself: bill of materials, copyright, changes. */
export async function packageDocuments(
  leg: PinnedLeg,
  tree: string,
  known: {
    readonly itself: InstalledDistribution | undefined
    readonly locked: readonly LockedDistribution[]
    readonly date: number
    readonly found: FoundRelations
  },
  prepare: OnDemand,
  context: LegContext,
  record: LegRecord,
): Promise<Pick<PackageModel, 'changelog' | 'copyright' | 'sbom'>> {
  const { itself, locked, date, found } = known
  const made =
    itself === undefined
      ? undefined
      : await legDocuments(leg, tree, {
          ...{ distribution: itself.name, locked, date, interpreter: context.interpreter },
          dependencies: dependenciesOf(found.relations),
        })
  const isDeb = leg.formats.includes('deb')
  return {
    changelog: await legChangelog(leg, prepare.source, date, context.ports.exec, record.log),
    copyright: isDeb ? made?.copyright : made?.plainCopyright,
    sbom: made?.sbom,
  }
}
