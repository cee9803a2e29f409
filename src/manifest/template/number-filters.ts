import { asIndex, bind } from './arguments.js'
import type { Filter } from './filters.js'
import { fixed, parseFloatText } from './floats.js'
import { TemplateError } from './template-error.js'
import { type Arguments, asNumber, typeName, type Value } from './value.js'

/** Filters that make a number of a value. */
export const NUMBER_FILTERS: readonly (readonly [string, Filter])[] = [
  ['int', toInt],
  ['float', toFloat],
  ['abs', absolute],
  ['round', round],
]

function toInt(value: Value, given: Arguments): Value {
  const [initial = 0n, base = 10n] = bind('int', given, ['default', 'base'])
  const number = asNumber(value)
  if (typeof number === 'bigint') return number
  const whole = typeof value === 'string' ? parseInteger(value, asIndex('int', base)) : undefined
  if (whole !== undefined) return whole
  const parsed = typeof value === 'string' ? parseFloatText(value) : number
  return parsed === undefined || !Number.isFinite(parsed) ? initial : BigInt(Math.trunc(parsed))
}

const PREFIXES = new Map([
  [2, '0b'],
  [8, '0o'],
  [16, '0x'],
])

function parseInteger(text: string, base: number): bigint | undefined {
  if (text.length > 1_000) throw new TemplateError('makes a number that is too large')
  const [, sign = '', body = ''] = /^\s*([+-]?)(\w+)\s*$/.exec(text) ?? []
  const prefix = base === 0 ? body.slice(0, 2).toLowerCase() : (PREFIXES.get(base) ?? '-')
  const radix = base === 0 ? ([...PREFIXES].find(([, known]) => known === prefix)?.[0] ?? 10) : base
  const digits = body.toLowerCase().startsWith(prefix) ? body.slice(2) : body
  if (radix < 2 || radix > 36 || !/^[\da-z]+(?:_[\da-z]+)*$/i.test(digits)) return undefined
  let result = 0n
  for (const digit of digits.replaceAll('_', '')) {
    const value = Number.parseInt(digit, 36)
    if (value >= radix) return undefined
    result = result * BigInt(radix) + BigInt(value)
  }
  return sign === '-' ? -result : result
}

function toFloat(value: Value, given: Arguments): Value {
  const [initial = 0] = bind('float', given, ['default'])
  const parsed = typeof value === 'string' ? parseFloatText(value) : asNumber(value)
  return parsed === undefined ? initial : Number(parsed)
}

function absolute(value: Value): Value {
  const number = asNumber(value)
  if (number === undefined) throw new TemplateError(`bad operand type for abs(): '${typeName(value)}'`)
  return number < 0 ? -number : number
}

const MAX_PLACES = 300

function round(value: Value, given: Arguments): Value {
  const [precision = 0n, method = 'common'] = bind('round', given, ['precision', 'method'])
  const places = asIndex('round', precision)
  const number = asNumber(value)
  if (number === undefined) throw new TemplateError(`round() needs a number, not ${typeName(value)}`)
  if (Math.abs(places) > MAX_PLACES) throw new TemplateError('round() takes no such precision')
  if (method === 'ceil' || method === 'floor') {
    const scale = 10 ** places
    return Math[method](Number(number) * scale) / scale
  }
  if (method !== 'common') throw new TemplateError("round() needs the method 'common', 'ceil' or 'floor'")
  if (typeof number === 'bigint') return places >= 0 ? number : roundInteger(number, 10n ** BigInt(-places))
  if (!Number.isFinite(number) || places > 100) return number
  return places >= 0 ? Number(fixed(number, places)) : Number(fixed(number / 10 ** -places, 0)) * 10 ** -places
}

/** Half to even. */
function roundInteger(number: bigint, unit: bigint): bigint {
  const rest = ((number % unit) + unit) % unit
  const below = number - rest
  const isUp = rest * 2n > unit || (rest * 2n === unit && (below / unit) % 2n !== 0n)
  return isUp ? below + unit : below
}
