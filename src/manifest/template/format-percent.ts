import type { Budget } from './budget.js'
import { MAX_TEXT } from './budget.js'
import { TemplateError } from './template-error.js'
import { textOf } from './text-of.js'
import { asNumber, isDict, Tuple, typeName, type Value } from './value.js'

const DIRECTIVE = /%(?:\((?<key>[^)]*)\))?(?<flags>[-+ 0#]*)(?<width>\d*)(?:\.(?<precision>\d*))?(?<type>[a-zA-Z%])/y

/** Python's `format % values`, for `%s %r %d %i %x %X %o %e %f %g %c %%`. */
export function formatPercent(format: string, values: Value, budget: Budget): string {
  const positional = values instanceof Tuple ? values.items : [values]
  let used = 0
  let result = ''
  for (let index = 0; index < format.length; ) {
    const percent = format.indexOf('%', index)
    const end = percent < 0 ? format.length : percent
    result += format.slice(index, end)
    if (percent < 0) break
    DIRECTIVE.lastIndex = percent
    const groups = DIRECTIVE.exec(format)?.groups
    if (groups === undefined) throw new TemplateError(`'${format.slice(percent, percent + 8)}' is not a format`)
    index = DIRECTIVE.lastIndex
    if (groups.type === '%') {
      result += '%'
      continue
    }
    let value: Value | undefined
    if (groups.key === undefined) {
      value = positional[used]
      used += 1
      if (value === undefined) throw new TemplateError('not enough arguments for format string')
    } else {
      value = isDict(values) ? values.get(groups.key) : undefined
      if (value === undefined) throw new TemplateError(`there is no '${groups.key}' for the format`)
    }
    result += formatOne(value, groups, budget)
    budget.text(result.length)
  }
  if (used < positional.length && !isDict(values)) {
    throw new TemplateError('not all arguments converted during string formatting')
  }
  return result
}

type Groups = Readonly<Record<string, string | undefined>>

function formatOne(value: Value, { flags = '', width = '', precision, type = '' }: Groups, budget: Budget): string {
  const digits = precision === undefined ? undefined : Number(precision)
  if (Number(width) > MAX_TEXT || (digits ?? 0) > 100) throw new TemplateError('a width or precision is too large')
  const body = convert(value, type, digits, budget)
  const numeric = !'src'.includes(type)
  const negative = numeric && body.startsWith('-')
  const sign = negative ? '-' : numeric && flags.includes('+') ? '+' : numeric && flags.includes(' ') ? ' ' : ''
  const bare = negative ? body.slice(1) : body
  if (flags.includes('-')) return (sign + bare).padEnd(Number(width))
  if (numeric && flags.includes('0')) return sign + bare.padStart(Number(width) - sign.length, '0')
  return (sign + bare).padStart(Number(width))
}

function convert(value: Value, type: string, digits: number | undefined, budget: Budget): string {
  if (type === 's') return cut(textOf(value, budget), digits)
  if (type === 'r') return cut(textOf([value], budget).slice(1, -1), digits)
  if (type === 'c' && typeof value === 'string' && [...value].length === 1) return value
  const number = asNumber(value)
  if (number === undefined) throw new TemplateError(`%${type} format: a number is required, not ${typeName(value)}`)
  switch (type) {
    case 'd':
    case 'i':
    case 'u':
      return integer(number)
        .toString()
        .replace(/\d+/, (text) => text.padStart(digits ?? 0, '0'))
    case 'x':
      return integer(number).toString(16)
    case 'X':
      return integer(number).toString(16).toUpperCase()
    case 'o':
      return integer(number).toString(8)
    case 'f':
    case 'F':
      return Number(number).toFixed(digits ?? 6)
    case 'e':
      return Number(number)
        .toExponential(digits ?? 6)
        .replace(/e([+-])(\d)$/, 'e$10$2')
    default:
      throw new TemplateError(`unsupported format character '${type}'`)
  }
}

function integer(number: bigint | number): bigint {
  if (typeof number === 'bigint') return number
  if (!Number.isFinite(number)) throw new TemplateError('cannot convert a float that is not finite to an integer')
  return BigInt(Math.trunc(number))
}

function cut(text: string, length: number | undefined): string {
  return length === undefined ? text : [...text].slice(0, length).join('')
}
