import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { InputError, type Problem } from '../errors.js'
import { exists } from '../runtime/files.js'
import { mapLimit } from '../runtime/map-limit.js'
import type { Ports } from '../runtime/ports.js'
import { redact } from '../runtime/redact.js'
import { filter, isLocal, isRemote, type LendFolder, pinGit, refuseShallow, uploadPack } from './git.js'

/** A repository whose subdirectories are projects: submodules, or in a local folder plain repositories too. */
export interface Superrepo {
  /** A git URL, or a path relative to `directory`. */
  readonly location: string
  readonly directory: string
  /** Branch, tag or commit. */
  readonly ref: string
  readonly place: Omit<Problem, 'message'>
  /** What is wrong with a git URL; those of submodules are of the repository's writer. */
  readonly checkUrl: (url: string) => string | undefined
}

export interface SuperrepoProject {
  readonly name: string
  /** As `git describe --tags` has it. */
  readonly version: string
  readonly giturl: string
  /** The commit. */
  readonly gitref: string
}

export interface SuperrepoListing {
  readonly projects: readonly SuperrepoProject[]
  /** The text of `requirements/upper-constraints.txt`, where there is one. */
  readonly constraints: string | undefined
}

const CONSTRAINTS = 'upper-constraints.txt'
const PYTHON_PROJECT = /^(?:setup\.py|pyproject\.toml)$/m
/** Other tags are no versions. */
export const VERSION_TAGS = ['--match=[0-9]*', '--match=v[0-9]*', '--exclude=*/*']
const FETCH_SECONDS = 1800
const FETCHES_AT_ONCE = 4
const MAX_REPOSITORIES = 2000

/** One repository in the superrepo. */
interface Member {
  readonly path: string
  readonly url: string
  readonly commit: string
}

/** Lists the projects at the ref; an `InputError` for what is no superrepo. */
export async function listSuperrepo(
  superrepo: Superrepo,
  lendFolder: LendFolder,
  ports: Ports,
): Promise<SuperrepoListing> {
  const { location, directory, place } = superrepo
  const local = isRemote(location) ? undefined : resolve(directory, location)
  if (local !== undefined && !(await exists(local))) {
    throw new InputError({ ...place, message: `the superrepo ${local} is not there.` })
  }
  return lendFolder(async (folder) => {
    const git = gitIn(ports)
    const isRepository = local === undefined || (await isGitRepository(local))
    const top = isRepository
      ? await fetchTop(superrepo, local ?? location, join(folder, 'top'), git, lendFolder, ports)
      : undefined
    const submodules = top === undefined ? [] : await submodulesOf(top, superrepo, local, git)
    const nested = local === undefined ? [] : await nestedIn(local, submodules, git)
    const members = [...submodules, ...nested]
    if (members.length > MAX_REPOSITORIES) {
      throw new InputError({ ...place, message: `the superrepo has more than ${MAX_REPOSITORIES} repositories.` })
    }
    const looked = await mapLimit(members, FETCHES_AT_ONCE, async (member) => {
      await refuseShallow(member.url, place, ports.exec)
      return look(member, folder, git)
    })
    refuseTwice(members, looked, place)
    const projects = looked.flatMap(({ project }) => project ?? [])
    if (projects.length === 0) {
      const hint =
        'Its submodules, or the repositories in it, are projects when they have a setup.py or pyproject.toml.'
      throw new InputError({ ...place, message: `the superrepo ${redact(local ?? location)} has no project.`, hint })
    }
    const ofMember = looked.find(({ constraints }) => constraints !== undefined)?.constraints
    const constraints =
      ofMember ?? (top && (await show(`${top.commit}:requirements/${CONSTRAINTS}`, top.repository, git)))
    const own =
      local === undefined
        ? undefined
        : await readFile(join(local, 'requirements', CONSTRAINTS), 'utf8').catch(() => undefined)
    return {
      projects: projects.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      constraints: constraints ?? (top === undefined ? own : undefined),
    }
  })
}

/** Projects are called by the last part of their paths. */
function refuseTwice(
  members: readonly Member[],
  looked: readonly { readonly project: SuperrepoProject | undefined }[],
  place: Superrepo['place'],
): void {
  const paths = new Map<string, string>()
  for (const [index, { path }] of members.entries()) {
    const name = looked[index]?.project?.name
    if (name === undefined) continue
    const first = paths.get(name)
    paths.set(name, path)
    if (first === undefined) continue
    throw new InputError({
      ...place,
      message: `the superrepo has two projects called ${JSON.stringify(name)}: ${first} and ${path}.`,
    })
  }
}

/** With files beside it, or bare. */
async function isGitRepository(folder: string): Promise<boolean> {
  if (await exists(join(folder, '.git'))) return true
  return (await exists(join(folder, 'HEAD'))) && (await exists(join(folder, 'objects')))
}

type Git = (folder: string, ...words: readonly string[]) => Promise<string>

function gitIn(ports: Ports): Git {
  return async (folder, ...words) => {
    const argv = ['git', '-c', 'safe.directory=*', '-C', folder, ...words]
    return (await ports.exec.run({ argv, timeoutSeconds: FETCH_SECONDS })).stdout
  }
}

interface Top {
  readonly repository: string
  readonly commit: string
}

