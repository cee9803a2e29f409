import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, it, type TestContext } from 'vitest'
import {
  type ChangelogEntry,
  debianChangelog,
  describeChanges,
  nfpmChangelog,
  rpmChangelog,
  specChangelog,
} from '../../src/package/changelog.js'
import { cleanLine } from '../../src/runtime/clean-text.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'

const entry: ChangelogEntry = {
  package: 'openstack-keystone',
  version: '2:27.0.2~rc1-1+deb12',
  maintainer: 'Cloud Team <cloud@localhost.invalid>',
  changes: [
    'keystone 27.0.2, since 27.0.1:',
    'Fix a thing that takes so many words to tell that one line of a changelog has no room for it',
    '-- 100% %(id)',
  ],
  date: 1_700_000_000,
}
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '%(touch pwned)',
    '%{lua:os.exit(1)}',
    '\n -- X <y>  Tue',
    '\n* Tue Nov 14 2023 x',
    '\n%prep\nexit 1',
    '%%',
    '\\',
    '  * a',
    'a b (1) x; urgency=low',
    '#',
    '',
    'x'.repeat(1000),
  ),
)

describe('describeChanges', () => {
  it.each([
    [{ since: '27.0.1', subjects: ['a', 'b'], more: 0 }, ['keystone 27.0.2, since 27.0.1:', 'a', 'b']],
    [{ since: undefined, subjects: ['a'], more: 3 }, ['keystone 27.0.2:', 'a', '… and 3 more']],
    [{ since: '27.0.1', subjects: [], more: 0 }, ['keystone 27.0.2.']],
    [{ since: '27.0.2', subjects: ['a'], more: 0 }, ['keystone 27.0.2:', 'a']],
  ])('tells %j', (changes, expected) => {
    expect(describeChanges('keystone', '27.0.2', changes)).toEqual(expected)
  })
})

describe('debianChangelog', () => {
  it('is what dpkg reads back', (context) => {
    expect(debianChangelog(entry)).toBe(
      [
        'openstack-keystone (2:27.0.2~rc1-1+deb12) unstable; urgency=medium',
        '',
        '  * keystone 27.0.2, since 27.0.1:',
        '  * Fix a thing that takes so many words to tell that one line of a changelog',
        '    has no room for it',
        '  * -- 100% %(id)',
        '',
        ' -- Cloud Team <cloud@localhost.invalid>  Tue, 14 Nov 2023 22:13:20 +0000',
        '',
      ].join('\n'),
    )
    expect(parsed(context, debianChangelog(entry, 'bookworm'))).toMatchObject({
      Source: 'openstack-keystone',
      Version: '2:27.0.2~rc1-1+deb12',
      Distribution: 'bookworm',
      Maintainer: 'Cloud Team <cloud@localhost.invalid>',
      Timestamp: '1700000000',
    })
  })

  it('is read whatever people write into commits and names', (context) => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), hostile, (changes, maintainer) => {
        const all = ['An entry of none is no entry', ...changes]
        const fields = parsed(context, debianChangelog({ ...entry, changes: all, maintainer }))
        expect(fields).toMatchObject({ Version: entry.version, Timestamp: '1700000000' })
        const written = changes.filter((change) => cleanLine(change, 500) !== '')
        expect([...(fields.Changes ?? '').matchAll(/^ {3}\* /gm)]).toHaveLength(written.length + 1)
      }),
      {
        numRuns: 30,
        examples: [
          [['a'], '<'],
          [['a'], 'x <y> <z>'],
        ],
      },
    )
  })
})

/** The fields that `dpkg-parsechangelog` finds; its warnings are failures. */
function parsed(context: TestContext, text: string): Record<string, string> {
  need(context, hasTool('dpkg-parsechangelog'), 'dpkg-parsechangelog')
  const file = join(scratch(), 'changelog')
  writeFileSync(file, text)
  const output = execFileSync('sh', ['-c', 'dpkg-parsechangelog --file "$1" 2>&1', 'sh', file], { encoding: 'utf8' })
  expect(output).not.toMatch(/warning/)
  const fields = [...output.matchAll(/^(\w+):(.*(?:\n .*)*)/gm)]
  return Object.fromEntries(
    fields.map(([, name, value]) => [name, value?.trim().startsWith('*') ? value : value?.trim()]),
  )
}

describe('specChangelog', () => {
  it('is what rpm tells of the package, and runs nothing', (context) => {
    expect(rpmChangelog(entry)).toBe(
      [
        '* Tue Nov 14 2023 Cloud Team <cloud@localhost.invalid> - 2:27.0.2~rc1-1+deb12',
        '- keystone 27.0.2, since 27.0.1:',
        '- Fix a thing that takes so many words to tell that one line of a changelog',
        '  has no room for it',
        '- -- 100% %(id)',
        '',
      ].join('\n'),
    )
    need(context, hasTool('rpmbuild'), 'rpmbuild')
    const folder = scratch()
    const told = changelogOfRpm(folder, { ...entry, changes: [...entry.changes, '%(touch pwned)', '\\', '%%x'] })
    expect(told).toBe(`${rpmChangelog(entry)}- %(touch pwned)\n- \\\n- %%x`)
    expect(existsSync(join(folder, 'pwned'))).toBe(false)
  })

  it('is read whatever people write', (context) => {
    need(context, hasTool('rpmbuild'), 'rpmbuild')
    const folder = scratch()
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 8 }), hostile, (changes, maintainer) => {
        const changed = { ...entry, changes: ['An entry of none is no entry', ...changes], maintainer }
        expect(changelogOfRpm(folder, changed)).toBe(rpmChangelog(changed).trimEnd())
      }),
      { numRuns: 15, examples: [[['\\'], '']] },
    )
    expect(existsSync(join(folder, 'pwned'))).toBe(false)
  })
})

function changelogOfRpm(folder: string, written: ChangelogEntry): string {
  const spec = [
    'Name: x',
    'Version: 1',
    'Release: 1',
    'Summary: x',
    'License: x',
    'BuildArch: noarch',
    '%description',
    'x',
    '%files',
  ]
  writeFileSync(join(folder, 'x.spec'), `${spec.join('\n')}\n%changelog\n${specChangelog(written)}`)
  // Else rpm drops what is older than two years.
  const define = [
    '--define',
    `_topdir ${folder}`,
    '--define',
    '_changelog_trimtime 0',
    '--define',
    '_changelog_trimage 0',
  ]
  execFileSync('rpmbuild', ['--quiet', '-bb', ...define, join(folder, 'x.spec')], { cwd: folder, stdio: 'pipe' })
  const rpm = join(folder, 'RPMS', 'noarch', 'x-1-1.noarch.rpm')
  return execFileSync('rpm', ['-qp', '--changelog', rpm], { encoding: 'utf8', stdio: 'pipe' }).trimEnd()
}

describe('nfpmChangelog', () => {
  it('is YAML of one entry', () => {
    expect(load(nfpmChangelog({ ...entry, changes: ['a: "b"\nc', '{{ .x }}'] }))).toEqual([
      {
        semver: '2:27.0.2~rc1-1+deb12',
        date: '2023-11-14T22:13:20Z',
        packager: 'Cloud Team <cloud@localhost.invalid>',
        changes: [{ note: 'a: "b" c' }, { note: '{{ .x }}' }],
      },
    ])
  })
})
