import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { InputError, type Problem } from '../errors.js'
import type { Manifest } from '../manifest/read-manifest.js'
import { packagerOf } from '../plan/choose-packager.js'
import type { Leg } from '../plan/plan.js'
import { sha256File } from '../runtime/files.js'
import type { Reporter } from '../runtime/reporter.js'
import { fpmFiles, fpmOptionsFrom, fpmOptionsSeenFrom, fpmWords, readFpmOptions } from '../tools/fpm-options.js'

/**
 * Checks the legs' `fpm_options`, and gives the legs with the paths of files made absolute, which are taken from
 * `folder`. Legs that others package have none: that is told. `place` is where the options stand.
 */
export async function settleFpmOptions<L extends Leg>(
  legs: readonly L[],
  folder: string,
  reporter: Reporter,
  place: Omit<Problem, 'message'> = {},
): Promise<readonly L[]> {
  const problems = new Map<string, Problem>()
  const ignored: L[] = []
  const settled: L[] = []
  for (const leg of legs) {
    const read = readFpmOptions(leg.settings.fpm_options)
    const options = fpmOptionsFrom(folder, read.options)
    const missing = await filesThatAreNotThere(fpmFiles(options))
    for (const problem of [...read.problems, ...missing]) problems.set(problem.message, { ...place, ...problem })
    const byFpm = leg.formats.some((format) => packagerOf(leg, format) === 'fpm')
    if (!byFpm && options.length > 0) ignored.push(leg)
    settled.push(withOptions(leg, byFpm ? fpmWords(options) : []))
  }
  if (problems.size > 0) throw new InputError([...problems.values()])
  const [first, ...others] = ignored
  if (first !== undefined) {
    const legsOf = others.length === 0 ? first.id : `${first.id} and ${others.length} more`
    const hint = 'Say `packager: fpm`, or take the options away.'
    reporter.warning({
      ...place,
      message: `fpm_options do nothing for ${legsOf}, which ${first.packager.name} packages.`,
      hint,
    })
  }
  return settled
}

/** Where the manifest's settings have the options; nothing where only an override or `--set` gives them. */
export function fpmOptionsPlace(manifest: Manifest): Omit<Problem, 'message'> {
  return manifest.settings.fpm_options.length === 0 ? {} : manifest.locate(['settings', 'fpm_options'])
}

/** A leg whose options name their files as they are seen from `folder`. */
export function withFpmOptionsSeenFrom<L extends Leg>(folder: string, leg: L): L {
  return withOptions(leg, fpmWords(fpmOptionsSeenFrom(folder, readFpmOptions(leg.settings.fpm_options).options)))
}

/** All that options decide: the bytes of files count, and not where they lie. */
export async function fpmOptionsIdentity(words: readonly string[]): Promise<readonly unknown[]> {
  const { options } = readFpmOptions(words)
  return Promise.all(
    options.map(async ({ name, value, rule }) => {
      if (rule.takes !== 'file' || value === undefined) return [name, value]
      return [name, basename(value), await sha256File(value)]
    }),
  )
}

function withOptions<L extends Leg>(leg: L, words: readonly string[]): L {
  return { ...leg, settings: { ...leg.settings, fpm_options: [...words] } }
}

async function filesThatAreNotThere(files: readonly string[]): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const file of files) {
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) problems.push({ message: `fpm_options name ${file}, which is no file.` })
  }
  return problems
}
