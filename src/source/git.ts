import { mkdir } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError, type Problem, ToolError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import { redact } from '../runtime/redact.js'
import type { PinnedGit } from './pin.js'

const COMMIT = /^[0-9a-f]{40}$/
const HASH = /^[0-9a-f]{7,40}$/
const TAGS = 'refs/tags/'
const ALL_TAGS = `${TAGS}*`
const LOCAL_UPLOAD_PACK = 'git -c safe.directory=* upload-pack'
const LOOKUP_SECONDS = 120
const HISTORY_SECONDS = 1800
/** git's exit code when it understood and couldn't: no such host, no such repository, no permission. */
const GIT_FATAL = 128

/** True for a URL and for `host:path`, false for a path. */
export function isRemote(location: string): boolean {
  return !isAbsolute(location) && /^[A-Za-z0-9+.@_-]+:/.test(location)
}

/** Where git reads the repository itself, instead of asking a server. */
export function isLocal(location: string): boolean {
  return !isRemote(location) || location.startsWith('file:')
}

/**
 * Further arguments for git commands that read a repository: one on this machine may belong to somebody else, as the
 * checkout of a runner does in its container, and the manifest names it.
 */
export function uploadPack(location: string): readonly string[] {
  return isLocal(location) ? [`--upload-pack=${LOCAL_UPLOAD_PACK}`] : []
}

/** A filter saves traffic; on the same machine it only costs time, and can't be had of a shallow repository. */
export function filter(location: string, what: 'blob:none' | 'tree:0'): readonly string[] {
  return isLocal(location) ? [] : [`--filter=${what}`]
}

/** Lends a folder for the time of the work. */
export type LendFolder = <T>(work: (folder: string) => Promise<T>) => Promise<T>

/**
 * Finds the commit of a branch, tag or other ref by `git ls-remote`; annotated tags are peeled. What looks like a hash
 * and is no ref is asked for, or looked for in the history, which has to be fetched.
 */
export async function pinGit(
  source: { readonly url: string; readonly ref: string; readonly depth?: number },
  place: Omit<Problem, 'message'>,
  exec: Exec,
  lendFolder: LendFolder,
  log?: LogFile,
): Promise<PinnedGit> {
  const { url } = source
  const ref = COMMIT.test(source.ref.toLowerCase()) ? source.ref.toLowerCase() : source.ref
  if (source.depth === undefined) await refuseShallow(url, place, exec)
  const { stdout } = await exec
    .run({ argv: lookUpCommand({ url, ref }), timeoutSeconds: LOOKUP_SECONDS }, log)
    .catch((cause: unknown) => {
      if (!(cause instanceof ToolError) || !(cause.status === GIT_FATAL || cause.timedOut)) throw cause
      throw new InputError(
        { ...place, message: `the git repository ${redact(url)} can't be read.\n    ${firstLine(cause.message)}` },
        { cause },
      )
    })
  const refs = parseLsRemote(stdout)
  const pinned = (commit: string, fetch: string): PinnedGit => ({
    ...{ kind: 'git', url, ref, commit, fetch, tags: tagsOf(commit, refs) },
    ...(source.depth === undefined ? {} : { depth: source.depth }),
  })
  const found = chooseRef(refs, ref)
  if (found === undefined) {
    const commit = HASH.test(ref)
      ? await lendFolder((folder) => findCommit(url, ref, place, folder, exec, log))
      : undefined
    if (commit !== undefined) return pinned(commit, commit)
    throw new InputError({
      ...place,
      message: `${redact(url)} has no branch, tag or other ref ${JSON.stringify(ref)}.`,
      ...(COMMIT.test(ref) ? {} : { hint: 'A commit that no branch or tag holds is given by all of its 40 digits.' }),
    })
  }
  if (found === 'ambiguous') {
    throw new InputError({
      ...place,
      message: `${JSON.stringify(ref)} is both a branch and a tag of ${redact(url)}.`,
      hint: `Say which: refs/heads/${ref} or refs/tags/${ref}.`,
    })
  }
  return pinned(found.commit, found.name)
}

/** A version made of tags would be a wrong one, and git can't fetch the rest. */
export async function refuseShallow(url: string, place: Omit<Problem, 'message'>, exec: Exec): Promise<void> {
  if (!isLocal(url)) return
  const folder = url.startsWith('file:') ? fileURLToPath(url) : url
  const git = ['git', '-c', 'safe.directory=*', '-C', folder]
  const shallow = await exec.run({ argv: [...git, 'rev-parse', '--is-shallow-repository'] }).catch(() => undefined)
  if (shallow?.stdout.trim() !== 'true') return
  throw new InputError({
    ...place,
    message: `the git repository ${url} is shallow: versions are made of the tags in its history.`,
    hint: 'Fetch the rest (git fetch --unshallow; fetch-depth: 0 of actions/checkout), or give a gitdepth.',
  })
}

/** Asks for the ref and for all tags: servers send them in any case. */
export function lookUpCommand({ url, ref }: { readonly url: string; readonly ref: string }): readonly string[] {
  return ['git', 'ls-remote', ...uploadPack(url), '--', url, ref, `${ref}^{}`, ALL_TAGS]
}

interface RemoteRef {
  readonly name: string
  readonly commit: string
}

/** The lines `<commit>\t<ref>` of `git ls-remote`, a tag's `^{}` line in place of the tag object's own. */
export function parseLsRemote(text: string): RemoteRef[] {
  const refs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [commit, name] = line.split('\t')
    if (commit === undefined || name === undefined || !COMMIT.test(commit)) continue
    const peeled = name.endsWith('^{}')
    const plain = peeled ? name.slice(0, -3) : name
    if (peeled || !refs.has(plain)) refs.set(plain, commit)
  }
  return [...refs].map(([name, commit]) => ({ name, commit }))
}

