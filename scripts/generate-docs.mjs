// Writes what is generated anew: the tables of the documentation (the action's inputs and outputs from action.yml,
// options from src/cli/help.ts, keys from the manifest's schema) and giftwrap.schema.json. Tests prove that they are
// current.
// Usage: tsc && node scripts/generate-docs.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The files that have generated parts, relative to the repository. */
export const GENERATED_FILES = ['README.md', 'docs/command-line.md', 'docs/manifest.md']

const PART = /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end of generated -->)/g

/** A text with each part between its markers replaced by the part of that name. */
export function renew(text, parts) {
  return text.replace(PART, (_, start, name, end) => {
    if (!parts.has(name)) throw new Error(`nothing generates ${name}`)
    return `${start}\n${parts.get(name)}\n${end}`
  })
}

/** All generated parts by name: Markdown tables. */
export function makeParts({ action, commands, manifest }) {
  return new Map([
    ['action-inputs', inputsTable(action.inputs)],
    ['action-outputs', outputsTable(action.outputs)],
    ...Object.entries(commands).map(([name, { options }]) => [`${name}-options`, optionsTable(options)]),
    ...manifest,
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
  const { manifestTables } = await import('../lib/manifest/reference/tables.js')
  const { manifestJsonSchema } = await import('../lib/manifest/reference/json-schema.js')
  const parts = makeParts({ action: readAction(), commands, manifest: manifestTables() })
  for (const file of GENERATED_FILES) {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    const renewed = renew(text, parts)
    if (renewed === text) continue
    writeFileSync(path, renewed)
    console.log(`${file} is written anew`)
  }
  writeFileSync(join(root, 'giftwrap.schema.json'), `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`)
}
