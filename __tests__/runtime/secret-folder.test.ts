import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { withSecretFolder } from '../../src/runtime/secret-folder.js'

describe('withSecretFolder', () => {
  it('lends a folder that only its owner can use, and removes it with all in it', async () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    const folder = await withSecretFolder(async (lent) => {
      expect(statSync(lent).mode & 0o777).toBe(0o700)
      mkdirSync(join(lent, 'deep'))
      writeFileSync(join(lent, 'deep', 'key'), 'x')
      // The names of sockets in it have at most 107 bytes.
      expect(join(lent, 'S.gpg-agent.browser').length).toBeLessThan(107)
      return lent
    })
    expect(existsSync(folder)).toBe(false)
  })

  it('removes it after a failure', async () => {
    let folder = ''
    const failing = withSecretFolder(async (lent) => {
      folder = lent
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(folder).not.toBe('')
    expect(existsSync(folder)).toBe(false)
  })

  it('removes what a killed run left, and leaves those of living ones alone', async () => {
    const root = await withSecretFolder(async (lent) => dirname(lent))
    const space = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]
    const { pid: dead } = spawnSync('true')
    const [left, living, others] = [
      `gw-${space}-${dead}-00000000`,
      `gw-${space}-${process.pid}-00000000`,
      `gw-1-${dead}-00000000`,
    ]
    for (const name of [left, living, others]) {
      mkdirSync(join(root, name))
      onTestFinished(() => void spawnSync('rm', ['-r', join(root, name)]))
    }
    await withSecretFolder(async () => undefined)
    expect([left, living, others].map((name) => existsSync(join(root, name)))).toEqual([false, true, true])
  })
})
