import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  lockRecordPath,
  type NewLock,
  readCommittedLock,
  readLockRecord,
  writeCommittedLocks,
} from '../../src/lock/committed.js'
import type { LockFacts } from '../../src/lock/facts.js'
import type { LockInputs } from '../../src/lock/inputs.js'
import { sha256Text } from '../../src/runtime/files.js'
import { scratch, writeFiles } from '../support/scratch.js'

const SUM = '11'.repeat(32)
const INPUTS: LockInputs = {
  project: 'keystone',
  version: '27.0.2',
  python: '3.11',
  platform: { architecture: 'amd64', libc: 'glibc 2.36' },
  source: 'sdist keystone==27.0.2 sha256:00',
  extras: ['ldap'],
  pipDependencies: ['uwsgi'],
  pipOverrides: [{ requirement: 'urllib3==2.5.0', reason: 'a hole' }],
  postinstallDependencies: ['plugin'],
  constraints: [{ source: 'upper.txt', sha256: SUM }],
}
const TEXT = 'six==1.16.0 --hash=sha256:00\n'
const BUILD = 'setuptools==69.0.0 --hash=sha256:00\n'

function facts(build: string, changes: Partial<LockFacts> = {}): LockFacts {
  return {
    constraints: [{ source: 'upper.txt', sha256: SUM }],
    tested: { rungs: [], misses: [], packages: { six: { rung: 5, constraints: ['six==1.16.0'] } }, overruled: [] },
    required_by: { six: ['keystone'] },
    ...{ overrides: [], relaxed: [], upgraded: [], yanked: [], postinstall: [] },
    build: { sha256: sha256Text(build), sdists: [], unlocked: [] },
    ...changes,
  }
}

type Texts = { readonly text?: string; readonly build?: string; readonly facts?: Partial<LockFacts> }

function newLock(changes: Partial<LockInputs> = {}, { text = TEXT, build = BUILD, facts: more }: Texts = {}): NewLock {
  return { inputs: { ...INPUTS, ...changes }, text, build, facts: facts(build, more), madeBy: 'giftwrap 0.1.0, uv 1' }
}

async function written(...locks: readonly NewLock[]): Promise<string> {
  const directory = scratch()
  await writeCommittedLocks(directory, locks.length === 0 ? [newLock()] : locks)
  return directory
}

const filesOf = (directory: string) => readdirSync(join(directory, 'locks')).sort()
const debian11 = { platform: { architecture: 'amd64', libc: 'glibc 2.31' } } as const
const arm64 = { platform: { architecture: 'arm64', libc: 'glibc 2.36' } } as const
const musl = { platform: { architecture: 'amd64', libc: 'musl' } } as const

/** Changes the record as an editor would. */
function edit(directory: string, change: (record: { locks: Record<string, unknown>[] }) => void): void {
  const path = lockRecordPath(directory, INPUTS)
  const record = JSON.parse(readFileSync(path, 'utf8')) as { locks: Record<string, unknown>[] }
  change(record)
  writeFileSync(path, JSON.stringify(record))
}

