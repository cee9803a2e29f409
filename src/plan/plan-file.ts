import * as z from 'zod'
import { InputError } from '../errors.js'
import { lockFactsSchema } from '../lock/facts.js'
import { projectSchema } from '../manifest/schema/project.js'
import { settingsSchema } from '../manifest/schema/settings.js'
import type { Project, Settings } from '../manifest/schema.js'
import { redact } from '../runtime/redact.js'
import { PACKAGERS, type Plan, type PlannedSource } from './plan.js'
import { ARCHITECTURE_NAMES, FAMILIES, legId, PACKAGE_FORMATS } from './targets.js'

const FORMAT = 2
const COMMIT = z.string().regex(/^[0-9a-f]{40}$/)
const SHA256 = z.string().regex(/^[0-9a-f]{64}$/)
/** No option, and nothing that leads elsewhere: what a plan names becomes arguments and parts of paths. */
const WORD = z.string().regex(/^[^-\p{Cc}][^\p{Cc}]*$/u)
const NAME = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+~-]*$/)
/** A version, whatever the manifest's check lets it have, is part of these. */
const FILE = z.string().regex(/^[A-Za-z0-9][^\s\p{C}/\\]*$/u)

const patchSchema = z.strictObject({ path: WORD, sha256: SHA256, content: z.base64() })
const patches = z.array(patchSchema).optional()

const sourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('git'),
    url: WORD,
    ref: WORD,
    commit: COMMIT,
    fetch: WORD,
    tags: z.array(WORD),
    depth: z.int().min(1).optional(),
    patches,
  }),
  z.strictObject({ kind: z.literal('sdist'), requirement: WORD, sha256: SHA256, patches }),
  z.strictObject({
    kind: z.literal('path'),
    path: z.string(),
    leftOut: z.array(z.string()),
    digest: SHA256,
    commit: COMMIT.optional(),
    described: WORD.optional(),
    patches,
  }),
])

const targetSchema = z.strictObject({
  id: NAME,
  image: z.string().regex(/^[^\p{Cc}]*$/u),
  family: z.enum(FAMILIES),
  distribution: NAME,
  packageManager: NAME,
  formats: z.array(z.enum(PACKAGE_FORMATS)),
  python: NAME.optional(),
  libc: z.string(),
  architectures: z.array(z.enum(ARCHITECTURE_NAMES)),
  runners: z.record(z.enum(ARCHITECTURE_NAMES), z.string()),
  suffix: z.string().regex(/^(?:[.+][A-Za-z0-9.]+)?$/),
  zstd: z.boolean(),
  own: z.boolean(),
})

const legSchema = z.strictObject({
  id: FILE,
  index: z.int().min(0),
  project: z.unknown(),
  settings: z.unknown(),
  target: targetSchema,
  architecture: z.enum(ARCHITECTURE_NAMES),
  formats: z.array(z.enum(PACKAGE_FORMATS)),
  packager: z.strictObject({ name: z.enum(PACKAGERS), why: z.string() }),
  source: sourceSchema.optional(),
  lock: FILE.optional(),
})

const lockSchema = z.strictObject({
  file: FILE,
  sha256: SHA256,
  build_file: FILE,
  python: z.string().regex(/^3\.\d{1,2}$/),
  platforms: z.array(z.string()),
  facts: lockFactsSchema,
})

const planSchema = z.strictObject({
  format: z.literal(FORMAT),
  vars: z.record(z.string(), z.unknown()),
  siblings: z.array(NAME),
  legs: z.array(legSchema),
  locks: z.array(lockSchema),
  /** Of `plan --json`; legs are what counts here. */
  matrix: z.unknown().optional(),
})

/** `plan.json`: sorted, the same bytes for the same plan, without credentials. */
export function planText(plan: Plan): string {
  return `${JSON.stringify(planData(plan), null, 2)}\n`
}

/** The plan as plain data, its keys sorted. */
export function planData(plan: Plan): object {
  return sortedKeys({ format: FORMAT, ...plan, siblings: [...new Set(plan.siblings)].toSorted() })
}

/** Reads `plan.json`; it comes from outside, so all of it is checked as the manifest was. */
export function parsePlan(text: string, file: string): Plan {
  const wrong = (message: string) => {
    const hint = 'Make the plan anew by `giftwrap plan -o DIR`, with this version of giftwrap.'
    return new InputError({ message: `${file} is no plan that can be built: ${message}`, hint })
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause))
  }
  const { data: read, error } = planSchema.safeParse(data)
  if (error !== undefined) throw wrong(firstIssue(error))
  const locks = new Set(read.locks.map(({ file: name }) => name))
  const legs = read.legs.map((leg) => {
    const project = projectSchema.safeParse(leg.project)
    if (project.error !== undefined) throw wrong(`${leg.id}: project.${firstIssue(project.error)}`)
    const settings = settingsSchema.safeParse(leg.settings)
    if (settings.error !== undefined) throw wrong(`${leg.id}: settings.${firstIssue(settings.error)}`)
    const id = legId(project.data, leg.target.id, leg.architecture)
    if (leg.id !== id) throw wrong(`the leg ${leg.id} should be ${id}`)
    if (leg.lock !== undefined && !locks.has(leg.lock))
      throw wrong(`${leg.id} names a lock that the plan does not have`)
    const { python, ...target } = leg.target
    return {
      ...leg,
      source: leg.source === undefined ? undefined : present(leg.source),
      // The schemas give just these; their types are the manifest's, where mappings by platform are resolved.
      project: project.data as Project,
      settings: settings.data as Settings,
      target: { ...target, python },
    }
  })
  const ids = new Set<string>()
  for (const { id } of legs) {
    if (ids.has(id)) throw wrong(`it has the leg ${id} twice`)
    ids.add(id)
  }
  return { vars: read.vars, siblings: read.siblings, legs, locks: read.locks }
}

/** Keys without a value are left out, as those who make sources do it. */
function present({ patches: given, ...source }: z.output<typeof sourceSchema>): PlannedSource {
  const changed = given === undefined ? {} : { patches: given }
  if (source.kind === 'sdist') return { ...source, ...changed }
  if (source.kind === 'git') {
    const { depth, ...git } = source
    return { ...git, ...(depth === undefined ? {} : { depth }), ...changed }
  }
  const { commit, described, ...path } = source
  return {
    ...path,
    ...changed,
    ...(commit === undefined ? {} : { commit }),
    ...(described === undefined ? {} : { described }),
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return issue === undefined ? 'is not valid' : `${issue.path.join('.')}: ${issue.message}`
}

/** Keys in order, undefined left out. */
function sortedKeys(value: object): object {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]))
}

/** Whom ssh logs in as is no secret, and only the URL says it. */
const SSH_USER = /(\bssh:\/\/[\w.-]+@(?=[^\s/@]+(?:[\s/]|$)))/

function withoutCredentials(text: string): string {
  const parts = text.split(SSH_USER)
  return parts.map((part, index) => (index % 2 === 1 ? part : redact(part).replaceAll('://***@', '://'))).join('')
}

/** The same at any depth, and user names and passwords taken out of URLs: git and pip have their own ways to know them. */
function sorted(value: unknown): unknown {
  if (typeof value === 'string') return withoutCredentials(value)
  if (Array.isArray(value)) return value.map(sorted)
  return typeof value === 'object' && value !== null ? sortedKeys(value) : value
}
