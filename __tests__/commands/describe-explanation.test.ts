import { describe, expect, it } from 'vitest'
import { describeExplanation } from '../../src/commands/describe-explanation.js'
import { explainLock, explainPackage } from '../../src/lock/explain.js'
import type { LockFacts } from '../../src/lock/facts.js'
import type { LockView } from '../../src/lock/view.js'
import { fromRungs, madeFacts, madeView } from '../lock/made-view.js'

const COMMIT = 'c'.repeat(40)
const tested = (packages: LockFacts['tested']['packages'], misses: LockFacts['tested']['misses'] = []) => ({
  rungs: [
    {
      ...{ rung: 3 as const, what: 'requirements of stable/2025.1', url: 'http://git.test/r', date: '2025-04-01' },
      ...{ change: 'http://gerrit.test/+/42', distance: 1, requirements: 'a'.repeat(40) },
    },
  ],
  misses,
  packages,
  overruled: [],
})
const linesOf = (name: string, ...locks: LockView[]) => {
  const said = locks.map((lock) => ({ lock, about: explainPackage(lock, name) }))
  const lines = describeExplanation({
    package: name,
    versions: [{ project: 'keystone', version: '27.0.2', locks: said }],
  })
  return lines.filter((line) => !/^ {2}lock /.test(line))
}

describe('a package', () => {
  it('is told with all that its rung says', () => {
    const misses = [{ rung: 1 as const, why: 'the logs are gone', failed: false }]
    const facts = madeFacts({
      tested: tested({ six: { rung: 3, constraints: ['six===1'] } }, misses),
      yanked: [{ name: 'six', version: '1', why: 'broken' }],
      build: { sha256: '0'.repeat(64), sdists: ['six'], unlocked: ['six'] },
      built_elsewhere: { python: '3.9', names: ['six'] },
    })
    expect(linesOf('six', madeView({ six: '1' }, { facts }))).toEqual([
      'keystone 27.0.2 (Python 3.11): six',
      '  version       1',
      '  decided by    rung 3: requirements of stable/2025.1',
      '  constraint    six===1',
      '  source        http://git.test/r',
      '  change        http://gerrit.test/+/42, 1 commit before the one that is built',
      `  requirements  openstack/requirements at ${'a'.repeat(40)}`,
      '  date          2025-04-01',
      '  above         rung 1: the logs are gone',
      '  withdrawn     1 is yanked from the index: broken',
      '  built         from its source archive: there is no wheel for this Python and platform',
      '                what builds it is not locked, as it contradicts the rest',
      '                its metadata is that of Python 3.9, to be resolved again where it is built',
    ])
  })

  it.each<[string, Partial<LockFacts>, string[]]>([
    [
      'relaxed',
      { relaxed: [{ name: 'six', pin: '==1', rung: 1, why: 'no wheel' }] },
      ["  not tested  ==1 of rung 1 can't be had and was lifted: no wheel"],
    ],
    ['upgraded', { upgraded: ['six'] }, ['  not tested  --upgrade-package let it go when the lock was made']],
    [
      'overridden by a commit',
      {
        overrides: [
          {
            ...{ name: 'six', requirement: 'six @ git+u@x', reason: 'CVE', instead_of: ['six==1'] },
            git: { url: 'https://git.test/six', commit: COMMIT, tags: ['1.1'] },
          },
        ],
      },
      [
        '  not tested  six @ git+u@x is wanted by the manifest instead of six==1',
        '              reason: CVE',
        `              built of https://git.test/six at ${COMMIT} (1.1), without a hash`,
      ],
    ],
  ])('is told to be not tested where it was %s', (_name, parts, expected) => {
    const facts = madeFacts({ tested: tested(fromRungs({ six: 6 })), ...parts })
    const lines = linesOf('six', madeView({ six: '2' }, { facts }))
    expect(lines.filter((line) => /not tested|^ {12}/.test(line))).toEqual(expected)
    expect(lines.some((line) => line.includes('above'))).toBe(false)
  })

  it('is told once for all locks, and apart where they differ', () => {
    const lock = (python: string, version: string | undefined, platform = 'a') =>
      madeView(version === undefined ? {} : { six: version }, { python, platforms: [platform] })
    const locks = [lock('3.9', undefined), lock('3.10', '1'), lock('3.11', '1', 'b'), lock('3.11', '2', 'c')]
    expect(linesOf('six', ...locks).slice(0, 4)).toEqual([
      'keystone 27.0.2 (Python 3.9, 3.10, 3.11): six',
      '  version  Python 3.9: not in this lock',
      '           Python 3.10; Python 3.11 (b): 1',
      '           Python 3.11 (c): 2',
    ])
  })
})

describe('a lock as a whole', () => {
  it('is told by rungs, with what is not tested; long lists are cut', () => {
    const many = Array.from({ length: 22 }, (_, index) => `p${String(index).padStart(2, '0')}`)
    const facts = madeFacts({
      tested: {
        ...tested(fromRungs({ ...Object.fromEntries(many.map((name) => [name, 6])), six: 3 })),
        overruled: [{ name: 'six', tested: '==1', manifest: '>=2' }],
      },
      build: { sha256: '0'.repeat(64), as_of: '2025-04-01', sdists: ['six'], unlocked: [] },
    })
    const lock = madeView(Object.fromEntries([...many, 'six'].map((name) => [name, '1'])), { facts })
    const versions = [{ project: 'keystone', version: '1', locks: [{ lock, about: explainLock(lock) }] }]
    expect(describeExplanation({ package: undefined, versions })).toEqual([
      'keystone 1 (Python 3.11)',
      '  packages            23 packages',
      '  rung 3              1 package: requirements of stable/2025.1',
      '                        source: http://git.test/r',
      '                        change: http://gerrit.test/+/42, 1 commit before the one that is built',
      `                        requirements: openstack/requirements at ${'a'.repeat(40)}`,
      '                        date: 2025-04-01',
      '  rung 6              22 packages: nothing names them',
      '  overruled           six: ==1 was tested, the manifest says >=2',
      `  not tested: newest  ${many.slice(0, 20).join(', ')}, … and 2 more`,
      '  built from source   six',
      '  build requirements  0 packages, as of 2025-04-01',
      '  lock                lock.txt (amd64 glibc 2.36)',
    ])
  })
})
