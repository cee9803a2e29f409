import { TemplateError } from './template-error.js'

const LITERAL = /'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y

/** A string literal of Python's and the index behind it. */
export function readString(source: string, start: number): { readonly text: string; readonly end: number } {
  LITERAL.lastIndex = start
  const found = LITERAL.exec(source)
  if (found === null) throw new TemplateError('the template ends too early')
  return { text: decodeEscapes(found[1] ?? found[2] ?? ''), end: LITERAL.lastIndex }
}

const SIMPLE = new Map([
  ['\n', ''],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

const ESCAPE =
  /\\(?:(?<octal>[0-7]{1,3})|x(?<byte>[\s\S]{0,2})|u(?<short>[\s\S]{0,4})|U(?<long>[\s\S]{0,8})|(?<other>[\s\S]))/g

/** As in Python an escape that is not known stays as it stands. */
function decodeEscapes(body: string): string {
  return body.replaceAll(ESCAPE, (written, ...found: unknown[]) => {
    const groups: unknown = found.at(-1)
    const { octal, byte, short, long, other } = groups as Readonly<Record<string, string | undefined>>
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
    if (other !== undefined) return other === 'N' ? fail(written) : (SIMPLE.get(other) ?? written)
    const [digits = '', length = 0] = byte !== undefined ? [byte, 2] : short !== undefined ? [short, 4] : [long, 8]
    const code = /^[\da-f]+$/i.test(digits) && digits.length === length ? Number.parseInt(digits, 16) : undefined
    return code === undefined || code > 0x10ffff ? fail(written) : String.fromCodePoint(code)
  })
}

function fail(written: string): never {
  throw new TemplateError(`'${written}' is not an escape of a text`)
}
