import { join } from 'node:path'
import { cleanLine } from '../runtime/clean-text.js'
import { sha256Text } from '../runtime/files.js'
import type { Distribution } from '../venv/distributions.js'
import type { LicenceFile } from '../venv/licence-files.js'
import { type Licence, licencesOf } from './licence.js'

/** A distribution in the package, with what it says of its licence. */
export interface LicensedDistribution extends Pick<Distribution, 'name' | 'version' | 'author' | 'folder'> {
  readonly licence: Licence
  readonly files: readonly LicenceFile[]
  /** Files, and folders with a slash at the end, that are its alone, relative to the tree. */
  readonly paths: readonly string[]
}

/** What a copyright file tells. */
export interface Copyright {
  /** The project's name. */
  readonly name: string
  /** Where its source is from: a URL, or what identifies it. */
  readonly source: string
  /** As installed; the folders of distributions are below it. */
  readonly installPath: string
  readonly project: LicensedDistribution
  /** The others in the package. */
  readonly bundled: readonly LicensedDistribution[]
}

/** Texts that every Debian system has (policy 12.5), by SPDX's identifiers without `-only` and `-or-later`. */
const COMMON: Readonly<Record<string, string>> = {
  'Apache-2.0': 'Apache-2.0',
  'Artistic-1.0-Perl': 'Artistic',
  'CC0-1.0': 'CC0-1.0',
  'GFDL-1.2': 'GFDL-1.2',
  'GFDL-1.3': 'GFDL-1.3',
  'GPL-1.0': 'GPL-1',
  'GPL-2.0': 'GPL-2',
  'GPL-3.0': 'GPL-3',
  'LGPL-2.0': 'LGPL-2',
  'LGPL-2.1': 'LGPL-2.1',
  'LGPL-3.0': 'LGPL-3',
  'MPL-1.1': 'MPL-1.1',
  'MPL-2.0': 'MPL-2.0',
}

const FORMAT = 'https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
const MAX_HOLDERS = 10
const MAX_LINE = 200
/** What is longer is in the package anyway: the file says where. */
const MAX_TEXT = 20_000
/** Of all texts together; hundreds of distributions may be in a package. */
const MAX_TEXTS = 400_000

/** A machine-readable copyright file of Debian's form. Source: the format's page, version 1.0. */
export function debianCopyright(copyright: Copyright): string {
  const { name, source, installPath, project, bundled } = copyright
  const others = bundled.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const header = [
    `Format: ${FORMAT}`,
    `Upstream-Name: ${cleanLine(name, MAX_LINE)}`,
    `Source: ${cleanLine(source, MAX_LINE)}`,
    'Comment:',
    ' The package holds a virtualenv: the project, and the Python distributions that',
    ' it needs. Paths are those of the package.',
  ]
  const folderOf = (one: LicensedDistribution) => join(installPath, one.folder).slice(1)
  const paragraphs = [project, ...others].map((one) =>
    [
      field(
        'Files',
        one === project ? ['*'] : (one.paths.length > 0 ? one.paths : [`${one.folder}/`]).map(pattern(installPath)),
      ),
      field('Copyright', holdersOf(one)),
      `License: ${shortName(one)}`,
      ...(one === project ? [] : [`Comment: ${one.name} ${one.version}`]),
    ].join('\n'),
  )
  return `${[header.join('\n'), ...paragraphs, ...licenceParagraphs([project, ...others], folderOf)].join('\n\n')}\n`
}

/** The same in plain words, for formats that have none of their own, e.g. as one of rpm's `%license` files. */
export function plainCopyright(copyright: Copyright): string {
  const { name, source, installPath, project, bundled } = copyright
  const line = (one: LicensedDistribution) => {
    const where = one.files.map(({ path }) => join(installPath, one.folder, path))
    return [`${one.name} ${one.version}: ${inWords(one.licence)}`, ...where.map((path) => `    ${path}`)].join('\n')
  }
  const others = bundled.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return [
    `${cleanLine(name, MAX_LINE)}, from ${cleanLine(source, MAX_LINE)}`,
    '',
    line(project),
    ...holdersOf(project).map((holder) => `    ${holder}`),
    '',
    'The package holds these Python distributions too, under their own licences:',
    '',
    ...others.map(line),
    '',
  ].join('\n')
}

/** A path as the format's patterns have it: blanks part them, and a folder stands for all in it by `*`. */
function pattern(installPath: string): (path: string) => string {
  return (path) => {
    const escaped = join(installPath, path)
      .slice(1)
      .replaceAll(/[*?\\]/g, '\\$&')
      .replaceAll(/[\s\p{Cc}]/gu, '?')
    return escaped.endsWith('/') ? `${escaped}*` : escaped
  }
}

