import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findResults } from '../../src/commands/find-results.js'
import { isPackageName } from '../../src/publish/names.js'
import { contentOf, filesOf, LEGS, packageOf, resultOf } from '../support/publish-scene.js'
import { scratch, sharedScratch, writeFiles } from '../support/scratch.js'

const LEG = LEGS.keystone12

describe('findResults', () => {
  it('finds the results of legs, and of artifacts with their attempts', async () => {
    const folder = scratch()
    writeFiles(folder, {
      ...filesOf(LEG),
      ...Object.fromEntries(Object.entries(filesOf(LEGS.glance12)).map(([name, text]) => [`x-a7/${name}`, text])),
      ...{ 'plan.json': '{}', 'locks/a.txt': '', 'deep/er/still/result.json': '{}' },
    })
    expect(await findResults(folder)).toMatchObject([
      { leg: LEG, folder: join(folder, LEG), attempt: 0, faults: [], claims: { leg: LEG } },
      { leg: LEGS.glance12, folder: join(folder, 'x-a7', LEGS.glance12), attempt: 7, faults: [] },
    ])
  })

  const folders = sharedScratch()
  it('says of whatever stands there either that it is no result or what is wrong with its files', async () => {
    writeFiles(folders, filesOf(LEG))
    const file = fc.oneof(
      fc.constantFrom(packageOf(LEG), 'result.json', '../plan.json', '/etc/passwd', '.', '..', ''),
      fc.string({ unit: 'binary' }),
    )
    const good = resultOf(LEG)
    const packages = fc.array(
      fc.record({
        file,
        size: fc.oneof(fc.constant(contentOf(LEG).length), fc.double()),
        sha256: fc.oneof(fc.constant(good.packages[0]?.sha256 ?? ''), fc.string()),
        fields: fc.constant({}),
      }),
      { maxLength: 3 },
    )
    const text = fc.oneof(
      packages.map((list) => JSON.stringify({ ...good, packages: list })),
      fc.tuple(fc.constantFrom(...Object.keys(good)), fc.jsonValue()).map(([key, value]) => {
        return JSON.stringify({ ...good, [key]: value })
      }),
      fc.json(),
      fc.string({ unit: 'binary' }),
    )
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        writeFileSync(join(folders, LEG, 'result.json'), content)
        const [found] = await findResults(folders)
        if (found?.claims === undefined || found.faults.length > 0) return
        // Nothing is wrong: then all that it names is this one file, in its own folder, with the very bytes.
        for (const one of found.claims.packages) {
          expect(isPackageName(one.file)).toBe(true)
          expect(one).toMatchObject({
            file: packageOf(LEG),
            size: contentOf(LEG).length,
            sha256: good.packages[0]?.sha256,
          })
        }
      }),
      { numRuns: 400 },
    )
  })
})
