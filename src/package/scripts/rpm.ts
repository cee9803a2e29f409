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

/** `$1` is how many of the package there are once it is done. */
const FIRST = '[ "$1" -eq 1 ]'
const LAST = '[ "$1" -eq 0 ]'
const UPGRADED = '[ "$1" -ge 2 ]'
const REPLACED = '[ "$1" -ge 1 ]'

const HELPER = '/usr/lib/systemd/systemd-update-helper'

/**
 * Scriptlets of an rpm. An upgrade runs the new package's before the old one's, whose files go last: byte code of modules
 * that are no more goes before the new files come, and is made anew once the transaction is over.
 * Source: https://docs.fedoraproject.org/en-US/packaging-guidelines/Scriptlets/, macros.systemd.
 */
export function rpmScripts(
  model: PackageModel,
  at: { tmpfiles: string | undefined; above: readonly string[] },
): Scripts {
  // Shipped byte code is the package's own: rpm would miss it.
  const swept = model.bytecode === 'ship' ? [] : removeByteCode(model)
  return composeScripts(model, {
    preinstall: [
      ...makeAccount(model),
      ...when(FIRST, call(model, 'before_install')),
      ...when(UPGRADED, [...call(model, 'before_upgrade'), ...removeByteCode(model)]),
    ],
    postinstall: [
      ...makeDirectories(model, at.tmpfiles),
      ...when(FIRST, call(model, 'after_install')),
      ...when(UPGRADED, call(model, 'after_upgrade')),
      ...when(FIRST, unitsDo(model, 'install-system-units', ['systemctl --no-reload preset'])),
    ],
    preremove: when(LAST, [
      ...call(model, 'before_remove'),
      ...unitsDo(model, 'remove-system-units', ['systemctl --no-reload disable --now']),
      ...swept,
    ]),
    postremove: [
      ...when(LAST, [
        ...removeByteCode(model),
        ...removeEmptyFolders(model, at.above),
        ...removeDirectories(model, 'empty'),
        ...call(model, 'after_remove'),
      ]),
      ...when(REPLACED, unitsDo(model, 'mark-restart-system-units', ['systemctl try-restart'])),
    ],
    posttransaction: compileModules(model),
  })
}

/** What %systemd_post, %systemd_preun and %systemd_postun_with_restart expand to, on releases with the helper and without. */
function unitsDo(model: PackageModel, word: string, without: readonly string[]): string[] {
  const units = startable(model).join(' ')
  if (units === '') return []
  return [
    `if [ -x ${HELPER} ]; then`,
    `    ${HELPER} ${word} ${units} || :`,
    'elif command -v systemctl >/dev/null; then',
    ...indent(without.map((command) => `${command} ${units} >/dev/null 2>&1 || :`)),
    'fi',
  ]
}
