/** Gets a text from an http or https URL. Errors are plain `FetchError`s: what they mean is the caller's to say. */
export interface Fetch {
  text(url: string, limits: FetchLimits): Promise<FetchedText>
}

export interface FetchLimits {
  readonly maxBytes: number
  readonly timeoutSeconds: number
}

export interface FetchedText {
  readonly text: string
  /** Where the redirects ended. */
  readonly url: string
}

export class FetchError extends Error {
  override readonly name = 'FetchError'
}
