import type { Budget } from './budget.js'
import { MAX_TEXT } from './budget.js'
import { characterOf, numberText, pad } from './format-number.js'
import { TemplateError } from './template-error.js'
import { representationOf, textOf } from './text-of.js'
import { asNumber, isDict, isList, Tuple, typeName, type Value } from './value.js'

const DIRECTIVE = /%(?:\((?<key>[^)]*)\))?(?<flags>[-+ 0#]*)(?<width>\d*)(?:\.(?<precision>\d*))?(?<type>[a-zA-Z%])/y

/** Python's `format % values`, for `%s %r %d %i %u %x %X %o %e %f %g %c %%`. */
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
  // As in Python a list that is given alone may be left over.
  if (used < positional.length && !isDict(values) && !isList(values)) {
    throw new TemplateError('not all arguments converted during string formatting')
  }
  return result
}

type Groups = Readonly<Record<string, string | undefined>>

function formatOne(value: Value, { flags = '', width = '', precision, type = '' }: Groups, budget: Budget): string {
  const digits = precision === undefined ? undefined : Number(precision)
  if (Number(width) > MAX_TEXT || (digits ?? 0) > 100) throw new TemplateError('a width or precision is too large')
  const body = convert(value, type, digits, flags.includes('#'), budget)
  const numeric = !'srac'.includes(type)
  const negative = numeric && body.startsWith('-')
  const sign = negative ? '-' : numeric && flags.includes('+') ? '+' : numeric && flags.includes(' ') ? ' ' : ''
  const align = flags.includes('-') ? '<' : numeric && flags.includes('0') ? '=' : '>'
  const fill = align === '=' ? '0' : ' '
  return pad(negative ? body.slice(1) : body, { sign, width: Number(width), align, fill })
}

function convert(value: Value, type: string, digits: number | undefined, alternate: boolean, budget: Budget): string {
  if (type === 's') return cut(textOf(value, budget), digits)
  if (type === 'r' || type === 'a') return cut(representationOf(value, budget), digits)
  if (type === 'c') return characterOf(value)
  if (!/[diuxXoeEfFgG]/.test(type)) throw new TemplateError(`unsupported format character '${type}'`)
  const number = asNumber(value)
  if (number === undefined) throw new TemplateError(`%${type} format: a number is required, not ${typeName(value)}`)
  return numberText(number, type, digits, alternate)
}

function cut(text: string, length: number | undefined): string {
  return length === undefined ? text : [...text].slice(0, length).join('')
}
