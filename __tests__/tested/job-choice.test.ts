import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CiBuild, CiReport } from '../../src/tested/ci-report.js'
import { chooseJobs } from '../../src/tested/job-choice.js'

const build = (job: string, more: Partial<CiBuild> = {}): CiBuild => {
  return { job, url: `https://logs.example/${job}`, result: 'SUCCESS', voting: true, ...more }
}
const report = (jobs: readonly (string | CiBuild)[], more: Partial<CiReport> = {}): CiReport => {
  const builds = jobs.map((job) => (typeof job === 'string' ? build(job) : job))
  return {
    pipeline: 'gate',
    passed: true,
    patchset: 3,
    date: '2025-03-01T02:52:46Z',
    buildset: undefined,
    builds,
    ...more,
  }
}
const chosen = (reports: readonly CiReport[], python = '3.11', project = 'openstack/nova') => {
  return chooseJobs(reports, python, project).map(({ job, pipeline }) =>
    pipeline === 'gate' ? job : `${job} ${pipeline}`,
  )
}

describe('chooseJobs', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['the same Python', ['tox-py39', 'tox-py311', 'tox-py312'], ['tox-py311', 'tox-py312', 'tox-py39']],
    ['else the nearest', ['tox-py36', 'tox-py313', 'tox-py39'], ['tox-py39', 'tox-py313', 'tox-py36']],
    ['of two as near the older', ['tox-py312', 'tox-py310'], ['tox-py310', 'tox-py312']],
    ['10 after 9', ['tox-py39', 'tox-py310'], ['tox-py310', 'tox-py39']],
    ['Python 2 last', ['tox-py27', 'tox-functional', 'tox-py35'], ['tox-py35', 'tox-functional', 'tox-py27']],
    ['unit tests', ['tox-functional-py311', 'tox-py311'], ['tox-py311', 'tox-functional-py311']],
    ['the Python, not the unit tests', ['tox-py39', 'tox-functional-py311'], ['tox-functional-py311', 'tox-py39']],
    [
      'plain jobs',
      ['openstack-tox-py311-with-sqlalchemy-2x', 'openstack-tox-py311'],
      ['openstack-tox-py311', 'openstack-tox-py311-with-sqlalchemy-2x'],
    ],
    ['of the project', ['quantum-tox-py311', 'nova-tox-py311'], ['nova-tox-py311', 'quantum-tox-py311']],
    ['no Python but tox', ['openstack-tox-py3', 'some-py3'], ['openstack-tox-py3']],
  ])('prefers %s', (_what, jobs, expected) => {
    expect(chosen([report(jobs)])).toEqual(expected)
  })

  it('knows the names of Jenkins', () => {
    const jobs = [
      'gate-nova-pep8',
      'gate-nova-docs',
      'gate-nova-python26',
      'gate-nova-python27-ubuntu-trusty',
      'gate-nova-python35',
    ]
    expect(chosen([report(jobs)], '2.7')).toEqual([
      'gate-nova-python27-ubuntu-trusty',
      'gate-nova-python26',
      'gate-nova-python35',
    ])
    expect(chosen([report(jobs)], '3.5')[0]).toBe('gate-nova-python35')
    expect(chosen([report(['gate-python-novaclient-python27'])], '2.7', 'openstack/python-novaclient')).toHaveLength(1)
    expect(
      chosen([report(['gate-oslo.config-python27', 'gate-cross-nova-python27'])], '2.7', 'openstack/oslo.config'),
    ).toEqual(['gate-oslo.config-python27'])
  })

  it.each([
    'openstack-tox-cover',
    'openstack-tox-pep8',
    'openstack-tox-docs',
    'build-openstack-sphinx-docs',
    'tox-linters',
    'nova-promote-py311',
    'openstack-tox-lower-constraints',
    'openstack-tox-py311-with-oslo-master',
    'nova-tempest-py311',
    'tempest-full-py3',
    'grenade-py311',
    'gate-cross-nova-python27',
    'nodejs-run-lint',
    'zuul-build-python-release',
    'zuul-quick-start',
    'noop',
  ])('never takes %s', (job) => {
    expect(chosen([report([job])])).toEqual([])
  })

  it('takes what is called as the project is', () => {
    expect(chosen([report(['tempest-tox-py311'])], '3.11', 'openstack/tempest')).toEqual(['tempest-tox-py311'])
    expect(chosen([report(['tempest-tox-py311'])])).toEqual([])
  })

  it('takes successes that have a page', () => {
    const failures = ['FAILURE', 'TIMED_OUT', 'SKIPPED', 'CANCELED'].map((result) => build('tox-py311', { result }))
    expect(chosen([report([...failures, build('tox-py311', { url: undefined })])])).toEqual([])
  })

  it('prefers the gate, then the check, then what says nothing', () => {
    const date = '2026-01-01T00:00:00Z'
    const reports = [
      report(['tox-py311'], { pipeline: undefined, date }),
      report(['tox-py311'], { pipeline: 'check', date }),
      report(['tox-py311']),
    ]
    expect(chosen(reports)).toEqual(['tox-py311', 'tox-py311 check', 'tox-py311 undefined'])
  })

  it('prefers the Python of the target in a check to another one in the gate', () => {
    const reports = [report(['tox-py39']), report([build('tox-py311', { voting: false })], { pipeline: 'check' })]
    expect(chosen(reports)).toEqual(['tox-py311 check', 'tox-py39'])
  })

  it('prefers what votes, what passed as a whole, and the newer', () => {
    expect(chooseJobs([report([build('tox-py311', { voting: false }), 'tox-py311'])], '3.11', 'a/b')[0]?.voting).toBe(
      true,
    )
    const old = report(['tox-py311'], { date: '2025-01-01T00:00:00Z' })
    const failed = report(['tox-py311'], { date: '2025-01-03T00:00:00Z', passed: false })
    const newer = report(['tox-py311'], { date: '2025-01-02T00:00:00Z' })
    expect(chooseJobs([old, failed, newer], '3.11', 'a/b').map(({ date }) => date.slice(0, 10))).toEqual([
      '2025-01-02',
      '2025-01-01',
      '2025-01-03',
    ])
  })

  it("leaves out other patch sets' builds: they tested other code", () => {
    const reports = [report(['tox-py311'], { patchset: 2 }), report(['tox-py39'], { patchset: 10, pipeline: 'check' })]
    expect(chosen(reports)).toEqual(['tox-py39 check'])
    expect(chosen([reports[0] ?? report([]), report(['tox-pep8'], { patchset: 10 })])).toEqual([])
    expect(chosen([report(['tox-py311'], { patchset: undefined })])).toEqual(['tox-py311'])
  })

  it('says where each comes from', () => {
    const one = build('openstack-tox-functional-py312', { tenant: 'openstack', uuid: '1'.repeat(32) })
    expect(chooseJobs([report([one])], '3.11', 'openstack/nova')).toEqual([
      { ...one, pipeline: 'gate', patchset: 3, date: '2025-03-01T02:52:46Z', python: '3.12', tests: 'functional' },
    ])
    expect(chooseJobs([], '3.11', 'openstack/nova')).toEqual([])
  })

  it('orders any builds in one way, and takes nothing that was not there', () => {
    const word = fc.constantFrom('tox', 'py39', 'py311', 'py3', 'functional', 'pep8', 'nova', 'x', '', 'python27')
    const job = fc.array(word, { maxLength: 6 }).map((words) => words.join('-'))
    const some = fc.record({ job, pipeline: fc.constantFrom('gate' as const, 'check' as const, undefined) })
    fc.assert(
      fc.property(
        fc.array(some, { maxLength: 12 }),
        fc.oneof(fc.constant('3.11'), fc.string(), fc.constant('x.y')),
        (jobs, python) => {
          const reports = jobs.map(({ job, pipeline }) => report([job], { pipeline }))
          const names = (list: readonly CiReport[]) =>
            chooseJobs(list, python, 'openstack/nova').map((one) => one.python)
          expect(names(reports.toReversed())).toEqual(names(reports))
          for (const name of chosen(reports, python)) expect(jobs.map(({ job }) => job)).toContain(name.split(' ')[0])
        },
      ),
    )
  })
})

it('takes as many reports as a change may have', () => {
  const older = Array.from({ length: 200_000 }, () => report(['tox-py39'], { patchset: 2 }))
  expect(chosen([...older, report(['tox-py310'])])).toEqual(['tox-py310'])
})
