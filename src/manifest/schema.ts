import { z } from 'zod'
import { checkGitRef, checkGitUrl } from './check-git.js'
import { checkPackageName, checkProjectName, checkVersion } from './check-name.js'
import { checkBasePath, checkInstallPath, checkSubdirectory } from './check-path.js'
import { checkExtra, checkRequirement, checkSdist, checkSystemDependency } from './check-requirement.js'
import { checked, line, listOf, oneOf, oneOrMore, positiveInteger, yesOrNo } from './fields.js'

// Defaults are `prefault`s: they are read as if they stood in the manifest, templates and all.

/** The keys of `settings`, with their types, defaults and meanings. */
export const settingsSchema = z.strictObject({
  version: checked(checkVersion).describe('Version of the set of packages.'),
  base_path: checked(checkBasePath).prefault('/opt/openstack').describe('Folder below which projects are installed.'),
  install_path: checked(checkInstallPath)
    .prefault('{{ settings.base_path }}/{{ project.name }}')
    .describe("A project's virtualenv."),
  package_name_format: checked(checkPackageName)
    .prefault('openstack-{{ project.name }}')
    .describe("Name of a project's package."),
  build_type: oneOf(['package', 'docker']).prefault('package').describe('What is built: packages or an image.'),
  output_dir: line().prefault('.').describe('Folder for what is built.'),
  force_overwrite: yesOrNo().prefault(false).describe('Replace packages that are already there.'),
  include_config: yesOrNo().prefault(true).describe("Ship a project's `etc/` as configuration files."),
  parallel_build: yesOrNo().prefault(true).describe('Build several legs at once.'),
  jobs: positiveInteger().optional().describe('Legs at once; as many as there are cores when not given.'),
  gerrit_dependencies: yesOrNo().prefault(true).describe("Look up the versions that a project's own CI tested."),
  constraints: oneOrMore(checked(checkRequirement))
    .prefault([])
    .describe('URLs or paths of constraint files, applied in order.'),
  upper_constraints: checked(checkRequirement).optional().describe('One more constraint file; the older spelling.'),
  git_url: checked(checkGitUrl).prefault('https://opendev.org').describe('Where projects without a giturl are.'),
  packager: oneOf(['auto', 'fpm', 'nfpm']).prefault('auto').describe('Tool that writes the packages.'),
  fpm_options: listOf(line()).prefault([]).describe('Further arguments for fpm.'),
  maintainer: line().prefault('giftwrap <giftwrap@localhost.invalid>').describe('Maintainer of the packages.'),
  vendor: line().optional().describe('Vendor of the packages.'),
  homepage: line().optional().describe('Home page of the packages.'),
  license: line().optional().describe('License of the packages.'),
  iteration: positiveInteger().prefault(1).describe('Rebuild number of the same version.'),
})

/** The keys of one of `projects`. */
export const projectSchema = z.strictObject({
  name: checked(checkProjectName).describe('Name of the project.'),
  version: checked(checkVersion).prefault('{{ settings.version }}').describe("The package's version."),
  gitref: checked(checkGitRef).prefault('master').describe('Branch, tag, commit, or a `refs/changes/…` of Gerrit.'),
  giturl: checked(checkGitUrl)
    .prefault("{{ settings.git_url }}/{{ 'stackforge' if stackforge else 'openstack' }}/{{ name }}")
    .describe('Git repository: a URL or a path.'),
  gitdepth: positiveInteger().optional().describe('Commits to fetch; the full history when not given.'),
  sdist: checked(checkSdist).optional().describe('A release on the package index instead of git: `name==version`.'),
  path: line().optional().describe('A local folder instead of git.'),
  subdirectory: checked(checkSubdirectory).optional().describe('Folder of the project in its repository.'),
  extras: listOf(checked(checkExtra)).prefault([]).describe('Extras to install.'),
  stackforge: yesOrNo().prefault(false).describe('The project is in the old namespace.'),
  install_path: checked(checkInstallPath).prefault('{{ settings.install_path }}').describe("The project's virtualenv."),
  package_name: checked(checkPackageName)
    .prefault('{{ settings.package_name_format }}')
    .describe("Name of the project's package."),
  pip_dependencies: listOf(checked(checkRequirement)).prefault([]).describe('Further requirements.'),
  system_dependencies: listOf(checked(checkSystemDependency)).prefault([]).describe('System packages it needs.'),
})

/** Settings that may speak of `project`: templates that each project renders for itself. */
export const PER_PROJECT_SETTINGS: ReadonlySet<string> = new Set(['base_path', 'install_path', 'package_name_format'])

/** At most one of them says where a project comes from. */
export const SOURCE_KEYS = ['giturl', 'sdist', 'path'] as const

export const TOP_LEVEL_KEYS = ['settings', 'projects'] as const

/** The three settings that may speak of `project` stay templates when they do. */
export type Settings = Readonly<Omit<z.output<typeof settingsSchema>, 'upper_constraints'>>

/** `giturl` is always there, and counts when neither `sdist` nor `path` is given. */
export type Project = Readonly<z.output<typeof projectSchema>>
