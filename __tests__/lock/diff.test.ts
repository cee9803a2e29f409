import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffLocks } from '../../src/lock/diff.js'
import type { LockView, ReadLock } from '../../src/lock/view.js'
import { fromRungs, lockText, madeFacts, madeView } from './made-view.js'

const rungs = (of: Readonly<Record<string, number>>): Pick<ReadLock, 'facts'> => ({
  facts: madeFacts({ tested: { rungs: [], misses: [], overruled: [], packages: fromRungs(of) } }),
})
/** Kind, name, versions of both sides, and where. */
function changesOf(a: LockView[], b: LockView[], of: 'changes' | 'build' = 'changes') {
  const { projects } = diffLocks(a, b)
  return projects.flatMap((project) =>
    project[of].map(({ kind, name, from, to, only }) => [kind, name, from?.version, to?.version, only]),
  )
}

describe('diffLocks', () => {
  it('gives what was changed, added and removed, with the rungs of both sides', () => {
    const a = madeView({ six: '1', gone: '1', same: '1' }, rungs({ six: 1, gone: 1, same: 1 }))
    const b = madeView({ six: '2', more: '1', same: '1' }, rungs({ six: 6, more: 3, same: 1 }))
    const { equal, projects } = diffLocks([a], [b])
    expect(equal).toBe(false)
    expect(projects[0]?.changes).toEqual([
      {
        ...{ kind: 'changed', name: 'six', only: undefined },
        from: { version: '1', rung: 1, not_tested: undefined },
        to: { version: '2', rung: 6, not_tested: 'newest' },
      },
      { kind: 'added', name: 'more', to: { version: '1', rung: 3, not_tested: undefined }, only: undefined },
      { kind: 'removed', name: 'gone', from: { version: '1', rung: 1, not_tested: undefined }, only: undefined },
    ])
  })

  it('tells another rung and other files of the same version, and nothing of what one side does not say', () => {
    const a = madeView({ six: '1' }, rungs({ six: 1 }))
    expect(changesOf([a], [madeView({ six: '1' }, rungs({ six: 3 }))])).toEqual([['rung', 'six', '1', '1', undefined]])
    expect(diffLocks([a], [madeView({ six: '1' })]).equal).toBe(true)
    const others = madeView({}, { ...rungs({ six: 1 }), text: lockText({ six: '1' }, 'bb') })
    const { projects, equal } = diffLocks([a], [others])
    expect(projects[0]?.changes).toMatchObject([{ kind: 'files', hashes: { gone: 1, more: 1 } }])
    expect(equal).toBe(false)
  })

  it('keeps build requirements apart', () => {
    const [a, b] = ['79', '80'].map((version) => madeView({}, { build: lockText({ setuptools: version }) }))
    const [from, to] = [a, b].flatMap((one) => one ?? [])
    if (from === undefined || to === undefined) throw new Error('two locks')
    expect(changesOf([from], [to], 'build')).toEqual([['changed', 'setuptools', '79', '80', undefined]])
    expect(changesOf([from], [to])).toEqual([])
    expect(diffLocks([from], [to]).equal).toBe(false)
  })

  it('says once what is so in all locks, and the rest by Python', () => {
    const locks = (six: string, idna: string) =>
      ['3.9', '3.11'].map((python) => madeView({ six, idna: python === '3.9' ? idna : '1' }, { python }))
    expect(changesOf(locks('1', '1'), locks('2', '3'))).toEqual([
      ['changed', 'idna', '1', '3', 'Python 3.9'],
      ['changed', 'six', '1', '2', undefined],
    ])
  })

  it('pairs by platform where a Python has several locks', () => {
    const lock = (platform: string, six: string) => madeView({ six }, { platforms: [platform] })
    const [a, b] = [
      [lock('amd64', '1'), lock('arm64', '2')],
      [lock('arm64', '3'), lock('amd64', '1')],
    ]
    expect(changesOf(a ?? [], b ?? [])).toEqual([['changed', 'six', '2', '3', 'Python 3.11 (arm64)']])
    const [project] = diffLocks(a ?? [], [lock('amd64', '1'), lock('riscv', '1')]).projects
    expect([project?.only_from, project?.only_to]).toEqual([['Python 3.11 (arm64)'], ['Python 3.11 (riscv)']])
    // What one side does not tell apart is compared with all of the other.
    expect(changesOf(a ?? [], [lock('', '1')])).toEqual([['changed', 'six', '2', '1', undefined]])
  })

  it('compares the only locks of both sides whatever their Python, and else names those without a counterpart', () => {
    const lock = (python: string) => madeView({ six: python }, { python })
    expect(changesOf([lock('3.9')], [lock('3.11')])).toEqual([['changed', 'six', '3.9', '3.11', undefined]])
    const { projects, equal } = diffLocks([lock('3.9'), lock('3.11')], [lock('3.11')])
    expect(projects).toMatchObject([{ only_from: ['Python 3.9'], only_to: [], changes: [] }])
    expect(equal).toBe(false)
  })

  it("compares a project's versions, and names projects that one side lacks", () => {
    const lock = (project: string, version: string) => madeView({ six: version }, { project, version })
    const a = [lock('keystone', '1'), lock('nova', '1'), lock('glance', '1')]
    const b = [lock('keystone', '2'), lock('glance', '1'), lock('swift', '1')]
    const { projects, added, removed } = diffLocks(a, b)
    expect(projects.map(({ from, to }) => [from.project, from.version, to.version])).toEqual([
      ['glance', '1', '1'],
      ['keystone', '1', '2'],
    ])
    expect([added, removed]).toEqual([[{ project: 'swift', version: '1' }], [{ project: 'nova', version: '1' }]])
  })

  it('keeps several versions of a project apart', () => {
    const lock = (version: string, six: string) => madeView({ six }, { version })
    const { projects, added, removed } = diffLocks([lock('1', 'a'), lock('2', 'b')], [lock('2', 'c'), lock('3', 'd')])
    expect(projects.map(({ from, to }) => [from.version, to.version])).toEqual([['2', '2']])
    expect([added, removed]).toMatchObject([[{ version: '3' }], [{ version: '1' }]])
  })

  it('does not call other versions of a project equal though their locks are', () => {
    expect(diffLocks([madeView({ six: '1' })], [madeView({ six: '1' }, { version: '27.0.3' })]).equal).toBe(false)
  })
})