describe('a committed lock', () => {
  it('lies in locks/ by project, version and Python, and is read back', async () => {
    const directory = scratch()
    const file = join(directory, 'locks', 'keystone-27.0.2-py3.11.txt')
    expect(await writeCommittedLocks(directory, [newLock()])).toEqual([file])
    expect(filesOf(directory)).toEqual([
      'keystone-27.0.2-py3.11-build.txt',
      'keystone-27.0.2-py3.11.txt',
      'keystone-27.0.2.json',
    ])
    expect(await readCommittedLock(directory, INPUTS)).toEqual({
      ...{ state: 'current', text: TEXT, build: BUILD, file, facts: facts(BUILD) },
    })
  })

  it('is absent for another version and another Python', async () => {
    const directory = await written()
    expect(await readCommittedLock(directory, { ...INPUTS, version: '27.0.1' })).toEqual({ state: 'absent' })
    expect(await readCommittedLock(directory, { ...INPUTS, python: '3.13' })).toEqual({ state: 'absent' })
    expect(await readCommittedLock(scratch(), INPUTS)).toEqual({ state: 'absent' })
    expect(await writeCommittedLocks(directory, [])).toEqual([])
  })

  const stale: [string, Partial<LockInputs>][] = [
    ['source', { source: 'git 0000' }],
    ['subdirectory', { subdirectory: 'api' }],
    ['extras', { extras: [] }],
    ['pip_dependencies', { pipDependencies: ['uwsgi', 'six'] }],
    ['pip_overrides', { pipOverrides: [] }],
    ['pip_overrides', { pipOverrides: [{ requirement: 'urllib3==2.5.1', reason: 'a hole' }] }],
    ['pip_overrides', { pipOverrides: [{ requirement: 'urllib3==2.5.0' }] }],
    ['postinstall_dependencies', { postinstallDependencies: [] }],
    ['constraints', { constraints: [] }],
    ['constraints', { constraints: [{ source: 'other.txt', sha256: SUM }] }],
    ['constraints', { constraints: [{ source: 'upper.txt', sha256: '22'.repeat(32) }] }],
    ['constraints', { constraints: [{ source: 'upper.txt' }, { source: 'more.txt' }] }],
  ]
  it.each(stale)('is stale when %s is another: %j', async (what, change) => {
    expect(await readCommittedLock(await written(), { ...INPUTS, ...change })).toMatchObject({
      state: 'stale',
      why: `its ${what} is not the manifest's`,
    })
  })

  it('has a subdirectory or none', async () => {
    const inside = { subdirectory: 'api' }
    const directory = await written(newLock(inside))
    expect(await readCommittedLock(directory, { ...INPUTS, ...inside })).toMatchObject({ state: 'current' })
    expect(await readCommittedLock(directory, INPUTS)).toMatchObject({
      why: "its subdirectory is not the manifest's",
    })
  })

  it('stays current while constraints at a URL change: the lock says what they were', async () => {
    const remote = { constraints: [{ source: 'https://host/upper.txt' }] }
    const constraints = [{ source: 'https://host/upper.txt', sha256: '33'.repeat(32) }]
    const directory = await written(newLock(remote, { facts: { constraints } }))
    expect((await readCommittedLock(directory, { ...INPUTS, ...remote })).state).toBe('current')
  })

  const place = (directory: string, name: string) => join(directory, 'locks', name)
  it.each([
    [
      'edited',
      (at: string) => writeFileSync(place(at, 'keystone-27.0.2-py3.11.txt'), TEXT.replace('16', '17')),
      /^it was edited by hand$/,
    ],
    ['gone', (at: string) => rmSync(place(at, 'keystone-27.0.2-py3.11.txt')), /^it is gone$/],
    [
      'without its build lock',
      (at: string) => rmSync(place(at, 'keystone-27.0.2-py3.11-build.txt')),
      /^keystone-27\.0\.2-py3\.11-build\.txt beside it is gone$/,
    ],
    [
      'beside an edited build lock',
      (at: string) => writeFileSync(place(at, 'keystone-27.0.2-py3.11-build.txt'), ''),
      /-build\.txt beside it was edited by hand$/,
    ],
    ['without its record', (at: string) => rmSync(lockRecordPath(at, INPUTS)), /does not say what it was made of$/],
  ])('is stale when it is %s', async (_name, change, why) => {
    const directory = await written()
    change(directory)
    expect(await readCommittedLock(directory, INPUTS)).toMatchObject({
      state: 'stale',
      why: expect.stringMatching(why),
    })
  })

  it('has a record that people can read in a review', async () => {
    const text = readFileSync(lockRecordPath(await written(), INPUTS), 'utf8')
    expect(text).toMatch(/^\{\n {2}"format": 2,\n/)
    expect(text).toMatch(/\n\}\n$/)
    expect(JSON.parse(text)).toEqual({
      format: 2,
      project: 'keystone',
      version: '27.0.2',
      locks: [
        {
          python: '3.11',
          platforms: ['amd64 glibc 2.36'],
          source: INPUTS.source,
          extras: ['ldap'],
          pip_dependencies: ['uwsgi'],
          pip_overrides: [{ requirement: 'urllib3==2.5.0', reason: 'a hole' }],
          postinstall_dependencies: ['plugin'],
          file: 'keystone-27.0.2-py3.11.txt',
          sha256: sha256Text(TEXT),
          build_file: 'keystone-27.0.2-py3.11-build.txt',
          facts: facts(BUILD),
          made_by: 'giftwrap 0.1.0, uv 1',
        },
      ],
    })
  })
})

