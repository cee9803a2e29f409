import { realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { InputError } from '../errors.js'
import { checkOwnFile } from './check-system.js'
import { mergeFiles } from './merge-trees.js'
import type { ProblemList } from './problem-list.js'
import { readText } from './read-text.js'
import { readYaml } from './read-yaml.js'
import type { Sources } from './sources.js'
import { isTemplate } from './templates.js'
import { entryOf, isNothing, type MapNode, type ScalarNode, type YamlNode } from './yaml-tree.js'

const MAX_FILES = 100
const MAX_CHARACTERS = 20_000_000

/** Reads a manifest with what it includes, merged; what is wrong with a file becomes a problem. */
export async function readFiles(path: string, sources: Sources, problems: ProblemList): Promise<YamlNode | undefined> {
  const reader = new FileReader(path, sources, problems)
  const text = await readText(path)
  return reader.read({ shown: path, real: await realpath(path) }, text)
}

interface OpenFile {
  /** As problems show it. */
  readonly shown: string
  readonly real: string
}

class FileReader {
  readonly #folder: string
  readonly #sources: Sources
  readonly #problems: ProblemList
  readonly #open: OpenFile[] = []
  #files = 0
  #characters = 0

  constructor(manifest: string, sources: Sources, problems: ProblemList) {
    this.#folder = dirname(resolve(manifest))
    this.#sources = sources
    this.#problems = problems
  }

  async read(file: OpenFile, text: string): Promise<YamlNode | undefined> {
    const start = this.#sources.addFile(file.shown, text)
    const { root, problems } = readYaml(text, start)
    for (const { message, offset } of problems) this.#problems.add(message, offset)
    if (root?.kind !== 'map') return root
    this.#open.push(file)
    const included = await this.#readIncluded(root, file)
    this.#open.pop()
    if (included.length === 0) return root
    return [...included, root].reduce((base, over) => mergeFiles(base, over))
  }

  async #readIncluded(root: MapNode, from: OpenFile): Promise<MapNode[]> {
    const given = entryOf(root, 'include')?.value
    if (given === undefined) return []
    const roots: MapNode[] = []
    for (const node of given.kind === 'list' ? given.items : [given]) {
      const included = await this.#readInclude(node, from)
      if (included?.kind === 'map') roots.push(included)
      else if (included !== undefined && !isNothing(included)) {
        this.#problems.add('an included file is a mapping, as a manifest is', included.offset)
      }
    }
    return roots
  }

  async #readInclude(node: YamlNode, from: OpenFile): Promise<YamlNode | undefined> {
    const report = (message: string, hint?: string): undefined => {
      this.#problems.add(`include: ${message}`, node.offset, hint)
    }
    if (node.kind !== 'scalar' || isNothing(node)) return report('must be the name of a file or a list of them')
    if (isTemplate(node.text)) return report('takes no templates, as files are read before anything is rendered')
    const wrong = checkOwnFile(node.text)
    if (wrong !== undefined) return report(wrong)
    this.#files += 1
    if (this.#files > MAX_FILES)
      return this.#files === MAX_FILES + 1 ? report(`takes more than ${MAX_FILES} files`) : undefined
    const file = await this.#locate(node, from)
    if (typeof file === 'string') return report(file)
    const cycle = this.#open.findIndex(({ real }) => real === file.real)
    if (cycle >= 0) {
      const round = [...this.#open.slice(cycle), file].map(({ shown }) => shown)
      return report(`goes round in a circle: ${round.join(' → ')}`)
    }
    const text = await this.#readText(file, report)
    return text === undefined ? undefined : this.read(file, text)
  }

  /** Names are relative to the including file, and neither they nor links lead out of the manifest's folder. */
  async #locate(node: ScalarNode, from: OpenFile): Promise<OpenFile | string> {
    const shown = join(dirname(from.shown), node.text)
    try {
      const real = await realpath(shown)
      const inside = relative(await realpath(this.#folder), real)
      if (inside === '..' || inside.startsWith(`..${sep}`)) return "is a link out of the manifest's folder"
      return { shown, real }
    } catch {
      return `there is no such file: ${shown}`
    }
  }

  async #readText(file: OpenFile, report: (message: string) => undefined): Promise<string | undefined> {
    try {
      const text = await readText(file.shown)
      this.#characters += text.length
      return this.#characters > MAX_CHARACTERS ? report('the files are larger than 20 MB together') : text
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      return report(`${file.shown}: ${error.problems.map(({ message }) => message).join(', ')}`)
    }
  }
}
