import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../src/errors.js'
import { type BindepRule, parseBindep, type VersionTerm } from '../../../src/system/bindep/parse.js'
import { platformAtoms } from '../../../src/system/bindep/platform.js'
import { readBindep } from '../../../src/system/bindep/read-file.js'
import { satisfies, selectRules } from '../../../src/system/bindep/select.js'
import { short } from '../../manifest/manifest-file.js'
import { HAS_SHARED, SHARED } from '../../support/paths.js'
import { need } from '../../support/requirements.js'
import { scratch, writeFiles } from '../../support/scratch.js'
import { askBindep, provideBindep } from './reference.js'

const UBUNTU = ['dpkg', 'ubuntu', 'ubuntu-24', 'ubuntu-24.04', 'ubuntu-noble']
const DEBIAN = ['dpkg', 'debian', 'debian-13', 'debian-trixie']
const RED_HAT = ['rpm', 'redhat']

const named = (rules: readonly BindepRule[], profiles: readonly string[], atoms: readonly string[]) =>
  selectRules(rules, profiles, atoms).map((rule) => rule.package)

/** Which packages a file has for profiles (words with a colon are atoms); null where it is refused. */
function packagesOf(text: string, active: readonly string[]): string[] | null {
  try {
    const atoms = active.flatMap((one) => (one.startsWith('platform:') ? [one.slice('platform:'.length)] : []))
    const profiles = active.filter((one) => !one.startsWith('platform:'))
    return named(parseBindep(text, 'bindep.txt'), profiles, atoms)
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

describe('the files of real projects', () => {
  const fixture = (name: string) => {
    const file = join(SHARED, 'fixtures', `bindep-${name}.txt`)
    return parseBindep(readFileSync(file, 'utf8'), file)
  }
  const KEYSTONE =
    'gettext postgresql libffi-dev libldap2-dev libsasl2-dev libsqlite3-dev libssl-dev libxml2-dev libxslt1-dev mysql-client mysql-server postgresql-client postgresql-server-dev-all python3-dev'
  const NOVA =
    'language-pack-en libmysqlclient-dev mysql-client mysql-server openssh-client openssl postgresql postgresql-client python3-all python3-all-dev lsscsi'
  const NOVA_RPM = 'mariadb-server openssh-clients openssl postgresql postgresql-server lsscsi'
  const GLANCE =
    'gettext libffi-dev libmysqlclient-dev mysql-client mysql-server postgresql postgresql-client libpython3-dev libpq-dev'

  it.for([
    ['keystone on Ubuntu', 'keystone', ['default'], UBUNTU, KEYSTONE],
    ['keystone for tests', 'keystone', ['test'], UBUNTU, `${KEYSTONE} graphviz`],
    ['keystone on Debian', 'keystone', ['default'], DEBIAN, KEYSTONE.replaceAll('mysql-', 'mariadb-')],
    ['nova on Ubuntu', 'nova', ['default'], UBUNTU, NOVA],
    ['nova on Red Hat', 'nova', ['default'], RED_HAT, NOVA_RPM],
    ['glance on Ubuntu', 'glance', ['default'], UBUNTU, GLANCE],
  ] as const)('have what bindep says: %s', ([_what, file, profiles, atoms, expected], context) => {
    need(context, HAS_SHARED, 'the folder ../shared with fixtures')
    expect(named(fixture(file), profiles, atoms)).toEqual(expected.split(' '))
  })
})

describe('selectors', () => {
  it.each<[string, string, readonly string[], boolean]>([
    ['a platform and a profile', 'platform:dpkg test', ['platform:dpkg', 'default'], false],
    ['a platform and a profile', 'platform:dpkg test', ['platform:dpkg', 'test'], true],
    ['a platform and a profile', 'platform:dpkg test', ['platform:rpm', 'test'], false],
    ['alternatives', 'doc test', ['test'], true],
    ['a group', 'test (ceph glance !lvm)', ['ceph', 'glance'], true],
    ['a group', 'test (ceph glance !lvm)', ['ceph'], false],
    ['a group', 'test (ceph glance !lvm)', ['ceph', 'glance', 'lvm'], false],
    ['a group', 'test (ceph glance !lvm)', ['test', 'lvm'], true],
    ['refusals alone', '!test !doc', ['default'], true],
    ['refusals alone', '!test !doc', ['doc'], false],
    ['a refusal beside what is wanted', 'test !doc', ['test', 'doc'], false],
    ['an atom in a group, which is no platform there', '(platform:dpkg test)', ['platform:dpkg', 'test'], true],
    ['an atom in a group, which is no platform there', '(platform:dpkg)', ['platform:rpm'], false],
    [
      'platforms of which one is refused',
      'platform:dpkg !platform:debian',
      ['platform:dpkg', 'platform:debian'],
      false,
    ],
    ['nothing', '', ['anything'], true],
  ])('of %s: [%s] with %j', (_what, selector, active, taken) => {
    expect(packagesOf(`foo [${selector}]\n`, active)).toEqual(taken ? ['foo'] : [])
  })
})

describe('parseBindep', () => {
  it.each([
    'foo []\n',
    'foo  [test]  # c\n',
    'foo [test] >=1.2-3,<2\n',
    'category/pkg\n',
    '/usr/bin/bash\n',
    '# only words\n\n   \n  # more\n',
    'foo#c\n',
    'foo >=2:1.2~rc1-3+b1\n',
    '',
  ])('takes %j', (text) => {
    expect(packagesOf(text, ['test'])).not.toBeNull()
  })

  it.each([
    ['a last line without an end', 'foo', '1:1: the last line has no end.'],
    ['a leading blank', ' foo\n', "1:1: a package's name must stand here, of two characters or more."],
    ['a TAB', 'foo\t[test]\n', '1:4: "\\t[test]" has no meaning here.'],
    ['lines of Windows', 'foo\r\n', '1:4: "\\r" has no meaning here.'],
    ['a name of one letter', 'f\n', "1:1: a package's name must stand here, of two characters or more."],
    ['a processor', 'foo:i386\n', '1:4: ":i386" has no meaning here.'],
    ['a module of Perl', 'perl(Foo)\n', '1:5: "(Foo)" has no meaning here.'],
    ['an upper-case profile', 'foo [Test]\n', '1:4: the selector must be'],
    ['a profile with _', 'foo [a_b]\n', '1:4: the selector must be'],
    ['a blank in a version', 'foo >= 1\n', '1:4: versions must be like'],
    ['a version that touches the selector', 'foo [test]>=1\n', '1:11: ">=1" has no meaning here.'],
    ['groups in groups', 'foo [(a (b))]\n', '1:4: the selector must be'],
    ['a refused group', 'foo [!(a b)]\n', '1:4: the selector must be'],
    ['an epoch without a version', 'foo >1:\n', '1:4: versions must be like'],
    ['a blank at the end', 'foo \n', '1:4: " " has no meaning here.'],
  ])('refuses %s', (_what, text, expected) => {
    try {
      parseBindep(text, 'bindep.txt')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      const [problem] = (error as InputError).problems
      expect(`${problem?.line}:${problem?.column}: ${problem?.message}`).toContain(expected)
      expect(problem?.file).toBe('bindep.txt')
    }
  })

  it('tells all that is wrong at once', () => {
    expect(() => parseBindep('f\nfoo\nbar [X]\n', 'b.txt')).toThrow(/^b\.txt:1:1: [^\n]+\n[^\n]+\nb\.txt:3:4: /)
  })

  it('refuses what is too large to be such a file', () => {
    expect(() => parseBindep('foo\n'.repeat(10_001), 'b.txt')).toThrow('more than 10000 lines')
    expect(() => parseBindep(`foo [${'a '.repeat(5000)}]\n`, 'b.txt')).toThrow('longer than 4096 characters')
  })

  it('reads or refuses any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void packagesOf(`${text}\n`, ['default'])))
  })

  it('reads or refuses a line in no time, however it is made', () => {
    for (const line of [
      `foo [${'('.repeat(4000)}]`,
      `foo ${'>=1-'.repeat(1000)}`,
      `foo ${' '.repeat(4000)}x`,
      `foo >=1${'-'.repeat(4000)}:`,
    ]) {
      expect(packagesOf(`${line}\n`, [])).toBeNull()
    }
  })
})

describe('bindep itself', () => {
  const PROFILES = ['default', 'test', 'doc', 'ceph', 'platform:dpkg', 'platform:debian', 'platform:rpm'] as const
  const word = fc.constantFrom(...PROFILES, '!test', '!doc', '!platform:debian', '!platform:rpm')
  const group = fc.array(word, { maxLength: 3 }).map((words) => `(${words.join(' ')})`)
  const selector = fc
    .array(fc.oneof({ weight: 4, arbitrary: word }, group), { maxLength: 4 })
    .map((parts) => ` [${parts.join(' ')}]`)
  const version = fc.stringMatching(/^(\d:)?\d[a-z0-9.+~:-]{0,6}$/)
  const condition = fc.tuple(fc.constantFrom('<', '<=', '==', '!=', '>=', '>'), version).map((parts) => parts.join(''))
  const conditions = fc.array(condition, { minLength: 1, maxLength: 2 }).map((list) => ` ${list.join(',')}`)
  const rule = fc
    .tuple(
      fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+_/-]{0,5}$/),
      fc.option(selector, { nil: '' }),
      fc.option(conditions, { nil: '', freq: 3 }),
      fc.constantFrom('', '', ' # c', '#c', ' '),
    )
    .map((parts) => parts.join(''))
  // Pieces of the grammar in any order: most of it is refused, and both have to agree on that.
  const pieces = fc.array(
    fc.constantFrom('foo', ' ', '[', ']', '(', ')', '!', 'test', '>=', '1', '-', '~', ',', '#', '.', ':', '\t'),
    {
      maxLength: 12,
    },
  )
  const file = fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: rule },
        pieces.map((list) => list.join('')),
      ),
      { maxLength: 3 },
    )
    .map((lines) => lines.map((line) => `${line}\n`).join(''))

  it('takes and refuses the same files, and picks the same packages', { timeout: 120_000 }, async (context) => {
    const bindep = await provideBindep()
    need(context, 'folder' in bindep, 'lacks' in bindep ? bindep.lacks : 'bindep')
    if (!('folder' in bindep)) return
    const files = fc.sample(fc.tuple(file, fc.subarray([...PROFILES])), { numRuns: 1200, seed: 7 })
    const answers = askBindep(bindep.folder, { files, versions: [] }).files
    const ours = files.map(([text, active]) => packagesOf(text, active))
    expect(answers.filter((one) => one === null).length).toBeGreaterThan(100)
    expect(answers.filter((one) => one !== null && one.length > 0).length).toBeGreaterThan(100)
    for (const [index, answer] of answers.entries()) expect(ours[index], JSON.stringify(files[index])).toEqual(answer)
  })

  it('judges versions in the same way', { timeout: 60_000 }, async (context) => {
    const bindep = await provideBindep()
    need(context, 'folder' in bindep, 'lacks' in bindep ? bindep.lacks : 'bindep')
    if (!('folder' in bindep)) return
    const plain = fc.stringMatching(/^(\d:)?\d{1,2}([.~+]?[a-z0-9]{1,2}){0,3}(-[0-9][a-z0-9.+~]{0,2})?$/)
    const asked = fc.sample(fc.tuple(plain, fc.constantFrom('<', '<=', '==', '!=', '>=', '>'), plain), {
      numRuns: 600,
      seed: 7,
    })
    const answers = askBindep(bindep.folder, { files: [], versions: asked }).versions
    for (const [index, [one, operator, other]] of asked.entries()) {
      const term = { operator: operator as VersionTerm['operator'], version: other }
      expect(satisfies(one, [term]), `${one} ${operator} ${other}`).toBe(answers[index])
    }
  })
})

