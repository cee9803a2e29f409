import type { Problem } from '../errors.js'

/** What `command: publish` alone takes. */
export interface PublishOptions {
  /** A folder of results; the run's artifacts when undefined. */
  readonly results: string | undefined
  readonly allowPartial: boolean
  readonly replace: boolean
  /** Undefined where packages become an artifact. */
  readonly release: ReleaseOptions | undefined
}

export interface ReleaseOptions {
  /** The run's tag when undefined. */
  readonly tag: string | undefined
  /** The tag when undefined. */
  readonly name: string | undefined
  readonly prerelease: boolean
  /** The release stays a draft. */
  readonly draft: boolean
  readonly token: string
}

interface Reader {
  text(name: string): string | undefined
  flag(name: string, whenEmpty: boolean): boolean
  readonly problems: Problem[]
}

/** Reads the inputs of `command: publish`; what is wrong counts where it `isAsked` for. */
export function readPublishOptions({ text, flag, problems }: Reader, isAsked: boolean): PublishOptions {
  const token = text('token')
  const toRelease = flag('release', false)
  const release = {
    tag: text('tag'),
    name: text('release-name'),
    prerelease: flag('prerelease', false),
    draft: flag('draft', false),
    token: token ?? '',
  }
  if (isAsked && toRelease && token === undefined) {
    problems.push({
      message: 'the input release needs a token.',
      hint: `Give the step token: \${{ github.token }}, and its job permissions: contents: write.`,
    })
  }
  return {
    results: text('results'),
    allowPartial: flag('allow-partial', false),
    replace: flag('replace', false),
    release: toRelease ? release : undefined,
  }
}
