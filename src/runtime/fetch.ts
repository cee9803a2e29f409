/** Gets what http and https URLs name. Errors are plain `FetchError`s: what they mean is the caller's to say. */
export interface Fetch {
  /** The whole answer as text, unpacked where it is gzip. */
  text(url: string, limits: FetchLimits, options?: FetchOptions): Promise<FetchedText>
  /**
   * The answer line by line as it arrives, unpacked where it is gzip; `onLine` answers false when it wants no more.
   * HTML is an error of kind `html` unless it is asked for. What breaks off after its first line isn't tried again.
   */
  lines(
    url: string,
    limits: FetchLimits,
    onLine: (line: string) => boolean,
    options?: LinesOptions,
  ): Promise<FetchedLines>
}

/** What one answer may take; waiting between tries doesn't count. */
export interface FetchLimits {
  /** Of the answer as it is sent, and unpacked. */
  readonly maxBytes: number
  /** For each try, from the request to the answer's last byte. */
  readonly timeoutSeconds: number
}

/** How one URL is asked for, where it isn't as usual. */
export interface FetchOptions {
  /** The header `Accept`; any text, if nothing is said. */
  readonly accept?: string
  /** How often more to ask a server that is busy, broken or not there: 3 times at most, and if nothing is said. */
  readonly retries?: number
}

/** The same for an answer that is read line by line. */
export interface LinesOptions extends FetchOptions {
  /** Pages of HTML are read like all other text. */
  readonly takeHtml?: boolean
}

/** What `lines` tells besides the lines. */
export interface FetchedLines {
  /** Where the redirects ended. */
  readonly url: string
}

/** An answer as text. */
export interface FetchedText extends FetchedLines {
  readonly text: string
  /** A web page where a plain text was meant: a challenge, a login, an apology. */
  readonly isHtml: boolean
}

/**
 * Why there is no answer: `status` (the server says so), `network` (it may work later), `unreachable` (it won't: no such
 * host, no trusted certificate, no URL), `timeout`, `cut off` (the answer has no end), `size`, `redirect`, `html` (a
 * web page instead of text), `content` (the answer is not what it should be).
 */
export type FetchFailure =
  | 'status'
  | 'network'
  | 'unreachable'
  | 'timeout'
  | 'cut off'
  | 'size'
  | 'redirect'
  | 'html'
  | 'content'

/** The one kind of error of a `Fetch`. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  readonly kind: FetchFailure
  /** Of the answer, where there is one that says no. */
  readonly status: number | undefined
  /** How long the server asks to be left alone (`Retry-After`). */
  readonly retryAfterSeconds: number | undefined

  constructor(
    kind: FetchFailure,
    message: string,
    options?: ErrorOptions & { readonly status?: number; readonly retryAfterSeconds?: number | undefined },
  ) {
    super(message, options)
    this.kind = kind
    this.status = options?.status
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}
