import { dirname, resolve as resolvePath } from 'node:path'
import { InputError, type Problem } from '../errors.js'
import type { ManifestShape } from './check-shape.js'
import { type Explanation, explain } from './explain.js'
import type { LegInput, LegValues } from './leg.js'
import { ProblemList } from './problem-list.js'
import { Resolver } from './resolver.js'
import type { ManifestTarget, Project, Settings } from './schema.js'
import { type LookUp, NeedsLeg, type Rendering, Unavailable } from './section.js'
import type { Place, Sources } from './sources.js'
import { BudgetExhausted } from './template/budget.js'
import { TemplateError } from './template/template-error.js'
import { Renderer } from './templates.js'
import { varsData } from './vars.js'
import { type MapNode, nearestNode, type Path, type YamlNode } from './yaml-tree.js'

export interface Manifest {
  /** As given. */
  readonly file: string
  /** Absolute. */
  readonly directory: string
  /** Those that speak of a project or target stay templates; `forLeg` gives what a leg is built from. */
  readonly settings: Settings
  readonly projects: readonly Project[]
  /** As the manifest has them; none when it names none. Which of them are known is the plan's to say. */
  readonly targets: readonly ManifestTarget[]
  /** Globs over leg ids, so that the plan can tell of one that picks nothing. */
  readonly overrides: readonly {
    readonly select: readonly string[]
    readonly picks: (id: string) => boolean
    /** Keys of settings that it lays over the manifest's. */
    readonly settings: ReadonlySet<string>
  }[]
  readonly superrepo: string | undefined
  /** Variables of the manifest, of files and options, before their templates are rendered. */
  readonly vars: Readonly<Record<string, unknown>>
  /** What is read and has no effect yet. */
  readonly warnings: readonly Problem[]
  /** Where a value stands, or the nearest part of the manifest that holds its place; counted from 1. */
  locate(path: Path): Place
  /** What a leg is built from; an `InputError` when something is wrong that only this leg shows. */
  forLeg(leg: LegInput): LegValues
  /** Where a value comes from: `settings.KEY`, `KEY`, `vars.NAME`, `projects[0].KEY` or `projects.NAME.KEY`. */
  explain(key: string, leg?: LegInput): Explanation
  /** What a template gives, for a project's index or a leg when one is named. */
  render(text: string, where?: number | LegInput): string
}

/** What a template gives: for a project by its name, else where only settings and variables are. */
export function renderTemplate(manifest: Manifest, text: string, project?: string): string {
  if (project === undefined) return manifest.render(text)
  const index = manifest.projects.findIndex(({ name }) => name === project)
  if (index >= 0) return manifest.render(text, index)
  const names = [...new Set(manifest.projects.map(({ name }) => name))]
  throw new InputError({
    message: `no project of the manifest is called ${JSON.stringify(project)}.`,
    hint: `Its projects: ${names.slice(0, 50).join(', ')}${names.length > 50 ? ', …' : ''}.`,
  })
}

export interface ResolvedManifest {
  readonly resolver: Resolver
  readonly settings: Settings | undefined
  readonly projects: readonly Project[]
  readonly targets: readonly ManifestTarget[]
  readonly superrepo: string | undefined
  readonly warnings: readonly Problem[]
}

/** The trees of a manifest, from which values are worked out. */
export class LoadedManifest {
  readonly #file: string
  readonly #root: YamlNode | undefined
  readonly #shape: ManifestShape
  readonly #inputs: MapNode | undefined
  readonly #renderer = new Renderer()
  readonly sources: Sources

  constructor(
    file: string,
    root: YamlNode | undefined,
    shape: ManifestShape,
    inputs: MapNode | undefined,
    sources: Sources,
  ) {
    this.#file = file
    this.#root = root
    this.#shape = shape
    this.#inputs = inputs
    this.sources = sources
  }

