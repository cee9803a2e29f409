// Python's blanks are not JavaScript's: the separators U+001C to U+001F and U+0085 are among them, U+FEFF is not.
const BLANK = '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'

const ONE = new RegExp(`^${BLANK}$`)
const AT_START = new RegExp(`^${BLANK}+`)
const FIRST = new RegExp(BLANK)
const LINE_END = '\\r\\n|[\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029]'

export function isBlank(character: string): boolean {
  return ONE.test(character)
}

export function firstBlank(text: string): number {
  return text.search(FIRST)
}

/** Python's `lstrip()`. */
export function withoutBlanksBefore(text: string): string {
  return text.replace(AT_START, '')
}

/** Python's `rstrip()`; counted from the end, as a pattern would look at each run of blanks again and again. */
export function withoutBlanksAfter(text: string): string {
  let end = text.length
  while (end > 0 && isBlank(text[end - 1] ?? '')) end -= 1
  return text.slice(0, end)
}

/** Python's `splitlines()`: the lines without their ends, and no empty one after the last end. */
export function linesOf(text: string): string[] {
  const lines = text.split(new RegExp(LINE_END))
  if (lines.at(-1) === '') lines.pop()
  return lines
}
