const MAX_LENGTH = 100_000
const MAX_ALTERNATIVES = 4096
const MAX_WRITTEN = 4_000_000
const MAX_DEPTH = 50

type Token =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'text'; readonly character: string }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] }

/**
 * A glob over leg ids: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b*}`, `\` before a character that stands for itself. Gives the
 * test, or what is wrong with the glob. Time is linear in the id for each star, whatever the glob looks like.
 */
export function compileGlob(glob: string): ((text: string) => boolean) | string {
  if (glob === '') return 'is empty'
  if (glob.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  const alternatives = expandBraces(glob)
  if (typeof alternatives === 'string') return alternatives
  const patterns = alternatives.map(tokens)
  return (text) => patterns.some((pattern) => matches(pattern, text))
}

/** True for what one of the globs picks; one that is no glob picks nothing. */
export function anyGlob(globs: readonly string[]): (text: string) => boolean {
  const tests = globs.map(compileGlob).filter((test) => typeof test !== 'string')
  return (text) => tests.some((test) => test(text))
}

/** What is wrong with a glob. */
export function checkGlob(glob: string): string | undefined {
  const test = compileGlob(glob)
  return typeof test === 'string' ? test : undefined
}

/** The glob that picks just this text. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]{},\\]/g, '\\$&')
}

interface Braces {
  readonly start: number
  readonly end: number
  readonly commas: readonly number[]
}

/** `a{b,c}d` as `abd` and `acd`, or why there are too many; braces without a comma, or without their partner, stand for themselves. */
function expandBraces(glob: string): string[] | string {
  const braces = new Map(findBraces(glob).map((found) => [found.start, found]))
  let written = 0
  function expand(from: number, to: number): string[] {
    let texts = ['']
    let plain = from
    const add = (parts: readonly string[]) => {
      texts = texts.flatMap((text) => parts.map((part) => text + part))
      written += texts.reduce((sum, { length }) => sum + length, 0)
      if (texts.length > MAX_ALTERNATIVES)
        throw new TooMany(`has more than ${MAX_ALTERNATIVES} alternatives in its braces`)
      if (written > MAX_WRITTEN) throw new TooMany('is too long with all alternatives of its braces')
    }
    for (let index = from; index < to; index += 1) {
      const group = braces.get(index)
      if (group === undefined) continue
      add([glob.slice(plain, index)])
      const ends = [...group.commas, group.end]
      add(ends.flatMap((end, part) => expand((part === 0 ? group.start : (ends[part - 1] ?? 0)) + 1, end)))
      index = group.end
      plain = index + 1
    }
    add([glob.slice(plain, to)])
    return texts
  }
  try {
    return expand(0, glob.length)
  } catch (error) {
    if (error instanceof TooMany) return error.message
    throw error
  }
}

class TooMany extends Error {}

/** Pairs of braces with commas between them. */
function findBraces(glob: string): Braces[] {
  const open: { start: number; commas: number[] }[] = []
  const found: Braces[] = []
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob[index]
    if (character === '\\') index += 1
    else if (character === '{' && open.length < MAX_DEPTH) open.push({ start: index, commas: [] })
    else if (character === ',') open.at(-1)?.commas.push(index)
    else if (character === '}') {
      const group = open.pop()
      if (group !== undefined && group.commas.length > 0) found.push({ ...group, end: index })
    }
  }
  return found
}

const SET = /\[([!^]?)((?:\\.|[^\\\]])+)\]/y

function tokens(glob: string): Token[] {
  const list: Token[] = []
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob[index] ?? ''
    SET.lastIndex = index
    const set = character === '[' ? SET.exec(glob) : null
    if (set !== null) {
      list.push({ kind: 'set', negated: set[1] !== '', ranges: rangesOf(set[2] ?? '') })
      index = SET.lastIndex - 1
    } else if (character === '*') {
      if (list.at(-1)?.kind !== 'star') list.push({ kind: 'star' })
    } else if (character === '?') {
      list.push({ kind: 'any' })
    } else if (character === '\\' && index + 1 < glob.length) {
      index += 1
      list.push({ kind: 'text', character: glob[index] ?? '' })
    } else {
      list.push({ kind: 'text', character })
    }
  }
  return list
}

function rangesOf(text: string): (readonly [string, string])[] {
  const parts = text.matchAll(/(\\.|[^\\])(?:-(\\.|[^\\]))?/gs)
  return [...parts].map(([, first = '', last = first]) => [first.slice(-1), last.slice(-1)] as const)
}

/** Goes back to the last star only: what an earlier one could take, the last one can take too. */
function matches(pattern: readonly Token[], text: string): boolean {
  let at = 0
  let star = -1
  let taken = 0
  for (let index = 0; index < text.length; ) {
    const token = pattern[at]
    if (token?.kind === 'star') {
      star = at
      taken = index
      at += 1
    } else if (token !== undefined && matchesOne(token, text[index] ?? '')) {
      at += 1
      index += 1
    } else if (star >= 0) {
      taken += 1
      index = taken
      at = star + 1
    } else {
      return false
    }
  }
  return pattern.slice(at).every(({ kind }) => kind === 'star')
}

function matchesOne(token: Token, character: string): boolean {
  switch (token.kind) {
    case 'star':
    case 'any':
      return true
    case 'text':
      return token.character === character
    case 'set':
      return token.ranges.some(([first, last]) => first <= character && character <= last) !== token.negated
  }
}
