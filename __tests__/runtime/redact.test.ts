import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCommand } from '../../src/runtime/exec.js'
import { redact } from '../../src/runtime/redact.js'

describe('redacted', () => {
  it.each([
    ['a user and a password', 'https://me:secret@example.test/x', 'https://***@example.test/x'],
    ['a token alone', 'https://ghp_secret@example.test/x', 'https://***@example.test/x'],
    ['a password with @', 'https://me:se@cr@et@example.test/x', 'https://***@example.test/x'],
    ['a password with a colon', 'https://me:se:cret@example.test', 'https://***@example.test'],
    ['a password with a quote', `https://me:se'cr"et@example.test/x`, 'https://***@example.test/x'],
    ['a requirement', 'git+https://me:secret@example.test/x@v1', 'git+https://***@example.test/x@v1'],
    ['a URL after a word', 'url_https://me:secret@example.test/', 'url_https://***@example.test/'],
    ['several', 'ssh://a:secret@b c://d:secret@e', 'ssh://***@b c://***@e'],
    ['one in quotes', `'https://me:secret@example.test/x' "y"`, `'https://***@example.test/x' "y"`],
  ])('%s', (_what, text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  it.each([
    ['https://example.test:8080/a@b', 'a path with @'],
    ['git@example.test:x/y.git', 'an address of ssh, whose user is no secret'],
    ['{"url":"https://example.test","mail":"me@example.test"}', 'a URL and an address in JSON'],
    ['file:///srv/x@y', 'a path'],
    ['someone@example.test', 'an address'],
  ])('is nothing of %s: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  const word = fc.string({ unit: fc.constantFrom(...'abc019@:.-_~!$&()*+,;=%\'"\\[]{}|<>^`é') })
  const secret = word.map((rest) => `${rest}S3CRET${rest}`)
  const user = fc.string({ unit: fc.constantFrom(...'abcXYZ019._-%') })
  const scheme = fc.constantFrom('https', 'http', 'ssh', 'git+https', 'ftp')

  it('is every password, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string(), scheme, user, secret, fc.string(), (before, kind, name, password, after) => {
        const text = redact(`${before}${kind}://${name}:${password}@host.test/x${after}`)
        expect(text).not.toContain('S3CRET')
        expect(text).toContain('host.test/x')
      }),
    )
  })

  it('is every password of a command as it is shown', () => {
    fc.assert(
      fc.property(scheme, user, secret, (kind, name, password) => {
        expect(redact(formatCommand(['git', 'fetch', `${kind}://${name}:${password}@host.test/x`]))).not.toContain(
          'S3CRET',
        )
      }),
    )
  })

  it('is nothing of a text without @, and nothing twice', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('@', '')
        expect(redact(plain)).toBe(plain)
        expect(redact(redact(text))).toBe(redact(text))
      }),
    )
  })
})
