import { z } from 'zod'

// A scalar of a manifest is the text that stands there; these fields give it the type that its key asks for. Each
// says what it is to people (`type`) and to editors (`json`, JSON Schema), as the texts of a file look typed to them.

export type JsonSchema = { readonly [keyword: string]: unknown }

export interface FieldKind {
  readonly type: string
  readonly json: JsonSchema
}

const KINDS = z.registry<FieldKind>()

/** What a field is; those of zod's wrappers are that of the field within. */
export function kindOf(field: z.ZodType | z.core.$ZodType): FieldKind {
  const kind = KINDS.get(field)
  if (kind !== undefined) return kind
  if (field instanceof z.ZodPrefault || field instanceof z.ZodOptional) return kindOf(field.def.innerType)
  throw new Error('a field of the manifest does not say what it is')
}

/** Registers what a field is; the last step of making one, as zod copies a schema with each further check. */
export function withKind<Schema extends z.ZodType>(schema: Schema, kind: FieldKind): Schema {
  KINDS.add(schema, kind)
  return schema
}

/** A key's meaning, with an example as it would stand in the manifest. */
export function about<Schema extends z.ZodType>(schema: Schema, description: string, example?: string): Schema {
  return schema.meta({ description, ...(example === undefined ? {} : { examples: [example] }) })
}

/** Matches a value that a template gives, which an editor cannot know. */
const TEMPLATE_JSON: JsonSchema = { type: 'string', pattern: '\\{[{%]' }
/** A text that an editor may read as a number or boolean: `version: 10.0`. */
const TEXT_JSON: JsonSchema = { type: ['string', 'number', 'boolean'] }

/** `true` or `false`, in all the spellings of YAML 1.1. */
export function yesOrNo() {
  const words = z.stringbool({ truthy: ['true', 'yes', 'on'], falsy: ['false', 'no', 'off'] })
  const schema = z.union([z.boolean(), words], { error: 'must be true or false' })
  const spelled = { type: 'string', pattern: '^([Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$' }
  return withKind(schema, { type: 'yes or no', json: { anyOf: [{ type: 'boolean' }, spelled, TEMPLATE_JSON] } })
}

const MAX_NUMBER = 2 ** 31 - 1

/** A whole number from 1 on, as number or text. */
export function positiveInteger() {
  return wholeNumber(1)
}

export function wholeNumber(least: 0 | 1) {
  const error = `must be a whole number from ${least} to ${MAX_NUMBER}`
  const number = z.int({ error }).min(least, { error }).max(MAX_NUMBER, { error })
  const digits = z
    .string()
    .regex(/^\d{1,10}$/, { error })
    .transform(Number)
    .pipe(number)
  const written = { type: 'integer', minimum: least, maximum: MAX_NUMBER }
  const spelled = { type: 'string', pattern: '^[0-9]{1,10}$' }
  const json = { anyOf: [written, spelled, TEMPLATE_JSON] }
  return withKind(z.union([number, digits], { error }), { type: `whole number from ${least}`, json })
}

/** One of some texts. */
export function oneOf<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  const schema = z.enum(choices, { error: `must be one of ${choices.join(', ')}` })
  const type = choices.map((choice) => `\`${choice}\``).join(', ')
  return withKind(schema, { type, json: { anyOf: [{ enum: [...choices] }, TEMPLATE_JSON] } })
}

/** A text of one line with something in it. */
export function line() {
  const schema = z
    .string({ error: 'must be a text' })
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line, without control characters')
    .regex(/\S/, 'must not be empty')
  return withKind(schema, { type: 'text', json: TEXT_JSON })
}

/** Any text, of several lines too. */
export function text(type = 'text') {
  const schema = z.string({ error: 'must be a text' }).regex(/^[^\0]*$/, 'must not have a NUL in it')
  return withKind(schema, { type, json: TEXT_JSON })
}

/** A list, each item checked by itself. */
export function listOf<Item extends z.ZodType>(item: Item) {
  const { type, json } = kindOf(item)
  const schema = z.array(item, { error: 'must be a list' })
  return withKind(schema, { type: `list (${type})`, json: { type: 'array', items: json } })
}

