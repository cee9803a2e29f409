import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { GROUPINGS, type Grouping, MAX_JOBS, makeMatrix } from '../../src/plan/matrix.js'
import { parsePlan } from '../../src/plan/plan-file.js'
import { type Architecture, TARGETS, type Target } from '../../src/plan/targets.js'
import { compileGlob } from '../../src/runtime/glob.js'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/)
const version = fc.stringMatching(/^[0-9](\.[0-9*?{},[\]-]{1,3})?[0-9]$/)
const target = fc.constantFrom(...TARGETS)
const architecture = fc.constantFrom<Architecture>('amd64', 'arm64')
const leg = fc.record({ name, version, target, architecture }).map((parts) => ({
  id: `${parts.name}-${parts.version}-${parts.target.id}-${parts.architecture}`,
  target: parts.target,
  architecture: parts.architecture,
  project: { name: parts.name, version: parts.version } as Parameters<typeof makeMatrix>[0][number]['project'],
}))
type MatrixLeg = Parameters<typeof makeMatrix>[0][number]

function legOf(id: string, architecture: Architecture = 'amd64', change: Partial<Target> = {}): MatrixLeg {
  const [name = '', version = '', targetId = ''] = id.split('-')
  const known = TARGETS.find((one) => one.id === targetId)
  if (known === undefined) throw new Error(`the table lacks ${targetId}`)
  const project = { name, version } as MatrixLeg['project']
  return { id: `${id}-${architecture}`, target: { ...known, ...change }, architecture, project }
}

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
    expect(MAX_JOBS).toBe(256)
  })

  it('is sorted by what its jobs are called', () => {
    const all = ['nova-1-rocky9', 'heat-1-rocky9', 'nova-1-debian12'].map((id) => legOf(id))
    const idsBy = (grouping?: Grouping) => makeMatrix(all, grouping).include.map(({ id }) => id)
    expect(idsBy()).toEqual(['heat-1-rocky9-amd64', 'nova-1-debian12-amd64', 'nova-1-rocky9-amd64'])
    expect(idsBy('target')).toEqual(['*-rocky9-amd64', 'nova-1-debian12-amd64'])
    expect(idsBy('project')).toEqual(['heat-1-rocky9-amd64', 'nova-*-amd64'])
  })

  it("has each job on its processor's runner, and folds no legs of different runners", () => {
    const runners = { amd64: 'large', arm64: 'ubuntu-24.04-arm' }
    const all = [
      ...(['amd64', 'arm64'] as const).flatMap((arch) => [legOf('nova-1-rocky9', arch), legOf('heat-1-rocky9', arch)]),
      legOf('nova-1-debian12', 'amd64', { runners }),
    ]
    expect(makeMatrix(all).include.map(({ id, runner }) => [id, runner])).toEqual([
      ['heat-1-rocky9-amd64', 'ubuntu-24.04'],
      ['heat-1-rocky9-arm64', 'ubuntu-24.04-arm'],
      ['nova-1-debian12-amd64', 'large'],
      ['nova-1-rocky9-amd64', 'ubuntu-24.04'],
      ['nova-1-rocky9-arm64', 'ubuntu-24.04-arm'],
    ])
    expect(makeMatrix(all, 'project').include.map(({ id, runner }) => [id, runner])).toEqual([
      ['heat-1-rocky9-amd64', 'ubuntu-24.04'],
      ['heat-1-rocky9-arm64', 'ubuntu-24.04-arm'],
      ['nova-1-debian12-amd64', 'large'],
      ['nova-1-rocky9-amd64', 'ubuntu-24.04'],
      ['nova-1-rocky9-arm64', 'ubuntu-24.04-arm'],
    ])
  })

  it('folds no legs of different processors, even on one runner', () => {
    const all = (['amd64', 'arm64'] as const).flatMap((arch) => {
      return ['nova', 'heat'].map((name) =>
        legOf(`${name}-1-rocky9`, arch, { runners: { amd64: 'own', arm64: 'own' } }),
      )
    })
    expect(makeMatrix(all, 'target').include.map(({ id }) => id)).toEqual(['*-rocky9-amd64', '*-rocky9-arm64'])
  })

  it('picks a group by its parts where its ends are those of others, and by its ids where the parts are too', () => {
    const project = (leg: MatrixLeg, name: string, version: string): MatrixLeg => {
      return { ...leg, project: { ...leg.project, name, version } }
    }
    const ends = [legOf('a-1-rocky9'), legOf('a-1-debian12'), project(legOf('a-b-rocky9'), 'a-b', '1')]
    const withId = ends.map((leg, index) => (index < 2 ? leg : { ...leg, id: 'a-b-1-rocky9-amd64' }))
    expect(makeMatrix(withId, 'project').include.map(({ id }) => id)).toContain('a-1-{debian12,rocky9}-amd64')
    const other = { ...project(legOf('x-1-rocky9'), 'a-1', '1'), id: 'a-1-1-rocky9-amd64' }
    const third = project({ ...legOf('a-1-debian12'), id: 'a-1-1-debian12-amd64' }, 'a', '1-1')
    expect(makeMatrix([legOf('a-1-rocky9'), third, other], 'project').include.map(({ id }) => id)).toContain(
      '{a-1-1-debian12-amd64,a-1-rocky9-amd64}',
    )
  })

  it.each<[Grouping | undefined, RegExp]>([
    [undefined, /257 jobs \(257 legs\).* 256\.\n.*--group-by target or --group-by project, or choose .*--only/],
    ['project', /257 jobs \(257 legs\).* 256\.\n.*Fold the legs of a target .*--group-by target, or choose .*--only/],
    ['target', /257 jobs \(257 legs\).* 256\.\n +Choose fewer legs with --only 'GLOB', --skip or -p\.$/],
  ])('of too many jobs by %s tells the ways out that are left', (grouping, message) => {
    const many = Array.from({ length: MAX_JOBS + 1 }, (_, index) => {
      return legOf(`p${index}-1-rocky9`, 'amd64', grouping === 'target' ? { id: `rocky${index}` } : {})
    })
    expect(() => makeMatrix(many, grouping)).toThrow(message)
  })

  it('tells of too many jobs soon, whatever their globs would be', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => legOf(`p${index % 10_000}-${index}-rocky9`))
    const started = performance.now()
    expect(() => makeMatrix(many, 'project')).toThrow(/10000 jobs \(20000 legs\)/)
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('takes as many bytes as GitHub does, counted as UTF-16, and not more', () => {
    const withImage = (length: number) => [legOf('a-1-rocky9', 'amd64', { image: 'x'.repeat(length) })]
    const rest = JSON.stringify(makeMatrix(withImage(0))).length
    const most = 1024 * 512 - rest
    expect(makeMatrix(withImage(most)).include.length).toBe(1)
    expect(() => makeMatrix(withImage(most + 1))).toThrow(
      /the matrix has 1048578 bytes \(1 jobs\), and an output of a job takes at most 1048576\.\n.*--group-by .*--only/,
    )
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
