import { execFileSync } from 'node:child_process'

/** Paths of a package's files and folders, as installed. */
export function packageFiles(deb: string): string[] {
  const listing = execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar --list', 'sh', deb], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return listing
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [line.replace(/^\.?\/?/, '/').replace(/(.)\/$/, '$1')]))
}

/** The text of one of its files. */
export function packageText(deb: string, path: string): string {
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --to-stdout --wildcards "*$2"'
  return execFileSync('sh', ['-c', script, 'sh', deb, path.slice(1)], { encoding: 'utf8' })
}