describe('the locks of several Pythons and platforms', () => {
  const other = 'six==1.17.0 --hash=sha256:00\n'

  it('share a file and an entry where they are equal', async () => {
    const directory = await written(newLock(arm64), newLock(), newLock(debian11))
    expect(filesOf(directory)).toHaveLength(3)
    expect((await readLockRecord(directory, INPUTS))?.locks).toMatchObject([
      { platforms: ['amd64 glibc 2.31', 'amd64 glibc 2.36', 'arm64 glibc 2.36'] },
    ])
    for (const at of [{}, arm64, debian11]) {
      expect(await readCommittedLock(directory, { ...INPUTS, ...at })).toMatchObject({ state: 'current', text: TEXT })
    }
  })

  it('have files of their own where they differ, and an entry where only what is known of them does', async () => {
    const relaxed = [{ name: 'six', pin: '==1.15.0', rung: 1, why: 'gone' }]
    const directory = await written(
      newLock(),
      newLock(arm64, { text: other }),
      newLock(musl, { facts: { relaxed } }),
      newLock({ platform: { architecture: 'arm64', libc: 'musl' } }, { build: '' }),
    )
    expect(filesOf(directory)).toEqual([
      'keystone-27.0.2-py3.11-arm64-glibc-2.36.txt',
      'keystone-27.0.2-py3.11-arm64-musl-build.txt',
      'keystone-27.0.2-py3.11-build.txt',
      'keystone-27.0.2-py3.11.txt',
      'keystone-27.0.2.json',
    ])
    expect((await readLockRecord(directory, INPUTS))?.locks).toHaveLength(4)
    expect(await readCommittedLock(directory, { ...INPUTS, ...arm64 })).toMatchObject({ text: other })
    expect(await readCommittedLock(directory, { ...INPUTS, ...musl })).toMatchObject({ text: TEXT, facts: { relaxed } })
  })

  it('are each the best for a platform: its own, else one for an older glibc, never one for a newer', async () => {
    const directory = await written(newLock(debian11, { text: other }), newLock())
    expect(await readCommittedLock(directory, INPUTS)).toMatchObject({ state: 'current', text: TEXT })
    expect(await readCommittedLock(directory, { ...INPUTS, ...debian11 })).toMatchObject({ text: other })
    const newer = { platform: { architecture: 'amd64', libc: 'glibc 2.41' } } as const
    expect(await readCommittedLock(directory, { ...INPUTS, ...newer })).toMatchObject({ state: 'current' })
    for (const [platform, word] of [
      [{ architecture: 'amd64', libc: 'glibc 2.28' }, 'amd64 glibc 2.28'],
      [arm64.platform, 'arm64 glibc 2.36'],
      [musl.platform, 'amd64 musl'],
    ] as const) {
      expect(await readCommittedLock(directory, { ...INPUTS, platform })).toMatchObject({
        state: 'stale',
        why: `it is not for ${word}`,
      })
    }
  })

  it('stay when those of another Python are made, and go when nothing names them any more', async () => {
    const directory = await written(newLock(), newLock(arm64, { text: other }))
    writeFileSync(join(directory, 'locks', 'nova-1.0-py3.11.txt'), TEXT)
    expect(await writeCommittedLocks(directory, [newLock({ python: '3.9' }, { text: other })])).toEqual([
      join(directory, 'locks', 'keystone-27.0.2-py3.9.txt'),
    ])
    const record = await readLockRecord(directory, INPUTS)
    expect(record?.locks.map(({ python }) => python)).toEqual(['3.9', '3.11', '3.11'])
    expect(await readCommittedLock(directory, INPUTS)).toMatchObject({ state: 'current' })
    await writeCommittedLocks(directory, [newLock({}, { text: other })])
    expect(filesOf(directory)).toEqual([
      'keystone-27.0.2-py3.11-build.txt',
      'keystone-27.0.2-py3.11.txt',
      'keystone-27.0.2-py3.9-build.txt',
      'keystone-27.0.2-py3.9.txt',
      'keystone-27.0.2.json',
      'nova-1.0-py3.11.txt',
    ])
  })

  it('write and read any number of them', async () => {
    const lock = fc.record({
      python: fc.constantFrom('3.9', '3.11', '3.13'),
      architecture: fc.constantFrom('amd64' as const, 'arm64' as const),
      libc: fc.constantFrom('glibc 2.31', 'glibc 2.36', 'musl'),
      text: fc.constantFrom(TEXT, other, ''),
      build: fc.constantFrom(BUILD, ''),
    })
    const identity = ({ python, architecture, libc }: { python: string; architecture: string; libc: string }) =>
      `${python} ${architecture} ${libc}`
    const directory = scratch()
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(lock, { selector: identity, minLength: 1 }), async (all) => {
        rmSync(join(directory, 'locks'), { recursive: true, force: true })
        const made = all.map(({ python, architecture, libc, text, build }) =>
          newLock({ python, platform: { architecture, libc } }, { text, build }),
        )
        await writeCommittedLocks(directory, made)
        for (const { inputs, text, build } of made) {
          expect(await readCommittedLock(directory, inputs)).toMatchObject({ state: 'current', text, build })
        }
        const named = (await readLockRecord(directory, INPUTS))?.locks.flatMap((one) => [one.file, one.build_file])
        expect(filesOf(directory)).toEqual([...new Set([...(named ?? []), 'keystone-27.0.2.json'])].sort())
        const texts = filesOf(directory).map((name) => readFileSync(join(directory, 'locks', name), 'utf8'))
        for (const { text, build } of made) expect(texts).toEqual(expect.arrayContaining([text, build]))
      }),
      { numRuns: 40 },
    )
  })
})

