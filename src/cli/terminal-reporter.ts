import { formatProblem } from '../errors.js'
import { redact } from '../runtime/redact.js'
import type { Reporter, Stage } from '../runtime/reporter.js'

/** Where lines go; a terminal can also redraw its last ones. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

const REDRAW_MS = 100
const CLEAR_LINE = '\r\x1b[2K'
const UP = '\x1b[1A'

/** Progress for a person: on a terminal what runs now with its elapsed time, elsewhere plain lines. */
export function terminalReporter(output: Output, options: { readonly debug: boolean }): Reporter {
  const active = new Map<string, { readonly stage: Stage; readonly since: number }>()
  let drawn = 0
  let timer: NodeJS.Timeout | undefined

  function erase(): void {
    if (drawn > 0) output.write(CLEAR_LINE + (UP + CLEAR_LINE).repeat(drawn - 1))
    drawn = 0
  }

  function draw(): void {
    erase()
    const lines = [...active].map(([leg, { stage, since }]) => {
      const seconds = ((performance.now() - since) / 1000).toFixed(0)
      return `${leg}  ${stage} … ${seconds} s`.slice(0, (output.columns ?? 80) - 1)
    })
    output.write(lines.join('\n'))
    drawn = lines.length
  }

  function line(text: string): void {
    erase()
    output.write(`${redact(text)}\n`)
    if (output.isTTY && active.size > 0) draw()
  }

  function rest(): void {
    clearInterval(timer)
    timer = undefined
    erase()
  }

  return {
    stageStarted(leg, stage) {
      active.set(leg, { stage, since: performance.now() })
      if (!output.isTTY) line(`${leg}: ${stage} …`)
      else timer ??= setInterval(draw, REDRAW_MS).unref()
    },
    stageEnded(leg, stage, seconds, note) {
      active.delete(leg)
      if (active.size === 0) rest()
      line(`${leg}: ${stage} ${seconds.toFixed(1)} s${note === undefined ? '' : ` (${note})`}`)
    },
    info: line,
    warning: (problem) => line(`warning: ${formatProblem(problem)}`),
    debug: (message) => {
      if (options.debug) line(message)
    },
    close() {
      active.clear()
      rest()
    },
  }
}
