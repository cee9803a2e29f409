import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { GROUPINGS, MAX_JOBS, makeMatrix } from '../../src/plan/matrix.js'
import { parsePlan } from '../../src/plan/plan-file.js'
import { type Architecture, TARGETS } from '../../src/plan/targets.js'
import { compileGlob } from '../../src/runtime/glob.js'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/)
const version = fc.stringMatching(/^[0-9](\.[0-9-]{1,3})?[0-9]$/)
const target = fc.constantFrom(...TARGETS)
const architecture = fc.constantFrom<Architecture>('amd64', 'arm64')
const leg = fc.record({ name, version, target, architecture }).map((parts) => ({
  id: `${parts.name}-${parts.version}-${parts.target.id}-${parts.architecture}`,
  target: parts.target,
  architecture: parts.architecture,
  project: { name: parts.name, version: parts.version } as Parameters<typeof makeMatrix>[0][number]['project'],
}))
const legs = fc.uniqueArray(leg, { minLength: 1, maxLength: 40, selector: ({ id }) => id })

describe('makeMatrix', () => {
  it.each([undefined, ...GROUPINGS])('by %s: every leg is picked by the glob of one job', (grouping) => {
    fc.assert(
      fc.property(legs, (all) => {
        const { include } = makeMatrix(all, grouping)
        const tests = include.map(({ id }) => compileGlob(id))
        for (const { id } of all) {
          const picked = tests.filter((test) => typeof test !== 'string' && test(id))
          expect(picked.length, id).toBe(1)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives a group of one image that image, and one of several none', () => {
    const [debian, rocky] = ['debian12', 'rocky9'].map((id) => TARGETS.find((known) => known.id === id))
    if (debian === undefined || rocky === undefined) throw new Error('the table lacks targets')
    const project = { name: 'a', version: '1' } as Parameters<typeof makeMatrix>[0][number]['project']
    const both = [debian, rocky].map((known) => {
      return { id: `a-1-${known.id}-amd64`, target: known, architecture: 'amd64' as const, project }
    })
    expect(makeMatrix(both, 'target').include.map(({ image }) => image)).toEqual([debian.image, rocky.image])
    expect(makeMatrix(both, 'project').include).toEqual([{ id: 'a-*-amd64', image: '', runner: 'ubuntu-24.04' }])
  })

  it('takes as many jobs as GitHub does, and not one more', () => {
    const [known] = TARGETS
    if (known === undefined) throw new Error('the table is empty')
    const many = Array.from({ length: MAX_JOBS + 1 }, (_, index) => ({
      id: `p${index}-1-${known.id}-amd64`,
      target: known,
      architecture: 'amd64' as const,
      project: { name: `p${index}`, version: '1' } as Parameters<typeof makeMatrix>[0][number]['project'],
    }))
    expect(makeMatrix(many.slice(1)).include.length).toBe(MAX_JOBS)
    expect(() => makeMatrix(many)).toThrow(InputError)
  })
})

describe('parsePlan', () => {
  it('reads or refuses whatever it is given, with an InputError', () => {
    const skeleton = fc.record({
      format: fc.constantFrom(1, 2),
      vars: fc.dictionary(fc.string(), fc.jsonValue()),
      siblings: fc.array(fc.string()),
      legs: fc.array(fc.jsonValue()),
      locks: fc.array(fc.jsonValue()),
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          skeleton.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          try {
            parsePlan(text, 'plan.json')
          } catch (error) {
            expect(error).toBeInstanceOf(InputError)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})
