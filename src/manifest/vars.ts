import type { ProblemList } from './problem-list.js'
import { VARIABLE_NAME } from './schema/manifest.js'
import { type LookUp, type Rendering, Unavailable, within } from './section.js'
import { TemplateError } from './template/template-error.js'
import { Namespace, type Value } from './template/value.js'
import { isNothing, type MapNode, type YamlNode } from './yaml-tree.js'

const MAX_SHOWN = 60

export const VARIABLE_HINT = 'It has letters, digits and _, and does not start with a digit.'

/** Templates could not ask for a variable of another name. */
export function checkVariableNames(vars: MapNode, problems: ProblemList): void {
  for (const [name, { keyOffset }] of vars.entries) {
    if (VARIABLE_NAME.test(name)) continue
    const shown = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name
    problems.add(`'${shown}' is not the name of a variable`, keyOffset, VARIABLE_HINT)
  }
}

const YES = new Set(['true', 'True', 'TRUE'])
const NO = new Set(['false', 'False', 'FALSE'])

/**
 * `vars` as templates see it. A variable has no type of its own: `true`, `false` and nothing are what they say when they are
 * not quoted, everything else is the text that stands there. Its templates are rendered where it is used.
 */
export function varsNamespace(node: MapNode | undefined, lookUp: LookUp, rendering: Rendering): Namespace {
  return new Namespace('vars', (name) => {
    const entry = node?.entries.get(name)
    if (entry === undefined) return undefined
    const label = `vars.${name}`
    const user = rendering.trail.at(-1)
    if (user !== undefined) rendering.onUse?.(user, label)
    return within(rendering, label, () => toValue(entry.value, label, lookUp, rendering))
  })
}

function toValue(node: YamlNode, label: string, lookUp: LookUp, rendering: Rendering): Value {
  if (node.kind === 'list') return node.items.map((item) => toValue(item, label, lookUp, rendering))
  if (node.kind === 'map') {
    return new Map([...node.entries].map(([key, { value }]) => [key, toValue(value, label, lookUp, rendering)]))
  }
  if (isNothing(node)) return null
  if (node.plain && YES.has(node.text)) return true
  if (node.plain && NO.has(node.text)) return false
  try {
    return rendering.renderer.render(node.text, lookUp)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    rendering.report(`${label}: ${error.message}`, node.offset)
    throw new Unavailable()
  }
}

/** The variables as data, before their templates are rendered: what a plan records. */
export function varsData(node: MapNode | undefined): Readonly<Record<string, unknown>> {
  return node === undefined
    ? {}
    : Object.fromEntries([...node.entries].map(([name, { value }]) => [name, toPlain(value)]))
}

function toPlain(node: YamlNode): unknown {
  if (node.kind === 'list') return node.items.map(toPlain)
  if (node.kind === 'map') return varsData(node)
  if (isNothing(node)) return null
  return node.plain && (YES.has(node.text) || NO.has(node.text)) ? YES.has(node.text) : node.text
}
