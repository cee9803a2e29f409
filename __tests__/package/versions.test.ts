import fc from 'fast-check'
import { describe, expect, it, type TestContext } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type FormatVersion, formatVersion } from '../../src/package/versions.js'
import { hasTool, need } from '../support/requirements.js'
import {
  apkOrder,
  dpkgOrders,
  libalpmOrders,
  type Pair,
  PYTHON_WITH_PACKAGING,
  pep440Orders,
  rpmOrders,
} from '../support/version-oracles.js'

const FORMATS = ['deb', 'rpm', 'apk', 'archlinux'] as const
type Format = (typeof FORMATS)[number]

/** Pairs of a run; more of them were tried by hand. */
const PAIRS = 1500

const number = fc.oneof(fc.nat(3), fc.nat(12), fc.constantFrom(99, 100, 2024, 2025)).map(String)
const release = fc.array(number, { minLength: 1, maxLength: 5 }).map((numbers) => numbers.join('.'))
const part = (words: readonly string[]) =>
  fc
    .option(fc.tuple(fc.constantFrom(...words), number), { nil: undefined, freq: 2 })
    .map((made) => made?.join('') ?? '')
const parts = fc.tuple(
  part(['a', 'b', 'rc', '.rc', '-alpha', '_beta.', 'c', 'pre', '.preview']),
  part(['.post', '-', '.rev', 'r', 'post']),
  part(['.dev', 'dev']),
)
const epoch = fc.constantFrom('', '', '', '1!', '2!')

/** A version, and often one that shares its release: those are what is hard to order. */
function versionPairs(epochs: boolean): fc.Arbitrary<Pair> {
  const of = (numbers: string) =>
    fc.tuple(epochs ? epoch : fc.constant(''), parts).map(([first, rest]) => `${first}${numbers}${rest.join('')}`)
  const same = release.chain((numbers) => fc.tuple(of(numbers), of(numbers)))
  const others = fc.tuple(release, release).chain(([a, b]) => fc.tuple(of(a), of(b)))
  return fc.oneof(same, others)
}

/**
 * True where both are spelt with other trailing zeros: `1.0` and `1.0.0` are one release for PEP 440 only. Zeros past
 * the third number are dropped.
 */
function differInZerosOnly([a, b]: Pair): boolean {
  const numbers = (version: string) =>
    (/^(?:\d+!)?([\d.]*\d)/.exec(version)?.[1] ?? '').split('.').map((one) => String(Number(one)))
  const kept = (list: string[]) => list.join('.').replace(/^(\d+\.\d+\.\d+(?:\.\d+)*?)(?:\.0)+$/, '$1')
  const bare = (list: string[]) => list.join('.').replace(/(?:\.0)+$/, '')
  return kept(numbers(a)) !== kept(numbers(b)) && bare(numbers(a)) === bare(numbers(b))
}

const whole = ({ epoch, version }: FormatVersion) => (epoch > 0 ? `${epoch}:${version}` : version)

const ORACLES: Readonly<Record<Format, { tool: string; orders: (pairs: readonly Pair[]) => number[] }>> = {
  deb: { tool: 'dpkg', orders: (pairs) => dpkgOrders(pairs.map(([a, b]) => [`${a}-1+deb12`, `${b}-1+deb12`])) },
  rpm: { tool: 'rpm', orders: rpmOrders },
  apk: { tool: 'sh', orders: (pairs) => pairs.map(apkOrder) },
  archlinux: { tool: 'vercmp', orders: libalpmOrders },
}

function needPackaging(context: TestContext): void {
  need(context, PYTHON_WITH_PACKAGING !== undefined, "Python's packaging")
}

