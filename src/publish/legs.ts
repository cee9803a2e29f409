import { assetName, REPORT_FILE, SUMS_FILE } from './names.js'

/** What the plan says of a leg. */
export interface ExpectedLeg {
  readonly id: string
  readonly project: string
  readonly version: string
  /** e.g. `debian12 amd64`. */
  readonly target: string
  /** It may fail without failing the run. */
  readonly mayMiss: boolean
  /** The content that it is built of, as a result names it; undefined where the plan doesn't know. */
  readonly source: string | undefined
  /** SHA-256 of its lock. */
  readonly lock: string | undefined
}

/** A package file whose bytes are what the result says. */
export interface PackageFile {
  readonly file: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
}

/** What a result says of its leg. */
export interface LegClaims {
  readonly leg: string
  readonly project: string
  readonly status: 'ok' | 'failed'
  readonly source: string
  readonly lock?: { readonly sha256: string } | undefined
  readonly error?: string | undefined
  readonly packages: readonly PackageFile[]
  /** Seconds a stage. */
  readonly timings: Readonly<Partial<Record<string, number>>>
}

/** A result that lies somewhere. */
export interface FoundResult {
  readonly leg: string
  /** Folder of its packages. */
  readonly folder: string
  /** Of the run that made it; 0 where nothing says it. */
  readonly attempt: number
  /** Undefined where it can't be read. */
  readonly claims: LegClaims | undefined
  /** What is wrong with its files, or with what they came in. */
  readonly faults: readonly string[]
}

/** `refused`: there is a result, and it is not what was planned; `missing`: there is none. */
export type LegStatus = 'ok' | 'failed' | 'missing' | 'refused'

/** What became of a leg. */
export interface LegOutcome {
  readonly leg: ExpectedLeg
  readonly status: LegStatus
  /** Empty where it is ok. */
  readonly why: string
  /** Of a leg that is ok. */
  readonly packages: readonly PackageFile[]
  readonly folder: string
  /** That it took to build; undefined where nothing says it. */
  readonly seconds: number | undefined
}

/** Holds results against the plan: an outcome for each of its legs, in their order. */
export function checkLegs(expected: readonly ExpectedLeg[], found: readonly FoundResult[]): LegOutcome[] {
  return refuseClashes(expected.map((leg) => checkLeg(leg, newest(found.filter((one) => one.leg === leg.id)))))
}

/** True where the run may be published as if the leg were not part of it. */
export function isExcused({ leg, status }: LegOutcome): boolean {
  return leg.mayMiss && (status === 'missing' || status === 'failed')
}

/** A re-run of failed legs leaves the results of earlier attempts behind. */
function newest(found: readonly FoundResult[]): readonly FoundResult[] {
  const last = Math.max(...found.map(({ attempt }) => attempt))
  return found.filter(({ attempt }) => attempt === last)
}

function checkLeg(leg: ExpectedLeg, found: readonly FoundResult[]): LegOutcome {
  const without = { leg, packages: [], folder: '', seconds: undefined }
  const [only, ...others] = found
  if (only === undefined) return { ...without, status: 'missing', why: 'there is no result of it' }
  const { claims, folder } = only
  if (others.length > 0) {
    const places = found.map((one) => one.folder).join(' and ')
    return { ...without, status: 'refused', why: `it has ${found.length} results: ${places}` }
  }
  if (claims === undefined) {
    return { ...without, status: 'refused', why: plain(only.faults[0] ?? "its result.json can't be read") }
  }
  const seconds = Object.values(claims.timings).reduce<number>((sum, time) => sum + (time ?? 0), 0)
  const why = faultOf(leg, claims) ?? only.faults[0]
  if (why !== undefined) return { ...without, seconds, status: 'refused', why: plain(why) }
  if (claims.status === 'failed')
    return { ...without, seconds, status: 'failed', why: plain(claims.error ?? 'it failed') }
  if (claims.packages.length === 0) return { ...without, seconds, status: 'refused', why: 'its result has no package' }
  return { leg, status: 'ok', why: '', packages: claims.packages, folder, seconds }
}

/** What a result says comes from outside: one line without control characters. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim()
}

function faultOf(leg: ExpectedLeg, claims: LegClaims): string | undefined {
  if (claims.leg !== leg.id) return `its result is of ${claims.leg}`
  if (claims.project !== leg.project) return `its result is of the project ${claims.project}`
  if (leg.source !== undefined && claims.source !== leg.source) {
    return `it was built of ${claims.source}, and the plan says ${leg.source}`
  }
  const lock = claims.lock?.sha256
  if (claims.status === 'ok' && leg.lock !== undefined && lock !== leg.lock) {
    return `it was built with the lock ${lock ?? 'of nobody'}, and the plan says ${leg.lock}`
  }
  return undefined
}

/** Two files of one name can't be published, and which of them is meant nobody can say: neither is. */
function refuseClashes(outcomes: readonly LegOutcome[]): LegOutcome[] {
  const owners = new Map<string, string[]>([SUMS_FILE, REPORT_FILE].map((name) => [name, ['giftwrap itself']]))
  for (const { leg, packages } of outcomes) {
    for (const { file } of packages) owners.set(assetName(file), [...(owners.get(assetName(file)) ?? []), leg.id])
  }
  return outcomes.map((outcome) => {
    const clash = outcome.packages.find(({ file }) => (owners.get(assetName(file))?.length ?? 0) > 1)
    if (clash === undefined) return outcome
    const name = assetName(clash.file)
    const why = `${owners.get(name)?.join(' and ')} both have a file that is published as ${name}`
    return { ...outcome, status: 'refused', why, packages: [] }
  })
}
