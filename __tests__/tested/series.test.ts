import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  branchOfGitreview,
  type Checkout,
  deliverablePath,
  findSeries,
  readSeriesStatus,
  requirementsRefs,
  seriesAt,
  seriesOfBranch,
  seriesOfCheckout,
  seriesOfVersion,
} from '../../src/tested/series.js'
import { KNOWN_SERIES } from '../../src/tested/series-table.js'
import { anyText } from './any-text.js'

const gitreview = (branch?: string) => {
  const more = branch === undefined ? '' : `defaultbranch=${branch}\n`
  return `[gerrit]\nhost=review.opendev.org\nport=29418\nproject=openstack/keystone.git\n${more}`
}
const ON_MASTER = gitreview()
const DELIVERABLE = `---
launchpad: keystone
team: keystone
release-model: cycle-with-rc
releases:
  - version: 27.0.0.0rc1
    projects:
      - repo: openstack/keystone
        hash: ${'1'.repeat(40)}
  - version: 27.0.0
branches:
  - name: stable/2025.1
    location: 27.0.0.0rc1
`

describe('branchOfGitreview', () => {
  it.each<[string, string, string | undefined]>([
    ['a stable branch', gitreview('stable/2025.1'), 'stable/2025.1'],
    ['blanks and line ends of Windows', '[gerrit]\r\ndefaultbranch = unmaintained/zed\r\n', 'unmaintained/zed'],
    ['no branch: it is on master', ON_MASTER, 'master'],
    ['the first of two', `${gitreview('stable/zed')}defaultbranch=stable/yoga\n`, 'stable/zed'],
    ['another file', 'defaultbranch=stable/zed', undefined],
    ['nothing', '', undefined],
  ])('%s', (_what, text, branch) => {
    expect(branchOfGitreview(text)).toBe(branch)
  })
})

describe('seriesOfBranch', () => {
  it.each<[string, string | undefined]>([
    ['stable/2025.1', '2025.1'],
    ['stable/zed', 'zed'],
    ['unmaintained/2023.1', '2023.1'],
    ['origin/stable/zed', 'zed'],
    ['refs/heads/stable/zed', 'zed'],
    ['refs/remotes/origin/unmaintained/zed', 'zed'],
    ['master', undefined],
    ['feature/stable/zed', undefined],
    ['bugfix/24.0', undefined],
    ['stable/', undefined],
    ['stable/zed/x', undefined],
    ['stable/..', undefined],
    ['stable/a..b', undefined],
    ['stable/-x', undefined],
    ['stable/zed x', undefined],
    [`stable/${'x'.repeat(100)}`, undefined],
  ])('%s: %s', (branch, series) => {
    expect(seriesOfBranch(branch)).toBe(series)
  })
})

describe('readSeriesStatus', () => {
  it('reads names, ids and dates, oldest first', () => {
    const text = `---
- name: indri
  release-id: 2027.1
  status: future
  initial-release: TBD
- name: hibiscus
  release-id: 2026.2
  status: development
  initial-release: 2026-09-30
- name: caracal
  release-id: 2024.10
  status: unmaintained
  initial-release: 2024-04-03
- name: zed
  status: end of life
  initial-release: "2022-10-05"
- release-id: 2020.1
- name: ../etc
- just text
`
    expect(readSeriesStatus(text)).toEqual([
      { id: 'zed', name: 'zed', initialRelease: '2022-10-05', inDevelopment: false },
      { id: '2024.10', name: 'caracal', initialRelease: '2024-04-03', inDevelopment: false },
      { id: '2026.2', name: 'hibiscus', initialRelease: '2026-09-30', inDevelopment: true },
      { id: '2027.1', name: 'indri', initialRelease: undefined, inDevelopment: true },
    ])
  })

  it.each(['', '<html>', 'a: b', '[', '- - -'])('reads nothing from %j', (text) => {
    expect(readSeriesStatus(text)).toEqual([])
  })
})

