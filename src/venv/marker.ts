/** What markers ask for, by their names, e.g. `python_version`; what is not here is not known. */
export type MarkerEnvironment = Readonly<Record<string, string>>

/** The environment of a virtualenv on Linux. Source: https://packaging.python.org/specifications/dependency-specifiers/ */
export function markerEnvironment(
  python: { readonly version: string; readonly minor: string },
  machine: 'x86_64' | 'aarch64',
): MarkerEnvironment {
  return {
    os_name: 'posix',
    sys_platform: 'linux',
    platform_system: 'Linux',
    platform_machine: machine,
    platform_python_implementation: 'CPython',
    implementation_name: 'cpython',
    implementation_version: python.version,
    python_version: python.minor,
    python_full_version: python.version,
  }
}

const TOKEN =
  /\s*(?:(?<text>'[^']*'|"[^"]*")|(?<op>===|[<>=!~]=|[<>]|\bnot\s+in\b|\bin\b)|(?<word>[A-Za-z_][\w.]*|[()]))/y
const MAX_LENGTH = 4000
const MAX_DEPTH = 50

type Token = { readonly kind: 'text' | 'op' | 'word'; readonly value: string }

/** True or false where that can be said; undefined for what is no marker, or asks for what is not known. */
export function judgeMarker(marker: string, environment: MarkerEnvironment): boolean | undefined {
  const tokens = marker.length > MAX_LENGTH ? undefined : tokensOf(marker)
  if (tokens === undefined) return undefined
  let at = 0
  const isWord = (word: string) => tokens[at]?.kind === 'word' && tokens[at]?.value === word

  function any(depth: number): boolean | undefined {
    const parts = [all(depth)]
    for (; isWord('or'); parts.push(all(depth))) at += 1
    return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false
  }
  function all(depth: number): boolean | undefined {
    const parts = [one(depth)]
    for (; isWord('and'); parts.push(one(depth))) at += 1
    return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true
  }
  function one(depth: number): boolean | undefined {
    if (isWord('(')) {
      if (depth === MAX_DEPTH) throw new SyntaxError()
      at += 1
      const inner = any(depth + 1)
      if (!isWord(')')) throw new SyntaxError()
      at += 1
      return inner
    }
    const [left, operator, right] = tokens?.slice(at, at + 3) ?? []
    if (left === undefined || right === undefined || operator?.kind !== 'op') throw new SyntaxError()
    if (left.kind === 'op' || right.kind === 'op') throw new SyntaxError()
    at += 3
    const values = [sideOf(left), sideOf(right)] as const
    if (values[0] === undefined || values[1] === undefined) return undefined
    return compare(values[0], operator.value.replace(/\s+/, ' '), values[1])
  }
  function sideOf({ kind, value }: Token): string | undefined {
    if (kind === 'text') return value.slice(1, -1)
    const name = value.replace('.', '_')
    return Object.hasOwn(environment, name) ? environment[name] : undefined
  }

  try {
    const verdict = any(0)
    return at === tokens.length ? verdict : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function tokensOf(marker: string): Token[] | undefined {
  const tokens: Token[] = []
  const text = marker.trimEnd()
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
    const { text: quoted, op, word } = TOKEN.exec(text)?.groups ?? {}
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted })
    else if (op !== undefined) tokens.push({ kind: 'op', value: op })
    else if (word !== undefined) tokens.push({ kind: 'word', value: word })
    else return undefined
  }
  return tokens
}

function compare(left: string, operator: string, right: string): boolean | undefined {
  if (operator === 'in') return right.includes(left)
  if (operator === 'not in') return !right.includes(left)
  return compareVersions(left, operator, right) ?? compareTexts(left, operator, right)
}

/** Version comparison is what a marker means wherever both sides can be versions. */
function compareVersions(left: string, operator: string, right: string): boolean | undefined {
  const prefix = /^(\d+(?:\.\d+)*)\.\*$/.exec(right)?.[1]
  if (prefix !== undefined && (operator === '==' || operator === '!=')) {
    const length = prefix.split('.').length
    const start = versionOf(left)?.release.slice(0, length).join('.')
    return start === undefined ? undefined : (start === prefix) === (operator === '==')
  }
  const [a, b] = [versionOf(left), versionOf(right)]
  if (a === undefined || b === undefined || operator === '===') return undefined
  const order = orderOf(a, b)
  switch (operator) {
    case '<':
      // What precedes 3.12 is no pre-release of 3.12.
      return order < 0 && (b.pre !== undefined || a.pre === undefined || !sameRelease(a, b))
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '~=': {
      const family = b.release.slice(0, -1)
      return b.release.length > 1 && order >= 0 && family.every((number, index) => number === (a.release[index] ?? 0))
    }
  }
  return undefined
}

function compareTexts(left: string, operator: string, right: string): boolean | undefined {
  if (operator === '==' || operator === '===') return left === right
  if (operator === '!=') return left !== right
  if (operator === '<') return left < right
  if (operator === '<=') return left <= right
  if (operator === '>') return left > right
  if (operator === '>=') return left >= right
  return undefined
}

interface Version {
  readonly release: readonly number[]
  /** A pre-release's phase and number, e.g. `['rc', 1]`. */
  readonly pre: readonly [string, number] | undefined
}

/** Versions of interpreters have nothing but numbers and pre-releases. */
function versionOf(text: string): Version | undefined {
  const [, release, phase, number] = /^\s*v?(\d{1,9}(?:\.\d{1,9}){0,9})(?:(a|b|rc)(\d{1,9}))?\+?\s*$/.exec(text) ?? []
  if (release === undefined) return undefined
  return {
    release: release.split('.').map(Number),
    pre: phase === undefined ? undefined : [phase, Number(number)],
  }
}

function orderOf(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.release.length, b.release.length); index += 1) {
    const difference = (a.release[index] ?? 0) - (b.release[index] ?? 0)
    if (difference !== 0) return difference
  }
  if (a.pre === undefined || b.pre === undefined) return Number(a.pre === undefined) - Number(b.pre === undefined)
  return a.pre[0] === b.pre[0] ? a.pre[1] - b.pre[1] : a.pre[0] < b.pre[0] ? -1 : 1
}

function sameRelease(a: Version, b: Version): boolean {
  return orderOf({ ...a, pre: undefined }, { ...b, pre: undefined }) === 0
}
