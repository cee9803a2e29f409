import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** True where this user may make a private mount namespace and mount in it. */
export function canMount(words: readonly string[] = ['unshare', '--mount']): boolean {
  const [file = '', ...args] = words
  return spawnSync(file, [...args, 'mount', '--bind', '/proc/self', '/proc/self']).status === 0
}

const HIDE = `
set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/bin" "$1/real"
mount --bind /usr/bin "$1/real"
for file in /usr/bin/*; do
  case $file in /usr/bin/python3*) ;; *) ln -s "$1/real/\${file##*/}" "$1/bin/" ;; esac
done
mount --bind "$1/bin" /usr/bin
shift
exec "$@"
`

/** Words in front of a command that then sees no `/usr/bin/python3`; `folder` is an empty one. */
export function hidingPython(folder: string): string[] {
  const empty = join(folder, 'without-python')
  mkdirSync(empty)
  return ['unshare', '--mount', 'sh', '-c', HIDE, 'sh', empty]
}
