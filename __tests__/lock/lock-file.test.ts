import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { overlaidLock, parseLock, partOfLock, readAnnotated } from '../../src/lock/lock-file.js'

const SUM = 'a'.repeat(64)

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/).filter((text) => !text.includes('--'))
const version = fc.stringMatching(/^\d{1,3}(\.\d{1,3}){0,2}$/)
const hash = fc.stringMatching(/^sha256:[0-9a-f]{8}$/)
const distribution = fc.record({ name, version, hashes: fc.array(hash, { minLength: 1, maxLength: 4 }) })
const distributions = fc.uniqueArray(distribution, { selector: (one) => one.name, maxLength: 12 })
type Distribution = ReturnType<typeof parseLock>[number]

function lockOf(locked: readonly Distribution[]): string {
  const words = ({ name, version, hashes }: Distribution) => [
    `${name}==${version}`,
    ...hashes.map((one) => `--hash=${one}`),
  ]
  return locked.map((one) => `${words(one).join(' \\\n    ')}\n`).join('')
}

describe('parseLock', () => {
  it('reads what uv writes', () => {
    const text = `# a comment
six==1.16.0 \\
    --hash=sha256:${SUM} \\
    --hash=sha256:b
Oslo.Config==9.0 ; python_version < '3.12' and sys_platform == 'linux' \\
    --hash=sha256:c
    # via six
`
    expect(parseLock(text, 'lock')).toEqual([
      { name: 'six', version: '1.16.0', hashes: [`sha256:${SUM}`, 'sha256:b'] },
      {
        name: 'oslo-config',
        version: '9.0',
        marker: "python_version < '3.12' and sys_platform == 'linux'",
        hashes: ['sha256:c'],
      },
    ])
  })

  it('reads an empty lock: a project may need nothing', () => {
    expect(parseLock('', 'lock')).toEqual([])
  })

  it.each([
    ['no hash', 'six==1.16.0'],
    ['a range', `six>=1.16 --hash=sha256:${SUM}`],
    ['a URL', `six @ https://host/six.tar.gz --hash=sha256:${SUM}`],
    ['an index', '--index-url https://host/simple'],
    ['an editable', '-e .'],
    ['something between', `six==1.16.0 --no-binary x --hash=sha256:${SUM}`],
    ['something behind', `six==1.16.0 --hash=sha256:${SUM} --index-url https://host/simple`],
    ['a hash that is none', 'six==1.16.0 --hash=sha256:xyz'],
    ['a hidden line', `six==1.16.0 --hash=sha256:${SUM}\u0000--index-url https://host/simple`],
  ])('refuses a line with %s', (_name, line) => {
    expect(() => parseLock(`${line}\n`, 'the lock')).toThrow(ToolError)
    expect(() => parseLock(`${line}\n`, 'the lock')).toThrow(/^the lock: ".*" is not a locked requirement/)
    expect(() => partOfLock(`${line}\n`, [], 'without')).toThrow(ToolError)
  })

  it('gives back any lock', () => {
    fc.assert(
      fc.property(distributions, (locked) => {
        expect(parseLock(lockOf(locked), 'lock')).toEqual(locked)
      }),
    )
  })

  it('reads any text or throws a ToolError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseLock(text, 'lock')).toBeInstanceOf(Array)
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError)
        }
      }),
    )
  })
})

describe('partOfLock', () => {
  const text = lockOf([
    { name: 'alpha', version: '1', hashes: ['sha256:aa', 'sha256:bb'] },
    { name: 'beta-x', version: '2', hashes: ['sha256:cc'] },
  ])

  it('gives what is named, or all else, with its hashes; names in any spelling', () => {
    expect(partOfLock(text, ['Beta_X'], 'only')).toBe('beta-x==2 \\\n    --hash=sha256:cc\n')
    expect(partOfLock(text, ['Beta_X'], 'without')).toBe('alpha==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n')
    expect(partOfLock(text, [], 'only')).toBe('')
    expect(partOfLock(text, [], 'without')).toBe(text)
  })

  it('parts any lock in two that are the whole', () => {
    fc.assert(
      fc.property(distributions, fc.array(name), fc.infiniteStream(fc.boolean()), (locked, strange, coins) => {
        const chosen = [...locked.filter(() => coins.next().value).map((one) => one.name), ...strange]
        const parts = (['only', 'without'] as const).map((part) =>
          parseLock(partOfLock(lockOf(locked), chosen, part), 'part'),
        )
        expect(parts[0]).toEqual(locked.filter((one) => chosen.includes(one.name)))
        expect(parts[1]).toEqual(locked.filter((one) => !chosen.includes(one.name)))
      }),
    )
  })
})

describe('overlaidLock', () => {
  it('has the distributions of both, by name; the second wins', () => {
    fc.assert(
      fc.property(distributions, distributions, (under, over) => {
        const all = new Map([...under, ...over].map((one) => [one.name, one]))
        const sorted = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
        expect(parseLock(overlaidLock(lockOf(under), lockOf(over)), 'both')).toEqual(sorted)
      }),
    )
  })
})

describe('readAnnotated', () => {
  it('takes the annotations of uv away and says who requires what', () => {
    const { text, requiredBy } = readAnnotated(`alpha==1.0 \\
    --hash=sha256:aa
    # via
    #   -c /work/lock/constraints.txt
    #   --override /work/lock/overrides.txt
    #   hello
    #   via-media
Beta.X==2 \\
    --hash=sha256:bb
    # via alpha
gamma==3 \\
    --hash=sha256:cc
    # via -r requirements.in
delta==4 \\
    --hash=sha256:dd
    # via
    #   hello (pyproject.toml)
    #   oslo-messaging[kafka]
    #   via
`)
    expect(text).toBe(
      'alpha==1.0 \\\n    --hash=sha256:aa\nBeta.X==2 \\\n    --hash=sha256:bb\n' +
        'gamma==3 \\\n    --hash=sha256:cc\ndelta==4 \\\n    --hash=sha256:dd\n',
    )
    expect(Object.fromEntries(requiredBy)).toEqual({
      alpha: ['hello', 'via-media'],
      'beta-x': ['alpha'],
      gamma: [],
      delta: ['hello', 'oslo-messaging', 'via'],
    })
  })

  it('of an empty lock is empty', () => {
    expect(readAnnotated('')).toEqual({ text: '', requiredBy: new Map() })
    expect(readAnnotated('\n')).toEqual({ text: '', requiredBy: new Map() })
  })

  it('gives back any lock and any requirers, in both forms of uv', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(distribution, fc.array(name, { maxLength: 3 }))), (all) => {
        const unique = [...new Map(all.map((one) => [one[0].name, one])).values()]
        const annotation = (who: readonly string[]) => {
          if (who.length === 0) return '    # via -r requirements.in\n'
          return who.length === 1
            ? `    # via ${who[0]}\n`
            : `    # via\n${who.map((one) => `    #   ${one}\n`).join('')}`
        }
        const annotated = unique.map(([one, who]) => `${lockOf([one])}${annotation(who)}`).join('')
        const { text, requiredBy } = readAnnotated(annotated)
        expect(text).toBe(lockOf(unique.map(([one]) => one)))
        expect([...requiredBy]).toEqual(unique.map(([one, who]) => [one.name, who]))
      }),
    )
  })

  it('reads any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('#', ' ', '\n', 'via', 'a', '=', '==', '\\', '-', '[') }),
        (text) => {
          expect(readAnnotated(text).text).not.toMatch(/^\s*#/m)
        },
      ),
    )
  })
})
