import { createHash } from 'node:crypto'
import type { Component } from '@cyclonedx/cyclonedx-library/Models'
import type { Distribution } from '../venv/distributions.js'
import type { Licence } from './licence.js'
import { pythonPackageUrl, type SystemPackage } from './package-url.js'

/** A Python distribution in the package. */
export interface BundledDistribution
  extends Pick<Distribution, 'name' | 'version' | 'summary' | 'homepage' | 'author' | 'requires'> {
  readonly licence: Licence
  /** `sha256:…` of the files of the release that the lock allows; none for the project itself. */
  readonly hashes: readonly string[]
}

/** What a software bill of materials tells. */
export interface Materials {
  readonly package: {
    readonly name: string
    readonly version: string
    readonly summary: string | undefined
    readonly licence: Licence
  }
  /** The name of the distribution that the package was made for. */
  readonly project: string
  readonly source: {
    /** What identifies its content, e.g. `git <commit>`. */
    readonly identity: string
    /** The repository's URL, without credentials, and the commit. */
    readonly repository?: { readonly url: string; readonly commit: string } | undefined
  }
  readonly distributions: readonly BundledDistribution[]
  /** Names of the distributions that each distribution requires. */
  readonly graph: ReadonlyMap<string, readonly string[]>
  readonly system: readonly SystemPackage[]
  /** What made the package: names and versions. */
  readonly tools: readonly { readonly name: string; readonly version: string }[]
  /** The source's date; seconds since 1970. */
  readonly date: number
}

/** The library is loaded where a bill is written: no other command needs it. */
async function loadLibrary() {
  const [Enums, Models, Serialize, Spec] = await Promise.all([
    import('@cyclonedx/cyclonedx-library/Enums'),
    import('@cyclonedx/cyclonedx-library/Models'),
    import('@cyclonedx/cyclonedx-library/Serialize'),
    import('@cyclonedx/cyclonedx-library/Spec'),
  ])
  return { Enums, Models, Serialize, Spec }
}
type Library = Awaited<ReturnType<typeof loadLibrary>>

/**
 * The bill of materials as CycloneDX 1.6 JSON: the same bytes for the same materials, in whatever order they come. Its
 * serial number is derived from its content.
 */
export async function sbom(materials: Materials): Promise<string> {
  const library = await loadLibrary()
  const { Models, Serialize, Spec } = library
  const bom = new Models.Bom()
  bom.metadata.timestamp = new Date(materials.date * 1000)
  for (const tool of inOrder(materials.tools, ({ name }) => name)) {
    bom.metadata.tools.components.add(
      new Models.Component(library.Enums.ComponentType.Application, tool.name, { version: tool.version }),
    )
  }
  const itself = packageComponent(materials, library)
  bom.metadata.component = itself
  const distributions = inOrder(materials.distributions, ({ name }) => name)
  const components = new Map(distributions.map((one) => [one.name, pythonComponent(one, materials, library)]))
  for (const [name, component] of components) {
    bom.components.add(component)
    for (const required of [...(materials.graph.get(name) ?? [])].sort()) {
      const there = components.get(required)
      if (there !== undefined) component.dependencies.add(there.bomRef)
    }
  }
  for (const name of topLevel([...components.keys()], materials)) {
    const component = components.get(name)
    if (component !== undefined) itself.dependencies.add(component.bomRef)
  }
  // Of two components with one reference the library would give one a random reference.
  const systems = new Map(materials.system.map((system) => [system.relation, system]))
  for (const system of inOrder([...systems.values()], ({ relation }) => relation)) {
    const component = systemComponent(system, library)
    bom.components.add(component)
    itself.dependencies.add(component.bomRef)
  }
  // The library's own order is that of the locale: things are in order before they are added.
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6))
  const write = () => `${serializer.serialize(bom, { sortLists: false, space: 2 })}\n`
  bom.serialNumber = `urn:uuid:${uuidOf(write())}`
  return write()
}

/** The project, and what is there without it: requirements that the manifest adds, of a circle one. */
function topLevel(names: readonly string[], { project, graph }: Materials): string[] {
  const reached = new Set<string>()
  const reach = (start: string) => {
    const pending = [start]
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (reached.has(name)) continue
      reached.add(name)
      pending.push(...(graph.get(name) ?? []))
    }
  }
  reach(project)
  const rest = names.filter((name) => !reached.has(name))
  const asked = new Set(rest.flatMap((name) => graph.get(name) ?? []))
  const top = [project]
  for (const name of [...rest.filter((one) => !asked.has(one)), ...rest]) {
    if (reached.has(name)) continue
    top.push(name)
    reach(name)
  }
  return top.sort()
}

