import { InputError, UploadError } from '../errors.js'
import { mapLimit } from '../runtime/map-limit.js'
import { type Asset, type Release, ReleaseError, type Releases } from '../runtime/releases.js'
import type { Reporter } from '../runtime/reporter.js'
import { SUMS_FILE } from './names.js'
import { withReport } from './release-text.js'
import { isSame, planUploads, type Wanted } from './uploads.js'

const UPLOADS_AT_ONCE = 4
const ATTEMPTS = 4
const FIRST_WAIT_MS = 2000

/** Where files are to be released. */
export type ReleaseWish =
  /** A release that people have published. */
  | { readonly kind: 'release'; readonly id: number }
  /** The release of a tag: made as a draft where there is none, and published when all is in it. */
  | {
      readonly kind: 'tag'
      readonly tag: string
      readonly name: string
      readonly prerelease: boolean
      readonly target: string | undefined
      /** It stays a draft. */
      readonly keepDraft: boolean
    }

export interface ReleaseJob {
  readonly files: readonly Wanted[]
  /** The report as Markdown of at most so many bytes. */
  readonly report: (maxBytes: number) => string
  /** Other bytes under a name are replaced. */
  readonly replace: boolean
}

export interface ReleasePorts {
  readonly releases: Releases
  readonly reporter: Reporter
  /** Waits, so many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>
}

/** What became of a release. */
export interface Released {
  readonly release: Release
  readonly uploaded: number
  /** Files that were there already. */
  readonly there: number
}

/**
 * Brings files into a release. One that was left half-done is completed: what is there stays, what broke off is sent
 * anew. Throws an `InputError` for what no re-run can do, and an `UploadError` for what one may.
 */
export async function publishRelease(wish: ReleaseWish, job: ReleaseJob, ports: ReleasePorts): Promise<Released> {
  // What fits no release is told before one is made.
  planUploads([], job.files, job.replace)
  try {
    const release = await findOrDraft(wish, job, ports)
    const uploads = planUploads(await ports.releases.assets(release.id), job.files, job.replace)
    if (release.immutable && uploads.upload.length > 0) throw immutable(release)
    for (const asset of uploads.remove) await ports.releases.removeAsset(asset.id)
    const packages = uploads.upload.filter(({ name }) => name !== SUMS_FILE)
    await mapLimit(packages, UPLOADS_AT_ONCE, (file) => upload(release, file, ports))
    // Last of all: sums that are there are complete.
    for (const file of uploads.upload) if (file.name === SUMS_FILE) await upload(release, file, ports)
    await checkComplete(release, job, ports)
    const finished = await finish(release, wish, job, ports)
    return { release: finished, uploaded: uploads.upload.length, there: uploads.there }
  } catch (error) {
    throw error instanceof ReleaseError ? told(error) : error
  }
}

async function findOrDraft(wish: ReleaseWish, job: ReleaseJob, ports: ReleasePorts): Promise<Release> {
  const { releases, reporter } = ports
  if (wish.kind === 'release') return releases.byId(wish.id)
  const published = await releases.published(wish.tag)
  if (published !== undefined) return published
  // A draft that an earlier run left, or that people prepared for the tag.
  const [draft, ...others] = await releases.drafts(wish.tag)
  if (others.length > 0) {
    reporter.warning({
      message: `the tag ${wish.tag} has ${others.length + 1} drafts of releases; the oldest is used.`,
    })
  }
  if (draft !== undefined) return draft
  const { tag, name, prerelease, target } = wish
  return createDraft({ tag, name, prerelease, target, body: withReport('', job.report) }, ports)
}

/** An answer that got lost may have left a draft: it is looked for before another is made. */
async function createDraft(
  wanted: Parameters<Releases['createDraft']>[0],
  { releases, reporter, sleep }: ReleasePorts,
): Promise<Release> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await releases.createDraft(wanted)
    } catch (error) {
      if (!mayPass(error) || attempt === ATTEMPTS) throw error
      reporter.info(`no draft of ${wanted.tag} yet: ${error.message}; trying again`)
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1))
      const [made] = await releases.drafts(wanted.tag)
      if (made !== undefined) return made
    }
  }
}

/** What broke off leaves its name taken: it is removed before the file is sent again. */
async function upload(release: Release, file: Wanted, ports: ReleasePorts): Promise<void> {
  const { releases, reporter, sleep } = ports
  for (let attempt = 1; ; attempt++) {
    try {
      checkStored(await releases.upload(release, file), file)
      reporter.info(`uploaded ${file.name}`)
      return
    } catch (error) {
      const isTaken = error instanceof ReleaseError && error.kind === 'taken'
      if (!(mayPass(error) || isTaken) || attempt === ATTEMPTS) throw error
      reporter.info(`${file.name} is not uploaded yet: ${error.message}; trying again`)
      if (!isTaken) await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1))
      const there = (await releases.assets(release.id)).find(({ name }) => name === file.name)
      if (there !== undefined && isSame(there, file)) return
      if (there?.complete) throw otherBytes(there, error)
      if (there !== undefined) await releases.removeAsset(there.id)
    }
  }
}

function mayPass(error: unknown): error is ReleaseError {
  return error instanceof ReleaseError && error.kind === 'passing'
}

/** Sums name what is downloaded: a name that the service has changed would be in none. */
function checkStored(asset: Asset, file: Wanted): void {
  if (asset.name !== file.name) throw new UploadError(`${file.name} was stored under another name, ${asset.name}.`)
  if (!isSame(asset, file)) throw otherBytes(asset)
}

function otherBytes({ name, size, digest }: Asset, cause?: unknown): UploadError {
  const stored = `${size} bytes${digest === undefined ? '' : `, ${digest}`}`
  return new UploadError(`the release has another ${name} than this run's (${stored}): does another run publish too?`, {
    cause,
  })
}

async function checkComplete(release: Release, job: ReleaseJob, { releases }: ReleasePorts): Promise<void> {
  const assets = await releases.assets(release.id)
  const lacking = job.files.filter((file) => !assets.some((asset) => asset.name === file.name && isSame(asset, file)))
  if (lacking.length === 0) return
  const names = lacking.map(({ name }) => name).join(', ')
  throw new UploadError(`the release ${release.tag} lacks files that were uploaded: ${names}. Run the job again.`)
}

async function finish(release: Release, wish: ReleaseWish, job: ReleaseJob, ports: ReleasePorts): Promise<Release> {
  const body = withReport(release.body, job.report)
  const publishes = release.draft && wish.kind === 'tag' && !wish.keepDraft
  if (body === release.body && !publishes) return release
  return ports.releases.update(release.id, publishes ? { body, draft: false } : { body })
}

function immutable({ tag }: Release): InputError {
  return new InputError({
    message: `the release ${tag} is immutable: nothing can be added to it since it was published.`,
    hint: 'Run this on the push of the tag (on: push: tags) instead: giftwrap makes a draft, uploads all, and publishes it.',
  })
}

function told(error: ReleaseError): UploadError {
  const hints: Readonly<Record<ReleaseError['kind'], string>> = {
    passing: 'What is uploaded stays: run the job again, and it goes on from there.',
    limited: 'What is uploaded stays: run the job again when the limit is over, and it goes on from there.',
    taken: 'Does another run publish too? Run the job again.',
    immutable: 'Run this on the push of the tag (on: push: tags) instead.',
    forbidden: "The job needs `permissions: contents: write`; a fork's pull request never has it.",
    refused: '',
  }
  const message = `the release could not be made: ${error.message}\n${hints[error.kind]}`
  return new UploadError(message.trimEnd(), { cause: error })
}
