import { exponential, fixed, general, oddText } from './floats.js'
import { TemplateError } from './template-error.js'
import { typeName, type Value } from './value.js'

/** Digits of a number with its sign, as `%` and `str.format()` share them. */
export function numberText(
  number: bigint | number,
  type: string,
  digits: number | undefined,
  alternate: boolean,
): string {
  switch (type) {
    case 'd':
    case 'i':
    case 'u':
      return withDigits(integer(number).toString(), digits)
    case 'x':
    case 'X':
    case 'o':
    case 'b': {
      if (typeof number !== 'bigint') throw new TemplateError(`%${type} format: an integer is required, not float`)
      const text = withDigits(number.toString(BASES[type]), digits)
      const marked = alternate ? text.replace(/\w/, `0${type.toLowerCase()}$&`) : text
      return type === 'X' ? marked.toUpperCase() : marked
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return floatDigits(Number(number), type, digits ?? 6, alternate)
    default:
      throw new TemplateError(`unsupported format character '${type}'`)
  }
}

const BASES = { x: 16, X: 16, o: 8, b: 2 }

function floatDigits(value: number, type: string, digits: number, alternate: boolean): string {
  const lower = type.toLowerCase()
  const text = oddText(value) ?? byType(value, lower, digits, alternate)
  const signed = Object.is(value, -0) && !text.startsWith('-') ? `-${text}` : text
  return lower === type ? signed : signed.toUpperCase()
}

function byType(value: number, type: string, digits: number, alternate: boolean): string {
  if (type === 'g') return general(value, digits, alternate)
  return type === 'f' ? fixed(value, digits) : exponential(value, digits)
}

function withDigits(text: string, digits = 0): string {
  return text.replace(/[\da-f]+/, (found) => found.padStart(digits, '0'))
}

export function integer(number: bigint | number): bigint {
  if (typeof number === 'bigint') return number
  if (!Number.isFinite(number)) throw new TemplateError('cannot convert a float that is not finite to an integer')
  return BigInt(Math.trunc(number))
}

/** A character by its code, or a text of one character: `%c`. */
export function characterOf(value: Value): string {
  if (typeof value === 'string' && [...value].length === 1) return value
  if (typeof value === 'bigint' && value >= 0n && value <= 0x10ffffn) return String.fromCodePoint(Number(value))
  throw new TemplateError(`%c requires int or char, not ${typeName(value)}`)
}

export interface Padding {
  readonly sign: string
  readonly width: number
  readonly align: '<' | '>' | '^' | '='
  readonly fill: string
}

/** A text or number at its width; widths count characters, not UTF-16 units. */
export function pad(body: string, { sign, width, align, fill }: Padding): string {
  const missing = Math.max(0, width - [...body].length - sign.length)
  if (align === '=') return sign + fill.repeat(missing) + body
  if (align === '<') return sign + body + fill.repeat(missing)
  const before = align === '>' ? missing : Math.floor(missing / 2)
  return fill.repeat(before) + sign + body + fill.repeat(missing - before)
}
