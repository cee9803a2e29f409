import { z } from 'zod'
import { suggest } from './suggest.js'
import { TemplateError } from './template/template-error.js'
import { Namespace, Undefined, type Value } from './template/value.js'
import type { Renderer } from './templates.js'
import { type Fields, toData, toWritten, type Written } from './written.js'
import { entryOf, keyOffset, type MapNode, nearestNode, type Path } from './yaml-tree.js'

/** A value is not there, and it has been said or will be said why. */
export class Unavailable extends Error {}

/** A value speaks of `project` or `target`, so it is rendered for each leg. */
export class NeedsLeg extends Error {}

export type LookUp = (name: string) => Value | undefined

/** What all sections of one manifest share. */
export interface Rendering {
  readonly renderer: Renderer
  /** The values that are being worked out, outermost first. */
  readonly trail: string[]
  report(message: string, offset: number | undefined, hint?: string): void
  /** Told of each value that another one's templates ask for. */
  readonly onUse?: ((user: string, used: string) => void) | undefined
}

export interface SectionSource {
  /** What templates call it. */
  readonly name: string
  /** What problems call it, e.g. `projects[3]`. */
  readonly label: string
  readonly fields: Fields
  readonly node: MapNode | undefined
  readonly lookUp: LookUp
}

/** `settings`, a project, a target: its values are rendered when they are asked for, each once. */
export class Section {
  readonly #source: SectionSource
  readonly #rendering: Rendering
  readonly #rendered = new Map<string, Written>()
  readonly #failed = new Set<string>()
  /** What templates see of it. */
  readonly namespace: Namespace

  constructor(source: SectionSource, rendering: Rendering) {
    this.#source = source
    this.#rendering = rendering
    this.namespace = new Namespace(source.name, (key) => this.member(key))
  }

  /** A value as templates see it, with the type that its key has. */
  member(key: string): Value | undefined {
    const { name, fields } = this.#source
    const field = fields.all.get(key)
    if (field === undefined) return undefined
    const user = this.#rendering.trail.at(-1)
    if (user !== undefined) this.#rendering.onUse?.(user, `${name}.${key}`)
    const parsed = z.safeParse(field.schema, toData(this.render(key)))
    if (!parsed.success) throw new Unavailable()
    return parsed.data === undefined ? new Undefined(`'${name}.${key}' is not given`) : asValue(parsed.data)
  }

