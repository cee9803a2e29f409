import { z } from 'zod'

// A scalar of a manifest is the text that stands there; these fields give it the type that its key asks for.

/** `true` or `false`, in all the spellings of YAML 1.1. */
export function yesOrNo() {
  const text = z.stringbool({ truthy: ['true', 'yes', 'on'], falsy: ['false', 'no', 'off'] })
  return z.union([z.boolean(), text], { error: 'must be true or false' })
}

const MAX_NUMBER = 2 ** 31 - 1

/** A whole number from 1 on, as number or text. */
export function positiveInteger() {
  const error = `must be a whole number from 1 to ${MAX_NUMBER}`
  const number = z.int({ error }).positive({ error }).max(MAX_NUMBER, { error })
  const text = z
    .string()
    .regex(/^\d{1,10}$/, { error })
    .transform(Number)
    .pipe(number)
  return z.union([number, text], { error })
}

/** One of some texts. */
export function oneOf<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return z.enum(choices, { error: `must be one of ${choices.join(', ')}` })
}

/** A text of one line with something in it. */
export function line() {
  return text()
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line, without control characters')
    .regex(/\S/, 'must not be empty')
}

/** Any text. */
export function text() {
  return z.string({ error: 'must be a text' })
}

/** A list, each item checked by itself. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: 'must be a list' })
}

/** A list, or a single text that stands for a list of one. */
export function oneOrMore<Item extends z.ZodType<string, string>>(item: Item) {
  const single = text().transform((value) => [value])
  return z.union([z.array(text()), single], { error: 'must be a list of texts' }).pipe(z.array(item))
}

/** Checks a text with a function that says what is wrong with it, unless it still is a template for projects. */
export function checked(check: (value: string) => string | undefined) {
  return text().superRefine((value, context) => {
    const message = value.includes('{{') || value.includes('{%') ? undefined : check(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}