describe('the series that are known', () => {
  it('go on where the former ended, with ids since 2023', () => {
    const names = KNOWN_SERIES.map(({ name }) => name)
    expect(names).toHaveLength(35)
    expect(names.map((name) => name[0]).join('')).toBe('abcdefghijklmnopqrstuvwxyzabcdefghi')
    const dates = KNOWN_SERIES.flatMap(({ initialRelease }) => initialRelease ?? [])
    expect(dates).toEqual(dates.toSorted())
    expect(dates.filter((date) => /^20\d\d-\d\d-\d\d$/.test(date))).toHaveLength(34)
    for (const { id, name } of KNOWN_SERIES.slice(0, 26)) expect(id).toBe(name)
    expect(KNOWN_SERIES.slice(26).map(({ id }) => id)).toEqual(
      '2023.1 2023.2 2024.1 2024.2 2025.1 2025.2 2026.1 2026.2 2027.1'.split(' '),
    )
    expect(findSeries('epoxy')).toBe(findSeries('2025.1'))
    expect(findSeries('zzz')).toEqual({ id: 'zzz', name: 'zzz', initialRelease: undefined, inDevelopment: false })
  })

  it.each<[string, string | undefined]>([
    ['2025-03-07T10:00:00Z', 'epoxy'],
    ['2025-04-02', 'epoxy'],
    ['2025-04-03', 'flamingo'],
    ['2010-01-01', 'austin'],
    ['2099-01-01', 'indri'],
    ['yesterday', undefined],
  ])('at %s: %s comes next', (date, name) => {
    expect(seriesAt(date)?.name).toBe(name)
  })
})

describe('openstack/releases', () => {
  it('has its files by the name of the series', () => {
    expect(deliverablePath(findSeries('2025.1'), 'openstack/keystone')).toBe('deliverables/epoxy/keystone.yaml')
    expect(deliverablePath(findSeries('zed'), 'keystone')).toBe('deliverables/zed/keystone.yaml')
  })

  it('lists versions', () => {
    const deliverables = new Map([
      ['dalmatian', DELIVERABLE.replaceAll('27.', '26.')],
      ['epoxy', DELIVERABLE],
      ['broken', '['],
    ])
    expect(seriesOfVersion('27.0.0', deliverables)).toBe('epoxy')
    expect(seriesOfVersion('26.0.0.0rc1', deliverables)).toBe('dalmatian')
    expect(seriesOfVersion('27.0', deliverables)).toBeUndefined()
    expect(seriesOfVersion('27.0.0', new Map([['_independent', DELIVERABLE]]))).toBeUndefined()
    expect(seriesOfVersion('1.10', new Map([['zed', 'releases: [{version: 1.10}]']]))).toBe('zed')
    expect(seriesOfVersion('1.1', new Map([['zed', 'releases: [{version: 1.10}]']]))).toBeUndefined()
  })
})

describe('seriesOfCheckout', () => {
  const deliverables = new Map([['dalmatian', DELIVERABLE]])

  it.each<[string, Checkout, string | undefined]>([
    ['a branch', { branch: 'stable/2025.1' }, '2025.1 by branch'],
    [
      'a branch, though .gitreview was not changed yet',
      { branch: 'stable/2025.1', gitreview: ON_MASTER },
      '2025.1 by branch',
    ],
    ['.gitreview', { gitreview: gitreview('stable/2025.1') }, '2025.1 by gitreview'],
    ["an operator's branch", { branch: 'patched', gitreview: gitreview('unmaintained/zed') }, 'zed by gitreview'],
    [
      'a tag on a branch',
      { tag: '27.0.1', gitreview: gitreview('stable/2025.1'), deliverables },
      '2025.1 by gitreview',
    ],
    [
      'a tag on master that is listed',
      { tag: '27.0.0', gitreview: ON_MASTER, deliverables, date: '2025-03-07' },
      '2024.2 by release',
    ],
    ['a ref of a tag', { tag: 'refs/tags/27.0.0', deliverables }, '2024.2 by release'],
    ['X.0.0 on master', { tag: '27.0.0', gitreview: ON_MASTER, date: '2025-03-07T10:00:00Z' }, '2025.1 by date'],
    ['X.0.0 without .gitreview', { tag: '27.0.0', date: '2025-03-07' }, '2025.1 by date'],
    ['its candidate', { tag: '27.0.0.0rc1', date: '2025-03-07' }, '2025.1 by date'],
    ["a library's tag on master", { tag: '9.7.0', gitreview: ON_MASTER, date: '2025-01-07' }, '2025.1 by date'],
    ['X.0.1 without .gitreview: it is on some branch', { tag: '27.0.1', date: '2025-11-07' }, undefined],
    ['X.0.0 of nobody knows when', { tag: '27.0.0', gitreview: ON_MASTER }, undefined],
    ['the end of life', { tag: 'queens-eol', gitreview: gitreview('stable/queens') }, 'queens by tag of the series'],
    ['the end of life, by id', { tag: '2024.2-eol' }, '2024.2 by tag of the series'],
    ['the end of life, by name', { tag: 'dalmatian-eol' }, '2024.2 by tag of the series'],
    ['the end of maintenance', { tag: 'refs/tags/zed-eom', gitreview: ON_MASTER }, 'zed by tag of the series'],
    ['extended maintenance', { tag: 'stein-em' }, 'stein by tag of the series'],
    ['master today', { branch: 'master', gitreview: ON_MASTER, date: '2026-08-20' }, '2026.2 by date'],
    ['master of long ago', { branch: 'master', gitreview: ON_MASTER, date: '2018-01-20' }, 'queens by date'],
    ['master of nobody knows when', { branch: 'origin/master', gitreview: ON_MASTER }, '2026.2 by master'],
    ['a commit on master', { gitreview: ON_MASTER }, '2026.2 by master'],
    ['a series that nobody knows', { branch: 'stable/2031.2' }, '2031.2 by branch'],
    ['a branch of features', { gitreview: gitreview('feature/x'), date: '2025-01-01' }, undefined],
    ["somebody's own project", { branch: 'main', tag: '1.2.3', date: '2025-01-01' }, undefined],
    ['nothing', {}, undefined],
  ])('by %s', (_what, checkout, expected) => {
    const found = seriesOfCheckout(checkout)
    expect(found === undefined ? undefined : `${found.series.id} by ${found.by}`).toBe(expected)
  })

  it('goes by newer series where they are given', () => {
    const known = readSeriesStatus(
      '- {name: jackal, release-id: 2027.2, status: development, initial-release: 2027-09-29}',
    )
    expect(seriesOfCheckout({ gitreview: ON_MASTER, date: '2027-05-01' }, known)?.series.id).toBe('2027.2')
    expect(seriesOfCheckout({ branch: 'stable/jackal' }, known)?.series.id).toBe('2027.2')
  })
})

