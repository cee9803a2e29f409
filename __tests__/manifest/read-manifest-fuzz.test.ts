import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { readManifest } from '../../src/manifest/read-manifest.js'
import { manifestFile } from './manifest-file.js'

const keys = fc.constantFrom(
  'settings',
  'projects',
  'version',
  'name',
  'gitref',
  'install_path',
  'vendor',
  '__proto__',
  '<<',
)
const scalars = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '1',
    '~',
    'yes',
    '*a',
    '&a x',
    '!!str x',
    '{{ settings.vendor }}',
    '{{ project.name }}',
    '[',
    '}',
    '---',
    '/usr',
  ),
)
const yaml = fc
  .array(fc.tuple(fc.nat(3), fc.constantFrom('', '- '), keys, scalars), { maxLength: 12 })
  .map((lines) => lines.map(([depth, dash, key, value]) => `${'  '.repeat(depth)}${dash}${key}: ${value}`).join('\n'))
const valid = fc
  .tuple(scalars, scalars, scalars, scalars)
  .map((values) => values.map((value) => JSON.stringify(value)))
  .map(([a, b, c, d]) => `settings: {version: ${a}, vendor: ${b}}\nprojects: [{name: ${c}, gitref: ${d}}]`)
const bytes = fc.uint8Array({ maxLength: 64 })

it('any file is read or refused with an InputError', { timeout: 300_000 }, async () => {
  const path = await manifestFile('')
  await fc.assert(
    fc.asyncProperty(fc.oneof(yaml, valid, fc.string(), bytes), async (content) => {
      await writeFile(path, content)
      try {
        await readManifest(path)
      } catch (error) {
        expect(error).toBeInstanceOf(InputError)
      }
    }),
    { numRuns: 10_000 },
  )
})
