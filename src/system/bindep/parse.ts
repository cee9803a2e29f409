import { InputError } from '../../errors.js'

/** A profile and whether it is wanted or refused (`!test`). */
export interface ProfileTerm {
  readonly wanted: boolean
  /** e.g. `test`, `platform:dpkg`. */
  readonly profile: string
}

/** A condition on a package's version; versions are compared as Debian's, `==` and `!=` as texts. */
export interface VersionTerm {
  readonly operator: '<' | '<=' | '==' | '!=' | '>=' | '>'
  readonly version: string
}

/** One package of a file. */
export interface BindepRule {
  readonly package: string
  /** Terms, and groups in round brackets, all of whose terms have to hold. */
  readonly selector: readonly (ProfileTerm | readonly ProfileTerm[])[]
  readonly versions: readonly VersionTerm[]
  /** Counted from 1. */
  readonly line: number
}

/** Real files have about a hundred. */
const MAX_LINES = 10_000
const MAX_LINE = 4096

const NOTHING = /^ *(?:#.*)?$/s
const END = /^(?: *#.*)?$/s
const BLANKS = /^ *$/
const NAME = /[A-Za-z0-9/][A-Za-z0-9.+_/-]+/y
const SELECTOR = / +\[([^[\]\n]*)\]/y
const TERM = / *(?:(!?)([a-z0-9:.-]+)|\(([^()]*)\))/y
const GROUPED = / *(!?)([a-z0-9:.-]+)/y
const VERSIONS = / +([<>=!][^ #]*)/y
const OPERATOR = /^(<=|<|!=|==|>=|>)(.*)$/
// What looks like an epoch is one, and needs a version behind it.
const VERSION = /^(?!\d+:(?!\d))\d[A-Za-z0-9.+~:]*(?:(?:-[A-Za-z0-9.+~:]*)*-[A-Za-z0-9.+~]+)?$/

/**
 * Reads a `bindep.txt`: one package a line, a selector in brackets, versions. All that is wrong comes at once. Source:
 * bindep's documentation, and what its 2.7.0 takes and refuses.
 */
export function parseBindep(text: string, file: string): BindepRule[] {
  const lines = text.split('\n')
  const problems = new Problems(file)
  if (text !== '' && lines.pop() !== '') problems.add(lines.length + 1, 1, 'the last line has no end')
  if (lines.length > MAX_LINES) {
    problems.add(MAX_LINES, 1, `it has more than ${MAX_LINES} lines`)
    throw problems.error()
  }
  const rules = lines.flatMap((content, index) => {
    if (NOTHING.test(content)) return []
    const rule = parseLine(content, index + 1, problems)
    return rule === undefined ? [] : [rule]
  })
  if (problems.found) throw problems.error()
  return rules
}

function parseLine(content: string, line: number, problems: Problems): BindepRule | undefined {
  const wrong = (at: number, what: string) => problems.add(line, at + 1, what)
  if (content.length > MAX_LINE) return wrong(MAX_LINE, `the line is longer than ${MAX_LINE} characters`)
  const name = matchAt(NAME, content, 0)
  if (name === null) return wrong(0, "a package's name must stand here, of two characters or more")
  let at = name[0].length
  const brackets = matchAt(SELECTOR, content, at)
  const selector = brackets === null ? [] : parseSelector(brackets[1] ?? '')
  if (selector === undefined)
    return wrong(at, "the selector must be profiles, '!' before them, and groups of them in ()")
  at += brackets?.[0].length ?? 0
  const conditions = matchAt(VERSIONS, content, at)
  const versions = conditions === null ? [] : parseVersions(conditions[1] ?? '')
  if (versions === undefined) return wrong(at, 'versions must be like >=1.2,<2, without blanks')
  at += conditions?.[0].length ?? 0
  if (!END.test(content.slice(at)))
    return wrong(at, `${JSON.stringify(content.slice(at, at + 40))} has no meaning here`)
  return { package: name[0], selector, versions, line }
}

function parseSelector(text: string): BindepRule['selector'] | undefined {
  const selector: (ProfileTerm | readonly ProfileTerm[])[] = []
  const rest = eachMatch(TERM, text, ([, not = '', profile, group]) => {
    if (profile !== undefined) {
      selector.push(term(not, profile))
      return true
    }
    const terms: ProfileTerm[] = []
    const left = eachMatch(GROUPED, group ?? '', ([, no = '', name = '']) => {
      terms.push(term(no, name))
      return true
    })
    selector.push(terms)
    return BLANKS.test(left)
  })
  return BLANKS.test(rest) ? selector : undefined
}

function term(not: string, profile: string): ProfileTerm {
  return { wanted: not === '', profile }
}

/** Hands every match from the start on to `take` until it says no, and gives what is left. */
function eachMatch(pattern: RegExp, text: string, take: (match: RegExpExecArray) => boolean): string {
  let at = 0
  for (let match = matchAt(pattern, text, at); match !== null; match = matchAt(pattern, text, at)) {
    if (!take(match)) break
    at += match[0].length
  }
  return text.slice(at)
}

function parseVersions(text: string): VersionTerm[] | undefined {
  const terms = text.split(',').map((one): VersionTerm | undefined => {
    const [, operator = '', version = ''] = OPERATOR.exec(one) ?? []
    return isOperator(operator) && VERSION.test(version) ? { operator, version } : undefined
  })
  return terms.every((one) => one !== undefined) ? terms : undefined
}

function isOperator(text: string): text is VersionTerm['operator'] {
  return ['<', '<=', '==', '!=', '>=', '>'].includes(text)
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

class Problems {
  readonly #file: string
  readonly #list: { file: string; line: number; column: number; message: string; hint: string }[] = []

  constructor(file: string) {
    this.#file = file
  }

  add(line: number, column: number, message: string): undefined {
    const hint = 'Mend the file: bindep itself refuses it, too.'
    this.#list.push({ file: this.#file, line, column, message: `${message}.`, hint })
  }

  get found(): boolean {
    return this.#list.length > 0
  }

  error(): InputError {
    return new InputError(this.#list)
  }
}
