import type { PackageModel } from '../model.js'
import { homeOf, isTemplate } from '../units.js'

/** Lines of shell. */
export type Lines = readonly string[]

/** A word that the shell takes as it stands. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

export function indent(lines: Lines): string[] {
  return lines.map((line) => (line === '' ? '' : `    ${line}`))
}

/** `lines` under a condition; nothing where there are none. */
export function when(condition: string, lines: Lines): string[] {
  return lines.length === 0 ? [] : [`if ${condition}; then`, ...indent(lines), 'fi']
}

/** Makes the account as %sysusers_create_compat of Fedora does it: by the tools that a system without systemd has too. */
export function makeAccount(model: PackageModel): string[] {
  const { user } = model.account
  const group = model.account.group ?? user
  if (group === undefined) return []
  const named = quote(group)
  const lines = [`getent group ${named} >/dev/null || groupadd --system ${named}`]
  if (user === undefined) return lines
  const home = `--home-dir ${quote(homeOf(model))} --no-create-home --shell /usr/sbin/nologin`
  return [...lines, `getent passwd ${quote(user)} >/dev/null || useradd --system --gid ${named} ${home} ${quote(user)}`]
}

/** The same by busybox's tools, which is what Alpine has. */
export function makeAccountOnAlpine(model: PackageModel): string[] {
  const { user } = model.account
  const group = model.account.group ?? user
  if (group === undefined) return []
  const named = quote(group)
  const lines = [`getent group ${named} >/dev/null || addgroup -S ${named}`]
  if (user === undefined) return lines
  const home = `-h ${quote(homeOf(model))} -H -D -s /sbin/nologin`
  return [...lines, `getent passwd ${quote(user)} >/dev/null || adduser -S ${home} -G ${named} ${quote(user)}`]
}

/**
 * Makes the directories by systemd-tmpfiles, as dh_installtmpfiles and %tmpfiles_create do, else by hand: never through
 * a link, which the account could have put there.
 */
export function makeDirectories(model: PackageModel, tmpfiles: string | undefined): string[] {
  const byHand = model.directories.map(({ path, owner, group, mode }) => {
    const wanted = `-m ${mode} -o ${quote(owner)} -g ${quote(group)} ${quote(path)}`
    return `[ -L ${quote(path)} ] || install -d ${wanted}`
  })
  if (byHand.length === 0 || tmpfiles === undefined) return byHand
  return [
    'if command -v systemd-tmpfiles >/dev/null; then',
    `    systemd-tmpfiles --create ${quote(tmpfiles)}`,
    'else',
    ...indent(byHand),
    'fi',
  ]
}

/** Where a package may leave things that are nobody's but its own. */
const OWN_DATA = /^\/var\/(?:lib|log|cache|spool)\/[^/]+/

/** Removes the directories: with all that is in them where that is data of the package's own and nobody may want it. */
export function removeDirectories(model: PackageModel, how: 'empty' | 'with data'): string[] {
  // The innermost first.
  return [...model.directories.map(({ path }) => path)]
    .sort((a, b) => (a < b ? 1 : -1))
    .map((path) =>
      how === 'with data' && OWN_DATA.test(path) ? `rm -rf ${quote(path)}` : `rmdir ${quote(path)} 2>/dev/null || :`,
    )
}

/** Compiles the modules as distributions do it when a package is installed; what is no Python of today stays as it is. */
export function compileModules(model: PackageModel): string[] {
  if (model.bytecode !== 'install') return []
  const python = quote(`${model.tree.installPath}/bin/python`)
  return [
    `if [ -x ${python} ]; then`,
    `    (umask 022; exec ${python} -I -m compileall -qq ${quote(`${model.tree.installPath}/lib`)}) || :`,
    'fi',
  ]
}

/** Removes byte code below the install path, whoever compiled it: no package manager does. */
export function removeByteCode(model: PackageModel): string[] {
  const path = quote(model.tree.installPath)
  return [`if [ -d ${path} ]; then`, `    find ${path} -depth -type d -name __pycache__ -exec rm -rf {} + || :`, 'fi']
}

/** Removes the folders that byte code kept from going with the package; those with an operator's files in them stay. */
export function removeEmptyFolders(model: PackageModel, above: readonly string[]): string[] {
  const path = quote(model.tree.installPath)
  return [
    `if [ -d ${path} ]; then`,
    `    find ${path} -depth -type d -exec rmdir {} + 2>/dev/null || :`,
    'fi',
    ...above.map((folder) => `rmdir ${quote(folder)} 2>/dev/null || :`),
  ]
}

/** Units that are enabled and started. */
export function startable(model: PackageModel): string[] {
  return model.units.filter((unit) => !isTemplate(unit)).map(({ name }) => quote(name))
}
