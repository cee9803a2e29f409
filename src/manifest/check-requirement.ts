// https://packaging.python.org/en/latest/specifications/name-normalization/
const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?'
// https://packaging.python.org/en/latest/specifications/version-specifiers/#appendix-parsing-version-strings-with-regular-expressions
const VERSION =
  'v?(?:\\d+!)?\\d+(?:\\.\\d+)*(?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?\\d*)?' +
  '(?:-\\d+|[-_.]?(?:post|rev|r)[-_.]?\\d*)?(?:[-_.]?dev[-_.]?\\d*)?(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?'

const EXTRA = new RegExp(`^${NAME}$`)
const SDIST = new RegExp(`^${NAME}==${VERSION}$`, 'i')

/** A release on the package index: `name==version`. */
export function checkSdist(value: string): string | undefined {
  return SDIST.test(value) ? undefined : "must be a name and a version, like 'keystone==27.0.0'"
}

export function checkExtra(value: string): string | undefined {
  return EXTRA.test(value) ? undefined : 'must be the name of an extra: letters, digits and . _ - between them'
}

/** A requirement for pip or uv, never one of their options. */
export function checkRequirement(value: string): string | undefined {
  if (value.trim() === '') return 'must not be empty'
  if (value.trimStart().startsWith('-')) return 'must be a requirement, not an option'
  if (/[\p{Cc}\u2028\u2029]/u.test(value)) return 'must be one line, without control characters'
  return undefined
}

const SPECIFIERS = /^(?:(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.!+*_-]+\s*(?:,\s*|$))+$/
const OVERRIDE = new RegExp(`^(${NAME})\\s*(.*)$`, 's')
const GIT = /^@\s*git\+((?:https?|ssh|git|file):\/\/[^\s@#;?]+|ssh:\/\/[\w.-]+@[^\s@#;?]+)@([0-9a-f]{40})$/

/** A version other than the tested one: versions of the package index, or a commit. */
export type Override =
  | { readonly kind: 'versions'; readonly name: string }
  | { readonly kind: 'git'; readonly name: string; readonly url: string; readonly commit: string }

/** Reads `name==version` (or other specifiers), or `name @ git+URL@<40 digits>`; undefined for all else. */
export function readOverride(value: string): Override | undefined {
  const [, name, rest = ''] = OVERRIDE.exec(value.trim()) ?? []
  if (name === undefined) return undefined
  const [, url, commit] = GIT.exec(rest) ?? []
  if (url !== undefined && commit !== undefined) return { kind: 'git', name, url, commit }
  return SPECIFIERS.test(rest) ? { kind: 'versions', name } : undefined
}

export function checkOverride(value: string): string | undefined {
  const basic = checkRequirement(value)
  if (basic !== undefined) return basic
  if (/:\/\/[^/]*:[^/]*@/.test(value)) return 'must not hold credentials: git has its own ways to know them'
  if (readOverride(value) !== undefined) return undefined
  return "must be a name with versions, like 'urllib3==2.5.0', or 'name @ git+https://…@' and a commit's 40 digits"
}

/** The name of a system package, with a version relation or alternatives where its packager knows them. */
export function checkSystemDependency(value: string): string | undefined {
  if (value.trim() === '') return 'must not be empty'
  if (value.startsWith('-')) return 'must not start with a dash'
  if (/[\p{C}\u2028\u2029,]/u.test(value)) return 'must be one package, without commas or control characters'
  return undefined
}
