import { InputError } from '../errors.js'
import { mergeMaps } from './merge-trees.js'
import { type GivenSetting, type ManifestOverrides, pairs } from './overrides.js'
import { ProblemList } from './problem-list.js'
import { readText } from './read-text.js'
import { readYaml } from './read-yaml.js'
import { VARIABLE_NAME } from './schema/manifest.js'
import type { Sources } from './sources.js'
import { checkVariableNames, VARIABLE_HINT } from './vars.js'
import type { MapNode, YamlNode } from './yaml-tree.js'

/** The settings that inputs and options give, as a mapping to lay over the manifest's. */
export function settingsOfInputs(given: readonly GivenSetting[], sources: Sources): MapNode | undefined {
  if (given.length === 0) return undefined
  return given.map((setting) => asTree(setting, sources)).reduce((base, over) => mergeMaps(base, over))
}

function asTree({ path: [key = '', inner], text, origin }: GivenSetting, sources: Sources): MapNode {
  const offset = sources.addLabel(origin)
  const value = readValue(text, offset, origin)
  return mapOf(offset, key, inner === undefined ? value : mapOf(offset, inner, value))
}

function mapOf(offset: number, key: string, value: YamlNode): MapNode {
  return { kind: 'map', offset, entries: new Map([[key, { keyOffset: offset, value }]]) }
}

/** `[…]` and `{…}` are YAML, so that lists and mappings can be given; everything else is the text itself. */
function readValue(text: string, offset: number, origin: string): YamlNode {
  if (!/^\s*(?:\[|\{(?![{%#]))/.test(text)) return { kind: 'scalar', offset, text, plain: false }
  const { root, problems } = readYaml(text)
  const [problem] = problems
  if (problem !== undefined || root === undefined) {
    throw new InputError({ message: `${origin}: ${problem?.message ?? 'this is not YAML'}` })
  }
  return movedTo(offset, root)
}

/** A value whose parts all stand at one place, as an option has no lines. */
function movedTo(offset: number, node: YamlNode): YamlNode {
  if (node.kind === 'scalar') return { ...node, offset }
  if (node.kind === 'list') return { kind: 'list', offset, items: node.items.map((item) => movedTo(offset, item)) }
  const entries = [...node.entries].map(([key, { value }]) => {
    return [key, { keyOffset: offset, value: movedTo(offset, value) }] as const
  })
  return { kind: 'map', offset, entries: new Map(entries) }
}

/** The variables of files and options, as a mapping to lay over the manifest's; later files win, options over files. */
export async function varsOfInputs(overrides: ManifestOverrides, sources: Sources): Promise<MapNode | undefined> {
  const maps: MapNode[] = []
  for (const path of overrides.varsFiles ?? []) {
    const text = await readText(path, 'the file of variables')
    const problems = new ProblemList(sources)
    const { root, problems: wrong } = readYaml(text, sources.addFile(path, text))
    for (const { message, offset } of wrong) problems.add(message, offset)
    if (root !== undefined && root.kind !== 'map') problems.add('a file of variables is a mapping', root.offset)
    if (root?.kind === 'map') checkVariableNames(root, problems)
    problems.throwIfAny()
    if (root?.kind === 'map') maps.push(root)
  }
  for (const [name, value] of pairs('--var', overrides.vars ?? [])) {
    if (!VARIABLE_NAME.test(name)) {
      throw new InputError({
        message: `--var ${JSON.stringify(name)} is not the name of a variable`,
        hint: VARIABLE_HINT,
      })
    }
    const offset = sources.addLabel(`--var ${name}`)
    maps.push(mapOf(offset, name, { kind: 'scalar', offset, text: value, plain: true }))
  }
  return maps.length === 0 ? undefined : maps.reduce((base, over) => mergeMaps(base, over))
}
