import { asIndex, asText, bind } from './arguments.js'
import { linesOf } from './blanks.js'
import { type Budget, MAX_TEXT } from './budget.js'
import type { Filter } from './filters.js'
import { formatPercent } from './format-percent.js'
import { TemplateError } from './template-error.js'
import { capitalize, centre, replace, strip } from './text-methods.js'
import { textOf } from './text-of.js'
import { type Arguments, isDict, isTrue, itemsOf, Tuple, type Value } from './value.js'

/** Filters that make a text of a value. */
export const TEXT_FILTERS: readonly (readonly [string, Filter])[] = [
  ['upper', onText('upper', (text) => text.toUpperCase())],
  ['lower', onText('lower', (text) => text.toLowerCase())],
  ['capitalize', onText('capitalize', capitalize)],
  ['title', onText('title', (text) => text.replaceAll(/[^-\s({[<]+/gu, capitalize))],
  ['string', onText('string', (text) => text)],
  ['wordcount', (value, given, budget) => BigInt(words(bindNone('wordcount', given, textOf(value, budget))))],
  ['trim', trim],
  ['replace', replaceFilter],
  ['format', format],
  ['indent', indent],
  ['truncate', truncate],
  ['center', center],
  ['urlencode', urlEncode],
]

function onText(name: string, change: (text: string) => string): Filter {
  return (value, given, budget) => {
    bind(name, given, [])
    return change(textOf(value, budget))
  }
}

function bindNone(callee: string, given: Arguments, text: string): string {
  bind(callee, given, [])
  return text
}

function words(text: string): number {
  return text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0
}

function trim(value: Value, given: Arguments, budget: Budget): Value {
  const [chars = null] = bind('trim', given, ['chars'])
  return strip(textOf(value, budget), chars === null ? undefined : asText('trim', chars))
}

function replaceFilter(value: Value, given: Arguments, budget: Budget): Value {
  const [from = '', to = '', count = null] = bind('replace', given, ['old', 'new', 'count'])
  const most = count === null ? -1 : asIndex('replace', count)
  return replace(textOf(value, budget), textOf(from, budget), textOf(to, budget), most, budget)
}

function format(value: Value, { positional, named }: Arguments, budget: Budget): Value {
  if (positional.length > 0 && named.size > 0)
    throw new TemplateError('format() takes values or named values, not both')
  return formatPercent(textOf(value, budget), named.size > 0 ? named : new Tuple(positional), budget)
}

function indent(value: Value, given: Arguments, budget: Budget): Value {
  const [width = 4n, first = false, blank = false] = bind('indent', given, ['width', 'first', 'blank'])
  const text = textOf(value, budget)
  const indention = typeof width === 'string' ? width : ' '.repeat(bounded('indent', width))
  const [start = '', ...rest] = linesOf(`${text}\n`)
  budget.text(text.length + indention.length * (rest.length + 1))
  const indented = rest.map((line) => (line === '' && !isTrue(blank) ? line : indention + line))
  return (isTrue(first) ? indention : '') + [start, ...indented].join('\n')
}

function bounded(callee: string, value: Value): number {
  const number = asIndex(callee, value)
  if (number > MAX_TEXT) throw new TemplateError(`makes a text longer than ${MAX_TEXT} characters`)
  return Math.max(0, number)
}

function truncate(value: Value, given: Arguments, budget: Budget): Value {
  const names = ['length', 'killwords', 'end', 'leeway']
  const [length = 255n, killWords = false, end = '...', leeway = 5n] = bind('truncate', given, names)
  const characters = [...textOf(value, budget)]
  const most = asIndex('truncate', length)
  const mark = asText('truncate', end)
  const kept = most - [...mark].length
  if (kept < 0) throw new TemplateError('truncate() needs a length of at least that of its end')
  if (characters.length <= most + asIndex('truncate', leeway)) return characters.join('')
  const cut = characters.slice(0, kept).join('')
  const blank = cut.lastIndexOf(' ')
  return (isTrue(killWords) || blank < 0 ? cut : cut.slice(0, blank)) + mark
}

function center(value: Value, given: Arguments, budget: Budget): Value {
  const [width = 80n] = bind('center', given, ['width'])
  const text = textOf(value, budget)
  const columns = bounded('center', width)
  return centre(text, ' '.repeat(Math.max(0, columns - [...text].length)), columns)
}

function urlEncode(value: Value, given: Arguments, budget: Budget): Value {
  bind('urlencode', given, [])
  const pairs = isDict(value) ? [...value] : itemsOf(value)?.map((item) => itemsOf(item) ?? [])
  if (pairs === undefined) return percentEncode(textOf(value, budget), true)
  const parts = pairs.map((pair) => {
    const [key, item, ...others] = pair
    if (key === undefined || item === undefined || others.length > 0) throw new TemplateError('urlencode() needs pairs')
    return [key, item].map((part) => percentEncode(textOf(part, budget), false).replaceAll('%20', '+')).join('=')
  })
  return parts.join('&')
}

function percentEncode(text: string, keepSlash: boolean): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      const kept = /[\w.~-]/.test(character) || (keepSlash && character === '/')
      return kept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