describe.each(FORMATS)('versions of %s', (format) => {
  it(`has the order of PEP 440 on ${PAIRS} pairs`, { timeout: 60_000 }, (context) => {
    const { tool, orders } = ORACLES[format]
    need(context, hasTool(tool), tool)
    needPackaging(context)
    const candidates = fc.sample(versionPairs(format !== 'apk'), PAIRS * 2).filter((pair) => !differInZerosOnly(pair))
    const expected = pep440Orders(candidates)
    const pairs = candidates.filter((_, index) => expected[index] !== 0).slice(0, PAIRS)
    expect(pairs.length).toBe(PAIRS)
    const wanted = expected.filter((order) => order !== 0).slice(0, PAIRS)
    const spelt = pairs.map(([a, b]): Pair => [whole(formatVersion(a, format)), whole(formatVersion(b, format))])
    const found = orders(spelt)
    const wrong = pairs.flatMap((pair, index) =>
      found[index] === wanted[index] ? [] : [`${pair.join(' ')}: ${spelt[index]?.join(' ')} gives ${found[index]}`],
    )
    expect(wrong).toEqual([])
  })

  it('gives what the format takes for a version, or throws an InputError', () => {
    const allowed = {
      deb: /^\d[A-Za-z0-9.+~-]*$/,
      rpm: /^[A-Za-z0-9._+~^]+$/,
      apk: /^\d[0-9.a-z_]*$/,
      archlinux: /^[A-Za-z0-9._+]+$/,
    }[format]
    const anything = fc.oneof(fc.string(), fc.stringMatching(/^v?\d[\w.+~!-]{0,12}$/), fc.stringMatching(/^[\w.+~]+$/))
    fc.assert(
      fc.property(anything, (version) => {
        try {
          expect(formatVersion(version, format).version).toMatch(allowed)
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
    )
  })

  it('refuses a local part and says what to do', () => {
    expect(() => formatVersion('27.0.2+acme.1', format)).toThrow(/has a local part \(\+acme\.1\).*\n.*iteration/)
  })
})

describe('formatVersion', () => {
  it.each([
    ['27.0.2', '27.0.2', '27.0.2', '27.0.2', '27.0.2'],
    ['v1.0', '1.0', '1.0', '1.0', '1.0'],
    ['1.0a1', '1.0~a1', '1.0~a1', '1.0_alpha1', '1.0a1'],
    ['1.0.beta2', '1.0~b2', '1.0~b2', '1.0_beta2', '1.0b2'],
    ['1.0RC3', '1.0~rc3', '1.0~rc3', '1.0_rc3', '1.0rc3'],
    ['1.0.post2', '1.0+post2', '1.0+post2', '1.0_p2', '1.0+post2'],
    ['1.0-2', '1.0+post2', '1.0+post2', '1.0_p2', '1.0+post2'],
    ['1.0.dev3', '1.0~~dev3', '1.0~~dev3', '1.0_alpha_pre3', '1.0DEV3'],
    ['1.0b2.dev3', '1.0~b2~dev3', '1.0~b2~dev3', '1.0_beta2_pre3', '1.0b2dev3'],
    ['1.0.post2.dev3', '1.0+post2~dev3', '1.0+post2~dev3', '1.0_p2_pre3', '1.0+post2dev3'],
    ['1.0rc1.post2', '1.0~rc1+post2', '1.0~rc1+post2', '1.0_rc1_p2', '1.0rc1+post2'],
    ['27.0.0.0rc1', '27.0.0~rc1', '27.0.0~rc1', '27.0.0_rc1', '27.0.0rc1'],
    ['27.0.0.0.0', '27.0.0', '27.0.0', '27.0.0', '27.0.0'],
    ['27.0.0.10', '27.0.0.10', '27.0.0.10', '27.0.0.10', '27.0.0.10'],
    ['2025.1', '2025.1', '2025.1', '2025.1', '2025.1'],
    ['24.04', '24.04', '24.04', '24.4', '24.04'],
  ])('writes %s as deb %s, rpm %s, apk %s, libalpm %s', (version, ...expected) => {
    expect(FORMATS.map((format) => formatVersion(version, format))).toEqual(
      expected.map((spelt) => ({ epoch: 0, version: spelt })),
    )
  })

  it('takes the epoch out, and says which format has none', () => {
    for (const format of ['deb', 'rpm', 'archlinux'] as const) {
      expect(formatVersion('2!1.0rc1', format)).toMatchObject({ epoch: 2 })
    }
    expect(() => formatVersion('2!1.0', 'apk')).toThrow(/"2!1\.0" has an epoch, and an apk package can't/)
  })

  it('lets what PEP 440 does not know through where the format allows it', () => {
    const verdicts = (version: string) =>
      FORMATS.map((format) => {
        try {
          return formatVersion(version, format).version
        } catch (error) {
          return error instanceof InputError ? 'refused' : error
        }
      })
    expect(verdicts('2016.1-bbc1')).toEqual(['2016.1-bbc1', 'refused', 'refused', 'refused'])
    expect(verdicts('10.0-stable')).toEqual(['10.0-stable', 'refused', 'refused', 'refused'])
    expect(verdicts('master')).toEqual(['refused', 'master', 'refused', 'master'])
    expect(verdicts('1.0~git3')).toEqual(['1.0~git3', '1.0~git3', 'refused', 'refused'])
    expect(verdicts('1.0_git3')).toEqual(['refused', '1.0_git3', '1.0_git3', '1.0_git3'])
    for (const version of ['', '1.0 beta', '1:2.0', '~1', '1.0/2', '1.0\n', '../1']) {
      expect(verdicts(version)).toEqual(FORMATS.map(() => 'refused'))
    }
  })

  it('leaves the version of an archive alone', () => {
    for (const version of ['1.0.dev3', '27.0.0.0rc1', '1.0+local', 'master']) {
      expect(formatVersion(version, 'tar')).toEqual({ epoch: 0, version })
    }
    expect(() => formatVersion('a/b', 'tar')).toThrow(InputError)
  })

  it("keeps the order of a project's usual versions, the target's suffix included", (context) => {
    need(context, hasTool('dpkg'), 'dpkg')
    const of = (revision: string) => `${formatVersion('27.0.2', 'deb').version}-${revision}`
    const rising: Pair[] = [
      [of('1+deb11'), of('1+deb12')],
      [of('1+deb12'), of('1+deb13')],
      [of('1+deb13'), of('2+deb12')],
      [of('1+ubuntu22.04'), of('1+ubuntu24.04')],
      [of('9+deb12'), of('10+deb12')],
    ]
    expect(dpkgOrders(rising)).toEqual(rising.map(() => -1))
  })
})
