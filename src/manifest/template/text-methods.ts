import { asIndex, asText, bind } from './arguments.js'
import { firstBlank, isBlank, linesOf, withoutBlanksBefore } from './blanks.js'
import { type Budget, MAX_TEXT } from './budget.js'
import { TemplateError } from './template-error.js'
import { type Arguments, isTrue, iterate, Tuple, type Value } from './value.js'

export type Method<Self> = (self: Self, given: Arguments, budget: Budget) => Value

/** Python's methods of `str`; `format` is in `methods.ts`. */
export const TEXT_METHODS: readonly (readonly [string, Method<string>])[] = [
  ['upper', plain('upper', (text) => text.toUpperCase())],
  ['lower', plain('lower', (text) => text.toLowerCase())],
  ['casefold', plain('casefold', (text) => text.toLowerCase().replaceAll('ß', 'ss'))],
  ['swapcase', plain('swapcase', swapCase)],
  ['capitalize', plain('capitalize', capitalize)],
  ['title', plain('title', (text) => text.replaceAll(/\p{L}+/gu, capitalize))],
  ['strip', stripping('strip', true, true)],
  ['lstrip', stripping('lstrip', true, false)],
  ['rstrip', stripping('rstrip', false, true)],
  [
    'removeprefix',
    affixRemoved('removeprefix', (text, part) => (text.startsWith(part) ? text.slice(part.length) : text)),
  ],
  ['removesuffix', affixRemoved('removesuffix', withoutSuffix)],
  ['replace', replaceMethod],
  ['split', splitMethod],
  ['rsplit', rsplitMethod],
  ['splitlines', splitLines],
  ['partition', partition('partition', (text, part) => text.indexOf(part), true)],
  ['rpartition', partition('rpartition', (text, part) => text.lastIndexOf(part), false)],
  ['startswith', affix('startswith', (text, part) => text.startsWith(part))],
  ['endswith', affix('endswith', (text, part) => text.endsWith(part))],
  ['join', joinMethod],
  ['find', (text, given, budget) => BigInt(findIn('find', text, given, budget))],
  ['rfind', (text, given, budget) => BigInt(findIn('rfind', text, given, budget))],
  ['index', (text, given, budget) => BigInt(found(findIn('index', text, given, budget)))],
  ['rindex', (text, given, budget) => BigInt(found(findIn('rindex', text, given, budget)))],
  ['count', countMethod],
  ['zfill', zeroFill],
  ['ljust', justified('ljust', (text, fill) => text + fill)],
  ['rjust', justified('rjust', (text, fill) => fill + text)],
  ['center', justified('center', centre)],
  ['isdigit', plain('isdigit', (text) => /^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u.test(text))],
  ['isdecimal', plain('isdecimal', (text) => /^\p{Nd}+$/u.test(text))],
  ['isnumeric', plain('isnumeric', (text) => /^\p{N}+$/u.test(text))],
  ['isalpha', plain('isalpha', (text) => /^\p{L}+$/u.test(text))],
  ['isalnum', plain('isalnum', (text) => /^[\p{L}\p{N}]+$/u.test(text))],
  ['isspace', plain('isspace', (text) => text !== '' && [...text].every(isBlank))],
  ['isidentifier', plain('isidentifier', (text) => /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(text))],
  ['islower', plain('islower', isLower)],
  ['isupper', plain('isupper', isUpper)],
]

function plain(name: string, change: (text: string) => string | boolean): Method<string> {
  return (text, given, budget) => {
    bind(name, given, [])
    budget.text(text.length)
    return change(text)
  }
}

export function isLower(text: string): boolean {
  return text === text.toLowerCase() && text !== text.toUpperCase()
}

export function isUpper(text: string): boolean {
  return text === text.toUpperCase() && text !== text.toLowerCase()
}

export function capitalize(text: string): string {
  const [first = '', ...rest] = text
  return first.toUpperCase() + rest.join('').toLowerCase()
}

function swapCase(text: string): string {
  return [...text].map((letter) => (isUpper(letter) ? letter.toLowerCase() : letter.toUpperCase())).join('')
}

function stripping(name: string, start: boolean, end: boolean): Method<string> {
  return (text, given, budget) => {
    const [chars = null] = bind(name, given, ['chars'])
    budget.text(text.length)
    return strip(text, chars === null ? undefined : asText(name, chars), start, end)
  }
}

/** Removes characters of a set, blanks by default, from the ends of a text. */
export function strip(text: string, chars: string | undefined, start = true, end = true): string {
  const set = new Set(chars)
  const drops = (character: string): boolean => (chars === undefined ? isBlank(character) : set.has(character))
  const characters = [...text]
  let from = 0
  let to = characters.length
  while (start && from < to && drops(characters[from] ?? '')) from += 1
  while (end && to > from && drops(characters[to - 1] ?? '')) to -= 1
  return characters.slice(from, to).join('')
}

function affixRemoved(name: string, remove: (text: string, part: string) => string): Method<string> {
  return (text, given, budget) => {
    budget.text(text.length)
    return remove(text, asText(name, bind(name, given, ['affix'])[0]))
  }
}

function withoutSuffix(text: string, part: string): string {
  return part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text
}

function replaceMethod(text: string, given: Arguments, budget: Budget): Value {
  const [from, to, count = -1n] = bind('replace', given, ['old', 'new', 'count'])
  return replace(text, asText('replace', from), asText('replace', to), asIndex('replace', count), budget)
}

