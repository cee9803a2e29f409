import * as core from '@actions/core'
import type { BuildOutcome } from '../commands/build.js'
import { planCells } from '../commands/describe-plan.js'
import type { PlanOutcome } from '../commands/plan.js'
import type { PublishOutcome } from '../commands/publish.js'

/** Writes the job's summary: one table, a line for each package. */
export async function writeSummary({ results }: BuildOutcome, artifacts: readonly string[]): Promise<void> {
  const header = ['Package', 'Version', 'Size', 'Packager', 'Time', 'SHA-256'].map((data) => ({ data, header: true }))
  const rows = results.flatMap(({ packages, packager, timings }) => {
    const seconds = Object.values(timings).reduce((sum, time) => sum + time, 0)
    return packages.map(({ file, size, sha256, fields }) => [
      escapeHtml(file),
      escapeHtml(fields.Version ?? ''),
      formatSize(size),
      packager.name,
      `${seconds.toFixed(1)} s`,
      `<code>${sha256}</code>`,
    ])
  })
  if (rows.length === 0) return
  const summary = core.summary.addHeading('giftwrap', 2).addTable([header, ...rows])
  for (const artifact of artifacts) summary.addRaw(`Uploaded as artifact <code>${escapeHtml(artifact)}</code>.`, true)
  // A build that is done must not fail for its report.
  await summary.write().catch((error: unknown) => core.warning(`the job's summary could not be written: ${error}`))
}

/** GitHub refuses a summary of more than 1 MiB. */
const MAX_LEGS = 1000

/** Writes the job's summary of a plan: one table, a line for each leg. */
export async function writePlanSummary({ plan, matrix }: PlanOutcome, artifact: string | undefined): Promise<void> {
  const { include } = matrix()
  const header = ['Leg', 'Commit', 'Target', 'Formats', 'Packager'].map((data) => ({ data, header: true }))
  const rows = plan.legs.slice(0, MAX_LEGS).map((leg) => planCells(leg).map(escapeHtml))
  const more = plan.legs.length - rows.length
  const counts = `${plan.legs.length} legs in ${include.length} jobs${more > 0 ? `; ${more} are not shown` : ''}.`
  const summary = core.summary
    .addHeading('giftwrap plan', 2)
    .addTable([header, ...rows])
    .addRaw(counts, true)
  if (artifact !== undefined) summary.addRaw(`Uploaded as artifact <code>${escapeHtml(artifact)}</code>.`, true)
  await summary.write().catch((error: unknown) => core.warning(`the job's summary could not be written: ${error}`))
}

/** Writes the job's summary of a publication: its report, and where the packages are. */
export async function writeReport({ report, artifact, released }: PublishOutcome): Promise<void> {
  const summary = core.summary.addHeading('giftwrap publish', 2)
  if (artifact !== undefined) summary.addRaw(`Uploaded as artifact <code>${escapeHtml(artifact.name)}</code>.`, true)
  if (released !== undefined) {
    const { release, uploaded, there } = released
    const link = `<a href="${escapeHtml(release.url)}">${escapeHtml(release.tag)}</a>`
    const state = release.draft ? ', a draft still' : ''
    summary.addRaw(`Released as ${link}${state}: ${uploaded} files uploaded, ${there} were there.`, true)
  }
  // Markdown begins behind an empty line.
  summary.addRaw(`\n${report}`, true)
  await summary.write().catch((error: unknown) => core.warning(`the job's summary could not be written: ${error}`))
}

function formatSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
