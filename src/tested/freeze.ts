import { takeInstalled, takeItem, takeJoined, type Versions } from './freeze-items.js'
import { plainLine } from './plain-line.js'

/** What a job had installed. */
export interface Freeze {
  readonly form: 'pip freeze' | 'tox 3' | 'tox 4' | 'installed'
  /** Of tox, where the log names it. */
  readonly environment: string | undefined
  /**
   * Versions (PEP 440) by normalised name, without pip, setuptools and wheel; the project itself may be among them. A set of
   * constraints, not a list of what to install.
   */
  readonly versions: ReadonlyMap<string, string>
}

interface Environment {
  readonly name: string | undefined
  frozen: Freeze | undefined
  readonly installed: Versions
}

/** A line that holds all packages of an environment; a test's output may be longer. */
const MAX_LINE = 1024 * 1024
const MAX_ENVIRONMENTS = 200
/** What may stand between `pip freeze` and the first package: warnings, the lines of a frame. */
const MAX_LINES_BEFORE = 20

const NAME = '[A-Za-z0-9._+-]{1,100}'
const COMMAND = /(?:^|[\s/])(?:pip|pip\d(?:\.\d{1,2})?|pbr) freeze$/
const BEGIN = /^Begin (?:pip|pbr) freeze output from test virtualenv:$/
/** What pip prints among packages: comments, what is in no index, versions that are none, warnings. */
const NOISE = /^(?:#|-e |[\w.-]{1,200}(?:==| @ )|warning|deprecation|you )/i
const RULE = /^={60,100}$/
const TOX_PATH = new RegExp(`(?:^|[\\s/])\\.tox/(${NAME})/bin/(?:python\\S{0,8} -m )?\\S{1,8} freeze$`)
const TOX_COMMAND = new RegExp(`^(${NAME})(?:: | run-?tests?: )commands\\[\\d{1,4}\\]`)
const TOX_3 = new RegExp(`^(${NAME}) installed: (.*)$`)
/** With -vv there are milliseconds and a level before the text, and the place in tox behind it. */
const TOX_4 = new RegExp(`^(?:\\d{1,12} [A-Z] )?(${NAME}): (?:\\d{1,12} [A-Z] )?(.*)$`)
const TOX_4_PLACE = / \[[^[\]\s]{0,200}tox[^[\]\s]{0,200}\.py:\d{1,6}\]$/
const TOX_4_FREEZE = /^freeze> /
const TOX_4_STEP = /^[\w[\]]{1,60}> /
const TOX_4_INSTALL = /^install_\w{1,50}> /
const INSTALLED = 'Successfully installed '
const TASK = /^(?:TASK|PLAY|RUNNING HANDLER) (?:\[|RECAP)/
/** What comes behind is the fetching of logs, and the end of Jenkins's console. */
const END = /^(?:POST-RUN START: \[|Finished: (?:SUCCESS|FAILURE|UNSTABLE|ABORTED)$)/

/**
 * Finds in a job's log, line after line, what was installed, in all forms since 2012. Frozen environments go before what pip
 * said that it installed; of several, the one that the job's name names, then the largest. Where tox ran twice, the last time counts.
 */
export class FreezeReader {
  readonly #job: string
  readonly #environments = new Map<string, Environment>()
  /** The `pip freeze` whose packages are being read, one a line. */
  #block: { readonly environment: string | undefined; readonly versions: Versions; lines: number } | undefined
  /** Of tox 4: whose frozen packages come in a line of theirs, before their next step. */
  readonly #awaited = new Set<string>()
  /** Into what pip is installing. */
  #installing: string | undefined
  #isComplete = false

  /** `job` is the name of the job, e.g. `openstack-tox-py311`. */
  constructor(job = '') {
    this.#job = job
  }

  /** Takes the log's next line, as it is there: with stamps, colours and HTML. */
  push(line: string): void {
    if (this.#isComplete) return
    if (line.length > MAX_LINE) {
      this.#closeBlock()
      return
    }
    const text = plainLine(line)
    if (END.test(text)) {
      this.#closeBlock()
      this.#isComplete = true
      return
    }
    if (this.#block !== undefined && this.#continueBlock(text)) return
    if (!this.#beginBlock(text)) this.#readLine(text)
  }

  /** True once the tests are over: what comes then changes nothing, whether something was found or not. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** What was found so far; undefined where no line was any of the forms. */
  result(): Freeze | undefined {
    const block = this.#block === undefined ? [] : [asFrozen(this.#block)]
    const frozen = [...this.#environments.values()].flatMap(({ frozen }) => frozen ?? [])
    const installed = [...this.#environments.values()].map(({ name, installed }): Freeze => {
      return { form: 'installed', environment: name, versions: installed }
    })
    return this.#best([...block, ...frozen]) ?? this.#best(installed)
  }

  #best(freezes: readonly Freeze[]): Freeze | undefined {
    const found = freezes.filter(({ versions }) => versions.size > 0)
    const rank = ({ environment, versions }: Freeze) => {
      if (environment === undefined) return versions.size
      return (this.#isOfJob(environment) ? 2e9 + environment.length * 1e6 : 1e9) + versions.size
    }
    return found.toSorted((one, other) => rank(other) - rank(one))[0]
  }

  /** `py27` is the environment of `gate-nova-python27-ubuntu-trusty`, `functional-py312` of `openstack-tox-functional-py312`. */
  #isOfJob(environment: string): boolean {
    const spell = (name: string) => `-${name.toLowerCase().replace(/python(?=\d)/g, 'py')}-`
    return spell(this.#job).includes(spell(environment))
  }

  #beginBlock(text: string): boolean {
    if ((!COMMAND.test(text) || text.includes('freeze> ')) && !BEGIN.test(text)) return false
    this.#closeBlock()
    const environment = TOX_PATH.exec(text)?.[1] ?? TOX_COMMAND.exec(text)?.[1]
    this.#block = { environment, versions: new Map(), lines: 0 }
    return true
  }

  /** True for what belongs to the list: packages, and what stands before the first and among them. */
  #continueBlock(text: string): boolean {
    const block = this.#block
    if (block === undefined) return false
    if (takeItem(text, block.versions)) return true
    block.lines += 1
    const begun = block.versions.size > 0
    const isNoise = NOISE.test(text)
    const isFrame = !begun && block.lines <= MAX_LINES_BEFORE && (text === '' || RULE.test(text))
    if (isFrame || (isNoise && (begun || block.lines <= MAX_LINES_BEFORE))) return true
    this.#closeBlock()
    return false
  }

  #closeBlock(): void {
    const block = this.#block
    this.#block = undefined
    if (block === undefined || block.versions.size === 0) return
    this.#freeze(asFrozen(block))
  }

  #readLine(text: string): void {
    if (text.trimStart().startsWith(INSTALLED)) {
      if (this.#installing?.startsWith('.')) return
      const installed = this.#environment(this.#installing)?.installed
      if (installed !== undefined) takeInstalled(text.trimStart().slice(INSTALLED.length), installed)
      return
    }
    if (TASK.test(text)) {
      this.#installing = undefined
      return
    }
    const [, environment, list] = TOX_3.exec(text) ?? []
    if (environment !== undefined && list !== undefined) this.#readList('tox 3', environment, list)
    else this.#readTox4(text)
  }

  #readTox4(text: string): void {
    const [, environment, framed] = TOX_4.exec(text) ?? []
    if (environment === undefined || framed === undefined) return
    const said = framed.replace(TOX_4_PLACE, '')
    if (TOX_4_INSTALL.test(said)) this.#installing = environment
    if (TOX_4_FREEZE.test(said)) {
      if (this.#awaited.size < MAX_ENVIRONMENTS) this.#awaited.add(environment)
    } else if (this.#awaited.has(environment)) {
      const isListed = this.#readList('tox 4', environment, said)
      if (isListed || TOX_4_STEP.test(said)) this.#awaited.delete(environment)
    }
  }

  #readList(form: Freeze['form'], environment: string, list: string): boolean {
    const versions: Versions = new Map()
    takeJoined(list, versions)
    if (versions.size > 0) this.#freeze({ form, environment, versions })
    return versions.size > 0
  }

  /** Environments whose name begins with a dot are tox's own: those that packages are built in. */
  #freeze(frozen: Freeze): void {
    if (frozen.environment?.startsWith('.')) return
    const environment = this.#environment(frozen.environment)
    if (environment !== undefined) environment.frozen = frozen
  }

  #environment(name: string | undefined): Environment | undefined {
    const known = this.#environments.get(name ?? '')
    if (known !== undefined || this.#environments.size >= MAX_ENVIRONMENTS) return known
    const environment: Environment = { name, frozen: undefined, installed: new Map() }
    this.#environments.set(name ?? '', environment)
    return environment
  }
}

function asFrozen(block: { readonly environment: string | undefined; readonly versions: Versions }): Freeze {
  return { form: 'pip freeze', environment: block.environment, versions: block.versions }
}
