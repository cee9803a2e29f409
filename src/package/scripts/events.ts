import type { PackageModel } from '../model.js'
import { call, composeScripts, type Scripts } from './compose.js'
import {
  compileModules,
  type Lines,
  makeAccount,
  makeAccountOnAlpine,
  makeDirectories,
  removeByteCode,
  removeDirectories,
  removeEmptyFolders,
} from './snippets.js'

/**
 * Scripts for managers that have one for each event, apk and pacman. Neither family enables or starts a service when it is
 * installed; pacman's hooks tell systemd of it.
 * Source: https://wiki.alpinelinux.org/wiki/APKBUILD_Reference#install, PKGBUILD(5).
 */
export function eventScripts(
  model: PackageModel,
  format: 'apk' | 'archlinux',
  at: { tmpfiles: string | undefined; above: readonly string[] },
): Scripts {
  const account: Lines = format === 'apk' ? makeAccountOnAlpine(model) : makeAccount(model)
  const setUp = [...makeDirectories(model, at.tmpfiles), ...compileModules(model)]
  const gone = [...removeByteCode(model), ...removeEmptyFolders(model, at.above), ...removeDirectories(model, 'empty')]
  return composeScripts(model, {
    preinstall: [...account, ...call(model, 'before_install')],
    postinstall: [...setUp, ...call(model, 'after_install')],
    preupgrade: [...account, ...call(model, 'before_upgrade'), ...removeByteCode(model)],
    postupgrade: [...setUp, ...call(model, 'after_upgrade')],
    preremove: [...call(model, 'before_remove'), ...removeByteCode(model)],
    postremove: [...gone, ...call(model, 'after_remove')],
  })
}