describe('a hostile record', () => {
  it.each([
    ['another format', { format: 1 }],
    ['no locks', { locks: undefined }],
    ['locks that are none', { locks: [1, null] }],
    ['a key that nobody knows', { more: true }],
  ])('with %s says nothing', async (_what, change) => {
    const directory = await written()
    edit(directory, (record) => Object.assign(record, change))
    expect(await readLockRecord(directory, INPUTS)).toBeUndefined()
    expect(await readCommittedLock(directory, INPUTS)).toMatchObject({ state: 'stale' })
  })

  const strange: [string, unknown][] = [
    ...['../outside.txt', '/etc/outside.txt', 'a/b.txt', 'a\\b.txt', '.hidden.txt', 'x.json', 'x.txt\n', ''].map(
      (name): [string, unknown] => ['file', name],
    ),
    ['build_file', '../outside.txt'],
    ['python', '3.11/../..'],
    ['python', 3.11],
    ['sha256', 'x'],
    ['platforms', []],
    ['platforms', 'amd64 glibc 2.36'],
    ['facts', {}],
    ['facts', { ...facts(BUILD), upgraded: ['--index-url=x'] }],
    ['facts', { ...facts(BUILD), build: { ...facts(BUILD).build, unlocked: ['-r x'] } }],
    [
      'facts',
      {
        ...facts(BUILD),
        overrides: [
          {
            ...{ name: 'six', requirement: 'six', instead_of: [] },
            git: { url: '--upload-pack=x', commit: 'a'.repeat(40), tags: [] },
          },
        ],
      },
    ],
  ]
  it.each(strange)('with the %s %j says nothing', async (key, value) => {
    const directory = await written()
    writeFiles(directory, { 'outside.txt': TEXT })
    edit(directory, ({ locks }) => Object.assign(locks[0] ?? {}, { [key]: value }))
    expect(await readLockRecord(directory, INPUTS)).toBeUndefined()
    expect((await readCommittedLock(directory, INPUTS)).state).not.toBe('current')
    await writeCommittedLocks(directory, [newLock()])
    expect(existsSync(join(directory, 'outside.txt'))).toBe(true)
  })

  it("does not make the files of other projects go that it names, nor other versions'", async () => {
    const directory = await written()
    const others = ['nova-1.0-py3.11.txt', 'keystone-27.0.1-py3.11.txt']
    for (const name of others) writeFileSync(join(directory, 'locks', name), TEXT)
    edit(directory, ({ locks }) => Object.assign(locks[0] ?? {}, { file: others[0], build_file: others[1] }))
    await writeCommittedLocks(directory, [newLock()])
    expect(filesOf(directory)).toEqual(expect.arrayContaining(others))
  })

  it('that is a folder or leads nowhere says nothing', async () => {
    const directory = scratch()
    mkdirSync(lockRecordPath(directory, INPUTS), { recursive: true })
    expect(await readCommittedLock(directory, INPUTS)).toEqual({ state: 'absent' })
    rmSync(lockRecordPath(directory, INPUTS), { recursive: true })
    symlinkSync('/nowhere', lockRecordPath(directory, INPUTS))
    expect(await readCommittedLock(directory, INPUTS)).toEqual({ state: 'absent' })
  })

  it('of any JSON is no crash', async () => {
    const directory = await written()
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        writeFileSync(lockRecordPath(directory, INPUTS), json)
        expect((await readCommittedLock(directory, INPUTS)).state).toBe('stale')
      }),
    )
  })
})
