import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LegOutcome, LegStatus } from '../../src/publish/legs.js'
import { withReport } from '../../src/publish/release-text.js'
import { MAX_BODY, reportText } from '../../src/publish/report.js'
import { sumsText } from '../../src/publish/sums.js'

const SUM = 'ab'.repeat(32)

function outcome(project: string, target: string, status: LegStatus, more: Partial<LegOutcome> = {}): LegOutcome {
  const leg = {
    id: `${project}-1-${target}`,
    project,
    version: '1',
    target,
    mayMiss: false,
    source: undefined,
    lock: SUM,
  }
  const packages = status === 'ok' ? [{ file: `${project}_1~${target}.deb`, size: 1_234_567, sha256: SUM }] : []
  return { leg, status, why: status === 'ok' ? '' : 'because', packages, folder: '', seconds: 61.6, ...more }
}

const LEGS = [
  outcome('keystone', 'debian12', 'ok'),
  outcome('keystone', 'debian13', 'failed'),
  outcome('nova', 'debian13', 'missing', { seconds: undefined }),
]
const ALL = { maxBytes: 1024 * 1024, reasons: true, nameOf: (file: string) => file.replace('~', '.') }

describe('the report', () => {
  it('is counts, a table of projects by targets, reasons, and packages', () => {
    expect(reportText(LEGS, ALL)).toBe(`1 of 3 legs published: 1 package, 1.2 MB.

| Project | debian12 | debian13 |
| --- | --- | --- |
| <code>keystone 1</code> | ok, 1.2 MB, 62 s | failed, 62 s |
| <code>nova 1</code> |  | missing |

### Not published

- <code>keystone-1-debian13</code> failed: because
- <code>nova-1-debian13</code> missing: because

### Packages

| Package | Size | SHA-256 |
| --- | ---: | --- |
| <code>keystone&#95;1.debian12.deb</code> | 1.2 MB | ${SUM} |
`)
  })

  it('says what may fail, and keeps reasons for those who run the build', () => {
    const leg = { ...outcome('a', 'b', 'failed').leg, mayMiss: true }
    const text = reportText([outcome('a', 'b', 'failed', { leg, why: 'S3CRET' })], { ...ALL, reasons: false })
    expect(text).toContain('failed, as it may')
    expect(text).not.toContain('S3CRET')
  })

  it('has minutes for what takes long, and kilobytes for what is small', () => {
    const packages = [{ file: 'a.deb', size: 1, sha256: SUM }]
    expect(reportText([outcome('a', 'b', 'ok', { seconds: 725, packages })], ALL)).toContain('ok, 1 kB, 12 min 5 s')
  })

  it('lets nothing from outside become Markdown, HTML, a link or a mention', () => {
    const why = '<script>|`x`\n# [a](http://evil.test) @everyone **b** :tada: ~~c~~'
    const text = reportText([outcome('@ops <b>', 'x|y', 'failed', { why })], ALL)
    expect(text.split('\n').filter((line) => /<(?!\/?code>)|`|@|\*|\[|:\/\//.test(line))).toEqual([])
    expect(text.split('\n').filter((line) => line.includes('everyone'))).toEqual([
      expect.stringMatching(/^- .*ops.*script/),
    ])
    const [head, rule, row] = text.split('\n').slice(2)
    expect([head, rule, row].map((line) => line?.split('|').length)).toEqual([4, 4, 4])
  })

  it('never takes more room than it has, and counts what is left out', () => {
    const many = Array.from({ length: 3000 }, (_, index) => outcome(`project${index}`, 'debian12', 'ok'))
    const text = reportText(many, { ...ALL, maxBytes: MAX_BODY })
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BODY)
    expect(Buffer.byteLength(text)).toBeGreaterThan(MAX_BODY - 300)
    const shown = text.match(/^\| <code>project/gm)?.length ?? 0
    expect(text).toContain(`… and ${3000 - shown} more.`)
    fc.assert(
      fc.property(fc.nat(2000), fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), (maxBytes, names) => {
        const outcomes = names.map((name) => outcome(name, name.slice(0, 3), 'failed', { why: name }))
        return Buffer.byteLength(reportText(outcomes, { ...ALL, maxBytes })) <= maxBytes
      }),
    )
  })
})

describe("a release's text", () => {
  const report = (text: string) => () => `${text}\n`

  it('has the report alone where nobody wrote anything', () => {
    expect(withReport('', report('REPORT'))).toBe('<!-- giftwrap: begin -->\nREPORT\n<!-- giftwrap: end -->')
  })

  it('keeps what people wrote, before and behind, and has one report only', () => {
    const once = withReport('Our notes.\n', report('OLD'))
    expect(once).toBe('Our notes.\n\n<!-- giftwrap: begin -->\nOLD\n<!-- giftwrap: end -->')
    const twice = withReport(`${once}\nMore.`, report('NEW'))
    expect(twice).toBe('Our notes.\n\n<!-- giftwrap: begin -->\nNEW\n<!-- giftwrap: end -->\nMore.')
    expect(withReport(twice, report('NEW'))).toBe(twice)
  })

  it('gives the report the room that is left, and leaves the text alone where there is none', () => {
    let room = 0
    const filling = (maxBytes: number) => {
      room = maxBytes
      return 'x'.repeat(maxBytes)
    }
    expect(Buffer.byteLength(withReport('ä'.repeat(60_000), filling))).toBeLessThanOrEqual(MAX_BODY)
    expect(room).toBeGreaterThan(4000)
    const full = 'x'.repeat(MAX_BODY - 10)
    expect(withReport(full, filling)).toBe(full)
  })
})

describe('SHA256SUMS', () => {
  it('is by name, in the form of sha256sum', () => {
    expect(
      sumsText([
        { name: 'b.deb', sha256: 'bb' },
        { name: 'a.deb', sha256: 'aa' },
      ]),
    ).toBe('aa  a.deb\nbb  b.deb\n')
  })
})
