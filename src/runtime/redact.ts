// A name and a password, which may hold `@`, `:` and quotes; or a token alone, ended by the quotes around its URL.
const CREDENTIALS_IN_URL = /:\/\/(?:[^\s/'":@]*:[^\s/]+|[^\s/'"]+)@/g

/** Takes user names and passwords out of URLs, for everything that is logged, planned or reported. */
export function redact(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, '://***@')
}
