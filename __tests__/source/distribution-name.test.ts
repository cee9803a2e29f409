import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distributionName } from '../../src/source/distribution-name.js'
import { scratch, writeFiles } from '../support/scratch.js'

function nameOf(files: Readonly<Record<string, string>>): Promise<string | undefined> {
  const folder = scratch()
  writeFiles(folder, files)
  return distributionName(folder)
}

describe('the name of a distribution', () => {
  it.each([
    ['PKG-INFO of a release', { 'PKG-INFO': 'Metadata-Version: 2.1\nName: openstack-placement\nVersion: 1\n' }],
    ['PKG-INFO made on Windows', { 'PKG-INFO': 'Metadata-Version: 2.1\r\nName: openstack-placement\r\n' }],
    [
      'pyproject.toml',
      { 'pyproject.toml': '[build-system]\nrequires = []\n[project]\nname = "openstack-placement"\n' },
    ],
    ['single quotes', { 'pyproject.toml': "[project]\nversion = '1'\nname='openstack-placement'\n" }],
    ['setup.cfg', { 'setup.cfg': '[metadata]\nname = openstack-placement\nsummary = x\n[files]\n' }],
    ['setup.cfg with a colon', { 'setup.cfg': '[metadata]\nname: openstack-placement\n' }],
    [
      'PKG-INFO before the others',
      { 'PKG-INFO': 'Name: openstack-placement\n', 'setup.cfg': '[metadata]\nname = other\n' },
    ],
  ])('is read from %s', async (_where, files) => {
    expect(await nameOf(files)).toBe('openstack-placement')
  })

  it.each([
    ['only setup.py would tell', { 'setup.py': 'setup(name="x")' }],
    [
      'another section has one',
      { 'pyproject.toml': '[tool.poetry]\nname = "x"\n', 'setup.cfg': '[files]\nname = x\n' },
    ],
    [
      'what stands there is no name',
      { 'PKG-INFO': 'Name: ../../x\n', 'setup.cfg': '[metadata]\nname = --index-url\n' },
    ],
  ])('is unknown where %s', async (_why, files) => {
    expect(await nameOf(files)).toBeUndefined()
  })

  it('is never anything but a name, whatever the files hold', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((name) => `Name: ${name}\n`),
      fc.string().map((name) => `[project]\nname = "${name}"\n`),
      fc.string().map((name) => `[metadata]\nname = ${name}\n`),
    )
    await fc.assert(
      fc.asyncProperty(text, text, text, async (info, pyproject, cfg) => {
        const name = await nameOf({ 'PKG-INFO': info, 'pyproject.toml': pyproject, 'setup.cfg': cfg })
        expect(name ?? 'x').toMatch(/^[A-Za-z0-9._-]+$/)
        expect(name ?? 'x').not.toMatch(/^[._-]|[._-]$/)
      }),
      { numRuns: 200 },
    )
  })
})
