import { InputError } from '../errors.js'
import { type Explanation, type LegInput, type Manifest, renderTemplate } from '../manifest/read-manifest.js'
import { packagerOf } from '../plan/choose-packager.js'
import { makeLegs } from '../plan/make-legs.js'
import type { PlannedLeg } from '../plan/plan.js'
import { planData } from '../plan/plan-file.js'
import { legTarget } from '../plan/targets.js'
import type { Ports } from '../runtime/ports.js'
import { describeMachine } from './machine.js'
import { overridesOf } from './manifest-inputs.js'
import type { PlanOutcome } from './plan.js'
import type { PlanInputs } from './plan-inputs.js'
import { readWholeManifest } from './superrepo-projects.js'

/** The plan as a table of legs, and how many there are. */
export function describePlan({ plan: { legs }, matrix }: PlanOutcome): string[] {
  const rows = legs.map(planCells)
  const head = ['leg', 'commit', 'target', 'formats', 'packager']
  const widths = head.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  )
  const lines = [head, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  const count = (words: readonly string[], one: string) => {
    const { size } = new Set(words)
    return `${size} ${one}${size === 1 ? '' : 's'}`
  }
  const counts = [
    count(
      legs.map(({ id }) => id),
      'leg',
    ),
    count(
      legs.map(({ project }) => project.name),
      'project',
    ),
    count(
      legs.map(({ target }) => target.id),
      'target',
    ),
  ]
  return [...lines.map((line) => line.trimEnd()), '', counts.join(', '), describeMatrix(matrix)]
}

/** One line: how many jobs a workflow would have, or why it can't. */
function describeMatrix(matrix: PlanOutcome['matrix']): string {
  try {
    const { length } = matrix().include
    return `a matrix of ${length} job${length === 1 ? '' : 's'}`
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
}

/** The plan as it is written to `plan.json`, and the matrix of its jobs. */
export function planJson({ plan, matrix }: PlanOutcome): string {
  return JSON.stringify({ ...planData(plan), matrix: matrix() }, null, 2)
}

/** A leg's line: id, commit, target, formats, packagers. */
export function planCells(leg: PlannedLeg): string[] {
  const packagers = new Set(leg.formats.map((format) => packagerOf(leg, format)))
  return [leg.id, commitOf(leg), leg.target.id, leg.formats.join(','), [...packagers].join(',')]
}

/** The first digits of the commit, the release, or the folder's digest; the ref where it is not pinned. */
function commitOf({ source, project }: PlannedLeg): string {
  if (source === undefined) return project.sdist ?? project.path ?? project.gitref
  if (source.kind === 'git') return source.commit.slice(0, 12)
  return source.kind === 'sdist' ? source.requirement : `${source.path} ${source.digest.slice(0, 12)}`
}

/** `plan --explain KEY`: where a value comes from, what counts first; for each of the legs that `--only` picks. */
export async function explainKey(key: string, inputs: PlanInputs, ports: Ports): Promise<string[]> {
  const { manifest } = await readWholeManifest(inputs.manifest, overridesOf(inputs), ports, inputs.dryRun)
  const name = qualified(key, manifest, inputs)
  const legs = await pickedLegs(manifest, inputs, ports)
  if (legs === undefined) return explanation(manifest.explain(name))
  return legs.flatMap((leg) => [leg.id, ...explanation(manifest.explain(name, leg)).map((line) => `  ${line}`)])
}

/** The legs that `--only` and `--skip` pick; undefined without them. */
async function pickedLegs(
  manifest: Manifest,
  inputs: PlanInputs,
  ports: Ports,
): Promise<readonly LegInput[] | undefined> {
  if (inputs.only === undefined && inputs.skip === undefined) return undefined
  const machine = await describeMachine(inputs.fpmGems, inputs.provision, ports)
  return makeLegs(manifest, inputs, machine).map(({ id, index, target, architecture }) => {
    return { id, project: index, target: legTarget(target, architecture) }
  })
}

function explanation({ key: name, value, needsLeg, origins, uses }: Explanation): string[] {
  const shown = needsLeg ? 'differs by leg' : value === undefined ? 'not given' : JSON.stringify(value)
  return [
    `${name} = ${shown}`,
    ...origins.map(({ source, place, value: written }, index) => {
      const where = place?.line === undefined ? source : [place.file, place.line, place.column].join(':')
      return `  ${index === 0 ? 'from' : 'over'} ${where}: ${JSON.stringify(written)}`
    }),
    ...(uses.length === 0 ? [] : [`  uses ${uses.join(', ')}`]),
  ]
}

/** With one project named by `-p`, a plain key is that project's. */
function qualified(key: string, { projects }: Manifest, { projects: named }: PlanInputs): string {
  const [only, ...others] = named ?? []
  if (only === undefined || others.length > 0 || /[.[]/.test(key)) return key
  const index = projects.findIndex(({ name }) => name === only)
  return index < 0 ? key : `projects[${index}].${key}`
}

/** `plan --render TEMPLATE`: what it gives for each of the picked legs or named projects, or where only settings are. */
export async function renderText(template: string, inputs: PlanInputs, ports: Ports): Promise<string[]> {
  const { manifest } = await readWholeManifest(inputs.manifest, overridesOf(inputs), ports, inputs.dryRun)
  const legs = await pickedLegs(manifest, inputs, ports)
  if (legs !== undefined) return legs.map((leg) => manifest.render(template, leg))
  const { projects } = inputs
  if (projects === undefined) return [renderTemplate(manifest, template)]
  return projects.map((project) => renderTemplate(manifest, template, project))
}
