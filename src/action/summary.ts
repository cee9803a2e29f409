import * as core from '@actions/core'
import type { BuildOutcome } from '../commands/build.js'

/** Writes the job's summary: one table, a line for each package. */
export async function writeSummary({ results }: BuildOutcome, artifact: string | undefined): Promise<void> {
  const header = ['Package', 'Version', 'Size', 'Packager', 'Time', 'SHA-256'].map((data) => ({ data, header: true }))
  const rows = results.flatMap(({ packages, packager, timings }) => {
    const seconds = Object.values(timings).reduce((sum, time) => sum + time, 0)
    return packages.map(({ file, size, sha256, fields }) => [
      file,
      fields.Version ?? '',
      `${(size / 1e6).toFixed(1)} MB`,
      packager.name,
      `${seconds.toFixed(1)} s`,
      `<code>${sha256}</code>`,
    ])
  })
  const summary = core.summary.addHeading('giftwrap', 2).addTable([header, ...rows])
  if (artifact !== undefined) summary.addRaw(`Uploaded as artifact <code>${artifact}</code>.`, true)
  await summary.write()
}
