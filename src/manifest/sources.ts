import { LineIndex, type Position } from './line-index.js'

export type Place = { readonly file: string } & Partial<Position>

interface Source {
  readonly start: number
  readonly file: string
  readonly text: string
  lines?: LineIndex
}

/**
 * All texts that one manifest is made of, laid end to end, so that one number says both file and place. Negative numbers
 * stand for what is in no file: inputs, options, defaults.
 */
export class Sources {
  readonly #manifest: string
  readonly #files: Source[] = []
  readonly #labels: string[] = []
  #end = 0

  constructor(manifest: string) {
    this.#manifest = manifest
  }

  /** Gives the offset that the text begins at. */
  addFile(file: string, text: string): number {
    const start = this.#end
    this.#files.push({ start, file, text })
    this.#end += text.length + 1
    return start
  }

  /** The offset of something that is in no file, e.g. `--set vendor`. */
  addLabel(label: string): number {
    const known = this.#labels.indexOf(label)
    if (known >= 0) return -1 - known
    this.#labels.push(label)
    return -this.#labels.length
  }

  /** What an offset stands for when it is in no file. */
  label(offset: number): string | undefined {
    return offset < 0 ? this.#labels[-1 - offset] : undefined
  }

  /** A place in a file; the whole manifest when there is none. */
  place(offset: number | undefined): Place {
    const source = offset === undefined || offset < 0 ? undefined : this.#files.findLast(({ start }) => start <= offset)
    if (source === undefined || offset === undefined) return { file: this.#manifest }
    source.lines ??= new LineIndex(source.text)
    return { file: source.file, ...source.lines.position(offset - source.start) }
  }
}
