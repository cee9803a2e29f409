import { TemplateError } from './template-error.js'
import { type Arguments, typeName, type Value } from './value.js'

/** The arguments of a call in the order of the parameters' names, those that are not given left out. */
export function bind(callee: string, given: Arguments, parameters: readonly string[]): (Value | undefined)[] {
  if (given.positional.length > parameters.length) {
    throw new TemplateError(
      `${callee}() takes at most ${parameters.length} arguments, ${given.positional.length} given`,
    )
  }
  const bound: (Value | undefined)[] = [...given.positional]
  for (const [name, value] of given.named) {
    const index = parameters.indexOf(name)
    if (index < 0) throw new TemplateError(`${callee}() has no argument '${name}'`)
    if (bound[index] !== undefined) throw new TemplateError(`${callee}() got '${name}' twice`)
    bound[index] = value
  }
  return bound
}

export function asText(callee: string, value: Value | undefined): string {
  if (typeof value === 'string') return value
  throw new TemplateError(`${callee}() needs a str, not ${value === undefined ? 'nothing' : typeName(value)}`)
}

/** An int as a JavaScript number; ints beyond its range become its ends, which every limit refuses. */
export function asIndex(callee: string, value: Value | undefined): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') {
    const limit = BigInt(Number.MAX_SAFE_INTEGER)
    return Number(value > limit ? limit : value < -limit ? -limit : value)
  }
  throw new TemplateError(`${callee}() needs an int, not ${value === undefined ? 'nothing' : typeName(value)}`)
}
