import { join } from 'node:path'
import { type BuildOutcome, build } from '../commands/build.js'
import { describeDiff } from '../commands/describe-diff.js'
import { describeExplanation, explanationData } from '../commands/describe-explanation.js'
import { describePlan, explainKey, planJson, renderText } from '../commands/describe-plan.js'
import { diff } from '../commands/diff.js'
import { explain } from '../commands/explain.js'
import { lock } from '../commands/lock.js'
import { plan } from '../commands/plan.js'
import { publish } from '../commands/publish.js'
import { expectedError } from '../errors.js'
import { readEnvironment } from '../runtime/environment.js'
import { nodePorts } from '../runtime/node-ports.js'
import type { Ports } from '../runtime/ports.js'
import { printable, printableLines } from '../runtime/printable.js'
import { redact } from '../runtime/redact.js'
import { watchSignals } from '../runtime/signals.js'
import { VERSION } from '../version.js'
import { commandHelp, generalHelp } from './help.js'
import { type Request, readArguments } from './options.js'
import { terminalReporter } from './terminal-reporter.js'

/** Runs the command line and gives its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const interrupted = watchSignals()
  try {
    const environment = readEnvironment()
    const request = readArguments(words, environment.variables)
    return await run(request, environment)
  } catch (error) {
    return interrupted() ?? tell(error)
  }
}

async function run(request: Request, environment: ReturnType<typeof readEnvironment>): Promise<number> {
  if (request.kind === 'help') {
    process.stdout.write(request.command === undefined ? generalHelp() : commandHelp(request.command))
    return 0
  }
  if (request.kind === 'version') {
    process.stdout.write(`giftwrap ${VERSION}\n`)
    return 0
  }
  const reporter = terminalReporter(process.stderr, { debug: request.debug })
  try {
    const ports = nodePorts(environment, reporter, request)
    if (request.kind === 'build') {
      const outcome = await build(request.inputs, ports)
      process.stdout.write(packagesOf(outcome))
      if (outcome.failure !== undefined) throw outcome.failure
    } else if (request.kind === 'plan') {
      process.stdout.write(`${(await planLines(request, ports)).join('\n')}\n`)
    } else if (request.kind === 'explain' || request.kind === 'diff') {
      process.stdout.write(`${await shown(request, ports)}\n`)
    } else if (request.kind === 'publish') {
      const { assembled, failure } = await publish(request.inputs, ports, { artifacts: undefined, releases: undefined })
      if (failure !== undefined) throw failure
      for (const { path } of assembled === undefined ? [] : [...assembled.packages, assembled.sums]) {
        process.stdout.write(`${path}\n`)
      }
    } else {
      for (const file of await lock(request.inputs, ports)) process.stdout.write(`${file}\n`)
    }
    return 0
  } finally {
    reporter.close()
  }
}

async function planLines(request: Extract<Request, { kind: 'plan' }>, ports: Ports): Promise<string[]> {
  const { inputs, explain, render, json } = request
  if (explain !== undefined) return (await explainKey(explain, inputs, ports)).map(redact)
  if (render !== undefined) return (await renderText(render, inputs, ports)).map(redact)
  const outcome = await plan(inputs, ports)
  return json ? [planJson(outcome)] : describePlan(outcome)
}

/** What locks say may be anybody's: it is neither to move the cursor nor to hide anything. */
async function shown(request: Extract<Request, { kind: 'explain' | 'diff' }>, ports: Ports): Promise<string> {
  const text = (lines: readonly string[]) => lines.map((line) => printable(redact(line))).join('\n')
  const json = (data: object) =>
    printableLines(JSON.stringify(data, (_, value) => (typeof value === 'string' ? redact(value) : value), 2))
  if (request.kind === 'diff') {
    const found = await diff(request.inputs, ports)
    return request.json ? json(found) : text(describeDiff(found))
  }
  const found = await explain(request.inputs, ports)
  return request.json ? json(explanationData(found)) : text(describeExplanation(found))
}

/** The packages' paths, one a line: what a script wants to read. */
function packagesOf({ outputDir, results }: BuildOutcome): string {
  return results.flatMap(({ leg, packages }) => packages.map(({ file }) => `${join(outputDir, leg, file)}\n`)).join('')
}

function tell(error: unknown): number {
  const expected = expectedError(error)
  if (expected !== undefined) {
    process.stderr.write(`giftwrap: ${printableLines(redact(expected.message))}\n`)
    return expected.exitCode
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`giftwrap: this is a bug of giftwrap ${VERSION}, please report it:\n${redact(text)}\n`)
  return 1
}
