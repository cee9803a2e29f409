// A name and a password, which may hold `@`, `:` and quotes; or a token alone, ended by the quotes around its URL.
const CREDENTIALS_IN_URL = /:\/\/(?:[^\s/'":@]*:[^\s/]+|[^\s/'"]+)@/g

// Both run over whole logs: they go through a text once, whatever stands in it.
const REST_OF_URL = /:\/\/[^\s"<>]+/g
const PARAMETER = /[?&;#]([^=&;#?]*)=/g

/** Names of parameters, in lower case and without what stands between their words. */
const SECRET_NAME =
  /(?:token|secret|password|passwd|passphrase|signature|credentials?|apikey|accesskey|accesskeyid|secretkey|privatekey|subscriptionkey|authkey)$|^(?:key|sig|pass|pwd|auth|authorization|jwt)$/
/** What may follow a URL in a text rather than end its last value. */
const AFTER_URL = new Set('\'")]},.;\\')

/** Takes user names, passwords, tokens and signatures out of URLs, for everything that is logged, planned or reported. */
export function redact(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, '://***@').replace(REST_OF_URL, redactParameters)
}

function redactParameters(url: string): string {
  let redacted = ''
  let done = 0
  for (const { 0: before, 1: name = '', index } of url.matchAll(PARAMETER)) {
    const start = index + before.length
    if (index < done || !SECRET_NAME.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))) continue
    const end = endOfValue(url, start)
    if (end === start) continue
    redacted += `${url.slice(done, start)}***`
    done = end
  }
  return redacted + url.slice(done)
}

/** A value may have `?`, `;` and `=` in it; quotes and brackets at the end of the URL are the text's. */
function endOfValue(url: string, start: number): number {
  const next = url.slice(start).search(/[&#]/)
  if (next >= 0) return start + next
  let end = url.length
  while (end > start && AFTER_URL.has(url.charAt(end - 1))) end -= 1
  return end
}
