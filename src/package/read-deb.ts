import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { type PackageContent, readTar } from './content.js'
import { DEB_SCRIPTS } from './native-deb.js'

/** What a control archive has in it without being asked: no code, and nothing that dpkg acts upon but config files. */
const OWN_MEMBERS = ['/', '/control', '/md5sums', '/conffiles']

/** Reads a deb by dpkg-deb. */
export async function readDeb(file: string, ports: Ports, log: LogFile): Promise<PackageContent> {
  const tarOf = async (part: '--ctrl-tarfile' | '--fsys-tarfile', keeps: (path: string) => boolean) => {
    let read: Awaited<ReturnType<typeof readTar>> = { entries: new Map(), texts: new Map() }
    const listing = { argv: ['dpkg-deb', part, file] } as const
    await ports.exec.stream(
      listing,
      async (tar) => {
        read = await readTar(tar, keeps)
      },
      log,
    )
    return read
  }
  const control = await tarOf('--ctrl-tarfile', () => true)
  const text = (path: string) => control.texts.get(path)?.toString('utf8') ?? ''
  const scripts = Object.entries(DEB_SCRIPTS).flatMap(([slot, name]) => {
    return control.entries.has(`/${name}`) ? [[slot, text(`/${name}`)]] : []
  })
  const data = await tarOf('--fsys-tarfile', (path) => /^\/usr\/share\/doc\/[^/]+\/changelog[^/]*$/.test(path))
  const fields = parseControl(text('/control'))
  const list = (field: string) => (fields[field] ?? '').split(/,\s*/).filter((relation) => relation !== '')
  const known = new Set([...OWN_MEMBERS, ...Object.values(DEB_SCRIPTS).map((name) => `/${name}`)])
  return {
    fields,
    relations: {
      ...{ depends: list('Depends'), recommends: list('Recommends'), provides: list('Provides') },
      ...{ conflicts: list('Conflicts'), replaces: list('Replaces') },
    },
    ...{ entries: data.entries, texts: data.texts },
    configFiles: text('/conffiles')
      .split('\n')
      .filter((line) => line !== ''),
    scripts: Object.fromEntries(scripts),
    others: [...control.entries.keys()].filter((path) => !known.has(path)).map((path) => path.slice(1)),
  }
}

/** The fields of a control file; continued lines are joined by newlines. */
export function parseControl(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  let last: string | undefined
  for (const line of text.split('\n')) {
    const match = /^([!-9;-~]+):\s?(.*)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) {
      last = match[1]
      fields[last] = match[2]
    } else if (last !== undefined && /^\s/.test(line)) {
      fields[last] += `\n${line.trim()}`
    }
  }
  return fields
}
