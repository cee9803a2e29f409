/** What a shell would do something with and we don't; each is allowed inside of quotes. */
const OPERATORS = '|&;<>()`*?#'
const EXPANSION = /^\$[A-Za-z0-9_{(!#?@*$-]/

/**
 * Splits a line into words as a shell does it: blanks, `'…'`, `"…"` and `\` as POSIX has them (Shell Command Language,
 * 2.2). There is no shell to run it, so what would ask one for more (pipes, redirections, variables, globs) is not taken
 * for a letter: gives what is wrong with the line instead.
 */
export function splitWords(line: string): readonly string[] | string {
  const words: string[] = []
  let word: string | undefined
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] ?? ''
    const rest = line.slice(index)
    if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (character === "'") {
      const end = line.indexOf("'", index + 1)
      if (end < 0) return "has a ' without its partner"
      word = (word ?? '') + line.slice(index + 1, end)
      index = end
    } else if (character === '"') {
      const quoted = readQuoted(rest)
      if (typeof quoted === 'string') return quoted
      word = (word ?? '') + quoted.text
      index += quoted.length - 1
    } else if (character === '\\') {
      index += 1
      if (index >= line.length) return 'ends with a backslash'
      word = (word ?? '') + (line[index] === '\n' ? '' : line[index])
    } else if (EXPANSION.test(rest)) {
      return unquoted(character)
    } else if (OPERATORS.includes(character) && !(character === '#' && word !== undefined)) {
      return unquoted(character)
    } else if (character === '~' && word === undefined) {
      return unquoted(character)
    } else {
      word = (word ?? '') + character
    }
  }
  if (word !== undefined) words.push(word)
  if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(words[0] ?? '')) return `sets a variable: write env ${words[0]} …`
  return words
}

/** The text of `"…"` at the beginning of `rest`, and how long it is with its quotes. */
function readQuoted(rest: string): { readonly text: string; readonly length: number } | string {
  let text = ''
  for (let index = 1; index < rest.length; index += 1) {
    const character = rest[index] ?? ''
    const next = rest[index + 1] ?? ''
    if (character === '"') return { text, length: index + 1 }
    if (character === '\\' && '$`"\\\n'.includes(next) && next !== '') {
      text += next === '\n' ? '' : next
      index += 1
    } else if (character === '`' || EXPANSION.test(rest.slice(index, index + 2))) {
      return `has ${character} in "…", and no shell runs it; write '…' where it stands for itself`
    } else {
      text += character
    }
  }
  return 'has a " without its partner'
}

function unquoted(character: string): string {
  return `has ${character} outside of quotes, and no shell runs it; write '${character}' where it stands for itself, or a script where it does not`
}