describe('requirementsRefs', () => {
  it.each<[string, readonly string[]]>([
    [
      '2025.1',
      ['refs/heads/stable/2025.1', 'refs/heads/unmaintained/2025.1', 'refs/tags/2025.1-eol', 'refs/tags/epoxy-eol'],
    ],
    [
      'epoxy',
      ['refs/heads/stable/2025.1', 'refs/heads/unmaintained/2025.1', 'refs/tags/2025.1-eol', 'refs/tags/epoxy-eol'],
    ],
    ['zed', ['refs/heads/stable/zed', 'refs/heads/unmaintained/zed', 'refs/tags/zed-eol']],
    [
      '2026.2',
      [
        'refs/heads/stable/2026.2',
        'refs/heads/unmaintained/2026.2',
        'refs/tags/2026.2-eol',
        'refs/tags/hibiscus-eol',
        'refs/heads/master',
      ],
    ],
    ['2031.2', ['refs/heads/stable/2031.2', 'refs/heads/unmaintained/2031.2', 'refs/tags/2031.2-eol']],
    ['juno', ['refs/heads/stable/juno', 'refs/heads/unmaintained/juno', 'refs/tags/juno-eol']],
    ['icehouse', []],
  ])('%s', (name, refs) => {
    expect(requirementsRefs(findSeries(name))).toEqual(refs)
  })
})

describe('series and whatever comes', () => {
  it('throw at nothing, and name refs that git takes', () => {
    const piece = fc.constantFrom(
      '[gerrit]',
      '\n',
      'defaultbranch=',
      'stable/',
      'master',
      '27.0.0',
      '-eol',
      'zed',
      '..',
      '/',
      '- name: ',
      'releases:',
      '  version: ',
    )
    const text = fc.array(fc.oneof(piece, anyText(4)), { maxLength: 8 }).map((parts) => parts.join(''))
    const maybe = fc.option(text, { nil: undefined })
    const deliverables = fc.option(
      fc.tuple(text, text).map((pair) => new Map([pair])),
      { nil: undefined },
    )
    const checkout = fc.record({ gitreview: maybe, branch: maybe, tag: maybe, date: maybe, deliverables })
    fc.assert(
      fc.property(checkout, text, (one, status) => {
        const found = [seriesOfCheckout(one), seriesOfCheckout(one, readSeriesStatus(status))]
        for (const ref of found.flatMap((some) => (some === undefined ? [] : requirementsRefs(some.series)))) {
          expect(ref).toMatch(/^refs\/(?:heads|tags)\/[a-z0-9][a-z0-9.]*[/-]?[a-z0-9.]*[a-z0-9]$/)
          expect(ref).not.toContain('..')
        }
      }),
      { numRuns: 300 },
    )
  })

  it.each(['stable/', 'a', '.', '=', ' ', '\n', 'defaultbranch', '1.', '- ', 'name: ', '-eol'])(
    'read a megabyte of %j',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length)
      const checkout = {
        gitreview: `[gerrit]\n${text}`,
        branch: text,
        tag: text,
        date: text,
        deliverables: new Map([['a', text]]),
      }
      expect(seriesOfCheckout(checkout)?.by ?? 'master').toBe('master')
      expect(readSeriesStatus(text)).toEqual([])
    },
  )
})