function packageComponent(materials: Materials, library: Library): Component {
  const { name, version, summary, licence } = materials.package
  const { Component: New, Property } = library.Models
  const component = new New(library.Enums.ComponentType.Application, name, { version, bomRef: `package:${name}` })
  if (summary !== undefined) component.description = summary
  addLicence(component, licence, library)
  component.properties.add(new Property('giftwrap:source', materials.source.identity))
  addRepository(component, materials, library)
  return component
}

function pythonComponent(one: BundledDistribution, materials: Materials, library: Library): Component {
  const { ComponentType, ExternalReferenceType, HashAlgorithm } = library.Enums
  const { Component: New, ExternalReference, HashDictionary } = library.Models
  const isProject = one.name === materials.project
  const vcs = isProject ? repositoryUrl(materials) : undefined
  const purl = pythonPackageUrl(one.name, one.version, vcs)
  const component = new New(isProject ? ComponentType.Application : ComponentType.Library, one.name, {
    version: one.version,
    bomRef: pythonPackageUrl(one.name, one.version),
    purl,
  })
  if (one.summary !== undefined) component.description = one.summary
  if (one.author !== undefined) component.author = one.author
  addLicence(component, one.licence, library)
  if (isProject) addRepository(component, materials, library)
  if (one.homepage !== undefined) {
    component.externalReferences.add(new ExternalReference(one.homepage, ExternalReferenceType.Website))
  }
  const hashes = one.hashes.flatMap((hash) => /^sha256:([0-9a-f]{64})$/.exec(hash)?.[1] ?? []).sort()
  const [only, ...others] = hashes
  if (only !== undefined && others.length === 0) component.hashes.set(HashAlgorithm['SHA-256'], only)
  // A lock allows every file of a release, and what is installed doesn't tell which one it was.
  for (const hash of others.length === 0 ? [] : hashes) {
    const reference = new ExternalReference(purl, ExternalReferenceType.Distribution, {
      hashes: new HashDictionary([[HashAlgorithm['SHA-256'], hash]]),
      comment: 'a file of the release that the lock allows',
    })
    component.externalReferences.add(reference)
  }
  return component
}

function systemComponent({ name, relation, purl }: SystemPackage, library: Library): Component {
  const { Component: New, Property } = library.Models
  const component = new New(library.Enums.ComponentType.Library, name, {
    bomRef: `system:${relation}`,
    ...(purl === undefined ? {} : { purl }),
  })
  component.properties.add(new Property('giftwrap:relation', relation))
  return component
}

function addLicence(component: Component, licence: Licence, library: Library): void {
  const { LicenseExpression, NamedLicense, SpdxLicense } = library.Models
  const acknowledgement = library.Enums.LicenseAcknowledgement.Declared
  if (licence.kind === 'spdx') {
    const simple = /^[\w.+-]+$/.test(licence.expression) && !licence.expression.startsWith('LicenseRef-')
    const declared = simple ? new SpdxLicense(licence.expression) : new LicenseExpression(licence.expression)
    declared.acknowledgement = acknowledgement
    component.licenses.add(declared)
  }
  for (const name of licence.kind === 'named' ? [...licence.names].sort() : []) {
    component.licenses.add(new NamedLicense(name, { acknowledgement }))
  }
}

function addRepository(component: Component, materials: Materials, library: Library): void {
  const url = repositoryUrl(materials)
  if (url === undefined) return
  const { commit } = materials.source.repository ?? {}
  const { ExternalReference } = library.Models
  const reference = new ExternalReference(url, library.Enums.ExternalReferenceType.VCS, { comment: `commit ${commit}` })
  component.externalReferences.add(reference)
}

/** As pip and SPDX write it: `git+https://…@<commit>`; paths and `host:path` are no URLs. */
function repositoryUrl({ source: { repository } }: Materials): string | undefined {
  if (repository === undefined || !/^(?:https?|ssh|git):\/\//.test(repository.url)) return undefined
  const { url, commit } = repository
  return URL.canParse(url) ? `${url.startsWith('git:') ? '' : 'git+'}${new URL(url).href}@${commit}` : undefined
}

/** For names that are derived from content (RFC 9562, version 5). */
const NAMESPACE = '6f1b7c0e-54a8-4a53-9c1e-6d2d3d1b8f57'

/** A UUID of version 5: the same for the same text. */
function uuidOf(text: string): string {
  const namespace = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex')
  const bytes = createHash('sha1').update(namespace).update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** By code units, as no locale has a say in. */
function inOrder<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
