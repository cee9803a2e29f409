import type { PackageModel } from '../model.js'
import { call, composeScripts, type Scripts } from './compose.js'
import {
  compileModules,
  indent,
  makeAccount,
  makeDirectories,
  removeByteCode,
  removeDirectories,
  removeEmptyFolders,
  startable,
  when,
} from './snippets.js'

/** What `postinst` is called for when the package is to work afterwards. */
const CONFIGURED =
  '[ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ]'
const REMOVED = '[ "$1" = remove ]'
const PURGED = '[ "$1" = purge ]'

/**
 * Maintainer scripts of a deb, for the arguments that dpkg calls them with. dpkg sees a package that was removed and not
 * purged as upgraded when it is installed again. Source: Debian Policy, chapter 6; what debhelper's dh_installsystemd and
 * dh_installtmpfiles write.
 */
export function debScripts(
  model: PackageModel,
  at: { tmpfiles: string | undefined; above: readonly string[] },
): Scripts {
  const setUp = [...makeAccount(model), ...makeDirectories(model, at.tmpfiles), ...compileModules(model)]
  const gone = [...removeByteCode(model), ...removeEmptyFolders(model, at.above)]
  return composeScripts(model, {
    preinstall: [
      ...when('[ "$1" = install ]', call(model, 'before_install')),
      ...when('[ "$1" = upgrade ]', call(model, 'before_upgrade')),
    ],
    postinstall: [
      ...when(CONFIGURED, setUp),
      ...when('[ "$1" = configure ] && [ -z "$2" ]', call(model, 'after_install')),
      ...when('[ "$1" = configure ] && [ -n "$2" ]', call(model, 'after_upgrade')),
      ...when(CONFIGURED, startUnits(model)),
    ],
    preremove: [
      ...when(REMOVED, [...call(model, 'before_remove'), ...stopUnits(model)]),
      ...when(`${REMOVED} || [ "$1" = upgrade ]`, removeByteCode(model)),
    ],
    postremove: [
      ...when(REMOVED, [
        ...gone,
        ...removeDirectories(model, 'empty'),
        ...maskUnits(model),
        ...call(model, 'after_remove'),
      ]),
      ...when(PURGED, [...purgeUnits(model), ...gone, ...removeDirectories(model, 'with data')]),
    ],
  })
}

/** Enabled when they are new, as they were when they are not; started, or started again. */
function startUnits(model: PackageModel): string[] {
  const units = startable(model)
  if (units.length === 0) return []
  return [
    ...units.flatMap((unit) => [
      `deb-systemd-helper unmask ${unit} >/dev/null || :`,
      `if deb-systemd-helper --quiet was-enabled ${unit}; then`,
      `    deb-systemd-helper enable ${unit} >/dev/null || :`,
      'else',
      `    deb-systemd-helper update-state ${unit} >/dev/null || :`,
      'fi',
    ]),
    ...when('[ -d /run/systemd/system ]', [
      'systemctl --system daemon-reload >/dev/null || :',
      'if [ -n "$2" ]; then action=restart; else action=start; fi',
      `deb-systemd-invoke "$action" ${units.join(' ')} >/dev/null || :`,
    ]),
  ]
}

function stopUnits(model: PackageModel): string[] {
  const units = startable(model)
  if (units.length === 0) return []
  return when('[ -d /run/systemd/system ]', [`deb-systemd-invoke stop ${units.join(' ')} >/dev/null || :`])
}

/** Until it is purged a removed package's unit can't be started by what still names it. */
function maskUnits(model: PackageModel): string[] {
  const units = startable(model)
  if (units.length === 0) return []
  return [
    ...when('[ -d /run/systemd/system ]', ['systemctl --system daemon-reload >/dev/null || :']),
    ...when('[ -x /usr/bin/deb-systemd-helper ]', [`deb-systemd-helper mask ${units.join(' ')} >/dev/null || :`]),
  ]
}

function purgeUnits(model: PackageModel): string[] {
  const units = startable(model)
  if (units.length === 0) return []
  return [
    'if [ -x /usr/bin/deb-systemd-helper ]; then',
    ...indent([
      `deb-systemd-helper purge ${units.join(' ')} >/dev/null || :`,
      `deb-systemd-helper unmask ${units.join(' ')} >/dev/null || :`,
    ]),
    'fi',
  ]
}
