import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { MAX_ASSET_BYTES, planUploads, type Wanted } from '../../src/publish/uploads.js'
import type { Asset } from '../../src/runtime/releases.js'

const SUM = 'ab'.repeat(32)
const FILE: Wanted = { path: '/out/a.deb', name: 'a.deb', label: undefined, size: 10, sha256: SUM }
const ASSET: Asset = { id: 1, name: 'a.deb', size: 10, complete: true, digest: `sha256:${SUM}` }
const others = (count: number): Asset[] =>
  Array.from({ length: count }, (_, index) => ({ ...ASSET, id: index + 9, name: `other${index}` }))

function problemsOf(...args: Parameters<typeof planUploads>): string[] {
  try {
    planUploads(...args)
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ message }) => message)
    throw error
  }
  return []
}

describe('what is uploaded', () => {
  it.each<[string, readonly Asset[], object]>([
    ['all into an empty release', [], { upload: [FILE], remove: [], there: 0 }],
    ['nothing that is there', [ASSET], { upload: [], remove: [], there: 1 }],
    ['nothing of the same size where no digest is told', [{ ...ASSET, digest: undefined }], { upload: [], there: 1 }],
    [
      'anew what broke off',
      [{ ...ASSET, complete: false, size: 0, digest: undefined }],
      { upload: [FILE], remove: [{ id: 1 }] },
    ],
    ['anew what broke off at full size', [{ ...ASSET, complete: false }], { upload: [FILE], remove: [{ id: 1 }] }],
    ['nothing of others', others(3), { upload: [FILE], remove: [], there: 0 }],
  ])('is %s', (_, existing, expected) => {
    expect(planUploads(existing, [FILE], false)).toMatchObject(expected)
  })

  it.each([
    ['digest', { digest: 'sha256:00' }],
    ['size', { size: 11, digest: undefined }],
  ])('is no file of another %s, unless it is to be replaced', (_, change) => {
    const existing = [{ ...ASSET, ...change }]
    expect(problemsOf(existing, [FILE], false)).toEqual([
      expect.stringMatching(/^the release has another a\.deb already/),
    ])
    expect(planUploads(existing, [FILE], true)).toMatchObject({ upload: [FILE], remove: [{ id: 1 }], there: 0 })
  })

  it('is refused with all that is wrong at once', () => {
    const big = { ...FILE, name: 'big.deb', size: MAX_ASSET_BYTES }
    const existing = [{ ...ASSET, size: 9 }, ...others(999)]
    expect(problemsOf(existing, [FILE, big], false)).toEqual([
      'the release has another a.deb already (9 bytes, sha256:'.concat(`${SUM}).`),
      expect.stringMatching(/^big\.deb has 2147483648 bytes, and a release takes less than 2 GiB a file\.$/),
      'the release would have 1001 files, and GitHub takes at most 1000.',
    ])
  })

  it('may fill a release to its limits', () => {
    expect(problemsOf(others(999), [{ ...FILE, size: MAX_ASSET_BYTES - 1 }], false)).toEqual([])
    expect(problemsOf([{ ...ASSET, complete: false }, ...others(999)], [FILE], false)).toEqual([])
    expect(problemsOf(others(1000), [FILE], false)).toHaveLength(1)
  })
})
