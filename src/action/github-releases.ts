import { createReadStream } from 'node:fs'
import type { RestEndpointMethodTypes } from '@octokit/rest'
import type { Environment } from '../runtime/environment.js'
import { connectHttp } from '../runtime/http-client.js'
import { type Asset, type Release, ReleaseError, type Releases } from '../runtime/releases.js'
import type { Reporter } from '../runtime/reporter.js'
import { VERSION } from '../version.js'

/** Where a repository's releases are. */
export interface Repository {
  /** `GITHUB_API_URL`. */
  readonly api: string
  readonly owner: string
  readonly name: string
  readonly token: string
}

const CALL_TIMEOUT_MS = 60_000
const UPLOAD_TIMEOUT_MS = 30 * 60_000
/** What is asked again how often, and how long a wait for GitHub's limits may be. */
const MAX_RETRIES = 3
const MAX_LIMIT_WAITS = 2
const MAX_LIMIT_SECONDS = 15 * 60
/** No other answer comes by asking again; 429 is the throttling's to wait for. */
const FINAL = [400, 401, 403, 404, 410, 422, 429, 451]

/** GitHub's releases by octokit, through the proxies of the environment. */
export async function githubReleases(
  repository: Repository,
  variables: Environment['variables'],
  reporter: Reporter,
): Promise<Releases> {
  const { octokit, owner, repo } = await connect(repository, variables, reporter)
  const { repos } = octokit.rest
  // Of what makes something, as a lost answer does not say that nothing was made.
  const once = { request: { retries: 0 } }
  return {
    async published(tag) {
      try {
        return releaseOf((await repos.getReleaseByTag({ owner, repo, tag })).data)
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw toReleaseError(error)
      }
    },
    drafts: (tag) =>
      orReleaseError(async () => {
        const all = await octokit.paginate(repos.listReleases, { owner, repo, per_page: 100 })
        const drafts = all.filter(({ draft, tag_name }) => draft && tag_name === tag)
        return drafts.map(releaseOf).toSorted((a, b) => a.id - b.id)
      }),
    byId: (id) => orReleaseError(async () => releaseOf((await repos.getRelease({ owner, repo, release_id: id })).data)),
    createDraft: ({ tag, name, body, prerelease, target }) =>
      orReleaseError(async () => {
        const at = target === undefined ? {} : { target_commitish: target }
        const made = { owner, repo, tag_name: tag, name, body, prerelease, draft: true, ...at, ...once }
        return releaseOf((await repos.createRelease(made)).data)
      }),
    update: (id, change) =>
      orReleaseError(async () =>
        releaseOf((await repos.updateRelease({ owner, repo, release_id: id, ...change })).data),
      ),
    assets: (id) =>
      orReleaseError(async () => {
        const all = await octokit.paginate(repos.listReleaseAssets, { owner, repo, release_id: id, per_page: 100 })
        return all.map(assetOf)
      }),
    upload: ({ uploadUrl }, { path, name, label, size }) =>
      orReleaseError(async () => {
        // The release's own URL: octokit's method has the host of github.com built in.
        const { data } = await octokit.request({
          method: 'POST',
          url: uploadUrl,
          headers: { 'content-type': 'application/octet-stream', 'content-length': size },
          name,
          ...(label === undefined ? {} : { label }),
          data: new FileBody(path),
          ...once,
        })
        return assetOf(data)
      }),
    async removeAsset(id) {
      try {
        await repos.deleteReleaseAsset({ owner, repo, asset_id: id })
      } catch (error) {
        if (statusOf(error) !== 404) throw toReleaseError(error)
      }
    },
  }
}

async function connect(repository: Repository, variables: Environment['variables'], reporter: Reporter) {
  // Heavy, and only needed by a release.
  const [{ Octokit }, { retry }, { throttling }, { undici, dispatcher }] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
    connectHttp(variables),
  ])
  const mayWait = (seconds: number, tried: number) => {
    if (tried >= MAX_LIMIT_WAITS || seconds > MAX_LIMIT_SECONDS) return false
    reporter.info(`GitHub's limit of requests is reached; waiting ${seconds} s`)
    return true
  }
  const octokit = new (Octokit.plugin(retry, throttling))({
    auth: repository.token,
    baseUrl: repository.api,
    userAgent: `giftwrap/${VERSION}`,
    log: { debug: reporter.debug, info: reporter.debug, warn: reporter.debug, error: reporter.debug },
    retry: { retries: MAX_RETRIES, doNotRetry: FINAL },
    throttle: {
      onRateLimit: (seconds: number, _options: object, _octokit: object, tried: number) => mayWait(seconds, tried),
      onSecondaryRateLimit: (seconds: number, _options: object, _octokit: object, tried: number) =>
        mayWait(seconds, tried),
    },
    request: {
      fetch: (url: string, init: import('undici').RequestInit) => {
        const milliseconds = init.body instanceof FileBody ? UPLOAD_TIMEOUT_MS : CALL_TIMEOUT_MS
        return undici.fetch(url, { ...init, dispatcher, signal: AbortSignal.timeout(milliseconds) })
      },
    },
  })
  return { octokit, owner: repository.owner, repo: repository.name }
}

/** A file as a request's body: read from its start whenever the request is sent. */
class FileBody {
  constructor(private readonly path: string) {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return createReadStream(this.path)[Symbol.asyncIterator]()
  }
}

type ReleaseData = RestEndpointMethodTypes['repos']['getRelease']['response']['data']
type AssetData = RestEndpointMethodTypes['repos']['getReleaseAsset']['response']['data']

function releaseOf(data: ReleaseData): Release {
  const { id, tag_name, body, draft, html_url, upload_url } = data
  const immutable = 'immutable' in data && data.immutable === true
  return { id, tag: tag_name, body: body ?? '', draft, immutable, url: html_url, uploadUrl: upload_url }
}

function assetOf({ id, name, size, state, digest }: AssetData): Asset {
  return { id, name, size, complete: state === 'uploaded', digest: digest ?? undefined }
}

async function orReleaseError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toReleaseError(error)
  }
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' ? status : undefined
}

/** What octokit throws has a status: GitHub's, or 500 where there was no answer. All else is a bug. */
function toReleaseError(error: unknown): unknown {
  const status = statusOf(error)
  if (!(error instanceof Error) || status === undefined) return error
  const answered = 'response' in error && error.response !== undefined
  const reason = error.message.split('\n')[0] ?? ''
  return new ReleaseError(kindOf(status, error.message), answered ? `${reason} (${status})` : reason, { cause: error })
}

function kindOf(status: number, message: string): ReleaseError['kind'] {
  if (status >= 500) return 'passing'
  if (status === 429 || /\brate limit\b/i.test(message)) return 'limited'
  if (status === 401 || status === 403) return 'forbidden'
  if (status !== 422) return 'refused'
  if (/immutable release/i.test(message)) return 'immutable'
  return /"code":"already_exists"/.test(message) ? 'taken' : 'refused'
}
