// What prints nothing, moves the cursor, turns the direction of the text around, or can't be written as UTF-8.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu
const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g
/** Of a text that is many times longer than what is kept, the rest is not even looked at. */
const SURPLUS = 4

/** A foreign text as one printable line of at most `max` characters; where it is cut it ends with `…`. */
export function cleanLine(text: string, max: number): string {
  const line = text
    .slice(0, max * SURPLUS)
    .replace(UNPRINTABLE, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= max ? line : `${whole(line.slice(0, max - 1)).trimEnd()}…`
}

/** The same for a text of several lines, which it keeps; blanks at the ends of lines go. */
export function cleanText(text: string, max: number): string {
  const lines = text
    .slice(0, max * SURPLUS)
    .replace(LINE_ENDS, '\n')
    .split('\n')
    .map((line) => line.replaceAll('\t', '        ').replace(UNPRINTABLE, '').trimEnd())
  const clean = lines.join('\n').replace(/^\n+|\n+$/g, '')
  return clean.length <= max ? clean : `${whole(clean.slice(0, max - 1)).trimEnd()}…`
}

/** Without the first half of a character whose other half is cut off. */
function whole(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '')
}
