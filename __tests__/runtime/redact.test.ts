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
    ['a token in the query', 'https://example.test/x?token=secret&b=c', 'https://example.test/x?token=***&b=c'],
    ['one behind others', 'see https://example.test/?a=b&sig=sec?re;t=#f.', 'see https://example.test/?a=b&sig=***#f.'],
    ['one in a fragment', 'https://example.test/#access_token=secret', 'https://example.test/#access_token=***'],
    ['one behind a password', 'https://a:secret@b/?key=secret', 'https://***@b/?key=***'],
    [
      'one of a quoted URL',
      `'https://b/?key=secret', "https://c?key=secret"`,
      `'https://b/?key=***', "https://c?key=***"`,
    ],
    ['one in JSON', '{"a":"https://b/?key=secret","c":"d"}', '{"a":"https://b/?key=***","c":"d"}'],
    ['one with a quote in it', "'https://b/?key=se'\\''cret'", "'https://b/?key=***'"],
    ['one in Markdown', '(https://b/?password=secret).', '(https://b/?password=***).'],
    ['several in one URL', 'https://b/?key=secret&a=1&sig=secret&c', 'https://b/?key=***&a=1&sig=***&c'],
    ['one in quotes', `'https://me:secret@example.test/x' "y"`, `'https://***@example.test/x' "y"`],
  ])('%s', (_what, text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  it.each([
    ...['token', 'access_token', 'private-token', 'secret', 'client_secret', 'signature', 'sig', 'password', 'PASSWD'],
    ...['X-Amz-Signature', 'X-Amz-Credential', 'X-Amz-Security-Token', 'X-Goog-Signature', 'AWSAccessKeyId'],
    ...['api_key', 'api-key', 'apikey', 'key', 'auth', 'jwt', 'subscription-key'],
  ])('is the parameter %s', (name) => {
    expect(redact(`GET https://h.test/x?a=b&${name}=S3CRET&c=d`)).toBe(`GET https://h.test/x?a=b&${name}=***&c=d`)
  })

  it.each(['h', 'id', 'tokens', 'monkey', 'keyword', 'design', 'author', 'X-Amz-Date', 'X-Amz-Expires'])(
    'is not the parameter %s',
    (name) => {
      const text = `https://h.test/x?${name}=value#egg=x`
      expect(redact(text)).toBe(text)
    },
  )

  it.each([
    ['https://example.test:8080/a@b', 'a path with @'],
    ['git@example.test:x/y.git', 'an address of ssh, whose user is no secret'],
    ['{"url":"https://example.test","mail":"me@example.test"}', 'a URL and an address in JSON'],
    ['file:///srv/x@y', 'a path'],
    ['someone@example.test', 'an address'],
    ['token=abc&key=1 #access_token=x ?password=y', 'parameters outside of a URL'],
    ['https://example.test/?key=&token', 'parameters without a value'],
    ['https://example.test/key=1/token=2', 'a path that looks like parameters'],
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

  it('is every secret parameter, whatever stands around it', () => {
    const value = fc.string({ unit: fc.constantFrom(..."abc019@:.-_~!$*+,;=%?'/") })
    fc.assert(
      fc.property(fc.string(), scheme, user, value, fc.string(), (before, kind, path, around, after) => {
        const text = redact(`${before}${kind}://host.test/${path}?a=1&api_key=${around}S3CRET${around}a&b=2 ${after}`)
        expect(text).not.toContain('S3CRET')
        expect(text).toContain('api_key=***&b=2 ')
      }),
    )
  })

  it('is nothing of a text without URLs', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('?token=', '&key=', '@', '://', '#sig=', 'https:', '/', 'a:b'))
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const plain = pieces.join('').replaceAll('://', ':')
        fc.pre(!plain.includes('://'))
        expect(redact(plain)).toBe(plain)
      }),
    )
  })

  it('takes no longer than a text is long', () => {
    const started = performance.now()
    for (const part of ['?token=', "'", '&', '?', 'a?', '?key=a;', '&key=a#']) {
      redact(`x://${part.repeat(100_000)}`)
      redact(`x://?key=${part.repeat(100_000)}a`)
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('is nothing of a text without @ and =, and nothing twice', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll(/[@=]/g, '')
        expect(redact(plain)).toBe(plain)
        expect(redact(redact(text))).toBe(redact(text))
      }),
    )
  })
})
