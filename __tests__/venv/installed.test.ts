import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differencesFromLock, type InstalledDistribution, readInstalled } from '../../src/venv/installed.js'
import { scratch, writeFiles } from '../support/scratch.js'

const installed = (name: string, version: string): InstalledDistribution => ({
  name,
  version,
  summary: undefined,
  homepage: undefined,
  license: undefined,
  record: '',
})
const locked = (name: string, version: string, marker?: string) => ({
  name,
  version,
  hashes: ['sha256:0'],
  ...(marker === undefined ? {} : { marker }),
})

describe('readInstalled', () => {
  it('reads names, versions and words of all distributions, sorted', async () => {
    const tree = scratch()
    const site = 'lib/python3.11/site-packages'
    writeFiles(tree, {
      [`${site}/Oslo.Config-9.0.dist-info/METADATA`]:
        'Metadata-Version: 2.1\nName: oslo.config\nVersion: 9.0\nSummary: Options: all of them\nHome-page: https://x/\nLicense: Apache\n\nName: not this\n',
      [`${site}/a_b-1.0.dist-info/METADATA`]:
        'Name: a_b\r\nVersion: 1.0\r\nLicense-Expression: MIT\r\nLicense: no\r\n\r\n',
      [`${site}/c.py`]: '',
      [`${site}/d.egg-info/PKG-INFO`]: 'Name: d\n',
    })
    expect(await readInstalled(tree, '3.11')).toEqual([
      {
        name: 'oslo-config',
        version: '9.0',
        summary: 'Options: all of them',
        homepage: 'https://x/',
        license: 'Apache',
        record: `${site}/Oslo.Config-9.0.dist-info/RECORD`,
      },
      {
        ...{ name: 'a-b', version: '1.0', summary: undefined, homepage: undefined, license: 'MIT' },
        record: `${site}/a_b-1.0.dist-info/RECORD`,
      },
    ])
  })

  it('refuses metadata without a version', async () => {
    const tree = scratch()
    writeFiles(tree, { 'lib/python3.11/site-packages/x-1.dist-info/METADATA': 'Name: x\n\nVersion: 1\n' })
    await expect(readInstalled(tree, '3.11')).rejects.toThrow(/x-1\.dist-info has no name or version/)
  })
})

describe('differencesFromLock', () => {
  const project = installed('my-project', '5.0')
  const cases: [string, InstalledDistribution[], ReturnType<typeof locked>[], string[]][] = [
    ['nothing', [project, installed('six', '1.16.0')], [locked('six', '1.16.0')], []],
    [
      'another version',
      [project, installed('six', '1.17.0')],
      [locked('six', '1.16.0')],
      ['six 1.16.0 is locked and 1.17.0 is installed'],
    ],
    ['a missing one', [project], [locked('six', '1.16.0')], ['six 1.16.0 is locked and not installed']],
    ['one too many', [project, installed('pip', '23.0')], [], ['pip 23.0 is installed and not locked']],
    ['no project', [], [], ['My.Project itself is not installed']],
    ['nothing for a marker that is false', [project], [locked('tomli', '2.0', "python_version < '3.11'")], []],
    [
      'another version of one with a marker',
      [project, installed('tomli', '1.0')],
      [locked('tomli', '2.0', "python_version < '3.11'")],
      ['tomli 2.0 is locked and 1.0 is installed'],
    ],
  ]
  it.each(cases)('finds %s', (_name, found, lock, expected) => {
    expect(differencesFromLock(found, lock, ['My.Project'])).toEqual(expected)
  })

  it('is empty exactly when both hold the same', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const version = fc.constantFrom('1', '2')
    const set = fc.dictionary(name, version)
    fc.assert(
      fc.property(set, set, (there, wanted) => {
        const found = [project, ...Object.entries(there).map(([n, v]) => installed(n, v))]
        const lock = Object.entries(wanted).map(([n, v]) => locked(n, v))
        const same = JSON.stringify(Object.entries(there).sort()) === JSON.stringify(Object.entries(wanted).sort())
        expect(differencesFromLock(found, lock, ['my_project']).length === 0).toBe(same)
      }),
    )
  })
})
