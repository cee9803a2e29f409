import * as core from '@actions/core'
import { redact } from '../runtime/redact.js'

/**
 * Writes lines into the job's log, without credentials. The runner looks for commands in whatever a step prints: what
 * a tool printed must not become one.
 */
export function logLines(text: string): void {
  core.info(withoutCommands(redact(text)))
}

/**
 * Text in which the runner finds no command: `::name::` counts behind blanks at the start of a line, the older
 * `##[name]` anywhere. https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function withoutCommands(text: string): string {
  return text.replace(/^([\s\u0085]*):(?=:)/gm, '$1: ').replaceAll('##[', '## [')
}