/** A list, or a single text that stands for a list of one. */
export function oneOrMore<Item extends z.ZodType<string, string>>(item: Item) {
  const { type, json } = kindOf(item)
  const texts = z.string({ error: 'must be a text' })
  const single = texts.transform((value) => [value])
  const schema = z.union([z.array(texts), single], { error: 'must be a list of texts' }).pipe(z.array(item))
  const both = { anyOf: [json, { type: 'array', items: json }] }
  return withKind(schema, { type: `${type}, or a list of them`, json: both })
}

/** A mapping with names of one's own. */
export function mappingOf<Item extends z.ZodType>(name: RegExp, item: Item) {
  const { type, json } = kindOf(item)
  const schema = z.record(z.string().regex(name), item, {
    error: ({ code }) => (code === 'invalid_key' ? 'has a name that is not allowed here' : 'must be a mapping'),
  })
  return withKind(schema, {
    type: `mapping (name: ${type})`,
    json: { type: 'object', propertyNames: { pattern: name.source }, additionalProperties: json },
  })
}

/** A mapping with known keys; a text may stand for the mapping with that text under one of them. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape, shortFor?: Extract<keyof Shape, string>) {
  const keys = Object.keys(shape).join(', ')
  const object = z.strictObject(shape, { error: `must be a mapping of ${keys}` })
  const schema = z.preprocess(
    (value) => (shortFor !== undefined && typeof value === 'string' ? { [shortFor]: value } : value),
    object,
  )
  const json = objectJson(object)
  return withKind(schema, {
    type: shortFor === undefined ? `{${keys}}` : `text or {${keys}}`,
    json: shortFor === undefined ? json : { anyOf: [TEXT_JSON, json] },
  })
}

/** Another kind of value than the field's own. */
export function either<First extends z.ZodType, Second extends z.ZodType>(first: First, second: Second, error: string) {
  const kinds = [kindOf(first), kindOf(second)]
  return withKind(z.union([first, second], { error }), {
    type: kinds.map(({ type }) => type).join('; or '),
    json: { anyOf: kinds.map(({ json }) => json) },
  })
}

/** Checks a text with a function that says what is wrong with it, unless it still is a template for projects. */
export function checked(check: (value: string) => string | undefined, type = 'text') {
  const schema = z.string({ error: 'must be a text' }).superRefine((value, context) => {
    const message = value.includes('{{') || value.includes('{%') ? undefined : check(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
  return withKind(schema, { type, json: TEXT_JSON })
}

/** A folder's path; a slash at its end says nothing, and would stand twice in paths that begin with it. */
export function folder(check: (value: string) => string | undefined) {
  const { type, json } = kindOf(checked(check))
  const schema = z
    .string({ error: 'must be a text' })
    .transform((value) => value.replace(/(?<=[^/])\/$/, ''))
    .pipe(checked(check))
  return withKind(schema, { type, json })
}

/** The JSON Schema of an object's keys; one that may be left out may also stand there with nothing. */
export function objectJson(object: z.ZodObject): JsonSchema {
  const keys = Object.entries(object.shape).map(([key, field]) => {
    const { description, examples } = z.globalRegistry.get(field) ?? {}
    const { json } = kindOf(field)
    const value = isRequired(field) ? json : { anyOf: [...branches(json), { type: 'null' }] }
    const known = {
      ...(description === undefined ? {} : { description }),
      ...(examples === undefined ? {} : { examples }),
    }
    return [key, { ...known, ...value }] as const
  })
  const required = Object.entries(object.shape).flatMap(([key, field]) => (isRequired(field) ? [key] : []))
  return {
    type: 'object',
    properties: Object.fromEntries(keys),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
}

function branches(json: JsonSchema): readonly JsonSchema[] {
  const { anyOf, ...others } = json
  return Array.isArray(anyOf) && Object.keys(others).length === 0 ? anyOf : [json]
}

export function isRequired(field: z.core.$ZodType): boolean {
  return !(field instanceof z.ZodOptional || field instanceof z.ZodPrefault)
}
