import { z } from 'zod'
import { checkCommand } from '../check-command.js'
import { checkGitRef, checkGitUrl } from '../check-git.js'
import { checkPackageName, checkProjectName, checkVersion } from '../check-name.js'
import { checkInstallPath, checkSubdirectory } from '../check-path.js'
import { checkExtra, checkOverride, checkRequirement, checkSdist, checkSystemDependency } from '../check-requirement.js'
import {
  checkAccount,
  checkFile,
  checkFileGlob,
  checkMode,
  checkOwnedPath,
  checkOwnFile,
  checkRelation,
  checkUnit,
} from '../check-system.js'
import {
  about,
  checked,
  either,
  folder,
  kindOf,
  line,
  listOf,
  mapping,
  mappingOf,
  oneOf,
  oneOrMore,
  positiveInteger,
  text,
  wholeNumber,
  withKind,
  yesOrNo,
} from '../fields.js'
import { VARIABLE } from './settings.js'

const systemPackage = () => checked(checkSystemDependency, 'package')
const relations = () => listOf(checked(checkRelation, 'package')).prefault([])
const account = () => checked(checkAccount).optional()

/** A maintainer script: its text, or a file below the manifest's folder. */
const script = () =>
  mapping(
    {
      text: about(text().optional(), 'The script itself, for `sh`.'),
      file: about(checked(checkOwnFile).optional(), "A file in the manifest's folder."),
    },
    'text',
  ).optional()

/** A command; the text that says yes is none, as it would replace the default by a command that always succeeds. */
const command = () => {
  const schema = line()
  return withKind(
    schema.refine((value) => !/^(?:true|yes|on)$/i.test(value), 'must be false or commands'),
    kindOf(schema),
  )
}

const service = mapping({
  name: about(checked(checkUnit).optional(), 'Name of the unit; needed with `command`.'),
  command: about(line().optional(), 'What it runs; one of the virtualenv when it is no path.'),
  file: about(checked(checkOwnFile).optional(), "A unit of one's own, in the manifest's folder, instead of `command`."),
  text: about(text().optional(), 'The unit itself, instead of a file.'),
  user: about(account(), "Account; the project's when not given."),
  group: about(account(), "Group; the account's when not given."),
  environment: about(mappingOf(VARIABLE, text()).prefault({}), 'Variables.'),
})

