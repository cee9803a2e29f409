import { relative, resolve } from 'node:path'
import * as core from '@actions/core'
import { formatProblem, type Problem } from '../errors.js'
import { redact } from '../runtime/redact.js'
import type { Reporter } from '../runtime/reporter.js'
import { logLines } from './log-lines.js'

/** GitHub shows at most ten annotations of a kind for a step. */
const MAX_ANNOTATIONS = 10

/** Progress as plain lines of the job's log; warnings as annotations. */
export function actionReporter(options: { readonly debug: boolean; readonly workspace: string }): Reporter {
  return {
    stageStarted: (leg, stage) => logLines(`${leg}: ${stage} …`),
    stageEnded: (leg, stage, seconds, note) =>
      logLines(`${leg}: ${stage} ${seconds.toFixed(1)} s${note === undefined ? '' : ` (${note})`}`),
    info: logLines,
    warning: (problem) => annotate(core.warning, problem, options.workspace),
    debug: (message) => (options.debug ? logLines(message) : core.debug(redact(message))),
    close: () => undefined,
  }
}

/** Problems as annotations at their file and line; of many the last one counts the rest. */
export function annotateProblems(problems: readonly Problem[], workspace: string): void {
  const shown = problems.length > MAX_ANNOTATIONS ? problems.slice(0, MAX_ANNOTATIONS - 1) : problems
  for (const problem of shown) annotate(core.error, problem, workspace)
  for (const problem of problems.slice(shown.length)) logLines(formatProblem(problem))
  const rest = problems.length - shown.length
  if (rest > 0)
    annotate(core.error, { message: `… and ${rest} more problems, all of them in the step's log` }, workspace)
}

type Annotate = (message: string, properties: core.AnnotationProperties) => void

/** An annotation at its place, which GitHub shows in the workspace only; the log shows the message alone. */
function annotate(as: Annotate, problem: Problem, workspace: string): void {
  as(redact(formatProblem(problem)), { title: 'giftwrap', ...placeOf(problem, workspace) })
}

function placeOf({ file, line, column }: Problem, workspace: string): core.AnnotationProperties {
  if (file === undefined) return {}
  const path = relative(workspace, resolve(workspace, redact(file)))
  if (path === '..' || path.startsWith('../')) return {}
  return {
    file: path,
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  }
}
