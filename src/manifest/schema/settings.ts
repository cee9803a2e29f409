import { z } from 'zod'
import { checkGitUrl } from '../check-git.js'
import { checkPackageName, checkVersion } from '../check-name.js'
import { checkBasePath, checkInstallPath } from '../check-path.js'
import { checkRequirement } from '../check-requirement.js'
import {
  checkAccount,
  checkImage,
  checkImageName,
  checkImageTag,
  checkKeyId,
  checkPort,
  checkServer,
} from '../check-system.js'
import {
  about,
  checked,
  folder,
  line,
  listOf,
  mapping,
  mappingOf,
  oneOf,
  oneOrMore,
  positiveInteger,
  text,
  yesOrNo,
} from '../fields.js'

export const FORMATS = ['deb', 'rpm', 'apk', 'archlinux', 'tar'] as const

/** A variable's name: of a container's environment or a unit's. */
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/

// Defaults are `prefault`s: they are read as if they stood in the manifest, templates and all.

/** The keys of `settings`, with their types, defaults and meanings. */
export const settingsSchema = z.strictObject({
  version: about(checked(checkVersion), 'Version of the set of packages.', "'2025.1'"),
  base_path: about(
    folder(checkBasePath).prefault('/opt/openstack'),
    'Folder below which projects are installed.',
    '/opt/openstack-{{ settings.version }}',
  ),
  install_path: about(
    folder(checkInstallPath).prefault('{{ settings.base_path }}/{{ project.name }}'),
    "A project's virtualenv; a versioned path lets two sets live side by side.",
  ),
  package_name_format: about(
    checked(checkPackageName).prefault('openstack-{{ project.name }}'),
    "Name of a project's package.",
    'acme-{{ project.name }}',
  ),
  build_type: about(oneOf(['package', 'docker']).prefault('package'), 'What is built: packages or images; `-t` wins.'),
  output_dir: about(line().prefault('.'), 'Folder for what is built.', 'dist'),
  force_overwrite: about(
    yesOrNo().prefault(false),
    'Replace packages (and, with `--in-place`, an install path) that are already there; else they are an error.',
  ),
  include_config: about(
    yesOrNo().prefault(true),
    "A project's `etc/` goes to `<install_path>/etc`, as configuration files that an upgrade keeps.",
  ),
  parallel_build: about(yesOrNo().prefault(true), 'Build several legs at once; `-s` wins.'),
  jobs: about(positiveInteger().optional(), 'Legs at once; as many as there are cores when not given.', '4'),
  gerrit_dependencies: about(yesOrNo().prefault(true), "Look up the versions that a project's own CI tested."),
  constraints: about(
    oneOrMore(checked(checkRequirement)).prefault([]),
    'URLs or paths of constraint files, applied in order.',
    '[constraints.txt]',
  ),
  upper_constraints: about(checked(checkRequirement).optional(), 'One more constraint file; the older spelling.'),
  git_url: about(checked(checkGitUrl).prefault('https://opendev.org'), 'Where projects without a `giturl` are.'),
  gerrit_url: about(checked(checkServer).prefault('https://review.opendev.org'), 'Gerrit, for tested versions.'),
  zuul_url: about(checked(checkServer).prefault('https://zuul.opendev.org/api/tenant/openstack'), 'Zuul, likewise.'),
  constraints_url: about(
    checked(checkServer).prefault('https://releases.openstack.org/constraints/upper'),
    'Where the constraint files of series are.',
  ),
  requirements_url: about(
    checked(checkGitUrl).prefault('{{ settings.git_url }}/openstack/requirements'),
    'Git URL or path of openstack/requirements.',
  ),
  releases_url: about(
    checked(checkGitUrl).prefault('{{ settings.git_url }}/openstack/releases'),
    'Git URL or path of openstack/releases.',
  ),
  devstack_url: about(
    checked(checkGitUrl).prefault('{{ settings.git_url }}/openstack/devstack'),
    'Git URL or path of openstack/devstack, for `devstack` in `system_dependencies_from`.',
  ),
  packager: about(
    oneOf(['auto', 'fpm', 'nfpm', 'native']).prefault('auto'),
    'Tool that writes the packages: `native` is dpkg-deb, rpmbuild or GNU tar; `auto` is decided by the plan, per leg and format, which says why.',
  ),
  fpm_options: about(
    listOf(line()).prefault([]),
    'Further options of fpm; docs/fpm-options.md says which.',
    '[--deb-priority, optional]',
  ),
  formats: about(
    listOf(oneOf(FORMATS)).optional(),
    "Formats of the packages; the target's own when not given.",
    '[deb, tar]',
  ),
  installer: about(oneOf(['uv', 'pip']).prefault('uv'), 'Tool that fills the virtualenv.'),
  sources: about(
    oneOf(['drop', 'keep', 'bytecode']).prefault('drop'),
    'The checkout: dropped, kept under `<install_path>/src`, or only compiled modules and files that programs load.',
  ),
  bytecode: about(
    oneOf(['install', 'ship', 'none']).prefault('install'),
    'Compiled when the package is installed, shipped in it, or neither.',
  ),
  third_party_tests: about(
    oneOf(['keep', 'drop']).prefault('keep'),
    'Test suites of dependencies: kept, or dropped where nothing else of the virtualenv imports them.',
  ),
  shipped_tools: about(yesOrNo().prefault(false), 'Leave pip and the like in the virtualenv.'),
  maintainer: about(
    line().prefault('giftwrap <giftwrap@localhost.invalid>'),
    'Maintainer of the packages.',
    'Cloud team <cloud@example.org>',
  ),
  vendor: about(line().optional(), 'Vendor of the packages.'),
  homepage: about(line().optional(), 'Home page of the packages.'),
  license: about(line().optional(), 'License of the packages.', 'Apache-2.0'),
  iteration: about(positiveInteger().prefault(1), 'Rebuild number of the same version; `--iteration` wins.'),
  isolate: about(yesOrNo().prefault(false), 'No network in builds after the downloads.'),
  image_name: about(checked(checkImageName).prefault('giftwrap/openstack'), 'Name of the image.'),
  // No template as default: a version may have in it what a tag may not, and packages have no use for tags.
  image_tag: about(
    checked(checkImageTag).optional(),
    'Tag of the image; the version when not given, with `-` for what a tag may not have in it.',
    "'2025.1'",
  ),
  base_image: about(
    checked(checkImage).optional(),
    "Image to start from; the target's when not given.",
    'debian:12-slim',
  ),
  image_per_project: about(yesOrNo().prefault(false), 'An image for each project instead of one for all.'),
  labels: about(
    mappingOf(LABEL, line()).prefault({}),
    "The image's labels.",
    '{org.opencontainers.image.vendor: ACME}',
  ),
  user: about(checked(checkAccount).optional(), 'Account that the container runs as.', 'openstack'),
  entrypoint: about(
    oneOrMore(text()).optional(),
    "The container's program, with its arguments.",
    '[/bin/start, --all]',
  ),
  expose: about(oneOrMore(checked(checkPort)).prefault([]), "The container's ports.", '[5000, 35357/tcp]'),
  environment: about(mappingOf(VARIABLE, text()).prefault({}), "The container's variables.", '{LANG: C.UTF-8}'),
  sign: about(
    mapping({
      deb: about(checked(checkKeyId).optional(), 'Key of deb packages.'),
      rpm: about(checked(checkKeyId).optional(), 'Key of rpm packages.'),
      apk: about(checked(checkKeyId).optional(), 'Key of apk packages.'),
    }).optional(),
    'Ids of the keys that sign; secrets come from the environment only.',
    '{deb: 0xDEADBEEF}',
  ),
})

/** The same for the whole run, so neither a project nor a target may change them. */
export const RUN_SETTINGS: ReadonlySet<string> = new Set([
  'version',
  'build_type',
  'output_dir',
  'parallel_build',
  'jobs',
])
