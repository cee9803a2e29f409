import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import { readOverride } from '../manifest/check-requirement.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { type Constraint, withoutProjects } from '../tested/constraints.js'
import { normalizeName } from '../tested/python-names.js'
import { type BuildLock, type BuiltTree, lockBuild, NO_SOLUTION } from './build-lock.js'
import { buildRequires, dependsOnPython } from './build-requires.js'
import { canBuild } from './can-build.js'
import type { LockFacts } from './facts.js'
import type { LockInputs } from './inputs.js'
import { overlaidLock, parseLock } from './lock-file.js'
import { ownRequirement, type Resolution, type Resolved, resolve } from './resolve.js'
import { resolveRelaxing } from './resolve-relaxing.js'
import { findSdists } from './sdists.js'
import { readYanked, type Unavailable } from './unavailable.js'

/** A commit that is built instead of a release. */
export type OverrideSource = NonNullable<LockFacts['overrides'][number]['git']>

/** What making a lock needs; each is asked for once, and only when there is something to make. */
export interface LockTools {
  /** The project's checkout; its date in seconds since 1970. */
  source(): Promise<{ readonly folder: string; readonly distribution: string; readonly date: number }>
  uv(): Promise<string>
  /** The checkout of a commit that is built instead of a release. */
  override(
    name: string,
    url: string,
    commit: string,
  ): Promise<{ readonly folder: string; readonly git: OverrideSource }>
  /** The unpacked source archive of `name==version`; undefined where it can't be had by itself. */
  sdist(requirement: string): Promise<string | undefined>
}

/** What is known once a lock has been made; where its versions come from is not among it. */
export interface MadeLock {
  readonly text: string
  /** Lock of the build requirements. */
  readonly build: string
  readonly facts: Omit<LockFacts, 'constraints' | 'tested' | 'overrides' | 'relaxed' | 'build'> & {
    readonly overrides: readonly Omit<LockFacts['overrides'][number], 'instead_of'>[]
    readonly relaxed: readonly Unavailable[]
    readonly build: Omit<LockFacts['build'], 'sha256'>
  }
}

/** How a lock is made, beside what it is made of. */
export interface LockManner {
  /** Interpreter that builds metadata: its path, and e.g. `3.11`. */
  readonly interpreter: { readonly path: string; readonly minor: string }
  /** Pins that can't be had any more are lifted; else they are an error. */
  readonly relax: boolean
  /** A lock to keep to, but for these names; tested versions of `lifted` don't count either. */
  readonly keep?:
    | { readonly lock: string; readonly upgrade: readonly string[]; readonly lifted: readonly string[] }
    | undefined
  readonly work: string
}

/** Resolves under constraints, and locks what builds the project and its source archives. */
export async function makeLock(
  inputs: LockInputs,
  allConstraints: readonly Constraint[],
  tools: LockTools,
  manner: LockManner,
  exec: Exec,
  log: LogFile,
): Promise<MadeLock> {
  const [source, uv] = [await tools.source(), await tools.uv()]
  const overrides = await readOverrides(inputs, tools)
  const upgraded = [...new Set([...(manner.keep?.upgrade ?? []), ...(manner.keep?.lifted ?? [])])].toSorted()
  const { interpreter, work } = manner
  const target = { interpreter: interpreter.path, pythonVersion: inputs.python, platform: inputs.platform }
  const folder = async (name: string) => {
    const path = join(work, name)
    await mkdir(path, { recursive: true })
    return { uv, folder: path }
  }
  const constraints = withoutProjects(allConstraints, [
    ...[source.distribution, ...overrides.map(({ name }) => name)],
    ...upgraded,
  ])
  const own = ownRequirement(source.distribution, inputs.extras, source.folder)
  const date = new Date(source.date * 1000).toISOString()
  const trees: BuiltTree[] = [
    { name: source.distribution, requires: await buildRequires(source.folder) },
    ...overrides.flatMap(({ name, tree }) => (tree === undefined ? [] : [{ name, requires: tree.requires }])),
  ]
  const proof = await folder('proof')
  const builds = remembered((lock) => canBuild(source.folder, lock, interpreter.path, proof, exec, log))
  const lockBuilders = async (built: readonly BuiltTree[]) =>
    lockBuild(built, { ...target, constraints, date, builds }, await folder('lock-build'), exec, log)
  const builders = await lockBuilders(trees)
  const resolution: Resolution = {
    ...target,
    requirements: [own, ...inputs.pipDependencies],
    constraints,
    overrides: overrides.map(({ line }) => line),
    leftOut: [source.distribution, ...overrides.flatMap(({ name, tree }) => (tree === undefined ? [] : [name]))],
    buildLock: builders.text,
    keep: manner.keep,
  }
  const solve = async (one: Resolution) =>
    resolveRelaxing(one, constraints, inputs.project, manner.relax, await folder('lock'), exec, log)
  const { resolved, relaxed } = await solve(besideOthers(resolution, overrides)).catch((error: unknown) => {
    if (overrides.length === 0 || !isUnsolvable(error)) throw error
    return solve(resolution)
  })
  const post =
    inputs.postinstallDependencies.length === 0
      ? undefined
      : await resolve(
          {
            ...resolution,
            // What is installed is kept to, as pip does, and replaced where it must be.
            ...{ requirements: inputs.postinstallDependencies, constraints: [], overrides: [own] },
            keep: { lock: resolved.text, upgrade: [] },
          },
          await folder('lock-postinstall'),
          exec,
          log,
        )
  const text = post === undefined ? resolved.text : overlaidLock(resolved.text, post.text)
  const sdists = await findSdists(text, target, await folder('lock'), exec, log)
  const elsewhere = interpreter.minor === inputs.python ? [] : sdists.map(({ name }) => name)
  const { build, unlocked, asOf } = await lockAll(trees, builders, sdists, tools, lockBuilders)
  return {
    text,
    build,
    facts: {
      required_by: whoRequires(resolved, post),
      overrides: overrides.map(({ line: _, tree, ...override }) => ({
        ...override,
        ...(tree === undefined ? {} : { git: tree.git }),
      })),
      relaxed,
      upgraded,
      yanked: readYanked(`${resolved.warnings}\n${post?.warnings ?? ''}`),
      postinstall: post === undefined ? [] : namesAdded(resolved.text, post.text),
      ...(elsewhere.length > 0 || (interpreter.minor !== inputs.python && (await dependsOnPython(source.folder)))
        ? { built_elsewhere: { python: interpreter.minor, names: elsewhere } }
        : {}),
      build: {
        ...(asOf === undefined ? {} : { as_of: asOf }),
        sdists: sdists.map(({ name }) => name),
        unlocked,
      },
    },
  }
}

