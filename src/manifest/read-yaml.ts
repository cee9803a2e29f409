import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml'
import { closeMap, type MapPair } from './yaml-map.js'
import type { ListNode, MapNode, ScalarNode, YamlNode, YamlProblem } from './yaml-tree.js'

export interface YamlTree {
  /** Absent when the text holds nothing, or nothing that can be read. */
  readonly root?: YamlNode
  readonly problems: readonly YamlProblem[]
}

// A manifest that shares a block of settings among 100 000 projects stays below.
const MAX_ALIASED_NODES = 2_000_000

const SCALAR_TAGS = new Set(['!', '!!str', '!!int', '!!float', '!!bool'])
const LIST_TAGS = new Set(['!', '!!seq'])
const MAP_TAGS = new Set(['!', '!!map'])

/** Reads one YAML document into nodes that know their offset, counted on from `start`, and keep their source text. */
export function readYaml(source: string, start = 0): YamlTree {
  let events: Event[]
  try {
    events = parseEvents(source, {})
  } catch (error) {
    return { problems: [syntaxProblem(error, start)] }
  }
  return new TreeBuilder(source, start).build(events)
}

function syntaxProblem(error: unknown, start: number): YamlProblem {
  if (error instanceof YAMLException) {
    return { message: `this is not YAML: ${error.reason}`, offset: start + (error.mark?.position ?? 0) }
  }
  return { message: `this is not YAML: ${error instanceof Error ? error.message : String(error)}`, offset: start }
}

interface OpenList {
  readonly node: ListNode
  readonly anchor: string | undefined
}

interface OpenMap {
  readonly node: MapNode
  readonly anchor: string | undefined
  readonly pairs: MapPair[]
  key: YamlNode | undefined
}

class TreeBuilder {
  readonly #source: string
  readonly #start: number
  readonly #problems: YamlProblem[] = []
  readonly #open: (OpenList | OpenMap)[] = []
  readonly #anchors = new Map<string, YamlNode | 'open'>()
  readonly #sizes = new Map<YamlNode, number>()
  #root: YamlNode | undefined
  #aliased = 0
  #offset = 0

  constructor(source: string, start: number) {
    this.#source = source
    this.#start = start
  }

  build(events: readonly Event[]): YamlTree {
    let documents = 0
    for (const event of events) {
      if (event.type === EVENT_ID.DOCUMENT) {
        documents += 1
        if (documents > 1) {
          const offset = Math.max(this.#offset, this.#source.indexOf('\n---', this.#offset) + 1)
          this.#report('a manifest is one YAML document, and here a second one begins', offset)
          break
        }
      } else if (this.#aliased <= MAX_ALIASED_NODES) {
        this.#take(event)
      }
    }
    return { ...(this.#root === undefined ? {} : { root: this.#root }), problems: this.#problems }
  }

  #take(event: Exclude<Event, { type: typeof EVENT_ID.DOCUMENT }>): void {
    switch (event.type) {
      case EVENT_ID.SEQUENCE: {
        this.#offset = event.start
        this.#checkTag(event, LIST_TAGS)
        this.#open.push({
          node: { kind: 'list', offset: this.#start + event.start, items: [] },
          anchor: this.#openAnchor(event),
        })
        return
      }
      case EVENT_ID.MAPPING: {
        this.#offset = event.start
        this.#checkTag(event, MAP_TAGS)
        const node: MapNode = { kind: 'map', offset: this.#start + event.start, entries: new Map() }
        this.#open.push({ node, anchor: this.#openAnchor(event), pairs: [], key: undefined })
        return
      }
      case EVENT_ID.SCALAR: {
        const node = this.#scalar(event)
        this.#close(node, this.#anchorName(event))
        return
      }
      case EVENT_ID.ALIAS:
        this.#offset = event.anchorStart - 1
        this.#alias(this.#source.slice(event.anchorStart, event.anchorEnd))
        return
      case EVENT_ID.POP:
        this.#pop()
    }
  }

  #scalar(event: ScalarEvent): ScalarNode {
    const { style, valueStart } = event
    const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED
    // The value of a block starts after its header; the place that helps is the header's.
    if (style === SCALAR_STYLE.LITERAL_BLOCK) this.#offset = this.#source.lastIndexOf('|', valueStart)
    else if (style === SCALAR_STYLE.FOLDED_BLOCK) this.#offset = this.#source.lastIndexOf('>', valueStart)
    else if (valueStart >= 0) this.#offset = quoted ? valueStart - 1 : valueStart
    this.#checkTag(event, SCALAR_TAGS)
    const plain = style === SCALAR_STYLE.PLAIN && event.tagStart < 0
    return { kind: 'scalar', offset: this.#start + this.#offset, text: getScalarValue(this.#source, event), plain }
  }

  #alias(name: string): void {
    const target = this.#anchors.get(name)
    if (target === undefined || target === 'open') {
      const problem = target === undefined ? 'is not defined above' : 'is used inside of itself'
      this.#report(`the anchor '${shorten(name)}' ${problem}`, this.#offset)
      this.#close({ kind: 'scalar', offset: this.#start + this.#offset, text: '', plain: true }, undefined)
      return
    }
    this.#aliased += this.#size(target)
    if (this.#aliased > MAX_ALIASED_NODES) {
      this.#report(`the aliases stand for more than ${MAX_ALIASED_NODES} values`, this.#offset)
      this.#root = undefined
      return
    }
    this.#place(target)
  }

  #pop(): void {
    const closed = this.#open.pop()
    if (closed === undefined) return
    if ('pairs' in closed) this.#problems.push(...closeMap(closed.node, closed.pairs))
    this.#close(closed.node, closed.anchor)
  }

  #close(node: YamlNode, anchor: string | undefined): void {
    if (anchor !== undefined) this.#anchors.set(anchor, node)
    this.#place(node)
  }

  #place(node: YamlNode): void {
    const parent = this.#open.at(-1)
    if (parent === undefined) {
      this.#root = node
    } else if (!('pairs' in parent)) {
      parent.node.items.push(node)
    } else if (parent.key === undefined) {
      parent.key = node
    } else {
      parent.pairs.push({ key: parent.key, value: node })
      parent.key = undefined
    }
  }

  /** How many values a node stands for, once all its aliases are written out. */
  #size(node: YamlNode): number {
    if (node.kind === 'scalar') return 1
    const known = this.#sizes.get(node)
    if (known !== undefined) return known
    const children = node.kind === 'list' ? node.items : [...node.entries.values()].map((entry) => entry.value)
    const size = children.reduce((sum, child) => sum + this.#size(child), 1)
    this.#sizes.set(node, size)
    return size
  }

  #openAnchor(event: { anchorStart: number; anchorEnd: number }): string | undefined {
    const name = this.#anchorName(event)
    if (name !== undefined) this.#anchors.set(name, 'open')
    return name
  }

  #anchorName(event: { anchorStart: number; anchorEnd: number }): string | undefined {
    return event.anchorStart < 0 ? undefined : this.#source.slice(event.anchorStart, event.anchorEnd)
  }

  #checkTag(event: { tagStart: number; tagEnd: number }, allowed: ReadonlySet<string>): void {
    if (event.tagStart < 0) return
    const tag = this.#source.slice(event.tagStart, event.tagEnd)
    if (!allowed.has(tag)) this.#report(`the tag '${shorten(tag)}' has no meaning in a manifest`, event.tagStart)
  }

  #report(message: string, offset: number): void {
    this.#problems.push({ message, offset: this.#start + offset })
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
