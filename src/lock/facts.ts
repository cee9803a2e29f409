import * as z from 'zod'

const SHA256 = z.string().regex(/^[0-9a-f]{64}$/)
const COMMIT = z.string().regex(/^[0-9a-f]{40}$/)
/** No option: names become arguments. */
const NAME = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
const WORD = z.string().regex(/^[^-\p{Cc}][^\p{Cc}]*$/u)

const rungNumber = z.literal([1, 2, 3, 4])

const rungSchema = z.strictObject({
  rung: rungNumber,
  what: z.string(),
  url: z.string().optional(),
  date: z.string().optional(),
  change: z.string().optional(),
  /** Of the change, e.g. `MERGED`. */
  status: z.string().optional(),
  distance: z.int().optional(),
  requirements: z.string().optional(),
})

const testedSchema = z.strictObject({
  rungs: z.array(rungSchema).readonly(),
  misses: z.array(z.strictObject({ rung: rungNumber, why: z.string(), failed: z.boolean() })).readonly(),
  /** By name. */
  packages: z.record(
    z.string(),
    z.strictObject({ rung: z.int().min(1).max(6), constraints: z.array(z.string()).readonly() }).readonly(),
  ),
  overruled: z.array(z.strictObject({ name: z.string(), tested: z.string(), manifest: z.string() })).readonly(),
})

const gitSchema = z.strictObject({ url: WORD, commit: COMMIT, tags: z.array(WORD).readonly() }).readonly()

/** What is known of a lock beside its text; stands in records, plans and packages. */
export const lockFactsSchema = z.strictObject({
  /** The manifest's constraints, without credentials. */
  constraints: z.array(z.strictObject({ source: z.string(), sha256: SHA256 })).readonly(),
  /** Where each version comes from. */
  tested: testedSchema.readonly(),
  /** By name: who requires it. */
  required_by: z.record(z.string(), z.array(z.string()).readonly()),
  /** Not tested: versions that the manifest wants instead; `git` is built of a commit, without a hash in the lock. */
  overrides: z
    .array(
      z.strictObject({
        name: NAME,
        requirement: WORD,
        reason: z.string().optional(),
        /** What would have decided. */
        instead_of: z.array(z.string()).readonly(),
        git: gitSchema.optional(),
      }),
    )
    .readonly(),
  /** Not tested: pins that can't be had any more and were lifted. */
  relaxed: z
    .array(z.strictObject({ name: NAME, pin: z.string(), rung: z.int(), why: z.string() }).readonly())
    .readonly(),
  /** Not tested: what `--upgrade-package` let go. */
  upgraded: z.array(NAME).readonly(),
  /** Withdrawn from the index after they were tested, and still there. */
  yanked: z.array(z.strictObject({ name: NAME, version: WORD, why: z.string() }).readonly()).readonly(),
  /** Installed after the project, outside the constraints. */
  postinstall: z.array(NAME).readonly(),
  /** Source archives whose metadata another Python than the lock's has made. */
  built_elsewhere: z
    .strictObject({ python: z.string(), names: z.array(NAME).readonly() })
    .readonly()
    .optional(),
  /** The lock of what builds the project and source archives. */
  build: z.strictObject({
    sha256: SHA256,
    /** Versions that nothing names are those of this time (ISO 8601). */
    as_of: z.string().optional(),
    /** Source archives that there is no wheel of, which are built. */
    sdists: z.array(NAME).readonly(),
    /** Those of them whose build requirements contradict the others', or could not be read: they are not locked. */
    unlocked: z.array(NAME).readonly(),
  }),
})

export type LockFacts = Readonly<z.infer<typeof lockFactsSchema>>
