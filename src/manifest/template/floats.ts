/** A float with a number of digits behind the point, rounded half to even on its exact value, as in Python. */
export function fixed(value: number, places: number): string {
  // Beyond 1e21 toFixed gives up and writes an exponent; such a float is whole.
  if (Math.abs(value) >= 1e21) return BigInt(value).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '')
  return evenHalf(places, (count) => value.toFixed(count)) ?? value.toFixed(places)
}

/** A float with one digit before the point and an exponent of at least two digits. */
export function exponential(value: number, places: number): string {
  const [, exponent] = value.toExponential(Math.min(100, places + FURTHER)).split('e')
  const half = evenHalf(places, (count) => value.toExponential(count).split('e')[0] ?? '')
  const text = half === undefined ? value.toExponential(places) : `${half}e${exponent}`
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

// A float has at most 17 digits that tell it from its neighbours: so many more than enough show whether it is a tie.
const FURTHER = 30
const TIE = `5${'0'.repeat(FURTHER - 1)}`

/** JavaScript rounds a tie away from zero; this gives its other neighbour where that is the even one. */
function evenHalf(places: number, digits: (count: number) => string): string | undefined {
  if (places + FURTHER > 100) return undefined
  const longer = digits(places + FURTHER)
  if (!longer.endsWith(TIE)) return undefined
  const kept = longer.slice(0, -FURTHER).replace(/\.$/, '')
  return Number(kept.at(-1)) % 2 === 0 ? kept : undefined
}

/** `%g`: as few digits as the precision asks for, with an exponent where the number is very large or small. */
export function general(value: number, precision: number, alternate = false): string {
  const digits = Math.max(precision, 1)
  const scientific = exponential(value, digits - 1)
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1))
  const text = exponent < -4 || exponent >= digits ? scientific : fixed(value, digits - 1 - exponent)
  if (alternate || !text.includes('.')) return text
  return text.replace(/\.?0+(?=e|$)/, '')
}

/** Python's `repr()` of a float: shortest digits, an exponent from 1e16 on and below 1e-4. */
export function floatText(value: number): string {
  const odd = oddText(value)
  if (odd !== undefined) return odd
  if (Object.is(value, -0)) return '-0.0'
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+'
    return `${mantissa}e${sign}${Math.abs(exponent).toString().padStart(2, '0')}`
  }
  const text = exponent < 0 ? value.toFixed(mantissa.replace(/[-.]/g, '').length - 1 - exponent) : value.toString()
  return text.includes('.') ? text : `${text}.0`
}

/** What is no number, or has no end. */
export function oddText(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan'
  return Number.isFinite(value) ? undefined : value > 0 ? 'inf' : '-inf'
}

/** The float that a text stands for in Python. */
export function parseFloatText(text: string): number | undefined {
  const trimmed = text
    .trim()
    .replaceAll(/(?<=\d)_(?=\d)/g, '')
    .toLowerCase()
  const odd = /^([+-]?)(?:(inf|infinity)|nan)$/.exec(trimmed)
  if (odd !== null) return odd[2] === undefined ? Number.NaN : odd[1] === '-' ? -Infinity : Infinity
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined
}
