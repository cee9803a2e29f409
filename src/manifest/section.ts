import { z } from 'zod'
import { TemplateError } from './template/template-error.js'
import { Namespace, Undefined, type Value } from './template/value.js'
import type { Renderer } from './templates.js'
import type { Written } from './written.js'
import type { Path } from './yaml-tree.js'

/** A value is not there, and it has been said or will be said why. */
export class Unavailable extends Error {}

/** A setting speaks of `project`, so each project renders it for itself. */
export class NeedsProject extends Error {}

/** What all sections of one manifest share. */
export interface Rendering {
  readonly renderer: Renderer
  /** The values that are being worked out, outermost first. */
  readonly trail: string[]
  report(path: Path, message: string): void
}

export interface SectionSource<Schema> {
  readonly name: 'settings' | 'project'
  readonly path: Path
  readonly schema: Schema
  readonly written: (key: string) => Written
  readonly lookUp: (name: string) => Value | undefined
}

/** `settings` or a project: its values are rendered when they are asked for, each once. */
export class Section<Schema extends z.ZodObject> {
  readonly #source: SectionSource<Schema>
  readonly #rendering: Rendering
  readonly #rendered = new Map<string, Written>()
  readonly #failed = new Set<string>()
  /** What templates see of it. */
  readonly namespace: Namespace

  constructor(source: SectionSource<Schema>, rendering: Rendering) {
    this.#source = source
    this.#rendering = rendering
    this.namespace = new Namespace(source.name, (key) => this.member(key))
  }

  /** A value as templates see it, with the type that its key has. */
  member(key: string): Value | undefined {
    const { shape } = this.#source.schema
    const field = Object.hasOwn(shape, key) ? shape[key] : undefined
    if (field === undefined) return undefined
    const parsed = z.safeParse(field, this.render(key))
    if (!parsed.success) throw new Unavailable()
    return parsed.data === undefined
      ? new Undefined(`'${this.#source.name}.${key}' is not given`)
      : asValue(parsed.data)
  }

  /** A value as text, all its templates rendered. */
  render(key: string): Written {
    if (this.#failed.has(key)) throw new Unavailable()
    if (this.#rendered.has(key)) return this.#rendered.get(key)
    const label = `${this.#source.name}.${key}`
    const { trail } = this.#rendering
    if (trail.includes(label)) {
      throw new TemplateError(`goes round in a circle: ${[...trail.slice(trail.indexOf(label)), label].join(' → ')}`)
    }
    trail.push(label)
    try {
      const rendered = this.#renderWritten(this.#source.written(key), [...this.#source.path, key])
      this.#rendered.set(key, rendered)
      return rendered
    } catch (error) {
      if (error instanceof Unavailable) this.#failed.add(key)
      throw error
    } finally {
      trail.pop()
    }
  }

  #renderWritten(written: Written, path: Path): Written {
    if (Array.isArray(written)) return this.#renderList(written, path)
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
  #renderList(list: readonly Written[], path: Path): Written {
    const rendered = list.flatMap((item, index) => {
      try {
        return [this.#renderWritten(item, [...path, index])]
      } catch (error) {
        if (error instanceof Unavailable) return []
        throw error
      }
    })
    if (rendered.length < list.length) throw new Unavailable()
    return rendered
  }

  /** All values with their types, or nothing when a problem was reported; the keys of `keep` stay templates. */
  finish(keep: ReadonlySet<string> = new Set()): z.output<Schema> | undefined {
    const values = new Map<string, Written>()
    for (const key of Object.keys(this.#source.schema.shape)) {
      const value = keep.has(key) ? this.#source.written(key) : this.#renderLast(key)
      if (value !== undefined) values.set(key, value)
    }
    const parsed = this.#source.schema.safeParse(Object.fromEntries(values))
    if (parsed.success) return this.#failed.size === 0 ? parsed.data : undefined
    for (const issue of parsed.error.issues) {
      const path = issue.path.filter((step) => typeof step !== 'symbol')
      if (this.#failed.has(String(path[0]))) continue
      this.#report([...this.#source.path, ...path], describe(issue.message, values, path))
    }
    return undefined
  }

  #renderLast(key: string): Written {
    try {
      return this.render(key)
    } catch (error) {
      if (error instanceof NeedsProject) {
        this.#failed.add(key)
        this.#report([...this.#source.path, key], 'is the same for all projects, so it cannot speak of one of them')
      } else if (!(error instanceof Unavailable)) {
        throw error
      }
      return undefined
    }
  }

  #report(path: Path, message: string): void {
    const steps = path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    this.#rendering.report(path, `${steps.join('')}: ${message}`)
  }
}

function asValue(data: unknown): Value {
  if (typeof data === 'number') return BigInt(data)
  if (typeof data === 'string' || typeof data === 'boolean') return data
  return Array.isArray(data) ? data.map(asValue) : null
}

const MAX_SHOWN = 80

function describe(message: string, values: ReadonlyMap<string, Written>, [key, index]: Path): string {
  const value = values.get(String(key))
  if (value === undefined) return 'is required'
  const part = Array.isArray(value) && typeof index === 'number' ? value[index] : value
  if (typeof part !== 'string' || part === '') return message
  return `${message}; it is ${JSON.stringify(part.length > MAX_SHOWN ? `${part.slice(0, MAX_SHOWN)}…` : part)}`
}