  resolver(problems: ProblemList, onUse?: Rendering['onUse']): Resolver {
    const report: Rendering['report'] = (message, offset, hint) => {
      const label = offset === undefined ? undefined : this.sources.label(offset)
      const given = label === undefined ? undefined : `It was given by ${label}, not by the manifest.`
      problems.add(message, offset, hint ?? given)
    }
    const rendering = { renderer: this.#renderer, trail: [], report, onUse }
    return new Resolver(this.#shape, this.#inputs, rendering, this.sources.addLabel('default'))
  }

  /** Where a value stands; undefined for the whole manifest. */
  offsetOf(path: Path): number | undefined {
    const [section, ...rest] = path
    if (section === 'settings' && this.#inputs?.entries.has(String(rest[0])))
      return nearestNode(this.#inputs, rest).offset
    return this.#root && nearestNode(this.#root, path).offset
  }

  finish(resolved: ResolvedManifest | undefined): Manifest {
    const settings = resolved?.settings
    if (resolved === undefined || settings === undefined) throw new Error('a manifest without problems has settings')
    const { resolver, projects, targets, superrepo, warnings } = resolved
    if (projects.length !== this.#shape.projects.length) throw new Error('a manifest without problems has all projects')
    return {
      file: this.#file,
      directory: dirname(resolvePath(this.#file)),
      settings,
      projects,
      targets,
      overrides: resolver.overrides.map(({ select, picks, settings }) => {
        return { select, picks, settings: new Set(settings.entries.keys()) }
      }),
      superrepo,
      vars: varsData(this.#shape.vars),
      warnings,
      locate: (path) => this.sources.place(this.offsetOf(path)),
      forLeg: (leg) => this.#forLeg(leg),
      explain: (key, leg) => explain(key, leg, this.#explained(projects)),
      render: (text, where) => this.#render(text, where),
    }
  }

  #explained(projects: readonly Project[]) {
    return {
      names: projects.map(({ name }) => name),
      vars: this.#shape.vars,
      sources: this.sources,
      resolver: (onUse: Rendering['onUse']) => this.resolver(new ProblemList(this.sources), onUse),
    }
  }

  #forLeg(leg: LegInput): LegValues {
    return this.#guarded((problems) => {
      const resolver = this.resolver(problems)
      const sections = resolver.sections(leg.project, leg)
      if (sections === undefined) throw new Error(`the manifest has no project ${leg.project}`)
      const settings = resolver.legSettings(sections)
      const project = resolver.project(sections, leg.target)
      problems.throwIfAny()
      if (settings === undefined || project === undefined) throw new Error(`the leg ${leg.id} has no values`)
      return { settings, project }
    })
  }

  #render(text: string, where: number | LegInput | undefined): string {
    return this.#guarded((problems) => {
      const resolver = this.resolver(problems)
      try {
        return this.#renderer.render(text, lookUpAt(resolver, where))
      } catch (error) {
        problems.throwIfAny()
        if (error instanceof TemplateError) throw new InputError({ message: `the template ${error.message}` })
        if (!(error instanceof NeedsLeg)) throw error
        const missing = typeof where === 'object' ? 'a leg' : where === undefined ? 'a project' : 'a target'
        throw new InputError({ message: `the template speaks of ${missing}`, hint: `Name ${missing}.` })
      }
    })
  }

  #guarded<Result>(work: (problems: ProblemList) => Result): Result {
    const problems = new ProblemList(this.sources)
    try {
      return work(problems)
    } catch (error) {
      problems.throwIfAny()
      if (error instanceof BudgetExhausted) throw new InputError({ message: error.message, file: this.#file })
      if (error instanceof Unavailable)
        throw new InputError({ message: 'a value that it needs is wrong', file: this.#file })
      throw error
    }
  }
}

function lookUpAt(resolver: Resolver, where: number | LegInput | undefined): LookUp {
  if (where === undefined) return resolver.sharedLookUp
  const sections = typeof where === 'number' ? resolver.sections(where) : resolver.sections(where.project, where)
  if (sections === undefined) throw new Error('the manifest has no such project')
  return sections.lookUp
}
