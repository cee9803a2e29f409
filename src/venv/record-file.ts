import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** A line of a RECORD file: https://packaging.python.org/en/latest/specifications/recording-installed-packages. */
export interface RecordLine {
  /** Relative to `site-packages`, without `.` and inner `..`, e.g. `../../../bin/hello`. */
  readonly path: string
  /** Bytes; undefined where the line does not say. */
  readonly size: number | undefined
  /** As it stands there. */
  readonly text: string
}

export function parseRecord(text: string): RecordLine[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, quoted, plain = ''] = /^(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/.exec(line) ?? []
    const path = quoted?.replaceAll('""', '"') ?? plain
    if (path === '') return []
    const size = /,(\d+)$/.exec(line)?.[1]
    return [{ path: posix.normalize(path), size: size === undefined ? undefined : Number(size), text: line }]
  })
}

/** A distribution's RECORD and where it is. */
export interface RecordFile {
  /** Of the `dist-info` folder, e.g. `hello-1.0.dist-info`. */
  readonly distribution: string
  readonly file: string
  readonly lines: readonly RecordLine[]
}

/** The RECORDs of all distributions in a `site-packages`, sorted by the names of their folders. */
export function readRecords(site: string): RecordFile[] {
  return readdirSync(site)
    .filter((name) => name.endsWith('.dist-info'))
    .sort()
    .flatMap((distribution) => {
      const file = join(site, distribution, 'RECORD')
      const text = readText(file)
      return text === undefined ? [] : [{ distribution, file, lines: parseRecord(text) }]
    })
}

/** Writes RECORDs anew: each path becomes those that stand in for it, which are there already; none takes it out. */
export function rewriteRecords(site: string, standIns: (path: string) => readonly string[]): void {
  for (const { file, lines } of readRecords(site)) {
    const texts = lines.flatMap(({ path, text }) =>
      standIns(path).map((next) => (next === path ? text : recordLine(site, next))),
    )
    writeFileSync(file, texts.map((text) => `${text}\n`).join(''))
  }
}

function recordLine(site: string, path: string): string {
  const bytes = readFileSync(join(site, path))
  const hash = createHash('sha256').update(bytes).digest('base64url')
  const name = /[",]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path
  return `${name},sha256=${hash},${bytes.length}`
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
