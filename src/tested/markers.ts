import { satisfies, validRange } from '@renovatebot/pep440'

/** What is so on every target: giftwrap builds for CPython on Linux. */
const TARGET: ReadonlyMap<string, string> = new Map([
  ['os_name', 'posix'],
  ['sys_platform', 'linux'],
  ['platform_system', 'Linux'],
  ['implementation_name', 'cpython'],
  ['platform_python_implementation', 'CPython'],
])
/** Real ones have some tens of characters; longer ones, and what they nest, are left to the resolver. */
const MAX_LENGTH = 1000
const TOKEN = /\s*(?:([()])|'([^']*)'|"([^"]*)"|(===|==|~=|!=|<=|>=|<|>)|(not\s+in|\w+))/y

type Truth = boolean | undefined
type Operand = { readonly variable: string } | { readonly text: string }

/**
 * Whether an environment marker (PEP 508) holds for a Python (`3.11`) on Linux; undefined where that depends on more, or the
 * marker isn't understood.
 */
export function markerHolds(marker: string, python: string): Truth {
  const tokens = marker.length > MAX_LENGTH ? undefined : tokensOf(marker)
  if (tokens === undefined) return undefined
  const reader = new MarkerReader(tokens, python)
  const truth = reader.or()
  return reader.isDone ? truth : undefined
}

interface Token {
  /** An operator, a bracket, `and`, `or`; empty for operands. */
  readonly word: string
  readonly operand?: Operand
}

function tokensOf(marker: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; marker.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(marker)
    if (match === null) return undefined
    const [, bracket, single, double, operator, word] = match
    const text = single ?? double
    if (text !== undefined) tokens.push({ word: '', operand: { text } })
    else if (word === undefined || /^(?:and|or|in|not\s+in)$/.test(word)) {
      tokens.push({ word: bracket ?? operator ?? word?.replace(/\s+/, ' ') ?? '' })
    } else tokens.push({ word: '', operand: { variable: word } })
  }
  return tokens
}

class MarkerReader {
  readonly #tokens: readonly Token[]
  readonly #python: string
  #at = 0
  #isBroken = false

  constructor(tokens: readonly Token[], python: string) {
    this.#tokens = tokens
    this.#python = python
  }

  get isDone(): boolean {
    return !this.#isBroken && this.#at === this.#tokens.length
  }

  or(): Truth {
    let truth = this.#and()
    while (this.#take('or')) {
      const next = this.#and()
      truth = truth === true || next === true ? true : truth === undefined || next === undefined ? undefined : false
    }
    return truth
  }

  #and(): Truth {
    let truth = this.#one()
    while (this.#take('and')) {
      const next = this.#one()
      truth = truth === false || next === false ? false : truth === undefined || next === undefined ? undefined : true
    }
    return truth
  }

  #one(): Truth {
    if (this.#take('(')) {
      const truth = this.or()
      if (!this.#take(')')) this.#isBroken = true
      return truth
    }
    const [left, operator, right] = this.#tokens.slice(this.#at, this.#at + 3)
    this.#at += 3
    if (left?.operand === undefined || operator === undefined || right?.operand === undefined) {
      this.#isBroken = true
      return undefined
    }
    return compare(left.operand, operator.word, right.operand, this.#python)
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at]?.word !== word) return false
    this.#at += 1
    return true
  }
}

const TURNED: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' }

function compare(left: Operand, operator: string, right: Operand, python: string): Truth {
  if ('text' in left) {
    if ('text' in right) return undefined
    // `'3.6' in python_version` can't be turned round.
    return operator.endsWith('in') ? undefined : compare(right, TURNED[operator] ?? operator, left, python)
  }
  if (!('text' in right)) return undefined
  if (left.variable === 'python_full_version') {
    const [first, last] = [0, 999].map((patch) => compareVersions(`${python}.${patch}`, operator, right.text))
    return first === last ? first : undefined
  }
  const value = left.variable === 'python_version' ? python : TARGET.get(left.variable)
  if (value === undefined) return undefined
  if (operator === 'in') return right.text.includes(value)
  if (operator === 'not in') return !right.text.includes(value)
  if (left.variable === 'python_version') return compareVersions(value, operator, right.text)
  if (operator === '==' || operator === '===') return value === right.text
  return operator === '!=' ? value !== right.text : undefined
}

/** By an operator of PEP 440. */
function compareVersions(version: string, operator: string, other: string): Truth {
  const specifier = `${operator}${other.trim()}`
  return validRange(specifier) && /^\d/.test(other.trim()) ? satisfies(version, specifier) : undefined
}
