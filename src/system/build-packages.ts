import { ToolError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import type { BindepRule, VersionTerm } from './bindep/parse.js'
import { DEFAULT_PROFILES, satisfies, selectRules } from './bindep/select.js'
import type { PackageManager } from './relations/relation.js'

/** A package that the build host should have. */
export interface BuildPackage {
  readonly name: string
  readonly versions: readonly VersionTerm[]
}

/** Compilers stand under `test` in many projects, and under `compile` in those that bindep's own documentation follows. */
const PROFILES = [...DEFAULT_PROFILES, 'test', 'compile']

/** Headers, compilers and what finds them: a bindep file also names servers, which a compilation has no use for. */
const FOR_COMPILING =
  /(?:-dev|-devel|-dev-(?:all|compat))$|^(?:build-essential|build-base|base-devel|clang|cmake|g\+\+|gcc(?:-c\+\+)?|gfortran|make|meson|ninja-build|pkg-?conf(?:ig)?|swig|autoconf|automake|libtool|cargo|rustc?)$/

/** What compiling a Python extension takes anywhere. */
function compilers(manager: PackageManager, minor: string): readonly string[] {
  switch (manager) {
    case 'dpkg':
      return ['build-essential', 'pkg-config', `python${minor}-dev`]
    case 'rpm':
      // Names of what packages have: those of the packages differ between distributions.
      return ['gcc', 'gcc-c++', 'make', '/usr/bin/pkg-config', `pkgconfig(python-${minor})`]
    case 'apk':
      return ['build-base', 'pkgconf', 'python3-dev']
    case 'pacman':
      return ['base-devel']
  }
}

/** What compiling an sdist of a project's dependencies needs: compilers, and the headers of the project's bindep.txt. */
export function compilationPackages(
  rules: readonly BindepRule[],
  atoms: readonly string[],
  manager: PackageManager,
  minor: string,
): BuildPackage[] {
  const ofProject = selectRules(rules, PROFILES, atoms).filter((rule) => FOR_COMPILING.test(rule.package))
  const packages = [
    ...compilers(manager, minor).map((name) => ({ name, versions: [] })),
    ...ofProject.map((rule) => ({ name: rule.package, versions: rule.versions })),
  ]
  return [...new Map(packages.map((one) => [one.name, one])).values()]
}

/** A field of dpkg's format. */
const field = (name: string) => `$\{${name}}`

const QUERY: Readonly<Record<PackageManager, readonly [string, ...string[]]>> = {
  dpkg: ['dpkg-query', '--show', '--showformat', `${field('db:Status-Status')} ${field('Version')}\n`, '--'],
  rpm: ['rpm', '--query', '--whatprovides', '--queryformat', 'installed %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n'],
  apk: ['apk', 'info', '--exists'],
  pacman: ['pacman', '--query', '--'],
}

/** True when the package is installed in a version that will do. */
export async function isInstalled(
  { name, versions }: BuildPackage,
  manager: PackageManager,
  exec: Exec,
): Promise<boolean> {
  try {
    const { stdout } = await exec.run({ argv: [...QUERY[manager], name] })
    if (manager === 'apk' || manager === 'pacman') return true
    return stdout.split('\n').some((line) => {
      const [status, version = ''] = line.split(' ')
      return status === 'installed' && satisfies(version, versions)
    })
  } catch (error) {
    if (error instanceof ToolError && error.status === 1) return false
    throw error
  }
}
