import { readFile } from 'node:fs/promises'

/** What a distribution says of itself (os-release(5)). */
export interface OsRelease {
  /** Lower case, e.g. `debian`. */
  readonly id: string
  /** e.g. `12`, `24.04`; empty for rolling releases. */
  readonly versionId: string
  /** e.g. `bookworm`; not every distribution has one. */
  readonly codename?: string
  readonly prettyName: string
}

export async function readOsRelease(): Promise<OsRelease | undefined> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return parseOsRelease(text)
  }
  return undefined
}

/** Reads the `NAME=value` lines of os-release; values may stand in quotes. */
export function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], unquote(match[2]))
  }
  const id = values.get('ID') ?? 'linux'
  const codename = values.get('VERSION_CODENAME') ?? ''
  return {
    id,
    versionId: values.get('VERSION_ID') ?? '',
    prettyName: values.get('PRETTY_NAME') ?? id,
    ...(codename === '' ? {} : { codename }),
  }
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value)
  return (quoted?.[2] ?? value).replace(/\\(["'$`\\])/g, '$1')
}