describe('platformAtoms', () => {
  it.each([
    ['ubuntu', '24.04', 'noble', 'dpkg ubuntu ubuntu-24 ubuntu-24.04 ubuntu-noble'],
    ['debian', '12', 'bookworm', 'dpkg debian debian-12 debian-bookworm'],
    ['rocky', '9.4', '', 'rpm redhat rocky rocky-9 rocky-9.4'],
    ['fedora', '43', '', 'rpm redhat fedora fedora-43'],
    ['rhel', '9.4', '', 'rpm redhat rhel rhel-9 rhel-9.4'],
    [
      'opensuse-leap',
      '15.6',
      '',
      'rpm suse opensuse-leap opensuse-leap-15 opensuse-leap-15.6 opensuse opensuse-15 opensuse-15.6',
    ],
    ['alpine', '3.22.1', '', 'apk alpine alpine-3 alpine-3.22 alpine-3.22.1'],
    ['arch', '', '', 'pacman arch'],
    ['hurd', '1', '', 'hurd hurd-1'],
  ])('%s %s', (id, versionId, codename, expected) => {
    expect(platformAtoms({ id, versionId, codename, prettyName: id })).toEqual(expected.split(' '))
  })
})

describe('readBindep', () => {
  it('reads the file by either name, and none is no rule', async () => {
    const folder = scratch()
    expect(await readBindep(folder, 'x')).toEqual([])
    writeFiles(folder, { 'other-requirements.txt': 'bar\n' })
    expect((await readBindep(folder, 'x')).map((rule) => rule.package)).toEqual(['bar'])
    writeFiles(folder, { 'bindep.txt': 'foo\n' })
    await expect(readBindep(folder, 'x')).rejects.toThrow(
      'x: its source has both bindep.txt and other-requirements.txt',
    )
  })

  it('names the project whose file is wrong', async () => {
    const folder = scratch()
    writeFiles(folder, { 'bindep.txt': 'f\n' })
    const error = await readBindep(folder, 'nova').catch((one: unknown) => one)
    expect(error).toBeInstanceOf(InputError)
    expect((error as InputError).problems.map(short)).toEqual([expect.stringContaining('two characters or more')])
    expect((error as InputError).message).toMatch(/^nova: bindep\.txt:1:1: /)
  })
})
