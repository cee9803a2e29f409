import { relative } from 'node:path'
import * as core from '@actions/core'
import { formatProblem, type Problem } from '../errors.js'
import { redact } from '../runtime/redact.js'
import type { Reporter } from '../runtime/reporter.js'

/** GitHub shows at most ten annotations of a kind for a step. */
const MAX_ANNOTATIONS = 10

/** Progress as plain lines of the job's log; warnings as annotations. */
export function actionReporter(options: { readonly debug: boolean; readonly workspace: string }): Reporter {
  const line = (text: string) => core.info(redact(text))
  return {
    stageStarted: (leg, stage) => line(`${leg}: ${stage} …`),
    stageEnded: (leg, stage, seconds, note) =>
      line(`${leg}: ${stage} ${seconds.toFixed(1)} s${note === undefined ? '' : ` (${note})`}`),
    info: line,
    warning: (problem) => core.warning(redact(messageOf(problem)), placeOf(problem, options.workspace)),
    debug: (message) => (options.debug ? line(message) : core.debug(redact(message))),
    close: () => undefined,
  }
}

/** Problems as annotations at their file and line; of many the last one counts the rest. */
export function annotateProblems(problems: readonly Problem[], workspace: string): void {
  const shown = problems.length > MAX_ANNOTATIONS ? problems.slice(0, MAX_ANNOTATIONS - 1) : problems
  for (const problem of shown) core.error(redact(messageOf(problem)), placeOf(problem, workspace))
  for (const problem of problems.slice(shown.length)) core.info(redact(formatProblem(problem)))
  const rest = problems.length - shown.length
  if (rest > 0) core.error(`… and ${rest} more problems, all of them in the step's log`, { title: 'giftwrap' })
}

function messageOf({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message}\n${hint}`
}

function placeOf({ file, line, column }: Problem, workspace: string): core.AnnotationProperties {
  if (file === undefined) return { title: 'giftwrap' }
  return {
    title: 'giftwrap',
    file: file.startsWith('/') ? relative(workspace, file) : file,
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  }
}
