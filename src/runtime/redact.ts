const CREDENTIALS_IN_URL = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/'"]+@/gi

/** Takes user names and passwords out of URLs, for everything that is logged, planned or reported. */
export function redact(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, '$1***@')
}
