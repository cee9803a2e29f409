import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ToolCache } from '../../src/runtime/tool-cache.js'
import { rememberedLadder } from '../../src/tested/remembered-ladder.js'
import { scratch } from '../support/scratch.js'
import { portsWithCache } from '../support/test-ports.js'
import { change, questionOf, tested, type World, type WorldOptions } from '../support/tested-world.js'
import { ladderOf } from './climbing.js'

type Changing = { -readonly [Key in keyof WorldOptions]: WorldOptions[Key] }

/** A world that changes while its answers are remembered. */
async function scene(options: Changing = {}) {
  const folder = scratch()
  const { cache } = portsWithCache(folder)
  const world = await tested(scratch(), options)
  return { world, cache, options, entries: () => entriesOf(folder) }
}

/** The numbers of as many rungs, as another run gets them. */
async function climb(world: World, cache: ToolCache, steps: number, commit = world.commit) {
  const ladder = rememberedLadder(['x', commit], () => ladderOf(world, questionOf(commit)), cache).climber()
  const numbers: (number | undefined)[] = []
  for (let step = 0; step < steps; step++) numbers.push((await ladder.climb())?.rung)
  return { numbers, misses: ladder.misses }
}

function entriesOf(folder: string): { readonly rung: number | undefined; readonly isFinal: boolean }[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'))
  return files.map((file) => {
    const { rung, until } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    return { rung: rung?.rung, isFinal: until === undefined }
  })
}

describe('what is remembered of a real ladder', () => {
  it('goes on at the next rung, though the logs are gone meanwhile', async () => {
    const { world, cache, options } = await scene()
    expect((await climb(world, cache, 1)).numbers).toEqual([1])
    options.log = 404
    options.inventory = false
    const { numbers, misses } = await climb(world, cache, 2)
    expect(numbers).toEqual([1, 3])
    expect(misses.map(({ rung }) => rung)).toEqual([2])
  })

  it('is for ever what a merged change of the commit itself was tested with', async () => {
    const { world, cache, entries } = await scene()
    await climb(world, cache, 3)
    expect(entries()).toHaveLength(3)
    expect(entries().every(({ isFinal }) => isFinal)).toBe(true)
    const asked = world.requests.length
    expect((await climb(world, cache, 3)).numbers).toEqual([1, 2, 3])
    expect(world.requests).toHaveLength(asked)
  })

  it('is for an hour what CI may still say otherwise: of an open change, of an ancestor, of a series', async () => {
    const open = await scene({ changes: (commit) => [change(commit, { status: 'NEW' })] })
    await climb(open.world, open.cache, 1)
    expect(open.entries()).toEqual([{ rung: 1, isFinal: false }])

    const ancestor = await scene()
    const own = ancestor.world.project.commit({ own: '' }, 'own')
    await climb(ancestor.world, ancestor.cache, 1, own)
    expect(ancestor.entries()).toEqual([{ rung: 1, isFinal: false }])

    const series = await scene()
    series.world.requirements.git('branch', 'stable/2024.1')
    await climb(series.world, series.cache, 4)
    expect(series.entries().find(({ rung }) => rung === 4)).toEqual({ rung: 4, isFinal: false })
  })

  it('is nothing where a server failed that a higher rung needs', async () => {
    const { world, cache, options, entries } = await scene({ gerritStatus: 500 })
    world.requirements.git('branch', 'stable/2024.1')
    expect((await climb(world, cache, 1)).numbers).toEqual([4])
    expect(entries()).toEqual([])
    delete options.gerritStatus
    expect((await climb(world, cache, 1)).numbers).toEqual([1])
    options.gerritStatus = 500
    expect((await climb(world, cache, 2)).numbers).toEqual([1, 4])
    delete options.gerritStatus
    expect((await climb(world, cache, 2)).numbers).toEqual([1, 2])
  })
})