/** `ls-remote` matches the tails of names (`x` finds `refs/heads/a/x`): only the ref itself counts. */
function chooseRef(refs: readonly RemoteRef[], ref: string): RemoteRef | 'ambiguous' | undefined {
  const named = (name: string) => refs.find((candidate) => candidate.name === name)
  const exact = named(ref)
  if (exact !== undefined) return exact
  const branch = named(`refs/heads/${ref}`)
  const tag = named(`refs/tags/${ref}`)
  if (branch !== undefined && tag !== undefined) return 'ambiguous'
  return branch ?? tag ?? named(`refs/${ref}`)
}

function tagsOf(commit: string, refs: readonly RemoteRef[]): string[] {
  const tags = refs.filter((candidate) => candidate.commit === commit && candidate.name.startsWith(TAGS))
  return tags.map(({ name }) => name.slice(TAGS.length)).toSorted()
}

/**
 * The commit that a hash stands for: a whole one that the server hands out, or one of those of branches and tags; only
 * commits are fetched.
 */
async function findCommit(
  url: string,
  hash: string,
  place: Omit<Problem, 'message'>,
  folder: string,
  exec: Exec,
  log: LogFile | undefined,
): Promise<string | undefined> {
  const repository = `${folder}/history`
  await mkdir(repository, { recursive: true })
  const git = (...args: string[]) =>
    exec.run({ argv: ['git', '-C', repository, ...args], timeoutSeconds: HISTORY_SECONDS }, log)
  await git('init', '--quiet', '--bare')
  await git('remote', 'add', 'origin', url)
  if (COMMIT.test(hash)) {
    const one = ['--quiet', '--no-tags', '--depth=1', ...filter(url, 'tree:0'), ...uploadPack(url)]
    const isThere = await git('fetch', ...one, 'origin', hash).then(
      () => true,
      () => false,
    )
    if (isThere) return hash
    // There are servers that hand out refs only.
  }
  const all = ['--quiet', '--tags', ...filter(url, 'tree:0'), ...uploadPack(url)]
  await git('fetch', ...all, 'origin', '+refs/heads/*:refs/heads/*')
  // Not into the log: hundreds of thousands of lines.
  const { stdout } = await exec.run({ argv: ['git', '-C', repository, 'rev-list', '--all'] })
  const [commit, ...others] = stdout.split('\n').filter((line) => line.startsWith(hash))
  if (others.length === 0) return commit
  throw new InputError({
    ...place,
    message: `${hash} is the beginning of ${others.length + 1} commits of ${redact(url)}.`,
    hint: 'Give more of its digits.',
  })
}

/**
 * Makes a checkout of the pinned commit with the history and tags that pbr computes versions from. Blobs of other
 * commits are left out where the server can do that.
 */
export async function checkoutGit(pin: PinnedGit, folder: string, exec: Exec, log: LogFile): Promise<void> {
  await mkdir(folder, { recursive: true })
  const git = (...args: string[]) => exec.run({ argv: ['git', '-C', folder, ...args] }, log)
  for (const argv of fetchCommands(pin, folder)) await exec.run({ argv }, log)
  if (!(await hasCommit(pin.commit, folder, exec))) {
    // Not on a branch: servers hand out single commits too, most of them.
    await git('fetch', '--quiet', ...depthOf(pin), ...uploadPack(pin.url), 'origin', pin.commit)
  }
  await git('checkout', '--quiet', '--detach', pin.commit)
  // The version is that of the time when the commit was pinned, whatever the server has got since.
  const { stdout } = await git('tag', '--points-at', pin.commit)
  const newer = stdout.split('\n').filter((tag) => tag !== '' && !pin.tags.includes(tag))
  if (newer.length > 0) await git('tag', '--delete', '--', ...newer)
}

/** What fills an empty folder with the pinned commit, if a ref holds it. */
export function fetchCommands(
  pin: Pick<PinnedGit, 'url' | 'commit' | 'fetch' | 'depth'>,
  folder: string,
): readonly (readonly string[])[] {
  const git = ['git', '-C', folder]
  const wanted = pin.fetch === pin.commit ? ['+refs/heads/*:refs/remotes/origin/*'] : [pin.fetch]
  return [
    [...git, 'init', '--quiet'],
    [...git, 'remote', 'add', 'origin', pin.url],
    [...git, 'fetch', '--quiet', '--tags', '--force', ...depthOf(pin), ...uploadPack(pin.url), 'origin', ...wanted],
  ]
}

/** Blobs of other commits come when they are asked for; with a depth there are none. */
function depthOf({ url, depth }: Pick<PinnedGit, 'url' | 'depth'>): readonly string[] {
  return depth === undefined ? filter(url, 'blob:none') : [`--depth=${depth}`]
}

async function hasCommit(commit: string, folder: string, exec: Exec): Promise<boolean> {
  return exec.run({ argv: ['git', '-C', folder, 'cat-file', '-e', `${commit}^{commit}`] }).then(
    () => true,
    () => false,
  )
}

/** The commit's date, seconds since 1970. */
export async function commitDate(commit: string, folder: string, exec: Exec, log: LogFile): Promise<number> {
  const { stdout } = await exec.run({ argv: ['git', '-C', folder, 'log', '-1', '--format=%ct', commit] }, log)
  return Number(stdout.trim())
}

function firstLine(message: string): string {
  const fatal = message.split('\n').find((line) => /fatal|error/i.test(line))
  return (fatal ?? message.split('\n')[0] ?? '').trim()
}