/** The keys of one of `projects`. */
export const projectSchema = z.strictObject({
  name: about(checked(checkProjectName), 'Name of the project.', 'keystone'),
  version: about(checked(checkVersion).prefault('{{ settings.version }}'), "The package's version.", '27.0.2'),
  gitref: about(
    checked(checkGitRef).prefault('master'),
    'Branch, tag, commit, or a `refs/changes/…` of Gerrit.',
    'stable/{{ settings.version }}',
  ),
  giturl: about(
    checked(checkGitUrl).prefault(
      "{{ settings.git_url }}/{{ 'stackforge' if stackforge else 'openstack' }}/{{ name }}",
    ),
    'Git repository: a URL or a path.',
  ),
  gitdepth: about(positiveInteger().optional(), 'Commits to fetch; the full history without blobs when not given.'),
  sdist: about(checked(checkSdist).optional(), 'A release on the package index instead of git.', 'keystone==27.0.0'),
  path: about(
    checked(checkFile).optional(),
    'A local folder instead of git, as it is, without what giftwrap itself has written there.',
    '../keystone',
  ),
  subdirectory: about(checked(checkSubdirectory).optional(), 'Folder of the project in its repository.'),
  patches: about(
    listOf(checked(checkOwnFile, 'file')).prefault([]),
    'Patches to the checkout, in order.',
    '[patches/fix.diff]',
  ),
  extras: about(listOf(checked(checkExtra)).prefault([]), 'Extras to install.', '[ldap]'),
  stackforge: about(yesOrNo().prefault(false), 'The project is in the old namespace.'),
  gerrit_project: about(
    checked(checkFile).prefault("{{ 'stackforge' if stackforge else 'openstack' }}/{{ name }}"),
    "The project's name in Gerrit and Zuul.",
  ),
  venv_command: about(
    checked(checkCommand).optional(),
    "Another way to make the virtualenv, in the install path; split like a shell's words, without a shell.",
    'virtualenv --python /usr/bin/python3 .',
  ),
  install_command: about(
    checked(checkCommand).optional(),
    'Another way to install the project, in the install path; `%s` is the checkout, the last word when not given.',
    'pip install --no-deps %s',
  ),
  install_path: about(folder(checkInstallPath).prefault('{{ settings.install_path }}'), "The project's virtualenv."),
  package_name: about(
    checked(checkPackageName).prefault('{{ settings.package_name_format }}'),
    "Name of the project's package.",
  ),
  pip_dependencies: about(
    listOf(checked(checkRequirement, 'requirement')).prefault([]),
    'Further requirements.',
    '[uwsgi]',
  ),
  pip_overrides: about(
    listOf(
      mapping(
        {
          requirement: about(checked(checkOverride), 'A version, or `name @ git+https://…@commit`.'),
          reason: about(line().optional(), 'Why; it is recorded.'),
        },
        'requirement',
      ),
    ).prefault([]),
    'Other versions than the tested ones.',
    "[{requirement: 'urllib3==2.5.0', reason: security fix}]",
  ),
  postinstall_dependencies: about(
    listOf(checked(checkRequirement, 'requirement')).prefault([]),
    'Requirements installed after the project, outside the constraints.',
  ),
  system_dependencies: about(
    either(
      listOf(systemPackage()),
      mappingOf(/^[a-z0-9][a-z0-9.]*$/, listOf(systemPackage())),
      'must be a list of packages, or a mapping of such lists by platform',
    ).prefault([]),
    'System packages it needs; with a mapping, those of the platforms that the target is (`dpkg`, `rpm`, `debian12`, `rocky`).',
    '{dpkg: [libldap-2.5-0], rpm: [openldap]}',
  ),
  system_dependencies_exclude: about(
    listOf(line()).prefault([]),
    'Globs of packages, or libraries, that are found and not wanted.',
  ),
  system_dependencies_from: about(
    listOf(oneOf(['manifest', 'elf', 'bindep', 'devstack'])).prefault(['manifest', 'elf']),
    'Where system packages are looked for.',
  ),
  build_dependencies: about(
    listOf(systemPackage()).optional(),
    "Packages for the build host only; when not given, compilers and the headers of the project's bindep.txt, where an sdist has to be compiled.",
    '[libldap-dev]',
  ),
  commands: about(
    either(yesOrNo(), listOf(line()), 'must be true, false or a list of names').prefault(false),
    'Links in `/usr/bin`: names, globs, or `true` for all console scripts of the project itself.',
    '[keystone-manage]',
  ),
  services: about(
    listOf(service).prefault([]),
    'Units of systemd.',
    "[{name: keystone, command: '{{ project.install_path }}/bin/keystone-wsgi-public'}]",
  ),
  user: about(account(), 'System account.', 'keystone'),
  group: about(account(), "Its group; the account's name when not given."),
  directories: about(
    listOf(
      mapping(
        {
          path: about(checked(checkOwnedPath), 'Absolute.'),
          owner: about(account(), "The project's `user` when not given."),
          group: about(account(), "The project's `group` when not given."),
          mode: about(checked(checkMode).prefault('0755'), 'Octal.'),
        },
        'path',
      ),
    ).prefault([]),
    'Directories of the package.',
    "[{path: /var/lib/keystone, mode: '0750'}]",
  ),
  config_files: about(
    listOf(checked(checkFileGlob, 'path or glob')).prefault(['{{ project.install_path }}/etc/**']),
    'Files that an upgrade keeps.',
  ),
  scripts: about(
    mapping({
      before_install: about(script(), 'Before files are unpacked.'),
      after_install: about(script(), 'After a first installation.'),
      before_remove: about(script(), 'Before the package is removed.'),
      after_remove: about(script(), 'After it was removed.'),
      before_upgrade: about(script(), 'Before it replaces another version.'),
      after_upgrade: about(script(), 'After it replaced another version.'),
    }).prefault({}),
    'Maintainer scripts: text, or `{file: …}`.',
    '{after_install: systemctl daemon-reload}',
  ),
  provides: about(relations(), 'Names that the package stands for.'),
  conflicts: about(relations(), 'Packages that it cannot be installed beside.'),
  replaces: about(relations(), 'Packages whose files it takes over.'),
  recommends: about(relations(), 'Packages that are usually wanted beside it.'),
  epoch: about(wholeNumber(0).optional(), "The version's epoch."),
  iteration: about(positiveInteger().optional(), 'Rebuild number; `settings.iteration` when not given.'),
  smoke_test: about(
    either(
      yesOrNo().refine((value) => !value, 'must be false or commands'),
      oneOrMore(command()),
      'must be false, a command or a list of commands',
    ).optional(),
    'Commands run in a clean container after installing; each console script with `--help` when not given.',
    '[keystone-manage --version]',
  ),
  allow_failure: about(yesOrNo().prefault(false), 'A leg may fail without failing the run.'),
})

/** At most one of them says where a project comes from. */
export const SOURCE_KEYS = ['giturl', 'sdist', 'path'] as const
