/** What moves a terminal's cursor, but for tabs, ends a line, hides text or turns it round, and halves of pairs. */
const UNPRINTABLE = /[^\P{Cc}\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A text of one line as it may be shown: what would not be seen stands as JSON's escapes, e.g. `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}

/** The same of a text of several lines, JSON too: there they stand in strings only. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
