import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'
import { CHANGE_ID, change, questionOf, tested } from '../support/tested-world.js'
import { climbed, ladderOf, short, versions } from './climbing.js'

describe('the ladder', () => {
  it('begins with the freeze of the gate, for which four questions are enough', async () => {
    const world = await tested(scratch())
    const first = await ladderOf(world, questionOf(world.commit)).climb()
    expect(first).toMatchObject({
      ...{ rung: 1, what: 'freeze of openstack-tox-py311 (gate)', distance: 0 },
      url: expect.stringMatching(/\/logs\/38b\/job-output\.txt$/),
      change: expect.stringMatching(/\/gerrit\/c\/openstack\/hello\/\+\/42$/),
      constraints: [{ name: 'six', specifier: '==1.15.0' }],
    })
    expect(world.requests).toHaveLength(4)
  })

  it('goes on to the requirements of the build, of the branch at the time, and of the series', async () => {
    const { world, rungs, misses } = await climbed({}, ({ commit }) => questionOf(commit, { branch: 'stable/2025.1' }))
    expect(short(rungs)).toEqual([
      [1, 'six==1.15.0'],
      [2, 'six==1.14.0', 'idna==3.7'],
      [3, 'six==1.14.0', 'idna==3.6'],
      [4, 'six==1.14.0', 'idna==3.6'],
    ])
    expect(rungs[1]).toMatchObject({
      requirements: world.requirementsCommit,
      what: 'requirements of openstack-tox-py311',
    })
    expect(rungs[2]?.requirements).toBe(world.requirementsCommit)
    expect(misses).toEqual([])
    expect(world.requests.length).toBeLessThanOrEqual(7)
  })

  it('takes the second rung where the log tells no versions, with seven questions', async () => {
    const world = await tested(scratch(), { log: 'nothing of the kind\n' })
    const all = ladderOf(world, questionOf(world.commit))
    expect(await all.climb()).toMatchObject({ rung: 2 })
    expect(all.misses).toEqual([{ rung: 1, why: 'the log of openstack-tox-py311 tells no versions', failed: false }])
    expect(world.requests.length).toBeLessThanOrEqual(7)
  })

  it.each([404, 410])('takes the third where the logs are gone (%i): the normal case', async (log) => {
    const { rungs, misses } = await climbed({ log })
    expect(rungs[0]).toMatchObject({ rung: 3, what: 'requirements of stable/2025.1' })
    expect(misses.slice(0, 2).map(({ rung, failed }) => [rung, failed])).toEqual([
      [1, false],
      [2, false],
    ])
  })

  it('takes the requirements of the time, not those of today', async () => {
    const world = await tested(scratch(), { log: 404 })
    world.requirements.git('checkout', '--quiet', 'stable/2025.1')
    const env = { GIT_AUTHOR_DATE: '2030-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2030-01-01T00:00:00Z' }
    world.requirements.commit({ 'upper-constraints.txt': 'six===9.9\n' })
    const { exec } = testPorts()
    const argv = ['git', '-C', world.requirements.folder, '-c', 'user.name=x', '-c', 'user.email=x@x.invalid']
    await exec.run({ argv: [...argv, 'commit', '--amend', '--quiet', '--no-edit'], env })
    const rung = await ladderOf(world, questionOf(world.commit)).climb()
    expect(rung && versions(rung)).toEqual(['six==1.14.0', 'idna==3.6'])
  })

  it("asks about a merge's second parent", async () => {
    const { rungs } = await climbed({}, ({ project, commit }) => {
      project.git('checkout', '--quiet', '-b', 'side', 'HEAD~1')
      project.commit({ side: '' })
      project.git('merge', '--quiet', '--no-ff', '-m', 'Merge "Do more"', commit)
      return questionOf(project.git('rev-parse', 'HEAD'))
    })
    expect(rungs[0]).toMatchObject({ rung: 1, distance: 0 })
  })

  it("goes back to the nearest commit that Gerrit knows: one's own stand on top", async () => {
    const { rungs } = await climbed({}, ({ project }) => {
      project.commit({ own: '1' })
      return questionOf(project.commit({ own: '2' }))
    })
    expect(rungs[0]).toMatchObject({ rung: 1, distance: 2 })
  })

  it('goes by the Change-Id on the branch where Gerrit knows the commit no more', async () => {
    const other = 'c0'.repeat(20)
    const changes = () => [change('d0'.repeat(20), { branch: 'master', number: 7 }), change(other)]
    const { rungs } = await climbed({ changes }, ({ commit }) => questionOf(commit, { branch: 'stable/2025.1' }))
    expect(rungs[0]).toMatchObject({ rung: 1, change: expect.stringMatching(/\+\/42$/) })
    const none = await climbed({ changes })
    expect(none.rungs.some(({ rung }) => rung === 1)).toBe(false)
  })

  it('has the series where Gerrit knows nothing, by the branch', async () => {
    const { rungs, misses } = await climbed({ changes: () => [] }, ({ commit }) =>
      questionOf(commit, { branch: 'stable/2025.1' }),
    )
    expect(rungs).toMatchObject([{ rung: 4, what: 'requirements of the series 2025.1 (by branch)' }])
    expect(misses.map(({ rung }) => rung)).toEqual([1, 2, 3])
  })

  it('finds the series of a release in openstack/releases', async () => {
    const { rungs } = await climbed({}, () => questionOf(undefined, { tag: '27.0.1' }))
    expect(rungs).toMatchObject([{ rung: 4, what: 'requirements of the series 2025.1 (by release)' }])
    const unknown = await climbed({}, () => questionOf(undefined, { tag: '99.1.2' }))
    expect(unknown.rungs).toEqual([])
  })

  it.each([500, 401])('goes on where Gerrit fails with %i, and says so', async (gerritStatus) => {
    const { rungs, misses } = await climbed({ gerritStatus }, ({ commit }) =>
      questionOf(commit, { branch: 'stable/2025.1' }),
    )
    expect(rungs[0]?.rung).toBe(4)
    expect(misses[0]).toMatchObject({ rung: 1, failed: true, why: expect.stringContaining(String(gerritStatus)) })
  })

  it('takes nothing of a build that Zuul itself calls no success', async () => {
    const { rungs } = await climbed({ result: 'FAILURE' })
    expect(rungs[0]?.rung).toBe(3)
  })

  it('takes nothing of other patch sets', async () => {
    const later = (commit: string) => {
      const [report] = change(commit).messages ?? []
      const [first, second] = [1, 2].map((patchset) => ({
        ...{ patchset, tag: 'autogenerated:zuul:gate', username: 'zuul' },
        message: (report?.message ?? '').replace('Patch Set 1', `Patch Set ${patchset}`),
      }))
      return [
        change(commit, { commits: [commit, 'd0'.repeat(20)], messages: [first, second].flatMap((one) => one ?? []) }),
      ]
    }
    expect((await climbed({ changes: later })).rungs[0]).toMatchObject({ rung: 1 })
    const onlyLater = (commit: string) =>
      later(commit).map((one) => ({ ...one, messages: (one.messages ?? []).slice(1) }))
    expect((await climbed({ changes: onlyLater })).rungs[0]?.rung).toBe(3)
  })

  it('tells a repository that is not there from a version that is in none', async () => {
    const world = await tested(scratch())
    const gone = { ...world, releases: { ...world.releases, folder: join(world.releases.folder, 'gone') } }
    const all = ladderOf(gone, questionOf(undefined, { tag: '27.0.1' }))
    expect(await all.climb()).toBeUndefined()
    expect(all.misses.filter(({ failed }) => failed)).toMatchObject([{ rung: 4 }])
  })

  it('takes nothing of a change that did not pass', async () => {
    const failed = (commit: string) => [
      change(commit, {
        messages: [
          {
            message: `Patch Set 1: Verified-2\n\nBuild failed (gate pipeline).\n\n- openstack-tox-py311 https://zuul.test/t/openstack/build/${'0'.repeat(32)} : FAILURE in 3m 02s`,
            ...{ patchset: 1, tag: 'autogenerated:zuul:gate', username: 'zuul' },
          },
        ],
      }),
    ]
    const { rungs, misses } = await climbed({ changes: failed })
    expect(rungs[0]?.rung).toBe(3)
    expect(misses[0]?.why).toMatch(/no build of .*\+\/42 passed/)
    expect(CHANGE_ID).toMatch(/^I/)
  })
})
