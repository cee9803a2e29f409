import { posix } from 'node:path'

// Nothing may be installed at or below these: they are not kept, or not ours.
const FORBIDDEN_TREES = `/proc /sys /dev /run /tmp /boot /var/run /var/lock /var/tmp
  /var/lib/dpkg /var/lib/rpm /var/lib/apt /var/cache/apt /usr/lib/dpkg /usr/lib/rpm /usr/lib/sysimage /lib/apk /etc/apk
  /etc/apt /etc/dnf /etc/yum.repos.d`.split(/\s+/)

// Folders that others share: fine below, never themselves.
const SHARED_FOLDERS = new Set(
  `/ /bin /etc /home /lib /lib32 /lib64 /libx32 /lost+found /media /mnt /opt /root /sbin /snap /srv /usr /var
  /usr/bin /usr/games /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/libx32 /usr/local /usr/sbin /usr/share /usr/src
  /usr/local/bin /usr/local/etc /usr/local/games /usr/local/include /usr/local/lib /usr/local/lib64 /usr/local/libexec
  /usr/local/man /usr/local/sbin /usr/local/share /usr/local/src /etc/systemd /usr/lib/systemd /usr/share/doc /usr/share/man
  /var/backups /var/cache /var/lib /var/local /var/log /var/mail /var/opt /var/spool /var/www`.split(/\s+/),
)

/** The folder of a virtualenv: absolute, its own, and without what breaks `#!` lines. */
export function checkInstallPath(path: string): string | undefined {
  const problem = checkBasePath(path)
  if (problem !== undefined) return problem
  if (SHARED_FOLDERS.has(path)) return `must not be the system's own folder ${path}`
  return undefined
}

/** Where install paths begin; may be a shared folder such as /opt, as nothing is installed there itself. */
export function checkBasePath(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must be an absolute path'
  // The kernel cuts a `#!` line at a blank; PATH and the activate scripts end at a colon or a quote.
  if (/[\s\p{C}"'`:$\\]/u.test(path))
    return 'must not have blanks, quotes, colons, $, backslashes or control characters in it'
  if (path.split('/').includes('..')) return "must not have '..' in it"
  if (/\/\/|\/\.(?:\/|$)|.\/$/.test(path)) return `must be written as ${normalise(path)}`
  const tree = FORBIDDEN_TREES.find((forbidden) => path === forbidden || path.startsWith(`${forbidden}/`))
  if (tree !== undefined) return `must not be in ${tree}`
  return undefined
}

function normalise(path: string): string {
  const normal = posix.normalize(path)
  return normal === '/' ? normal : normal.replace(/\/$/, '')
}

/** A folder inside of a checkout. */
export function checkSubdirectory(path: string): string | undefined {
  if (path === '') return 'must not be empty'
  if (path.startsWith('/')) return 'must be relative to the checkout'
  if (path.startsWith('-')) return 'must not start with a dash'
  if (/[\p{Cc}\\]/u.test(path)) return 'must not have backslashes or control characters in it'
  if (path.split('/').includes('..')) return "must not have '..' in it"
  return undefined
}
