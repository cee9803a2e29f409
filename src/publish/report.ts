import { isExcused, type LegOutcome, type PackageFile } from './legs.js'

/** https://docs.github.com/rest/releases/releases: characters of a release's text; a step's summary takes 1 MiB. */
export const MAX_BODY = 125_000
export const MAX_SUMMARY = 1024 * 1024

const MAX_REASON = 500
/** Kept free for the line that counts what does not fit. */
const MORE_LINE = 80

export interface ReportOptions {
  /** Bytes in UTF-8; what does not fit is counted. */
  readonly maxBytes: number
  /** Say why legs are not published. What tools print comes from outside: it is for those who run the build. */
  readonly reasons: boolean
  /** The name that a package is published under. */
  readonly nameOf: (file: string) => string
}

/** What became of each leg, as Markdown: counts, a table of projects by targets, reasons, packages with their sums. */
export function reportText(outcomes: readonly LegOutcome[], options: ReportOptions): string {
  const text = boundedText(options.maxBytes)
  const published = outcomes.flatMap(({ packages }) => packages)
  const legs = outcomes.filter(({ status }) => status === 'ok').length
  text.section([countsLine(outcomes.length, legs, published), ''], [])
  const targets = [...new Set(outcomes.map(({ leg }) => leg.target))].toSorted()
  const header = ['Project', ...targets.map(escapeMarkdown)]
  text.section([row(header), row(header.map(() => '---'))], projectRows(outcomes, targets))
  const others = outcomes.filter(({ status }) => status !== 'ok')
  if (options.reasons && others.length > 0) text.section(['', '### Not published', ''], others.map(reasonLine))
  if (published.length > 0) {
    const rows = published.map(({ file, size, sha256 }) => row([code(options.nameOf(file)), formatSize(size), sha256]))
    text.section(['', '### Packages', '', row(['Package', 'Size', 'SHA-256']), row(['---', '---:', '---'])], rows)
  }
  return text.end()
}

function countsLine(all: number, ok: number, packages: readonly PackageFile[]): string {
  const size = packages.reduce((sum, file) => sum + file.size, 0)
  const count = `${packages.length} package${packages.length === 1 ? '' : 's'}`
  return `${ok} of ${all} leg${all === 1 ? '' : 's'} published: ${count}, ${formatSize(size)}.`
}

function projectRows(outcomes: readonly LegOutcome[], targets: readonly string[]): string[] {
  const projects = new Map<string, Map<string, LegOutcome>>()
  for (const outcome of outcomes) {
    const { project, version, target } = outcome.leg
    const name = `${project} ${version}`
    const cells = projects.get(name) ?? new Map<string, LegOutcome>()
    projects.set(name, cells.set(target, outcome))
  }
  return [...projects].map(([name, cells]) => row([code(name), ...targets.map((target) => cellOf(cells.get(target)))]))
}

function cellOf(outcome: LegOutcome | undefined): string {
  if (outcome === undefined) return ''
  const { status, packages, seconds } = outcome
  const size = packages.reduce((sum, file) => sum + file.size, 0)
  return [
    isExcused(outcome) ? `${status}, as it may` : status,
    ...(packages.length === 0 ? [] : [formatSize(size)]),
    ...(seconds === undefined ? [] : [formatTime(seconds)]),
  ].join(', ')
}

function reasonLine(outcome: LegOutcome): string {
  const { leg, status, why } = outcome
  const short = why.length > MAX_REASON ? `${why.slice(0, MAX_REASON)} …` : why
  return `- ${code(leg.id)} ${isExcused(outcome) ? `${status}, as it may` : status}: ${escapeMarkdown(short)}`
}

/** Text that takes sections of lines as long as there is room: their head whole, and then as many lines as fit. */
function boundedText(maxBytes: number) {
  let text = ''
  let room = maxBytes
  const add = (line: string) => {
    text += `${line}\n`
    room -= Buffer.byteLength(line) + 1
  }
  return {
    section(head: readonly string[], lines: readonly string[]): void {
      const size = head.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
      if (size + MORE_LINE > room) return
      for (const line of head) add(line)
      for (const [index, line] of lines.entries()) {
        if (Buffer.byteLength(line) + 1 + MORE_LINE > room) {
          add('')
          add(`… and ${lines.length - index} more.`)
          return
        }
        add(line)
      }
    },
    end: () => text,
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** In code GitHub makes no mentions and no emoji. */
function code(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`
}

/** Text as it is, on one line: neither Markdown nor HTML nor a link. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').replaceAll(/[!-+/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`)
}

/** Bytes for people, rounded up. */
function formatSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function formatTime(seconds: number): string {
  return seconds < 100 ? `${seconds.toFixed(0)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