async function fetchTop(
  { ref, place }: Superrepo,
  url: string,
  repository: string,
  git: Git,
  lendFolder: LendFolder,
  ports: Ports,
): Promise<Top> {
  const { commit, fetch } = await pinGit({ url, ref }, place, ports.exec, lendFolder)
  await mkdir(repository, { recursive: true })
  await git(repository, 'init', '--quiet', '--bare')
  await git(repository, 'fetch', '--quiet', '--depth=1', ...uploadPack(url), '--', url, fetch)
  return { repository, commit }
}

/** Entries of the kind "commit", at the addresses that `.gitmodules` gives, or where a local superrepo has them. */
async function submodulesOf(
  { repository, commit }: Top,
  superrepo: Superrepo,
  local: string | undefined,
  git: Git,
): Promise<Member[]> {
  const listing = await git(repository, 'ls-tree', '-r', '-z', '--full-tree', commit)
  const entries = listing.split('\0').flatMap((line) => {
    const [, hash, path] = /^160000 commit ([0-9a-f]{40})\t(.*)$/s.exec(line) ?? []
    return hash === undefined || path === undefined ? [] : [{ path, hash }]
  })
  if (entries.length === 0) return []
  const urls = await moduleUrls(repository, commit, git)
  const members: Member[] = []
  for (const { path, hash } of entries) {
    const checkedOut = local === undefined ? undefined : join(local, path)
    const here = checkedOut !== undefined && (await exists(join(checkedOut, '.git')))
    const url = here ? checkedOut : absoluteUrl(urls.get(path), local ?? superrepo.location)
    if (url === undefined) continue
    const isForeign = local === undefined && !superrepo.location.startsWith('file:')
    const wrong = superrepo.checkUrl(url) ?? (isForeign && isLocal(url) ? 'is a path on this machine' : undefined)
    if (wrong !== undefined) {
      throw new InputError({ ...superrepo.place, message: `the URL of the superrepo's submodule ${path} ${wrong}.` })
    }
    members.push({ path, url, commit: hash })
  }
  return members
}

async function moduleUrls(repository: string, commit: string, git: Git): Promise<ReadonlyMap<string, string>> {
  const words = ['config', '--blob', `${commit}:.gitmodules`, '-z', '--get-regexp', '^submodule\\..*\\.(path|url)$']
  const text = await git(repository, ...words).catch(() => '')
  const modules = new Map<string, { path?: string; url?: string }>()
  for (const entry of text.split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? []
    if (name === undefined || key === undefined || value === undefined) continue
    modules.set(name, { ...modules.get(name), [key]: value })
  }
  const known = [...modules.values()]
  return new Map(
    known.flatMap(({ path, url }) => (path === undefined || url === undefined ? [] : [[path, url] as const])),
  )
}

/** `./x` and `../x` are relative to the superrepo's own address, as git has it. */
function absoluteUrl(url: string | undefined, base: string): string | undefined {
  if (url === undefined || !/^\.\.?\//.test(url)) return url
  const [, start = '', path = base] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*|[^/:]+:)(.*)$/s.exec(base) ?? []
  return `${start}${join(path, url)}`
}

/** Folders with a repository of their own, which need not be submodules. */
async function nestedIn(local: string, submodules: readonly Member[], git: Git): Promise<Member[]> {
  const known = new Set(submodules.map(({ path }) => path))
  const members: Member[] = []
  for (const entry of await readdir(local, { withFileTypes: true })) {
    const url = join(local, entry.name)
    if (!entry.isDirectory() || entry.name.startsWith('.') || known.has(entry.name)) continue
    if (!(await exists(join(url, '.git')))) continue
    const commit = await git(url, 'rev-parse', 'HEAD').catch(() => '')
    if (commit !== '') members.push({ path: entry.name, url, commit: commit.trim() })
  }
  return members
}

/** What a member is: a project by its files and its nearest tag, or the requirements with the constraints. */
async function look(member: Member, folder: string, git: Git) {
  const { path, url, commit } = member
  const repository = join(folder, 'members', encodeURIComponent(path))
  await mkdir(repository, { recursive: true })
  await git(repository, 'init', '--quiet', '--bare')
  await git(repository, 'remote', 'add', 'origin', url)
  const how = ['--quiet', ...filter(url, 'blob:none'), ...uploadPack(url)]
  await git(repository, 'fetch', '--tags', ...how, 'origin', '+refs/heads/*:refs/heads/*')
  const isThere = await git(repository, 'cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  )
  if (!isThere) await git(repository, 'fetch', ...how, 'origin', commit)
  const files = await git(repository, 'ls-tree', '--name-only', commit)
  const constraints = path === 'requirements' ? await show(`${commit}:${CONSTRAINTS}`, repository, git) : undefined
  if (!PYTHON_PROJECT.test(files)) return { constraints, project: undefined }
  const described = await git(repository, 'describe', '--tags', ...VERSION_TAGS, '--abbrev=7', commit).catch(
    () => undefined,
  )
  const version = described?.trim().replace(/^v(?=\d)/, '') ?? `0.0.0-g${commit.slice(0, 7)}`
  return { constraints, project: { name: basename(path), version, giturl: url, gitref: commit } }
}

async function show(object: string, repository: string, git: Git): Promise<string | undefined> {
  return git(repository, 'show', object).catch(() => undefined)
}
