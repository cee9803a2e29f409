// Writes what is generated from the manifest's schema: giftwrap.schema.json and the tables of docs/manifest.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { manifestJsonSchema } from '../lib/manifest/reference/json-schema.js'
import { manifestTables, withTables } from '../lib/manifest/reference/tables.js'

const docs = new URL('../docs/manifest.md', import.meta.url)
writeFileSync(docs, withTables(readFileSync(docs, 'utf8'), manifestTables()))
const schema = new URL('../giftwrap.schema.json', import.meta.url)
writeFileSync(schema, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`)
