import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookUpFirst, testedLookups } from '../../src/commands/tested-ladder.js'
import type { PinnedLeg } from '../../src/plan/plan.js'
import { answerQuery, type StandInChange } from '../support/gerrit-stand-in.js'
import { gitRepository } from '../support/git-repository.js'
import { serve } from '../support/loopback.js'
import { scratch } from '../support/scratch.js'
import { portsWithCache } from '../support/test-ports.js'

const PROJECTS = 30

/** Thirty commits of which Gerrit knows the change; requirements of their branch; and a server that takes its time. */
async function scene(count = PROJECTS) {
  const folder = scratch()
  const requirements = gitRepository(join(folder, 'requirements'))
  requirements.commit({ 'upper-constraints.txt': 'six===1.14.0\n' })
  requirements.git('branch', 'stable/2025.1')
  const projects = Array.from({ length: count }, (_, index) => gitRepository(join(folder, `project-${index}`)))
  const commits = projects.map((project, index) => project.commit({ file: String(index) }))
  const changes = commits.map((commit, index): StandInChange => {
    const where = { project: 'openstack/hello', branch: 'stable/2025.1', status: 'MERGED' as const }
    return { ...where, number: index + 1, changeId: `I${commit}`, commits: [commit], messages: [] }
  })
  const seen = { asked: 0, atOnce: 0, most: 0 }
  const { url } = await serve((request, response) => {
    seen.asked += 1
    seen.atOnce += 1
    seen.most = Math.max(seen.most, seen.atOnce)
    setTimeout(() => {
      seen.atOnce -= 1
      if (request.url?.startsWith('/changes/')) response.end(answerQuery(changes, request.url))
      else response.writeHead(404).end()
    }, 1000)
  })
  const settings = {
    ...{ gerrit_dependencies: true, gerrit_url: url, zuul_url: `${url}/zuul`, constraints_url: `${url}/constraints` },
    ...{ requirements_url: requirements.folder, releases_url: requirements.folder },
  }
  const legs = commits.map(
    (commit, index) =>
      ({
        settings,
        project: { gerrit_project: 'openstack/hello' },
        source: {
          kind: 'git',
          url: projects[index]?.folder,
          ref: 'x',
          commit,
          fetch: 'refs/heads/stable/2025.1',
          tags: [],
        },
      }) as unknown as PinnedLeg,
  )
  const lookups = (work: string) => testedLookups(folder, join(folder, work), portsWithCache(join(folder, 'cache')))
  return { legs, seen, lookups }
}

describe('lookups', { timeout: 60_000 }, () => {
  it('of thirty projects run eight at a time, and cost nothing once they are cached', async () => {
    const { legs, seen, lookups } = await scene()
    const first = lookups('first')
    await lookUpFirst(legs.map((leg) => first.ladder(leg, '3.11')))
    expect(seen.most).toBe(8)
    // One request for each change: the requirements come of one fetch of one repository.
    expect(seen.asked).toBe(PROJECTS)

    const again = lookups('again')
    const before = process.cpuUsage()
    const rungs = await Promise.all(legs.map((leg) => again.ladder(leg, '3.11').climb()))
    const { user, system } = process.cpuUsage(before)
    expect(rungs.map((rung) => rung?.rung)).toEqual(legs.map(() => 3))
    expect(seen.asked).toBe(PROJECTS)
    // Microseconds of the processor, not of the clock: other tests run beside this one.
    expect(user + system).toBeLessThan(300_000)
  })

  it('of legs with the same question are one', async () => {
    const { legs, seen, lookups } = await scene(1)
    const [leg] = legs
    const shared = lookups('shared')
    const ladders = Array.from({ length: 5 }, () => leg && shared.ladder(leg, '3.11'))
    const rungs = await Promise.all(ladders.map((ladder) => ladder?.climb()))
    expect(rungs.map((rung) => rung?.rung)).toEqual([3, 3, 3, 3, 3])
    expect(seen.asked).toBe(1)
  })
})