/** The first `count` places of a part replaced, all of them when it is negative. */
export function replace(text: string, from: string, to: string, count: number, budget: Budget): string {
  budget.text(text.length)
  const parts = from === '' ? ['', ...text, ''] : text.split(from)
  const places = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1)
  budget.text(text.length + places * (to.length - from.length))
  return (
    parts.slice(0, places + 1).join(to) +
    parts
      .slice(places + 1)
      .map((part) => from + part)
      .join('')
  )
}

function splitMethod(text: string, given: Arguments, budget: Budget): Value {
  const [separator = null, limit = -1n] = bind('split', given, ['sep', 'maxsplit'])
  const most = asIndex('split', limit)
  budget.text(text.length)
  if (separator === '') throw new TemplateError('empty separator')
  const parts = separator === null ? splitAtBlanks(text, most) : splitAt(text, asText('split', separator), most)
  budget.items(parts.length)
  return parts
}

function splitAtBlanks(text: string, most: number): string[] {
  const parts: string[] = []
  let rest = withoutBlanksBefore(text)
  while (rest !== '') {
    const isLast = most >= 0 && parts.length >= most
    const blank = isLast ? -1 : firstBlank(rest)
    parts.push(blank < 0 ? rest : rest.slice(0, blank))
    rest = blank < 0 ? '' : withoutBlanksBefore(rest.slice(blank))
  }
  return parts
}

function splitAt(text: string, separator: string, most: number): string[] {
  const parts = text.split(separator)
  if (most < 0 || parts.length <= most + 1) return parts
  return [...parts.slice(0, most), parts.slice(most).join(separator)]
}

function rsplitMethod(text: string, given: Arguments, budget: Budget): Value {
  const [separator = null, limit = -1n] = bind('rsplit', given, ['sep', 'maxsplit'])
  const most = asIndex('rsplit', limit)
  budget.text(text.length)
  if (separator === '') throw new TemplateError('empty separator')
  const turned = (part: string): string => [...part].reverse().join('')
  const parts =
    separator === null
      ? splitAtBlanks(turned(text), most)
      : splitAt(turned(text), turned(asText('rsplit', separator)), most)
  budget.items(parts.length)
  return parts.map(turned).reverse()
}

function splitLines(text: string, given: Arguments, budget: Budget): Value {
  const [keepEnds = false] = bind('splitlines', given, ['keepends'])
  budget.text(text.length)
  if (isTrue(keepEnds)) throw new TemplateError('splitlines() keeps no ends here')
  const lines = linesOf(text)
  budget.items(lines.length)
  return lines
}

function partition(name: string, find: (text: string, part: string) => number, first: boolean): Method<string> {
  return (text, given, budget) => {
    const part = asText(name, bind(name, given, ['sep'])[0])
    budget.text(text.length)
    if (part === '') throw new TemplateError('empty separator')
    const index = find(text, part)
    if (index < 0) return new Tuple(first ? [text, '', ''] : ['', '', text])
    return new Tuple([text.slice(0, index), part, text.slice(index + part.length)])
  }
}

function affix(name: string, has: (text: string, part: string) => boolean): Method<string> {
  return (text, given, budget) => {
    const [part = null] = bind(name, given, ['part'])
    budget.text(text.length)
    return part instanceof Tuple
      ? part.items.some((one) => has(text, asText(name, one)))
      : has(text, asText(name, part))
  }
}

function joinMethod(separator: string, given: Arguments, budget: Budget): Value {
  const [list = null] = bind('join', given, ['iterable'])
  const parts = iterate(list, budget).map((item) => asText('join', item))
  budget.text(parts.reduce((sum, part) => sum + part.length + separator.length, 0))
  return parts.join(separator)
}

function findIn(name: string, text: string, given: Arguments, budget: Budget): number {
  const [part] = bind(name, given, ['sub'])
  budget.text(text.length)
  const wanted = asText(name, part)
  const index = name.startsWith('r') ? text.lastIndexOf(wanted) : text.indexOf(wanted)
  return index < 0 ? -1 : [...text.slice(0, index)].length
}

function found(index: number): number {
  if (index < 0) throw new TemplateError('substring not found')
  return index
}

function countMethod(text: string, given: Arguments, budget: Budget): Value {
  const part = asText('count', bind('count', given, ['sub'])[0])
  budget.text(text.length)
  return BigInt(part === '' ? [...text].length + 1 : text.split(part).length - 1)
}

function zeroFill(text: string, given: Arguments, budget: Budget): Value {
  const width = widthOf('zfill', bind('zfill', given, ['width'])[0], budget)
  const [, sign = '', rest = ''] = /^([+-]?)([\s\S]*)$/.exec(text) ?? []
  return sign + '0'.repeat(Math.max(0, width - [...text].length)) + rest
}

function widthOf(name: string, value: Value | undefined, budget: Budget): number {
  const width = asIndex(name, value)
  if (width > MAX_TEXT) throw new TemplateError(`makes a text longer than ${MAX_TEXT} characters`)
  budget.text(Math.max(0, width))
  return width
}

function justified(name: string, join: (text: string, fill: string, width: number) => string): Method<string> {
  return (text, given, budget) => {
    const [wanted, fill = ' '] = bind(name, given, ['width', 'fillchar'])
    const width = widthOf(name, wanted, budget)
    const character = asText(name, fill)
    if ([...character].length !== 1) throw new TemplateError(`${name}() fills with one character`)
    return join(text, character.repeat(Math.max(0, width - [...text].length)), width)
  }
}

/** Python puts the odd character before the text when the width is odd, and behind it else. */
export function centre(text: string, fill: string, width: number): string {
  const missing = [...fill]
  const before = Math.floor(missing.length / 2) + (missing.length & width & 1)
  return missing.slice(0, before).join('') + text + missing.slice(before).join('')
}