/** Answers the same question once. */
function remembered(ask: (text: string) => Promise<boolean>): (text: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>()
  return (text) => {
    const answer = answers.get(text) ?? ask(text)
    answers.set(text, answer)
    return answer
  }
}

/** An override with its line for the resolver, and its checkout where it is a commit. */
interface PreparedOverride {
  readonly name: string
  readonly requirement: string
  readonly reason?: string
  readonly line: string
  readonly tree: { readonly git: OverrideSource; readonly requires: readonly string[] } | undefined
}

async function readOverrides({ pipOverrides }: LockInputs, tools: LockTools): Promise<PreparedOverride[]> {
  const prepared: PreparedOverride[] = []
  for (const { requirement, reason } of pipOverrides) {
    const read = readOverride(requirement)
    if (read === undefined) throw new InputError({ message: `${JSON.stringify(requirement)} is no override.` })
    const override = { name: normalizeName(read.name), requirement, ...(reason === undefined ? {} : { reason }) }
    if (read.kind === 'versions') {
      prepared.push({ ...override, line: requirement, tree: undefined })
      continue
    }
    const { folder, git } = await tools.override(override.name, read.url, read.commit)
    const tree = { git, requires: await buildRequires(folder) }
    prepared.push({ ...override, line: ownRequirement(override.name, [], folder), tree })
  }
  return prepared
}

/**
 * Overrides as further constraints and requirements: what others ask of a package beside its version, its extras, stays.
 * Where others contradict them there is no solution, and uv's overrides take the place of all that others ask.
 */
function besideOthers(resolution: Resolution, overrides: readonly PreparedOverride[]): Resolution {
  const trees = overrides.flatMap(({ tree, line }) => (tree === undefined ? [] : [line]))
  const versions = overrides.flatMap(({ name, tree, requirement }) => {
    const specifier = requirement.replace(/^[A-Za-z0-9._-]+\s*/, '')
    return tree === undefined ? [{ name, specifier }] : []
  })
  return {
    ...resolution,
    requirements: [...resolution.requirements, ...trees],
    constraints: [...resolution.constraints, ...versions],
    overrides: [],
  }
}

function isUnsolvable(error: unknown): boolean {
  return error instanceof ToolError && error.status === NO_SOLUTION
}

/** The build lock with the source archives' requirements, where they say some. */
async function lockAll(
  trees: readonly BuiltTree[],
  builders: BuildLock,
  sdists: readonly { readonly name: string; readonly version: string }[],
  tools: LockTools,
  lockBuilders: (trees: readonly BuiltTree[]) => Promise<BuildLock>,
) {
  const further: BuiltTree[] = []
  const unread: string[] = []
  for (const { name, version } of sdists) {
    const folder = await tools.sdist(`${name}==${version}`)
    if (folder === undefined) unread.push(name)
    else further.push({ name, requires: await buildRequires(folder) })
  }
  const all = further.length === 0 ? builders : await lockBuilders([...trees, ...further])
  return { build: all.text, unlocked: [...all.unlocked, ...unread].toSorted(), asOf: all.asOf }
}

function whoRequires(resolved: Resolved, post: Resolved | undefined): LockFacts['required_by'] {
  const all = [...resolved.requiredBy, ...(post?.requiredBy ?? [])]
  const names = [...new Set(all.map(([name]) => name))].toSorted()
  return Object.fromEntries(
    names.map((name) => {
      const who = all.flatMap(([one, requirers]) => (one === name ? requirers : []))
      return [name, [...new Set(who)].toSorted()]
    }),
  )
}

/** What a further lock adds or changes. */
function namesAdded(text: string, over: string): string[] {
  const before = new Map(parseLock(text, 'the lock').map(({ name, version }) => [name, version]))
  return parseLock(over, 'the lock').flatMap(({ name, version }) => (before.get(name) === version ? [] : [name]))
}
