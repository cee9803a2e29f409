import { join } from 'node:path'
import { formatProblem } from '../../src/errors.js'
import { type Environment, readEnvironment } from '../../src/runtime/environment.js'
import type { Command, Exec } from '../../src/runtime/exec.js'
import { nodePorts } from '../../src/runtime/node-ports.js'
import type { Ports } from '../../src/runtime/ports.js'
import type { Reporter } from '../../src/runtime/reporter.js'
import { TEST_CACHE } from './paths.js'

/** Where uv and nfpm are kept from one test run to the next. */
export const TOOL_CACHE = join(TEST_CACHE, 'tool-cache')

/** A reporter that keeps what it is told, as lines. */
export function keepingReporter(): Reporter & { readonly lines: string[] } {
  const lines: string[] = []
  return {
    lines,
    stageStarted: (leg, stage) => lines.push(`${leg} ${stage} starts`),
    stageEnded: (leg, stage, _seconds, note) => lines.push(`${leg} ${stage} ends${note ? ` (${note})` : ''}`),
    info: (message) => lines.push(message),
    warning: (problem) => lines.push(`warning: ${formatProblem(problem)}`),
    debug: (message) => lines.push(message),
    close() {},
  }
}

export interface PortsForTest extends Ports {
  /** What the reporter was told. */
  readonly lines: readonly string[]
}

type Changes = Readonly<Record<string, string | undefined>>

/** The real ports, with other environment variables where the test says so (`undefined` takes one away). */
export function testPorts(changes: Changes = {}): PortsForTest {
  return portsWithCache(TOOL_CACHE, changes)
}

/** The same with a tool cache of the test's own. */
export function portsWithCache(cacheRoot: string, changes: Changes = {}): PortsForTest {
  const reporter = keepingReporter()
  const variables = { ...process.env, GITHUB_ACTIONS: undefined, ...changes }
  const environment: Environment = { ...readEnvironment(), variables, cacheRoot }
  return { ...nodePorts(environment, reporter), lines: reporter.lines }
}

/** An executor that puts words in front of each command, e.g. `setpriv …` to be somebody else. */
export function execBehind(prefix: readonly string[], exec: Exec): Exec {
  const behind = (command: Command): Command => ({ ...command, argv: [...prefix, ...command.argv] })
  return {
    run: (command, log) => exec.run(behind(command), log),
    stream: (command, consume, log) => exec.stream(behind(command), consume, log),
  }
}
