import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameSearch } from '../../src/venv/name-search.js'

describe('nameSearch', () => {
  it('finds what stands across the borders of pieces of any size, and nothing else', () => {
    // Few letters, so that names are there, half there and there several times.
    const text = (maxLength: number) =>
      fc.string({ unit: fc.constantFrom('a', 'b', '/', '\0', 'é'), minLength: 1, maxLength })
    fc.assert(
      fc.property(
        fc.array(text(6), { maxLength: 4 }),
        text(60),
        fc.array(fc.integer({ min: 0, max: 7 })),
        (names, content, sizes) => {
          const bytes = Buffer.from(content)
          const search = nameSearch(names)
          let at = 0
          for (const size of [...sizes, bytes.length]) {
            // As the scan does it: one buffer, used again.
            const piece = Buffer.from(bytes.subarray(at, at + size))
            search.feed(piece)
            piece.fill('x')
            at += size
          }
          expect(search.found()).toEqual(names.filter((name) => content.includes(name)))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('finds a name that is longer than the pieces', () => {
    const search = nameSearch(['a long name'])
    for (const letter of 'with a long name in it') search.feed(Buffer.from(letter))
    expect(search.found()).toEqual(['a long name'])
  })

  it('looks for nothing without a name, and never for an empty one', () => {
    for (const names of [[], ['']]) {
      const search = nameSearch(names)
      search.feed(Buffer.from('anything'))
      expect(search.found()).toEqual([])
    }
  })
})
