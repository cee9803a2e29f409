import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { nameLocks } from '../../src/lock/view.js'
import { fromRungs, lockText, madeFacts, madeView } from './made-view.js'

const COMMIT = 'c'.repeat(40)
const facts = madeFacts({
  tested: {
    ...{ rungs: [], misses: [], overruled: [] },
    packages: fromRungs({ six: 1, own: 5, idna: 6, lifted: 6, newer: 6, later: 6, wanted: 5 }),
  },
  overrides: [
    { name: 'wanted', requirement: 'wanted>=2', instead_of: [] },
    { name: 'forked', requirement: 'forked @ git+u', instead_of: [], git: { url: 'u', commit: COMMIT, tags: [] } },
  ],
  relaxed: [{ name: 'lifted', pin: '==1', rung: 1, why: 'gone' }],
  upgraded: ['newer'],
  postinstall: ['later'],
})

describe('viewLock', () => {
  it('says of each version where it stands, and why nobody tested it', () => {
    const names = ['six', 'own', 'idna', 'lifted', 'newer', 'later', 'wanted', 'unknown']
    const view = madeView(Object.fromEntries(names.map((name) => [name, '1'])), { facts })
    const standings = [...view.packages].map(([name, { standing }]) => [name, standing?.rung, standing?.notTested])
    expect(standings).toEqual([
      ['forked', 5, 'override'],
      ['idna', 6, 'newest'],
      ['later', 6, 'postinstall'],
      ['lifted', 6, 'relaxed'],
      ['newer', 6, 'upgraded'],
      ['own', 5, undefined],
      ['six', 1, undefined],
      ['unknown', undefined, undefined],
      ['wanted', 5, 'override'],
    ])
    expect(view.packages.get('forked')?.version).toBe(`commit ${COMMIT}`)
  })

  it('is not misled by names that every object has', () => {
    const { packages } = madeView({ constructor: '1' }, { facts })
    expect(packages.get('constructor')).toMatchObject({ version: '1', standing: undefined })
  })

  it('reads locks with the line ends of another system', () => {
    const text = lockText({ six: '1.16.0' }).replaceAll('\n', '\r\n')
    expect(madeView({}, { text }).packages.get('six')?.version).toBe('1.16.0')
  })

  it('keeps all versions of a name that stands with several markers', () => {
    const text = "a==1; os_name == 'nt' --hash=sha256:1\na==2 --hash=sha256:2\n"
    const { version, hashes } = madeView({}, { text }).packages.get('a') ?? {}
    expect(version).toBe("1; os_name == 'nt' | 2")
    expect([...(hashes ?? [])]).toEqual(['sha256:1', 'sha256:2'])
  })

  it.each([
    ['a line that is none', 'six\n', /^lock\.txt is no lock: it: "six" is not a locked requirement/],
    ['control characters', 'six==1\u001b[2J --hash=sha256:1\n', /^lock\.txt is no lock: it has control characters/],
    ['line separators', 'six==1\u2028 --hash=sha256:1\n', /control characters/],
    ['a very long line', `x${' y'.repeat(10_000)}\n`, /^.{100,300}$/],
  ])('refuses %s', (_name, text, message) => {
    expect(() => madeView({}, { text })).toThrow(InputError)
    expect(() => madeView({}, { text })).toThrow(message)
  })

  it('names the build requirements where it is them that are wrong', () => {
    expect(() => madeView({}, { build: 'x' })).toThrow('the lock of the build requirements of lock.txt')
  })

  it('goes through long runs of blanks and continued lines in one pass', () => {
    const text = `six==1${' '.repeat(200_000)}x${' \\\n'.repeat(200_000)}y\n`
    expect(() => madeView({}, { text })).toThrow(InputError)
  })

  it('reads any text, or says what is wrong', () => {
    const part = fc.oneof(
      fc.constantFrom('six==1', ' --hash=sha256:aa', '\n', ' \\\n', ';', '#', "os_name == 'x'", '==', '\r\n', '\0'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          const view = madeView({}, { text: parts.join('') })
          for (const { version } of view.packages.values()) expect(version).not.toMatch(/\p{Cc}/u)
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('nameLocks', () => {
  const lock = (python: string, platform: string) => madeView({}, { python, platforms: [platform] })
  const [old, amd, arm, musl] = [lock('3.9', 'a'), lock('3.11', 'amd64'), lock('3.11', 'arm64'), lock('3.12', 'a')]
  const all = [old, amd, arm, musl]

  it.each([
    ['all of them', all, undefined],
    ['one Python', [old], 'Python 3.9'],
    ['Pythons', [old, musl], 'Python 3.9, 3.12'],
    ['all platforms of a Python', [amd, arm], 'Python 3.11'],
    ['one platform', [arm], 'Python 3.11 (arm64)'],
    ['a Python and a platform', [amd, musl], 'Python 3.12; Python 3.11 (amd64)'],
  ] as const)('says %s', (_name, some, words) => {
    expect(nameLocks(some, all)).toBe(words)
  })
})
