import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError, type Problem } from '../errors.js'
import { type Fetch, FetchError } from '../runtime/fetch.js'
import { sha256Text } from '../runtime/files.js'
import { redact } from '../runtime/redact.js'
import { isPythonVersion, normalizeName } from './python-names.js'

/** One line of a constraint file. */
export interface Constraint {
  /** Normalised (PEP 503). */
  readonly name: string
  /** Version specifiers, e.g. `==1.2`; `===` is kept where the version is not one of PEP 440. */
  readonly specifier: string
  /** Environment marker (PEP 508) without its semicolon. */
  readonly marker?: string
}

export interface ConstraintFile {
  /** As the manifest gives it, without credentials. */
  readonly source: string
  readonly sha256: string
  readonly constraints: readonly Constraint[]
}

const MAX_BYTES = 8 * 1024 * 1024
const TIMEOUT_SECONDS = 60
const MAX_PROBLEMS = 5

/** Reads constraints from an http(s) or file URL, or a path relative to the manifest's folder. */
export async function loadConstraints(
  source: string,
  directory: string,
  place: Omit<Problem, 'message'>,
  fetch: Fetch,
): Promise<ConstraintFile> {
  const text = /^https?:/i.test(source)
    ? await download(source, place, fetch)
    : await readLocal(source, localPath(source, directory), place)
  return { source: redact(source), sha256: sha256Text(text), constraints: parseConstraints(text, redact(source)) }
}

/** Where a source that is no http(s) URL lies. */
export function localPath(source: string, directory: string): string {
  return source.startsWith('file:') ? fileURLToPath(source) : resolve(directory, source)
}

async function download(url: string, place: Omit<Problem, 'message'>, fetch: Fetch): Promise<string> {
  try {
    const { text, isHtml } = await fetch.text(url, { maxBytes: MAX_BYTES, timeoutSeconds: TIMEOUT_SECONDS })
    if (isHtml) throw new FetchError('html', 'the answer is a web page')
    return text
  } catch (error) {
    if (!(error instanceof FetchError)) throw error
    throw new InputError(
      { ...place, message: `the constraints ${redact(url)} can't be fetched: ${error.message}.` },
      { cause: error },
    )
  }
}

async function readLocal(source: string, path: string, place: Omit<Problem, 'message'>): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw new InputError({ ...place, message: `${source} is larger than ${MAX_BYTES} bytes.` })
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof InputError) throw error
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'is not there' : "can't be read"
    throw new InputError({ ...place, message: `the constraint file ${source} ${reason}.` }, { cause: error })
  }
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/
const SPECIFIER = /^(===|==|~=|!=|<=|>=|<|>)\s*([A-Za-z0-9.!+*_-]+)$/
const MARKER_TOKEN =
  /\s*(?:[()]|'[^'"\\]*'|"[^'"\\]*"|===|==|~=|!=|<=|>=|<|>|(?:and|or|not|in|python_version|python_full_version|os_name|sys_platform|platform_release|platform_system|platform_version|platform_machine|platform_python_implementation|implementation_name|implementation_version|extra)\b)/y

/** Reads the text of a constraint file; what is none of `name<specifiers>[;marker]` is a problem with its line. */
export function parseConstraints(text: string, file: string): Constraint[] {
  const { constraints, odd } = readConstraints(text)
  const problems: Problem[] = odd.map(({ line, words }) => {
    return { file, line, message: `${shorten(words)} is not a constraint.` }
  })
  if (problems.length > MAX_PROBLEMS) {
    const more = problems.length - MAX_PROBLEMS
    problems.splice(MAX_PROBLEMS, more, { file, message: `… and ${more} more lines that are not constraints.` })
  }
  if (problems.length > 0) throw new InputError(problems)
  return constraints
}

/** The constraints of a text, and its lines that are none, counted from 1. */
export function readConstraints(text: string): {
  readonly constraints: Constraint[]
  readonly odd: readonly { readonly line: number; readonly words: string }[]
} {
  const constraints: Constraint[] = []
  const odd: { readonly line: number; readonly words: string }[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw.replace(/(^|\s)#.*$/, '').trim()
    if (words === '') continue
    const constraint = parseLine(words)
    if (constraint !== undefined) constraints.push(constraint)
    else odd.push({ line: index + 1, words })
  }
  return { constraints, odd }
}

function parseLine(line: string): Constraint | undefined {
  const semicolon = line.indexOf(';')
  const requirement = (semicolon < 0 ? line : line.slice(0, semicolon)).trim()
  const marker = semicolon < 0 ? undefined : line.slice(semicolon + 1).trim()
  const name = NAME.exec(requirement)?.[0]
  if (name === undefined || (marker !== undefined && !isMarker(marker))) return undefined
  const specifiers = requirement
    .slice(name.length)
    .trim()
    .replace(/^\((.*)\)$/, '$1')
    .split(',')
  const parts = specifiers.map((specifier) => SPECIFIER.exec(specifier.trim()))
  const words: string[] = []
  for (const part of parts) {
    const [, operator, version] = part ?? []
    if (operator === undefined || version === undefined) return undefined
    words.push(operator === '===' && isPythonVersion(version) ? `==${version}` : `${operator}${version}`)
  }
  return { name: normalizeName(name), specifier: words.join(','), ...(marker === undefined ? {} : { marker }) }
}

/** Words of the marker language only: its grammar is the resolver's business. */
function isMarker(marker: string): boolean {
  MARKER_TOKEN.lastIndex = 0
  let end = 0
  while (end < marker.length && MARKER_TOKEN.test(marker)) end = MARKER_TOKEN.lastIndex
  return end === marker.length && marker !== ''
}

function shorten(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line)
}

/** The lines without those of the projects themselves: they are built from source, whatever constraints say. */
export function withoutProjects(constraints: readonly Constraint[], projects: readonly string[]): Constraint[] {
  const own = new Set(projects.map(normalizeName))
  return constraints.filter(({ name }) => !own.has(name))
}

/** The constraint as a line of a requirements file. */
export function formatConstraint({ name, specifier, marker }: Constraint): string {
  return marker === undefined ? `${name}${specifier}` : `${name}${specifier} ; ${marker}`
}
