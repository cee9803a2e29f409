import { describe, expect, it } from 'vitest'
import { isDisposable } from '../../src/runtime/container.js'
import { readEnvironment } from '../../src/runtime/environment.js'
import { scratch, writeFiles } from '../support/scratch.js'

const onRunner = { ...readEnvironment(), variables: { GITHUB_ACTIONS: 'true' } }
const onDesk = { ...readEnvironment(), variables: {} }

const MARKS = [
  ["docker's mark", { '.dockerenv': '' }],
  ["podman's mark", { 'run/.containerenv': '' }],
  ["docker's control group", { 'proc/1/cgroup': '5:cpuset:/docker/0123abcd\n0::/system.slice\n' }],
  ["kubernetes's control group", { 'proc/1/cgroup': '1:name=systemd:/kubepods/besteffort/pod01/89ef\n' }],
] as const

describe('a file system is thrown away', () => {
  it.each(MARKS)("in a runner's container: %s", async (_what, files) => {
    const root = scratch()
    writeFiles(root, files)
    expect(await isDisposable(onRunner, root)).toBe(true)
  })
})

describe('a file system is kept', () => {
  it('by a runner without a container: GITHUB_ACTIONS alone is not enough', async () => {
    const root = scratch()
    writeFiles(root, { 'proc/1/cgroup': '0::/init.scope\n' })
    expect(await isDisposable(onRunner, root)).toBe(false)
    expect(await isDisposable(onRunner, scratch())).toBe(false)
  })

  it.each(MARKS)('in a container that somebody works in: %s', async (_what, files) => {
    const root = scratch()
    writeFiles(root, files)
    expect(await isDisposable(onDesk, root)).toBe(false)
    expect(await isDisposable({ ...onDesk, variables: { GITHUB_ACTIONS: 'false' } }, root)).toBe(false)
  })
})
