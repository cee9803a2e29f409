import { type Budget, MAX_TEXT } from './budget.js'
import { floatText, oddText } from './floats.js'
import { numberText, type Padding, pad } from './format-number.js'
import { itemOf } from './member.js'
import { TemplateError } from './template-error.js'
import { representationOf, textOf } from './text-of.js'
import { type Arguments, asNumber, isDict, itemsOf, Namespace, Undefined, type Value } from './value.js'

const FIELD =
  /^(?<first>[^.[\]!:{}]*)(?<path>(?:\.[^.[\]!:{}]+|\[[^\]{}]+\])*)(?:!(?<conversion>[sra]))?(?::(?<spec>[\s\S]*))?$/

/** Python's `str.format()`; a field reaches items of lists and dictionaries and members of namespaces, never attributes. */
export function formatBraces(format: string, given: Arguments, budget: Budget, nested = false): string {
  const next = { automatic: 0 }
  let result = ''
  for (let index = 0; index < format.length; ) {
    const character = format[index] ?? ''
    if (character !== '{' && character !== '}') {
      const end = format.slice(index).search(/[{}]/)
      const text = format.slice(index, end < 0 ? undefined : index + end)
      result += text
      index += text.length
    } else if (format[index + 1] === character && !nested) {
      result += character
      index += 2
    } else if (character === '}') {
      throw new TemplateError("single '}' encountered in format string")
    } else {
      const end = endOfField(format, index)
      result += formatField(format.slice(index + 1, end), given, next, budget, nested)
      index = end + 1
    }
    budget.text(result.length)
  }
  return result
}

function endOfField(format: string, start: number): number {
  let depth = 0
  for (let index = start; index < format.length; index += 1) {
    if (format[index] === '{') depth += 1
    else if (format[index] === '}') depth -= 1
    if (depth === 0) return index
  }
  throw new TemplateError("expected '}' before end of string")
}

function formatField(
  field: string,
  given: Arguments,
  next: { automatic: number },
  budget: Budget,
  nested: boolean,
): string {
  const groups = FIELD.exec(field)?.groups
  if (groups === undefined) throw new TemplateError(`'{${field.slice(0, 40)}}' is not a field of a format`)
  const { first = '', path = '', conversion, spec = '' } = groups
  const name = first === '' ? String(next.automatic++) : first
  let value = /^\d+$/.test(name) ? given.positional[Number(name)] : given.named.get(name)
  if (value === undefined) throw new TemplateError(`there is no '${name}' for the format`)
  for (const [step] of path.matchAll(/\.[^.[\]]+|\[[^\]]+\]/g)) value = reach(value, step, budget)
  if (value instanceof Undefined) value.fail()
  if (conversion === 's') value = textOf(value, budget)
  else if (conversion !== undefined) value = representationOf(value, budget)
  if (nested && spec.includes('{')) throw new TemplateError('the fields of a format are too deep in each other')
  const inner = spec.includes('{') ? formatBraces(spec, withAutomatic(given, next), budget, true) : spec
  return formatValue(value, inner, budget)
}

/** A nested field without a name takes the next argument. */
function withAutomatic(given: Arguments, next: { automatic: number }): Arguments {
  return { positional: given.positional.slice(next.automatic), named: given.named }
}

function reach(value: Value, step: string, budget: Budget): Value {
  const name = step.startsWith('.') ? step.slice(1) : step.slice(1, -1)
  if (step.startsWith('.')) {
    const member = value instanceof Namespace ? value.get(name) : undefined
    if (member === undefined) throw new TemplateError(`'${name}' cannot be reached by a format`)
    return member
  }
  const isIndex = /^\d{1,9}$/.test(name) && !isDict(value)
  if (!isDict(value) && itemsOf(value) === undefined && typeof value !== 'string' && !(value instanceof Namespace)) {
    throw new TemplateError(`'${name}' cannot be reached by a format`)
  }
  return itemOf(value, isIndex ? BigInt(name) : /^\d{1,9}$/.test(name) ? BigInt(name) : name, budget)
}

const SPEC =
  /^(?:(?<fill>[\s\S])?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\d+)?(?<group>[,_])?(?:\.(?<precision>\d+))?(?<type>[a-zA-Z%])?$/u

function formatValue(value: Value, spec: string, budget: Budget): string {
  if (spec === '') return textOf(value, budget)
  const groups = SPEC.exec(spec)?.groups
  if (groups === undefined) throw new TemplateError(`invalid format specifier '${spec.slice(0, 40)}'`)
  const { fill, align, sign: wanted = '-', alternate, zero, width = '0', group, precision, type } = groups
  if (Number(width) > MAX_TEXT || Number(precision ?? 0) > 100) {
    throw new TemplateError('a width or precision is too large')
  }
  const digits = precision === undefined ? undefined : Number(precision)
  const number = typeof value === 'boolean' && type === undefined ? undefined : asNumber(value)
  const numeric = number !== undefined && type !== 's'
  const padding = (sign: string): Padding => ({
    sign,
    width: Number(width),
    align: isAlign(align) ? align : zero !== undefined && numeric ? '=' : numeric ? '>' : '<',
    fill: fill ?? (zero === undefined ? ' ' : '0'),
  })
  if (!numeric) {
    if (typeof value !== 'string' && typeof value !== 'boolean') {
      throw new TemplateError('unsupported format string for a value that is not a text or number')
    }
    if ((type !== undefined && type !== 's') || group !== undefined || align === '=' || wanted !== '-') {
      throw new TemplateError(`invalid format specifier '${spec}' for a text`)
    }
    const text = textOf(value, budget)
    return pad(digits === undefined ? text : [...text].slice(0, digits).join(''), padding(''))
  }
  const body = digitsOf(number, type, digits, alternate !== undefined)
  const negative = body.startsWith('-')
  const bare = grouped(negative ? body.slice(1) : body, group)
  return pad(bare, padding(negative ? '-' : wanted === '-' ? '' : wanted))
}

function isAlign(text: string | undefined): text is Padding['align'] {
  return text !== undefined
}

function digitsOf(number: bigint | number, type: string | undefined, digits: number | undefined, alternate: boolean) {
  if (type === '%') return `${numberText(Number(number) * 100, 'f', digits, false)}%`
  if (type === 'n' || type === 'c') throw new TemplateError(`unknown format code '${type}'`)
  if (typeof number === 'bigint') {
    if (digits !== undefined && (type === undefined || 'dxXob'.includes(type))) {
      throw new TemplateError('precision not allowed in integer format specifier')
    }
    return numberText(number, type ?? 'd', digits, alternate)
  }
  if (type !== undefined && 'dxXob'.includes(type)) throw new TemplateError(`unknown format code '${type}' for a float`)
  if (type !== undefined) return numberText(number, type, digits, alternate)
  if (digits === undefined) return floatText(number)
  const text = oddText(number) ?? numberText(number, 'g', digits, false)
  return /^-?\d+$/.test(text) ? (text.replace('-', '').length < Math.max(digits, 1) ? `${text}.0` : text) : text
}

function grouped(text: string, group: string | undefined): string {
  if (group === undefined) return text
  const [whole = '', ...rest] = text.split(/(?=[.e%])/)
  return whole.replaceAll(/\B(?=(?:\d{3})+$)/g, group) + rest.join('')
}