  /** A value before its templates are rendered. */
  written(key: string): Written {
    const entry = entryOf(this.#source.node, key)
    return entry === undefined ? this.#source.fields.all.get(key)?.initial : toWritten(entry.value)
  }

  has(key: string): boolean {
    return this.#source.fields.all.has(key)
  }

  keys(): readonly string[] {
    return [...this.#source.fields.all.keys()]
  }

  /** A key's default, before its templates are rendered. */
  initial(key: string): Written {
    return this.#source.fields.all.get(key)?.initial
  }

  /** A value with its type, when it can be worked out; `finish` says why it cannot. */
  valueOf(key: string): unknown {
    const field = this.#source.fields.all.get(key)
    if (field === undefined || this.#failed.has(key)) return undefined
    return z.safeParse(field.schema, toData(this.render(key) ?? undefined)).data
  }

  /** A value as text, all its templates rendered. */
  render(key: string): Written {
    if (this.#failed.has(key)) throw new Unavailable()
    if (this.#rendered.has(key)) return this.#rendered.get(key)
    return within(this.#rendering, `${this.#source.name}.${key}`, () => {
      try {
        const rendered = this.#renderWritten(this.written(key), [key])
        this.#rendered.set(key, rendered)
        return rendered
      } catch (error) {
        if (error instanceof Unavailable) this.#failed.add(key)
        throw error
      }
    })
  }

  #renderWritten(written: Written, path: Path): Written {
    if (Array.isArray(written)) return this.#renderItems([...written.entries()], path).map(([, item]) => item)
    if (written instanceof Map) return new Map(this.#renderItems([...written], path))
    if (typeof written !== 'string') return written
    try {
      return this.#rendering.renderer.render(written, this.#source.lookUp)
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      this.#report(path, error.message)
      throw new Unavailable()
    }
  }

  /** An item that cannot be rendered keeps none of the others from being looked at. */
  #renderItems<Key extends string | number>(items: readonly (readonly [Key, Written])[], path: Path): [Key, Written][] {
    const rendered = items.flatMap(([key, item]): [Key, Written][] => {
      try {
        return [[key, this.#renderWritten(item, [...path, key])]]
      } catch (error) {
        if (error instanceof Unavailable) return []
        throw error
      }
    })
    if (rendered.length < items.length) throw new Unavailable()
    return rendered
  }

  /**
   * All values with their types, or nothing when a problem was reported. Keys of `late` are rendered for each leg: without
   * one they stay as they are written, or take their default where the type cannot hold a template.
   */
  finish(late: ReadonlySet<string>): Readonly<Record<string, unknown>> | undefined {
    const { fields, node } = this.#source
    const given = node === undefined ? [] : [...node.entries.keys()].filter((key) => fields.all.has(key))
    const values: Record<string, unknown> = { ...fields.constants }
    for (const key of new Set([...fields.variable, ...given])) {
      const value = late.has(key) ? this.#unrendered(key) : this.#finishOne(key)
      if (value === undefined) delete values[key]
      else values[key] = value
    }
    return this.#failed.size === 0 ? values : undefined
  }

  /** Looks at some values now; those that need a leg are looked at when there is one. */
  check(keys: readonly string[]): void {
    for (const key of keys) {
      try {
        this.render(key)
        this.#finishOne(key)
      } catch (error) {
        if (!(error instanceof NeedsLeg || error instanceof Unavailable)) throw error
      }
    }
  }

  #unrendered(key: string): unknown {
    const field = this.#source.fields.all.get(key)
    if (field === undefined) return undefined
    const { success, data } = z.safeParse(field.schema, toData(this.written(key)))
    return success ? data : z.safeParse(field.schema, toData(field.initial)).data
  }

  #finishOne(key: string): unknown {
    const field = this.#source.fields.all.get(key)
    const written = this.#renderLast(key)
    if (field === undefined || this.#failed.has(key)) return undefined
    const { success, data, error } = z.safeParse(field.schema, toData(written ?? undefined))
    if (success) return data
    this.#failed.add(key)
    for (const issue of error.issues) this.#reportIssue(issue, written, key)
    return undefined
  }

  #renderLast(key: string): Written {
    try {
      return this.render(key)
    } catch (error) {
      if (error instanceof NeedsLeg) {
        this.#failed.add(key)
        this.#report([key], 'is the same for the whole run, so it cannot speak of a project or target')
      } else if (!(error instanceof Unavailable)) {
        throw error
      }
      return undefined
    }
  }

  #reportIssue(issue: z.core.$ZodIssue, written: Written, key: string): void {
    const path = [key, ...issue.path.filter((step) => typeof step !== 'symbol')]
    if (issue.code !== 'unrecognized_keys') {
      this.#report(path, describe(issue.message, written, path.slice(1)))
      return
    }
    const known = /of ([a-z_, ]+)$/.exec(issue.message)?.[1]?.split(', ') ?? []
    for (const unknown of issue.keys) {
      const near = suggest(unknown.slice(0, 60), known)
      const hint = near === undefined ? undefined : `Did you mean '${near}'?`
      const label = showPath(this.#source.label, [...path, unknown.slice(0, 60)])
      const { node } = this.#source
      this.#rendering.report(`unknown key '${label}'`, node && keyOffset(node, [...path, unknown]), hint)
    }
  }

  #report(path: Path, message: string): void {
    const { node, label } = this.#source
    this.#rendering.report(`${showPath(label, path)}: ${message}`, node && nearestNode(node, path).offset)
  }
}

/** Works a value out under its name, so that one that asks for itself is found. */
export function within<Result>({ trail }: Rendering, label: string, work: () => Result): Result {
  if (trail.includes(label)) {
    throw new TemplateError(`goes round in a circle: ${[...trail.slice(trail.indexOf(label)), label].join(' → ')}`)
  }
  trail.push(label)
  try {
    return work()
  } finally {
    trail.pop()
  }
}

export function showPath(label: string, path: Path): string {
  const shown = label + path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return shown.replace(/^\./, '')
}

/** Data as templates see it; numbers of a manifest are whole. */
export function asValue(data: unknown): Value {
  if (typeof data === 'number') return Number.isInteger(data) ? BigInt(data) : data
  if (typeof data === 'string' || typeof data === 'boolean') return data
  if (Array.isArray(data)) return data.map(asValue)
  if (typeof data !== 'object' || data === null) return null
  return new Map(Object.entries(data).map(([key, value]) => [key, asValue(value)]))
}

const MAX_SHOWN = 80

function describe(message: string, written: Written, path: Path): string {
  const part = path.reduce<Written>((value, step) => {
    // A text may stand for a list of one, or for a mapping with that text in it.
    if (typeof value === 'string') return value
    if (Array.isArray(value) && typeof step === 'number') return value[step]
    return value instanceof Map && typeof step === 'string' ? value.get(step) : undefined
  }, written)
  if (part === undefined || (part === null && path.length === 0)) return 'is required'
  if (typeof part !== 'string' || part === '') return message
  return `${message}; it is ${JSON.stringify(part.length > MAX_SHOWN ? `${part.slice(0, MAX_SHOWN)}…` : part)}`
}