describe('any two sides', () => {
  const versions = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'))
  const views = fc.uniqueArray(fc.record({ python: fc.constantFrom('3.9', '3.10', '3.11'), versions }), {
    selector: ({ python }) => python,
    minLength: 1,
  })
  const made = (side: { python: string; versions: Record<string, string> }[]) =>
    side.map(({ python, versions: of }) => madeView(of, { python }))

  it('differ from themselves in nothing', () => {
    fc.assert(
      fc.property(views, (side) => {
        expect(diffLocks(made(side), made(side)).equal).toBe(true)
      }),
    )
  })

  it('differ the other way round in the same packages', () => {
    const names = (a: LockView[], b: LockView[]) =>
      changesOf(a, b)
        .map(([kind, name, from, to]) =>
          JSON.stringify([name, ...(kind === 'changed' ? [from, to].toSorted() : [from ?? to])]),
        )
        .toSorted()
    fc.assert(
      fc.property(views, views, (a, b) => {
        expect(names(made(a), made(b))).toEqual(names(made(b), made(a)))
      }),
    )
  })

  it('of one lock each: the changes lead from the one to the other', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        const result = new Map<string, string>(Object.entries(a))
        for (const [, name, , to] of changesOf([madeView(a)], [madeView(b)])) {
          if (to === undefined) result.delete(String(name))
          else result.set(String(name), String(to))
        }
        expect(Object.fromEntries(result)).toEqual({ ...b })
      }),
    )
  })
})
