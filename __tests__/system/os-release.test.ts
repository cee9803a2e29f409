import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOsRelease, readOsRelease } from '../../src/system/os-release.js'

describe('parseOsRelease', () => {
  it.each([
    [
      'Debian',
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
      'debian',
      '12',
    ],
    ['Ubuntu', "ID=ubuntu\nVERSION_ID='24.04'\nPRETTY_NAME='Debian GNU/Linux 12 (bookworm)'\n", 'ubuntu', '24.04'],
    ['a rolling release', '# words\n\n ID=arch \nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'arch', ''],
  ])('reads %s', (_name, text, id, versionId) => {
    expect(parseOsRelease(text)).toEqual({ id, versionId, prettyName: 'Debian GNU/Linux 12 (bookworm)' })
  })

  it('takes quoted characters as they are meant', () => {
    expect(parseOsRelease('ID=x\nPRETTY_NAME="a \\"b\\" \\$c \\\\d"').prettyName).toBe('a "b" $c \\d')
  })

  it('has a name for what says nothing', () => {
    expect(parseOsRelease('')).toEqual({ id: 'linux', versionId: '', prettyName: 'linux' })
  })

  it('reads any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof parseOsRelease(text).id).toBe('string')
      }),
    )
  })

  it('reads any value that is quoted as a shell does it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*$/), (value) => {
        const quoted = value.replaceAll(/["'$`\\]/g, '\\$&')
        expect(parseOsRelease(`PRETTY_NAME="${quoted}"`).prettyName).toBe(value)
      }),
    )
  })
})

describe('readOsRelease', () => {
  it("reads this machine's", async () => {
    expect((await readOsRelease())?.id).toMatch(/^[a-z]/)
  })
})
