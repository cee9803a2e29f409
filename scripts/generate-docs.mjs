// Writes the tables of the documentation anew: the action's inputs and outputs from action.yml, options from
// src/cli/help.ts, keys of the manifest from src/manifest/schema.ts. A test proves that they are current.
// Usage: tsc && node scripts/generate-docs.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The files that have generated parts, relative to the repository. */
export const GENERATED_FILES = ['README.md', 'docs/command-line.md']

const PART = /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end of generated -->)/g

/** A text with each part between its markers replaced by the part of that name. */
export function renew(text, parts) {
  return text.replace(PART, (_, start, name, end) => {
    if (!parts.has(name)) throw new Error(`nothing generates ${name}`)
    return `${start}\n${parts.get(name)}\n${end}`
  })
}

/** All generated parts by name: Markdown tables. */
export function makeParts({ action, commands, settings, project }) {
  return new Map([
    ['action-inputs', inputsTable(action.inputs)],
    ['action-outputs', outputsTable(action.outputs)],
    ...Object.entries(commands).map(([name, { options }]) => [`${name}-options`, optionsTable(options)]),
    ['settings-keys', keysTable(settings)],
    ['project-keys', keysTable(project)],
  ])
}

/** action.yml of the repository. */
export function readAction() {
  return load(readFileSync(join(root, 'action.yml'), 'utf8'))
}

function inputsTable(inputs) {
  const rows = Object.entries(inputs).map(([name, { description, default: value }]) => [
    code(name),
    value === undefined || value === '' ? '' : code(value),
    description,
  ])
  return table(['Input', 'Default', 'Meaning'], rows)
}

function outputsTable(outputs) {
  const rows = Object.entries(outputs).map(([name, { description }]) => [code(name), description])
  return table(['Output', 'Meaning'], rows)
}

function optionsTable(options) {
  const rows = options.map(({ name, short, value, help }) => {
    const long = value === undefined ? `--${name}` : `--${name} ${value}`
    // A glob outside of code would be Markdown's emphasis.
    const meaning = help.replace(/'([^' ]*\*[^' ]*)'/g, (_, glob) => code(glob))
    return [short === undefined ? code(long) : `${code(`-${short}`)}, ${code(long)}`, meaning]
  })
  return table(['Option', 'Meaning'], rows)
}

function keysTable(schema) {
  const rows = Object.entries(schema.shape).map(([key, field]) => [
    code(key),
    defaultOf(field),
    field.description ?? '',
  ])
  return table(['Key', 'Default', 'Meaning'], rows)
}

function defaultOf({ def }) {
  if (def.type === 'optional') return ''
  if (def.type !== 'prefault' && def.type !== 'default') return 'required'
  const value = def.defaultValue
  return code(typeof value === 'string' ? value : JSON.stringify(value))
}

function code(text) {
  return `\`${text}\``
}

/** Columns are as wide as their widest cell, as the formatter has them. */
function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').trim()))
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)))
  const line = (row, fill = ' ') => `| ${row.map((cell, column) => cell.padEnd(widths[column], fill)).join(' | ')} |\n`
  const [first, ...others] = cells
  const rule = line(
    header.map(() => ''),
    '-',
  )
  return line(first) + rule + others.map((row) => line(row)).join('')
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { COMMANDS: commands } = await import('../lib/cli/help.js')
  const { settingsSchema: settings, projectSchema: project } = await import('../lib/manifest/schema.js')
  const parts = makeParts({ action: readAction(), commands, settings, project })
  for (const file of GENERATED_FILES) {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    const renewed = renew(text, parts)
    if (renewed === text) continue
    writeFileSync(path, renewed)
    console.log(`${file} is written anew`)
  }
}
