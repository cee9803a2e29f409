import { splitWords } from '../runtime/split-words.js'

/** A command that is run without a shell: one line of words. */
export function checkCommand(text: string): string | undefined {
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) return 'must be one line, without control characters'
  const words = splitWords(text)
  if (typeof words === 'string') return words
  return words[0] === undefined || words[0] === '' ? 'must not be empty' : undefined
}
