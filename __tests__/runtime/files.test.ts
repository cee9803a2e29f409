import { execFileSync, spawnSync } from 'node:child_process'
import { lutimesSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  partialPath,
  removeAbandoned,
  sha256File,
  sha256FileSync,
  sha256Text,
  walkTree,
  writeFileAtomic,
} from '../../src/runtime/files.js'
import { scratch, writeFiles } from '../support/scratch.js'

describe('a file written at once', () => {
  it('is there with its folders, readable by all', async () => {
    const path = join(scratch(), 'a', 'b', 'file')
    await writeFileAtomic(path, 'größe\n')
    expect(readFileSync(path, 'utf8')).toBe('größe\n')
    expect(statSync(path).mode & 0o777).toBe(0o644)
    expect(readdirSync(join(path, '..'))).toEqual(['file'])
  })

  it('replaces the one before, whose readers keep theirs', async () => {
    const folder = scratch()
    const path = join(folder, 'file')
    writeFileSync(path, 'before')
    const inode = statSync(path).ino
    await writeFileAtomic(path, 'after')
    expect(readFileSync(path, 'utf8')).toBe('after')
    expect(statSync(path).ino).not.toBe(inode)
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('leaves nothing behind when it fails', async () => {
    const folder = scratch()
    writeFiles(folder, { 'taken/inside': '', file: '' })
    await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(writeFileAtomic(join(folder, 'file', 'below'), 'x')).rejects.toThrow()
    expect(readdirSync(folder, { recursive: true })).toEqual(['file', 'taken', 'taken/inside'])
  })

  it('is one of them, and whole, when many write it together', async () => {
    const folder = scratch()
    const path = join(folder, 'file')
    const contents = Array.from({ length: 12 }, (_, index) => String(index).repeat(200_000))
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)))
    expect(contents.includes(readFileSync(path, 'utf8'))).toBe(true)
    expect(readdirSync(folder)).toEqual(['file'])
  })
})

describe('what is not finished', () => {
  /** The path of something unfinished of another process, and of another machine or container. */
  function leave(folder: string, maker: { readonly pid?: number; readonly space?: string; readonly hours?: number }) {
    const parts = /^(.*\.partial-)([^-]+)-(\d+)(-[0-9a-f]+)$/.exec(basename(partialPath(join(folder, 'thing'))))
    const [, start = '', space = '', pid = '', end = ''] = parts ?? []
    const name = `${start}${maker.space ?? space}-${maker.pid ?? pid}${end}`
    writeFiles(folder, { [`${name}/file`]: 'half' })
    const then = Date.now() / 1000 - (maker.hours ?? 0) * 3600
    lutimesSync(join(folder, name), then, then)
    return name
  }
  /** The number of a process that has ended. */
  const ended = () => spawnSync('true').pid

  it('goes when its process has ended', async () => {
    const folder = scratch()
    leave(folder, { pid: ended() })
    await removeAbandoned(folder)
    expect(readdirSync(folder)).toEqual([])
  })

  it('stays while its process lives, until it is a day old', async () => {
    const folder = scratch()
    const own = leave(folder, {})
    const others = leave(folder, { pid: process.ppid, hours: 23 })
    leave(folder, { hours: 25 })
    await removeAbandoned(folder)
    expect(readdirSync(folder).sort()).toEqual([own, others].sort())
  })

  it("stays where its process can't be seen, until it is a day old", async () => {
    const folder = scratch()
    const young = leave(folder, { pid: ended(), space: 'other_pid_4026531836_', hours: 23 })
    leave(folder, { pid: ended(), space: 'other_pid_4026531836_', hours: 25 })
    leave(folder, { space: 'other_pid_4026531836_', hours: 25 })
    await removeAbandoned(folder)
    expect(readdirSync(folder)).toEqual([young])
  })

  it('goes with the ending that a tool needed', async () => {
    const folder = scratch()
    const path = `${join(folder, leave(folder, { pid: ended() }))}.deb`
    writeFileSync(path, '')
    await removeAbandoned(folder)
    expect(readdirSync(folder)).toEqual([])
  })

  it('is all that goes', async () => {
    const folder = scratch()
    const files = ['thing', '.hidden', '.partial-', 'x.partial-host-1-ab', '.x.partial-host-abc-1', '.x.partial']
    for (const file of files) {
      writeFileSync(join(folder, file), '')
      lutimesSync(join(folder, file), 0, 0)
    }
    await removeAbandoned(folder)
    expect(readdirSync(folder).sort()).toEqual([...files].sort())
    await removeAbandoned(join(folder, 'not-there'))
  })

  it('has a name of its own each time', () => {
    expect(partialPath('/x/y')).toMatch(/^\/x\/\.y\.partial-/)
    expect(partialPath('/x/y')).not.toBe(partialPath('/x/y'))
  })
})

describe('a walk through a tree', () => {
  it('gives every entry with its kind, sorted by path, and follows no link', () => {
    const folder = scratch()
    writeFiles(folder, { 'b/c': '', 'b/c.d': '', 'b-c': '', 'B/x': '', 'é/ü': '', 'with blank/ ': '' })
    mkdirSync(join(folder, 'empty'))
    symlinkSync('b', join(folder, 'to-folder'))
    symlinkSync('/nowhere', join(folder, 'b', 'dangling'))
    symlinkSync('..', join(folder, 'B', 'up'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect(walkTree(folder)).toEqual([
      { path: 'B', kind: 'directory' },
      { path: 'B/up', kind: 'symlink' },
      { path: 'B/x', kind: 'file' },
      { path: 'b', kind: 'directory' },
      { path: 'b-c', kind: 'file' },
      { path: 'b/c', kind: 'file' },
      { path: 'b/c.d', kind: 'file' },
      { path: 'b/dangling', kind: 'symlink' },
      { path: 'empty', kind: 'directory' },
      { path: 'pipe', kind: 'other' },
      { path: 'to-folder', kind: 'symlink' },
      { path: 'with blank', kind: 'directory' },
      { path: 'with blank/ ', kind: 'file' },
      { path: 'é', kind: 'directory' },
      { path: 'é/ü', kind: 'file' },
    ])
  })

  it('is empty in an empty folder, and an error in none', () => {
    const folder = scratch()
    expect(walkTree(folder)).toEqual([])
    expect(() => walkTree(join(folder, 'none'))).toThrow(/ENOENT/)
  })
})

describe('a SHA-256 sum', () => {
  it('is what it should be', () => {
    expect(sha256Text('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('is the same of a text and of its file, read in either way', async () => {
    const path = join(scratch(), 'file')
    const property = fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      writeFileSync(path, text)
      const sums = [sha256Text(text), sha256FileSync(path), await sha256File(path)]
      expect(new Set(sums).size).toBe(1)
    })
    await fc.assert(property, { numRuns: 30 })
  })
})