/** One paragraph for each licence: where its text is, or the text. */
function licenceParagraphs(
  distributions: readonly LicensedDistribution[],
  folderOf: (one: LicensedDistribution) => string,
): string[] {
  const paragraphs = new Map<string, string>()
  let room = MAX_TEXTS
  for (const one of distributions) {
    for (const id of idsOf(one)) {
      if (paragraphs.has(id)) continue
      const common = COMMON[id.replace(/(?:-only|-or-later|\+)$/, '')]
      const text =
        common === undefined
          ? ownText(one, folderOf(one), Math.min(room, MAX_TEXT))
          : `On Debian systems the text is in /usr/share/common-licenses/${common}.`
      room -= text.length
      paragraphs.set(id, field('License', [id, ...text.split('\n')]))
    }
  }
  return [...paragraphs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, paragraph]) => paragraph)
}

function ownText(one: LicensedDistribution, folder: string, room: number): string {
  const file = one.files.find(({ path }) => !/notice/i.test(path)) ?? one.files[0]
  if (file === undefined) return `${one.name} ${one.version} brings no text of it.`
  if (!file.cut && file.text.length <= room) return file.text
  return `The text is in /${join(folder, file.path)}.`
}

/** The names that stand for a distribution's licence: of each there is a paragraph. */
function idsOf(one: LicensedDistribution): readonly string[] {
  const { licence } = one
  return licence.kind === 'spdx' && !licence.expression.includes('(')
    ? licencesOf(licence.expression)
    : [shortName(one)]
}

/**
 * A licence in the words of the format, which has no brackets. A name that only a distribution's own words explain is
 * the distribution's own: two of them may mean different texts by `BSD`.
 */
function shortName({ name, version, licence }: LicensedDistribution): string {
  const own = `${name}-${version}`
  switch (licence.kind) {
    case 'spdx': {
      const { expression } = licence
      if (expression.includes('(')) return slug(`${expression} ${own}`)
      return expression
        .replace(/ (AND|OR|WITH) /g, (word) => word.toLowerCase())
        .replace(/ with (\S+)/g, ' with $1 exception')
    }
    case 'named':
      return slug(`${licence.names.join(' ')} ${own}`)
    case 'unknown':
      return slug(`unknown ${own}`)
  }
}

function slug(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9.+-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, MAX_LINE)
}

function inWords(licence: Licence): string {
  if (licence.kind === 'unknown') return 'licence not stated'
  return licence.kind === 'spdx' ? licence.expression : licence.names.join(', ')
}

/** A statement with a year or a sign: prose about copyright is none. */
const HOLDER = /^\W*(copyright\s+(?:\(c\)|©|[12]\d{3}).*|(?:\(c\)|©)\s*(?:copyright\s+)?[12]\d{3}.*)$/i
/** What stands in the Apache License to be filled in, and who holds the copyright of the GPL's text. */
const NO_HOLDER = /\[yyyy\]|\{yyyy\}|<year>|free software foundation, inc/i

function holdersOf(one: LicensedDistribution): string[] {
  const lines = one.files.flatMap(({ text }) => text.split('\n'))
  const found = lines.flatMap((line) => HOLDER.exec(line)?.[1] ?? []).filter((line) => !NO_HOLDER.test(line))
  const holders = [...new Set(found.map((line) => cleanLine(line, MAX_LINE)))]
  if (holders.length > MAX_HOLDERS) return [...holders.slice(0, MAX_HOLDERS), 'and others']
  return holders.length > 0 ? holders : [cleanLine(one.author ?? `the authors of ${one.name}`, MAX_LINE)]
}

/** A field whose first line is its value, further ones are indented; a point stands for an empty one. */
function field(name: string, [first = '', ...lines]: readonly string[]): string {
  return [`${name}: ${first}`, ...lines.map((line) => (line.trim() === '' ? ' .' : ` ${line}`))].join('\n')
}

/** Names the texts of the project's licence files, for `/usr/share/licenses/<package>/` and the like. */
export function licenceTexts(
  files: readonly LicenceFile[],
): readonly { readonly name: string; readonly text: string }[] {
  const named = files.map(({ path, text }) => ({ name: path.split('/').at(-1) ?? path, text }))
  const twice = new Map<string, string>()
  for (const { name, text } of named) {
    const taken = twice.get(name)
    if (taken === undefined || taken === text) twice.set(name, text)
    else twice.set(`${name}.${sha256Text(text).slice(0, 8)}`, text)
  }
  return [...twice].map(([name, text]) => ({ name, text: `${text}\n` }))
}
