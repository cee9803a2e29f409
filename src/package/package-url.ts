import { PackageURL } from 'packageurl-js'

/** Where the system packages of a target are from, in the words of package URLs. */
export interface SystemOrigin {
  readonly type: 'deb' | 'rpm' | 'apk' | 'alpm'
  /** The distribution, e.g. `debian`. */
  readonly namespace: string
  /** Distribution and release, e.g. `debian-12`. */
  readonly distro: string
}

/** A system package that a package depends on. */
export interface SystemPackage {
  readonly name: string
  /** As the package states it, e.g. `libldap-2.5-0 (>= 2.5.4)`. */
  readonly relation: string
  /** Undefined where the relation names no package, but a file or a capability. */
  readonly purl: string | undefined
}

/** A relation to one package, by format; other words are capabilities, files, or conditions. */
const RELATION: Readonly<Record<SystemOrigin['type'], RegExp>> = {
  deb: /^([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9-]+)?(?:\s*\([^)]*\))?(?:\s*\|.*)?$/,
  rpm: /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?:\s*(?:[<>]=?|=).*)?$/,
  apk: /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?:[<>=~].*)?$/,
  alpm: /^([A-Za-z0-9@_+][A-Za-z0-9@._+-]*)(?:[<>=].*)?$/,
}
/** Sonames are words like others for rpm and libalpm. */
const SONAME = /\.so(?:[.=]|$)/

/** The packages behind relations; of alternatives the first, which a fresh system gets. */
export function systemPackages(relations: readonly string[], origin: SystemOrigin): SystemPackage[] {
  return relations.map((relation) => {
    const name = RELATION[origin.type].exec(relation)?.[1]
    if (name === undefined || SONAME.test(name)) return { name: relation, relation, purl: undefined }
    const { type, namespace, distro } = origin
    return { name, relation, purl: new PackageURL(type, namespace, name, null, { distro }, null).toString() }
  })
}

/** The package URL of a Python distribution; `vcs` where it was built from a repository, e.g. `git+https://…@<commit>`. */
export function pythonPackageUrl(name: string, version: string, vcs?: string): string {
  return new PackageURL('pypi', null, name, version, vcs === undefined ? null : { vcs_url: vcs }, null).toString()
}
