import type { OwnedDirectory, PackageModel, Unit } from './model.js'

/** A service of the manifest as a unit is made of it. */
export interface Service {
  readonly name: string
  readonly command: string
  readonly user: string | undefined
  readonly group: string | undefined
  readonly environment: Readonly<Record<string, string>>
}

const SUFFIX = /\.(?:service|socket|timer|path|target|mount|automount|swap|slice)$/

/** The file name of a unit: `.service` where it names no other kind. */
export function unitName(name: string): string {
  return SUFFIX.test(name) ? name : `${name}.service`
}

/**
 * The unit that runs a service. A command that is no path is one of the virtualenv's; `%` stands for itself, as a
 * manifest means no specifier of systemd by it. Source: systemd.service(5), systemd.syntax(7).
 */
export function serviceUnit(service: Service, summary: string, installPath: string): Unit {
  const { command, user, group, environment } = service
  const start = /^[A-Za-z0-9_]/.test(command) ? `${installPath}/bin/${command}` : command
  const lines = [
    '[Unit]',
    `Description=${plain(summary.split('\n')[0] ?? '')}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    ...(user === undefined ? [] : [`User=${user}`]),
    ...(group === undefined ? [] : [`Group=${group}`]),
    ...Object.entries(environment).map(([key, value]) => `Environment="${key}=${quoted(value)}"`),
    `ExecStart=${plain(start)}`,
    'Restart=on-failure',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]
  return { name: unitName(service.name), text: `${lines.join('\n')}\n` }
}

/** A backslash at its end would join the next line to it. */
function plain(text: string): string {
  return text
    .replaceAll('%', '%%')
    .trim()
    .replace(/[\s\\]+$/, '')
}

function quoted(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
}

/** A template has no instance that could be started. */
export function isTemplate({ name }: Unit): boolean {
  return name.includes('@.')
}

/** The home of the account: the first directory that is its own. */
export function homeOf(model: Pick<PackageModel, 'account' | 'directories'>): string {
  return model.directories.find(({ owner }) => owner === model.account.user)?.path ?? '/'
}

/** The account for systemd-sysusers; undefined where there is none. Source: sysusers.d(5). */
export function sysusersText(model: Pick<PackageModel, 'account' | 'directories' | 'name'>): string | undefined {
  const { user, group } = model.account
  const lines = [
    ...(group === undefined || group === user ? [] : [`g ${group} -`]),
    ...(user === undefined
      ? []
      : [`u ${user} ${group === undefined || group === user ? '-' : `-:${group}`} "${model.name}" ${homeOf(model)}`]),
  ]
  return lines.length === 0 ? undefined : `${lines.join('\n')}\n`
}

/** The directories for systemd-tmpfiles; undefined where there are none. Source: tmpfiles.d(5). */
export function tmpfilesText(directories: readonly OwnedDirectory[]): string | undefined {
  const lines = directories.map(({ path, mode, owner, group }) => {
    return `d ${path.replaceAll('%', '%%')} ${mode} ${owner} ${group} -`
  })
  return lines.length === 0 ? undefined : `${lines.join('\n')}\n`
}
